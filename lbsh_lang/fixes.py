"""Applies fixes to texts, in rounds: chooses compatible fixes, makes them, and checks again. Knows no file and no check.

Theory of operation. A round makes the safe fixes of all findings at once; of two fixes that touch the same text it makes
the first by place, and leaves the other to the next round. A mended script may show more errors: a line that can be read
again may define a service twice. So that a script never ends with more errors than before, a round that leaves more is
undone and tried again in halves, down to the fixes that reveal them; these are left to the user. Rounds end when no fix is
left, or when the script has been checked a bounded number of times.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from lbsh_lang.diagnostics import Applicability, Diagnostic, Edit, Fix, Severity
from lbsh_lang.source import Position, Source

MOST_LOOKS = 100
"""The most checks of a script."""

Sources = Mapping[str, Source]
"""Sources with a changed text, by their identity."""

Look = Callable[[Sources], Sequence[Diagnostic]]
"""The findings about a script with some changed sources."""


class Mended(NamedTuple):
    """The remaining findings of a script, its changed sources, and the number of fixes in each, by identity."""

    found: Sequence[Diagnostic]
    sources: Sources
    counts: Counter[str]


class _State(NamedTuple):
    """A script between two rounds."""

    found: Sequence[Diagnostic]
    sources: Sources

    @property
    def errors(self) -> int:
        return sum(one.severity is Severity.ERROR for one in self.found)


def mend(look: Look) -> Mended:
    """Makes the safe fixes of a script until no possible one is left."""
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
    """Makes as many of the fixes as bring no errors; returns these fixes, and the number of checks it took."""
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
    """The sources that compatible fixes change, with their new texts, by identity."""
    edits: dict[str, list[Edit]] = {}
    for fix in fixes:
        for edit in fix.edits:
            edits.setdefault(edit.span.source.identity, []).append(edit)
    return {identity: _edited(each) for identity, each in edits.items()}


def _place(fix: Fix) -> tuple[str, Position]:
    span = fix.edits[0].span
    return span.source.identity, span.start


def _touches(edit: Edit, taken: list[tuple[Position, Position]]) -> bool:
    """Whether an edit shares text, or its start, with an edit that is taken already."""
    start, end = edit.span.start, edit.span.end
    rank = bisect_left(taken, (start, start))
    before = rank > 0 and taken[rank - 1][1] > start
    return before or (rank < len(taken) and (taken[rank][0] == start or taken[rank][0] < end))


def _edited(edits: list[Edit]) -> Source:
    """The one source of all these edits with its new text; line ends stay."""
    source = edits[0].span.source
    starts = _line_starts(source)
    pieces, done = [], 0
    for edit in sorted(edits, key=lambda edit: edit.span.start):
        start = starts[edit.span.start.line] + edit.span.start.column
        pieces += [source.text[done:start], edit.text]
        done = starts[edit.span.end.line] + edit.span.end.column
    return Source.of(source.name, "".join([*pieces, source.text[done:]]), source.identity)


def _line_starts(source: Source) -> list[int]:
    """The offsets of the lines in the text."""
    starts, offset = [], 0
    for line in source.lines:
        starts.append(offset)
        offset += len(line)
        offset += 2 if source.text.startswith("\r\n", offset) else 1
    return starts
