"""The text of an open script as an array of parsed lines. An edit parses the lines that it touches, and no others.

Lines end as in `source`: at `\\n`, `\\r\\n` and a lone `\\r`, nowhere else. Each line keeps its end, so that the text can be
reproduced exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lbsh_lang.analysis.live.regions import Region
from lbsh_lang.site.script import reading_ended
from lbsh_lang.source import Position, Source, split_ends
from lbsh_lang.syntax.language import Lbsh
from lbsh_lang.syntax.parser import LineParser, Parsed

MOST_FAULTS = 20_000
"""The number of faults of lines after which parsing stops, so that an editor has its answer within a second."""


class Splice(NamedTuple):
    """An edit in lines: from `first` on, the parsed lines `gone` were replaced by `added` new ones."""

    first: int
    gone: list[Parsed]
    added: int


class Document:
    """A script's text by lines, with their parses. `name` stands in messages, `identity` is unique.

    The only state is the text; everything else follows from it.
    """

    def __init__(self, identity: str, name: str, text: str, parser: LineParser) -> None:
        self.identity = identity
        self.name = name
        self._parser = parser
        self.lines, self._ends = split_ends(text)
        self.parsed: list[Parsed] = self._parse(self.lines)

    @property
    def language(self) -> Lbsh:
        """The language of the script."""
        return self._parser.language

    @property
    def text(self) -> str:
        return "".join([part for pair in zip(self.lines, self._ends, strict=True) for part in pair])

    def copy(self) -> Document:
        """A copy of the document, which later edits do not change."""
        other = Document(self.identity, self.name, "", self._parser)
        other.lines, other._ends, other.parsed = self.lines[:], self._ends[:], self.parsed[:]
        return other

    @property
    def usual_end(self) -> str:
        """The end of the first line, which in nearly every text is the end of all; in a text of one line, `\\n`."""
        return self._ends[0] or "\n"

    @property
    def end(self) -> Position:
        """The position behind the last character."""
        return Position(len(self.lines) - 1, len(self.lines[-1]))

    def source(self) -> Source:
        """The present text as a source, for reading and checking it as a whole."""
        return Source.of(self.name, self.text, self.identity)

    def line_end(self, line: int) -> str:
        """The characters that end a line; empty for the last line."""
        return self._ends[line]

    def text_of(self, region: Region) -> str:
        """The text in a region."""
        (first, start), (last, end) = region
        if first == last:
            return self.lines[first][start:end]
        between = [self.lines[line] + self._ends[line] for line in range(first + 1, last)]
        return "".join((self.lines[first][start:], self._ends[first], *between, self.lines[last][:end]))

    def clamp(self, at: Position) -> Position:
        """The nearest existing position."""
        if at.line >= len(self.lines):
            return self.end
        if at.line < 0:
            return Position(0, 0)
        return Position(at.line, min(max(at.column, 0), len(self.lines[at.line])))

    def edit(self, region: Region, text: str) -> Splice:
        """Replaces the text of a region; returns the changed lines."""
        start, end = sorted((self.clamp(region.start), self.clamp(region.end)))
        first, last = start.line, end.line
        head, tail = self.lines[first][: start.column], self.lines[last][end.column :]
        if first and start.column == 0 and self._ends[first - 1] == "\r":
            # The next characters may turn the `\r` before them into a `\r\n`.
            first -= 1
            head = self.lines[first] + "\r"
        return self._splice(first, last, head + text + tail + self._ends[last])

    def replace(self, text: str) -> Splice:
        """Replaces the whole text. Equal lines at the start and at the end are not parsed again."""
        lines, ends = split_ends(text)
        least = min(len(lines), len(self.lines))
        head = _common(lines, ends, self.lines, self._ends, least)
        tail = _common(lines[::-1], ends[::-1], self.lines[::-1], self._ends[::-1], least - head)
        return self._put(head, len(self.lines) - tail, lines[head : len(lines) - tail], ends[head : len(ends) - tail])

    def _splice(self, first: int, last: int, text: str) -> Splice:
        lines, ends = split_ends(text)
        if last + 1 < len(self.lines):
            # Behind the end of its last line, `split_ends` saw an empty line, which is the existing next one.
            lines.pop()
            ends.pop()
        return self._put(first, last + 1, lines, ends)

    def _put(self, first: int, stop: int, lines: list[str], ends: list[str]) -> Splice:
        self.lines[first:stop] = lines
        self._ends[first:stop] = ends
        gone = self.parsed[first:stop]
        self.parsed[first:stop] = self._parse(lines)
        return Splice(first, gone, len(lines))

    def _parse(self, lines: list[str]) -> list[Parsed]:
        """Parses lines. Stops in a text that is faulty throughout, such as a log."""
        parsed: list[Parsed] = []
        faults = 0
        for line in lines:
            one = self._parser.parse(line)
            parsed.append(one)
            faults += len(one.faults)
            if faults > MOST_FAULTS and len(parsed) < len(lines):
                parsed.append(Parsed(None, (reading_ended(MOST_FAULTS),)))
                parsed += [Parsed(None, ())] * (len(lines) - len(parsed))
                break
        return parsed


def _common(
    lines: Sequence[str], ends: Sequence[str], others: Sequence[str], other_ends: Sequence[str], most: int
) -> int:
    """The number of lines that two texts share from their starts on, ends included."""
    for index in range(most):
        if lines[index] != others[index] or ends[index] != other_ends[index]:
            return index
    return most
