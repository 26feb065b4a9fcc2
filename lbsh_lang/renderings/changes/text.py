"""Changes of a site for people: a line for each."""

from __future__ import annotations

from collections.abc import Iterable

from lbsh_lang.renderings.changes.sentences import sentence
from lbsh_lang.renderings.terminal import PLAIN, Style, printable
from lbsh_lang.site.diff import fields
from lbsh_lang.site.diff.changes import (
    Change,
    Downing,
    Draining,
    Effect,
    Handover,
    Replaced,
    Servers,
    TrafficPart,
    WholePool,
    WholeService,
)

_MARKS = {Effect.ADDED: "+", Effect.REMOVED: "-", Effect.CHANGED: "~"}

_OPEN = "Connections that are open stay with the servers they have."
_CUT = "Open connections to servers that are down by hand end on a device; all others stay with the servers they have."


def render_changes(changes: Iterable[Change], style: Style = PLAIN) -> str:
    """A line for each change, and a last one about open connections if a change takes away their destination."""
    lines = []
    moving = cut = False
    colours = {Effect.ADDED: style.information, Effect.REMOVED: style.error, Effect.CHANGED: style.warning}
    for change in changes:
        moving = moving or _takes_something_away(change)
        cut = cut or _takes_down(change)
        colour = colours[change.effect]
        mark = f"{colour}{_MARKS[change.effect]}{style.reset if colour else ''}"
        lines.append(f"{mark} {printable(sentence(change))}\n")
    if moving or cut:
        lines.append(f"{style.faint}{_CUT if cut else _OPEN}{style.reset}\n")
    return "".join(lines) or "no difference\n"


def _takes_down(change: Change) -> bool:
    """Whether servers are down by hand that were not before."""
    return isinstance(change.what, Downing) and change.what.old is None


def _takes_something_away(change: Change) -> bool:
    """Whether some open connections go where new ones no longer do."""
    match change.what:
        case Handover() | Replaced(words=fields.MOVE):
            return True
        case Draining(old=old, new=new):
            return old is None and new is not None
        case WholeService() | TrafficPart() | WholePool() | Servers():
            return change.effect is Effect.REMOVED
    return False
