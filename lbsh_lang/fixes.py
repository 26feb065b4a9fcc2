"""Fixes applied to texts: which of many can be made together, and how often to look again. Knows no file and no check.

Theory of operation. In a round the safe fixes of all findings are made at once; of two that touch the same text the first
by its place is, and the other waits for what the next round finds. A script that is mended shows more of what is wrong with
it: a line that can be read again may define a service twice. So that nobody gets back more errors than there were, a round
that leaves more of them is taken back and tried again in halves, down to the fixes that bring them to light; these stay to
be made by hand. Rounds end when nothing is left to make, and there is a bound on how often the script is looked at.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from lbsh_lang.diagnostics import Applicability, Diagnostic, Edit, Fix, Severity
from lbsh_lang.source import Position, Source

MOST_LOOKS = 100
"""How often a script is checked at most."""

Sources = Mapping[str, Source]
"""Sources with another text than they were read with, by their identity."""

Look = Callable[[Sources], Sequence[Diagnostic]]
"""The findings about a script, some of its sources having become others."""


class Mended(NamedTuple):
    """What remains to be said of a script, its sources that changed, and how many fixes each took, by identity."""

    found: Sequence[Diagnostic]
    sources: Sources
    counts: Counter[str]


class _State(NamedTuple):
    """A script on its way."""

    found: Sequence[Diagnostic]
    sources: Sources

    @property
    def errors(self) -> int:
        return sum(one.severity is Severity.ERROR for one in self.found)


def mend(look: Look) -> Mended:
    """Makes the safe fixes of a script until none is left that can be made."""
    state = _State(look({}), {})
    counts: Counter[str] = Counter()
    looks = MOST_LOOKS
    while looks > 0:
        fixes = compatible(safe_fixes(state.found))
        if not fixes:
            break
        state, made, taken = _round(state, fixes, look, looks)
        looks -= taken
        if not made:
            break
        counts.update(fix.edits[0].span.source.identity for fix in made)
    return Mended(state.found, state.sources, counts)


def _round(state: _State, fixes: list[Fix], look: Look, looks: int) -> tuple[_State, list[Fix], int]:
    """Makes as many of the fixes as bring no errors; which ones these are, and how many looks it took."""
    made: list[Fix] = []
    after, taken = state, 0
    waiting = [fixes]
    while waiting and taken < looks:
        group = waiting.pop()
        sources = apply_fixes([*made, *group])
        tried = _State(look({**state.sources, **sources}), {**state.sources, **sources})
        taken += 1
        if tried.errors <= after.errors:
            made, after = made + group, tried
        elif len(group) > 1:
            middle = len(group) // 2
            waiting += [group[middle:], group[:middle]]
    return after, made, taken


def safe_fixes(found: Iterable[Diagnostic]) -> list[Fix]:
    """The first safe fix of each finding that has one."""
    safe = ([fix for fix in one.fixes if fix.applicability is Applicability.SAFE and fix.edits] for one in found)
    return [fixes[0] for fixes in safe if fixes]


def compatible(fixes: Iterable[Fix]) -> list[Fix]:
    """The fixes that can be made together, by their places: of two that touch the same text the first."""
    taken: dict[str, list[tuple[Position, Position]]] = {}
    kept = []
    for fix in sorted(fixes, key=_place):
        if not any(_touches(edit, taken.get(edit.span.source.identity, [])) for edit in fix.edits):
            kept.append(fix)
            for edit in fix.edits:
                insort(taken.setdefault(edit.span.source.identity, []), (edit.span.start, edit.span.end))
    return kept


def apply_fixes(fixes: Iterable[Fix]) -> dict[str, Source]:
    """The sources that compatible fixes change, with the text that they then have, by identity."""
    edits: dict[str, list[Edit]] = {}
    for fix in fixes:
        for edit in fix.edits:
            edits.setdefault(edit.span.source.identity, []).append(edit)
    return {identity: _edited(each) for identity, each in edits.items()}


def _place(fix: Fix) -> tuple[str, Position]:
    span = fix.edits[0].span
    return span.source.identity, span.start


def _touches(edit: Edit, taken: list[tuple[Position, Position]]) -> bool:
    """Whether an edit shares text, or the place where it begins, with one that is taken already."""
    start, end = edit.span.start, edit.span.end
    rank = bisect_left(taken, (start, start))
    before = rank > 0 and taken[rank - 1][1] > start
    return before or (rank < len(taken) and (taken[rank][0] == start or taken[rank][0] < end))


def _edited(edits: list[Edit]) -> Source:
    """The one source of all these edits as they leave it; line ends stay what they are."""
    source = edits[0].span.source
    starts = _line_starts(source)
    pieces, done = [], 0
    for edit in sorted(edits, key=lambda edit: edit.span.start):
        start = starts[edit.span.start.line] + edit.span.start.column
        pieces += [source.text[done:start], edit.text]
        done = starts[edit.span.end.line] + edit.span.end.column
    return Source.of(source.name, "".join([*pieces, source.text[done:]]), source.identity)


def _line_starts(source: Source) -> list[int]:
    """Where each line begins in the text."""
    starts, offset = [], 0
    for line in source.lines:
        starts.append(offset)
        offset += len(line)
        offset += 2 if source.text.startswith("\r\n", offset) else 1
    return starts
