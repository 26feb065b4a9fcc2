"""The running script with the line that is being written behind it, as the analysis of the language sees it.

Only the last line changes with a key. When the script changes, the lines that differ are replaced, and no others.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

from lbsh_lang.analysis import (
    LBSH,
    Lbsh,
    Position,
    Region,
    Severity,
    Unreadable,
    View,
    Workspace,
    complete,
    line_tokens,
    plain_of,
    signatures,
)
from lbsh_lang.source import split_lines
from oyster import offers
from oyster.offers import Candidate, Completion, Finding, Mark, Usage, fitting

_ROOT = "(running script)"
_SEVERITIES = {Severity.ERROR: offers.Severity.ERROR, Severity.WARNING: offers.Severity.WARNING}
_PENDING = frozenset({"LB311", "LB312"})
"""Findings that a following statement usually mends."""


class Draft:
    """A script, and a line behind it. Places are columns of that line, from 0. `interfaces` are those of this machine."""

    def __init__(self, language: Lbsh = LBSH, interfaces: Callable[[], Sequence[str]] = tuple) -> None:
        self._workspace = Workspace(_NoFiles(), (), language)
        self._interfaces = interfaces
        self._lines: list[str] = []
        self._workspace.open(_ROOT, "")

    @property
    def language(self) -> Lbsh:
        """The language of the script."""
        return self._workspace.known(_ROOT).language

    def take(self, text: str) -> None:
        """Puts another script in the place of the former one."""
        lines = split_lines(text)[:-1]
        first = _same(self._lines, lines)
        last = _same(self._lines[first:][::-1], lines[first:][::-1])
        region = Region(Position(first, 0), Position(len(self._lines) - last, 0))
        self._workspace.edit(_ROOT, region, "".join([line + "\n" for line in lines[first : len(lines) - last]]))
        self._lines = list(lines)

    def complete(self, line: str, place: int) -> Completion:
        """What may be written there."""
        found = complete(self._view(line), self._at(place), self._interfaces())
        start = found.region.start.column
        items = [Candidate(item.text.strip(), item.detail) for item in found.items]
        return Completion(start, fitting(items, line[start:place]), () if items else tuple(self._hints(line, place)))

    def _hints(self, line: str, place: int) -> Iterator[Candidate]:
        """What the part is for that cannot be listed, in each form that the line may still become."""
        for one in signatures(self._view(line), self._at(place)):
            if one.active is not None:
                part = one.parameters[one.active]
                yield Candidate(one.label[part.start : part.end], " ".join(plain_of(part.documentation).split()))

    def usage(self, line: str, place: int) -> Usage | None:
        """The form that the line most likely becomes."""
        for one in signatures(self._view(line), self._at(place)):
            if one.active is None:
                return Usage(one.label)
            part = one.parameters[one.active]
            return Usage(one.label, part.start, part.end)
        return None

    def tokens(self, line: str) -> Sequence[Mark]:
        """The tokens of the line."""
        document = self._view(line).document
        found = line_tokens(document.language, line, document.parsed[len(self._lines)])
        return [Mark(one.start, one.end, one.kind.name.lower()) for one in found]

    def findings(self, line: str) -> Sequence[Finding]:
        """The findings at words of the line, but those that a following one usually mends."""
        self._view(line)
        found = self._workspace.diagnostics(_ROOT)
        return [
            Finding(
                one.span.start.column,
                one.span.end.column,
                _SEVERITIES[one.severity],
                one.message.replace("`", ""),
                one.help,
            )
            for one in found
            if one.span.start.line == len(self._lines) and one.severity in _SEVERITIES and one.code not in _PENDING
        ]

    def _at(self, place: int) -> Position:
        return Position(len(self._lines), place)

    def _view(self, line: str) -> View:
        document = self._workspace.known(_ROOT)
        last = len(self._lines)
        if document.lines[last] != line:
            self._workspace.edit(_ROOT, Region(Position(last, 0), document.end), line)
        view = self._workspace.view(_ROOT)
        assert view is not None, "the document is open"
        return view


def _same(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (first, second) in pairs if first != second), min(len(one), len(other)))


class _NoFiles:
    """The script stands in one text: what its files include is in it already."""

    def find(self, path: str, includer: str) -> str | Unreadable:
        return Unreadable("it is read when the statement is carried out")

    def may_include(self, identity: str, root: str) -> bool:
        return False

    def read(self, identity: str) -> str | Unreadable:
        return Unreadable("there are no files")

    def stamp(self, identity: str) -> Hashable:
        return None

    def exists(self, identity: str) -> bool:
        return False

    def name(self, identity: str) -> str:
        return identity

    def scripts(self) -> Iterable[str]:
        return ()
