"""Places in documents, as editors name them. Lines and columns count from 0, columns in code points."""

from __future__ import annotations

from typing import NamedTuple

from lbsh_lang.source import Position


class Region(NamedTuple):
    """A stretch of a document from `start` up to, but not including, `end`."""

    start: Position
    end: Position

    def holds(self, at: Position) -> bool:
        """Whether a cursor at this position touches the region; right behind its last character it does."""
        return self.start <= at <= self.end


class Location(NamedTuple):
    """A region of a document of a workspace; the document is named by its identity."""

    identity: str
    region: Region


class TextEdit(NamedTuple):
    """The replacement of a region by a text."""

    region: Region
    text: str


_new = tuple.__new__
"""Makes a named tuple without its own constructor, which takes twice as long."""

Edits = dict[str, list[TextEdit]]
"""Edits by the identities of the changed documents."""


def touched_lines(region: Region) -> range:
    """The lines with a part in a selection; a line at whose start the selection ends has none."""
    (first, _), (last, column) = region
    return range(first, max(last + (column > 0), first + 1))


def on_line(line: int, start: int, end: int) -> Region:
    """A stretch of one line."""
    return _new(Region, (_new(Position, (line, start)), _new(Position, (line, end))))
