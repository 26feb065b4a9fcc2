"""A document as a part of a script: its lines under labels instead of numbers (`labels`), and the file that includes it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import overload

from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.source import Position, Source, Span

LINE_END = 1 << 62
"""The column of a place behind the end of a line: where the next line begins, wherever that may be by then."""


class ScriptFile:
    """A document of a script. `labels` are those of its lines, `includer` and `at` say where it is included."""

    def __init__(self, document: Document, includer: ScriptFile | None = None, at: int = 0) -> None:
        self.document = document
        self.includer = includer
        self.at = at
        self.labels: list[int] = []
        self.included: dict[int, ScriptFile] = {}
        """The files that this one includes, by the labels of the lines that do so."""
        self.source = LabelledSource(self)

    def line_of(self, label: int) -> int:
        """The number of a line; of one that has gone, the number of the line that took its place."""
        return bisect_left(self.labels, label)

    def lineage(self) -> Iterator[Source]:
        """The files whose `include` led to this one, from the root on, itself the last."""
        if self.includer is not None:
            yield from self.includer.lineage()
        yield self.source

    def label_before(self, line: int) -> int:
        """The label of what is read right before the line of this number, 0 if nothing is."""
        if line == 0:
            return self.at
        label = self.labels[line - 1]
        below = self.included.get(label)
        return below.label_before(len(below.labels)) if below is not None else label

    def label_from(self, line: int) -> int | None:
        """The label of what is read from the line of this number on, None if that is the end of the script."""
        if line < len(self.labels):
            return self.labels[line]
        if self.includer is None:
            return None
        return self.includer.label_from(self.includer.line_of(self.at) + 1)


class LabelledSource(Source):
    """A source whose lines are known by labels, so that nothing of what refers to them changes when lines move."""

    __slots__ = ("_member",)

    def __init__(self, member: ScriptFile) -> None:
        document = member.document
        super().__init__(document.name, "", _Lines(member), document.identity)
        object.__setattr__(self, "_member", member)

    @property
    def member(self) -> ScriptFile:
        """Whose source this is."""
        member: ScriptFile = object.__getattribute__(self, "_member")
        return member

    def whole_line(self, line: int) -> Span:
        return Span(self, Position(line, 0), Position(line, LINE_END))

    # What is the same file in two sessions, or before and after it was read anew, is not the same source.
    __eq__ = object.__eq__
    __hash__ = object.__hash__


class _Lines(Sequence[str]):
    """The lines of a member, asked for by label."""

    def __init__(self, member: ScriptFile) -> None:
        self._member = member

    @overload
    def __getitem__(self, label: int) -> str: ...
    @overload
    def __getitem__(self, label: slice) -> Sequence[str]: ...
    def __getitem__(self, label: int | slice) -> str | Sequence[str]:
        assert isinstance(label, int), "labels have no slices"
        return self._member.document.lines[self._member.line_of(label)]

    def __len__(self) -> int:
        return len(self._member.labels)
