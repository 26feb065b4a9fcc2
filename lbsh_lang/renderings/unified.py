"""The difference of two texts in unified form, for `patch` and for people. Knows no script.

The caller gives the lines of both texts side by side, so that no line has to be searched for: the time is proportional
to the length of the texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

_CONTEXT = 3


class _Row(NamedTuple):
    """A place of both texts, as lines that end with `\\n`, the only line end that `patch` knows."""

    old: list[str]
    new: list[str]


def render_unified(name: str, lines: Iterable[tuple[str, str]]) -> Iterator[str]:
    """The lines of the difference with their ends; none if the texts are equal.

    `lines` are the lines of the old text with their ends, and the new text of each, empty for a deleted line.
    """
    rows = list(_rows(lines))
    old = new = done = 0
    for start, stop in _hunks(rows):
        if not done:
            yield f"--- {name}\n"
            yield f"+++ {name}\n"
        old += sum(len(row.old) for row in rows[done:start])
        new += sum(len(row.new) for row in rows[done:start])
        hunk, done = rows[start:stop], stop
        taken, given = sum(len(row.old) for row in hunk), sum(len(row.new) for row in hunk)
        yield f"@@ -{_range(old, taken)} +{_range(new, given)} @@\n"
        yield from _body(hunk)
        old, new = old + taken, new + given


def _rows(lines: Iterable[tuple[str, str]]) -> Iterator[_Row]:
    """The rows: lines that end with another character are joined to the next ones, up to a `\\n`."""
    old = new = ""
    for before, after in lines:
        old, new = old + before, new + after
        if old.endswith("\n") and (not new or new.endswith("\n")):
            yield _row(old, new)
            old = new = ""
    if old or new:
        yield _row(old, new)


@lru_cache(maxsize=1024)
def _row(old: str, new: str) -> _Row:
    """A row, the same object for equal texts: of the rows of a large text, very many may be blank."""
    return _Row(_split(old), _split(new))


def _split(text: str) -> list[str]:
    pieces = text.split("\n")
    return [piece + "\n" for piece in pieces[:-1]] + pieces[-1:] * bool(pieces[-1])


def _hunks(rows: list[_Row]) -> Iterator[tuple[int, int]]:
    """The stretches of rows with changes and the rows around them; stretches that touch are joined."""
    start = stop = -1
    for index, row in enumerate(rows):
        if row.old != row.new:
            if start >= 0 and index - _CONTEXT > stop:
                yield start, stop
                start = -1
            start = max(0, index - _CONTEXT) if start < 0 else start
            stop = min(len(rows), index + _CONTEXT + 1)
    if start >= 0:
        yield start, stop


def _body(hunk: list[_Row]) -> Iterator[str]:
    """The lines of a hunk: of consecutive changed rows first all old lines, then all new ones."""
    coming: list[str] = []
    for row in hunk:
        if row.old == row.new:
            yield from coming
            coming = []
            yield from (_signed(" ", line) for line in row.old)
        else:
            yield from (_signed("-", line) for line in row.old)
            coming += [_signed("+", line) for line in row.new]
    yield from coming


def _signed(sign: str, line: str) -> str:
    return f"{sign}{line}" if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"


def _range(before: int, count: int) -> str:
    """A range of lines in the notation of a hunk's head; `before` is the number of lines above it."""
    first = before + 1 if count else before
    return str(first) if count == 1 else f"{first},{count}"
