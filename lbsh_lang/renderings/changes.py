"""Changes of a site for people: a line for each."""

from __future__ import annotations

from collections.abc import Iterable

from lbsh_lang.renderings.sentences import sentence
from lbsh_lang.renderings.text import PLAIN, Style, printable
from lbsh_lang.site.diff.changes import Change, Effect, Kind

_MARKS = {Effect.ADDED: "+", Effect.REMOVED: "-", Effect.CHANGED: "~"}

_OPEN = "Connections that are open stay with the servers they have."


def render_changes(changes: Iterable[Change], style: Style = PLAIN) -> str:
    """A line for each change, and one about open connections where somebody might fear for them."""
    lines = []
    moving = False
    colours = {Effect.ADDED: style.information, Effect.REMOVED: style.error, Effect.CHANGED: style.warning}
    for change in changes:
        moving = moving or _takes_something_away(change)
        colour = colours[change.effect]
        mark = f"{colour}{_MARKS[change.effect]}{style.reset if colour else ''}"
        lines.append(f"{mark} {printable(sentence(change))}\n")
    if moving:
        lines.append(f"{style.faint}{_OPEN}{style.reset}\n")
    return "".join(lines) or "no difference\n"


def _takes_something_away(change: Change) -> bool:
    if change.kind in {Kind.MOVE, Kind.OWNER} or (change.kind is Kind.DRAINED and change.new is True):
        return True
    return change.kind in {Kind.SERVICE, Kind.TRAFFIC, Kind.POOL, Kind.SERVER} and change.effect is Effect.REMOVED
