"""Plans as people read them, a line for each fact. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import unified_diff
from typing import assert_never

from lbsh.gateway.fates import Fate, Portion, number_of
from lbsh.gateway.loading import Verb
from lbsh.gateway.plan import Plan
from lbsh_lang.renderings.changes.text import render_changes
from lbsh_lang.renderings.terminal import PLAIN, Style, printable

_WORDS = {Fate.STAYS: ("stays", "stay"), Fate.MOVES: ("moves", "move"), Fate.CUT: ("is cut", "are cut")}


def plan_text(plan: Plan, style: Style = PLAIN) -> Iterator[str]:
    """The plan for a change that nothing refuses."""
    yield from render_changes(plan.changes, style).splitlines() if plan.changes else ()
    yield from map(printable, _facts(plan))


def _facts(plan: Plan) -> Iterator[str]:
    yield from (f"stays {_state(statement)}: {statement}" for statement in plan.kept)
    yield from (f"no longer {_state(statement)}: {statement}" for statement in plan.ended)
    if plan.lost:
        yield f"the device loses the addresses {', '.join(map(str, plan.lost))}"
    if plan.got:
        yield f"the device gets the addresses {', '.join(map(str, plan.got))}"
    if plan.session is not None and plan.dangers:
        place = f"{plan.session.server} port {plan.session.port}"
        yield f"your session from {plan.session.client} to {place} would be cut: {'; '.join(plan.dangers)}"
    if plan.trouble:
        yield f"not loaded now: {plan.trouble}"
    yield from (f"changed by others{', to be put back' if one.is_ours else ''}: {one.words}" for one in plan.drift)
    if plan.is_pending:
        yield _rules(plan)
        if plan.connections is not None:
            yield from connections_text(plan.connections)
        yield from plan.remembered
    else:
        yield "nothing would change"
    yield from (f"unknown {reason}" for reason in plan.unknown)


def _state(statement: str) -> str:
    """What a statement that outlives files makes of its servers."""
    return "down" if statement.startswith("down ") else "drained"


def _rules(plan: Plan) -> str:
    if plan.is_beside:
        return f"rules: the driver `{plan.new.driver}` loads all, then those of `{plan.old.driver}` are removed"
    match plan.verb:
        case Verb.NOTHING:
            return "rules: none changes"
        case Verb.CHANGE:
            return f"rules: the driver `{plan.new.driver}` changes those that are loaded"
        case Verb.WHOLE:
            return f"rules: the driver `{plan.new.driver}` loads all"
        case _:
            assert_never(plan.verb)


def connections_text(portions: Iterable[Portion]) -> Iterator[str]:
    """The open connections: their numbers by fate, then each portion that does not go on as it is; others by service."""
    found = [*portions]
    numbers = [_counted(number_of(found, fate), fate) for fate in Fate]
    yield f"open connections: {', '.join(numbers)}"
    for one in found:
        if one.fate is not Fate.STAYS or one.reason:
            name = one.service or "(removed before)"
            server = f" on {one.server}" if one.server else ""
            reason = f": {one.reason}" if one.reason else ""
            yield f"  {name} {one.protocol.value}{server}: {_counted(one.number, one.fate)}{reason}"


def _counted(number: int, fate: Fate) -> str:
    return f"{number} {_WORDS[fate][number != 1]}"


def rules_text(plan: Plan) -> Iterator[str]:
    """The unified difference of what is loaded and what would be; nothing if both are the same."""
    return unified_diff(plan.loaded, plan.planned, "loaded", "planned", lineterm="")
