"""Values that an editor of lines shows: what may be written at a place, the usage of a statement, tokens, findings.

Columns count characters of the line, from 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import NamedTuple


class Candidate(NamedTuple):
    """A word that may stand at a place, and a few words about it.

    A word is not `final` if the same word goes on after it, as a folder does: no blank is written behind it.
    """

    text: str
    help: str = ""
    final: bool = True


class Completion(NamedTuple):
    """What may be written at a place.

    A candidate replaces the text from `start` to the place. `hints` are parts that cannot be listed, such as `PORT` with
    "from 1 to 65535"; only `?` shows them. `more` is the number of candidates that are left out.
    """

    start: int
    candidates: tuple[Candidate, ...] = ()
    hints: tuple[Candidate, ...] = ()
    more: int = 0


class Usage(NamedTuple):
    """How to write a statement, and which part of this text the place in the line plays (empty: none)."""

    text: str
    start: int = 0
    end: int = 0


class Mark(NamedTuple):
    """A token of a line and its kind."""

    start: int
    end: int
    kind: str


class Severity(Enum):
    """Of a finding. A line with an error is not run."""

    ERROR = "ERROR"
    WARNING = "warning"


class Finding(NamedTuple):
    """Something about a place of a line: one line that says what, and further ones that help."""

    start: int
    end: int
    severity: Severity
    message: str
    help: tuple[str, ...] = ()


def natural(text: str) -> tuple[tuple[bool, int, str], ...]:
    """The key of the order in which people look for names: numbers by value, letter case aside."""
    parts = re.split("([0-9]{1,18})", text.casefold())
    numbers = [(False, int(part), "") if place % 2 else (True, 0, part) for place, part in enumerate(parts)]
    return (*[part for part in numbers if part != (True, 0, "")], (False, -1, text))


def fitting(candidates: Iterable[Candidate | str], begun: str) -> tuple[Candidate, ...]:
    """The candidates that go on from what is written, letter case aside, in natural order, each once.

    A word that is not printable is no candidate: it would reach the line as it is.
    """
    begun = begun.casefold()
    found: dict[str, Candidate] = {}
    for one in candidates:
        candidate = Candidate(one) if isinstance(one, str) else one
        if candidate.text.isprintable() and candidate.text.casefold().startswith(begun):
            found.setdefault(candidate.text, candidate)
    return tuple(sorted(found.values(), key=lambda candidate: natural(candidate.text)))


def common_part(words: Sequence[str]) -> str:
    """The longest beginning that words share, letter by letter."""
    if not words:
        return ""
    low, high = min(words), max(words)
    same = next((place for place, (one, other) in enumerate(zip(low, high, strict=False)) if one != other), len(low))
    return low[: min(same, len(high))]
