"""Places in documents, as editors name them. Lines and columns count from 0, columns in code points."""

from __future__ import annotations

from typing import NamedTuple

from lbsh_lang.source import Position


class Region(NamedTuple):
    """A stretch of a document from `start` up to and without `end`."""

    start: Position
    end: Position

    def holds(self, at: Position) -> bool:
        """Whether a cursor at this place touches the region; behind its last character it still does."""
        return self.start <= at <= self.end


class Location(NamedTuple):
    """A region of one of the documents of a workspace, which is named by its identity."""

    identity: str
    region: Region


class TextEdit(NamedTuple):
    """Replace what a region covers by a text."""

    region: Region
    text: str


_new = tuple.__new__
"""Makes a named tuple without going through its own constructor, which takes twice as long."""

Edits = dict[str, list[TextEdit]]
"""Edits by the identities of the documents that they change."""


def touched_lines(region: Region) -> range:
    """The lines of which a selection holds something; the one at whose start it ends is none of them."""
    (first, _), (last, column) = region
    return range(first, max(last + (column > 0), first + 1))


def on_line(line: int, start: int, end: int) -> Region:
    """A stretch of one line."""
    return _new(Region, (_new(Position, (line, start)), _new(Position, (line, end))))
