"""A document as a part of a script: its lines under labels instead of numbers (`labels`), and the file that includes it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import overload

from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.analysis.live.labels import LineLabel
from lbsh_lang.source import Position, Source, Span
from lbsh_lang.syntax.statement import Node, Stated

START = LineLabel(0)
"""The position before the first line of a script."""

LINE_END = 1 << 62
"""The column of a position behind the end of a line, which is the start of the next line, wherever that is by then."""


class ScriptFile:
    """A document of a script. `labels` are those of its lines; `includer` and `at` are the including file and line."""

    def __init__(self, document: Document, includer: ScriptFile | None = None, at: LineLabel = START) -> None:
        self.document = document
        self.includer = includer
        self.at = at
        self.labels: list[LineLabel] = []
        self.included: dict[LineLabel, ScriptFile] = {}
        """The included files, by the labels of the `include` lines."""
        self.source = LabelledSource(self)

    def line_of(self, label: LineLabel) -> int:
        """The number of a line; for a deleted line, the number of the line in its place."""
        return bisect_left(self.labels, label)

    def lineage(self) -> Iterator[Source]:
        """The chain of includes from the root to this file, both included."""
        if self.includer is not None:
            yield from self.includer.lineage()
        yield self.source

    def label_before(self, line: int) -> LineLabel:
        """The label of the line that is read right before the line of this number, `START` if there is none."""
        if line == 0:
            return self.at
        label = self.labels[line - 1]
        below = self.included.get(label)
        return below.label_before(len(below.labels)) if below is not None else label

    def label_from(self, line: int) -> LineLabel | None:
        """The label of the line that is read at or after the line of this number, None at the end of the script."""
        if line < len(self.labels):
            return self.labels[line]
        if self.includer is None:
            return None
        return self.includer.label_from(self.includer.line_of(self.at) + 1)


class LabelledSource(Source):
    """A source with labels instead of line numbers, so that references to its lines stay valid when lines move."""

    __slots__ = ("_member",)

    def __init__(self, member: ScriptFile) -> None:
        document = member.document
        super().__init__(document.name, "", _Lines(member), document.identity)
        object.__setattr__(self, "_member", member)

    @property
    def member(self) -> ScriptFile:
        """The file of this source."""
        member: ScriptFile = object.__getattribute__(self, "_member")
        return member

    def whole_line(self, line: int) -> Span:
        return Span(self, Position(line, 0), Position(line, LINE_END))

    # Sources are equal only if they are one object: two sessions, or two readings, give one file different labels.
    __eq__ = object.__eq__
    __hash__ = object.__hash__


def file_of(stated: Stated[Node]) -> ScriptFile:
    """The file of a script that contains a statement."""
    assert isinstance(stated.source, LabelledSource)
    return stated.source.member


def line_of(stated: Stated[Node]) -> int:
    """The present line number of a statement; in a session `stated.line` is a label."""
    return file_of(stated).line_of(LineLabel(stated.line))


class _Lines(Sequence[str]):
    """The lines of a file of the script, by label."""

    def __init__(self, member: ScriptFile) -> None:
        self._member = member

    @overload
    def __getitem__(self, label: int) -> str: ...
    @overload
    def __getitem__(self, label: slice) -> Sequence[str]: ...
    def __getitem__(self, label: int | slice) -> str | Sequence[str]:
        assert isinstance(label, int), "labels have no slices"
        return self._member.document.lines[self._member.line_of(LineLabel(label))]

    def __len__(self) -> int:
        return len(self._member.labels)
