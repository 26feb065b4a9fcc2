"""Converts places: editors count columns in units of an encoding, the analysis in code points.

LSP 3.17, "Position": a column is a number of UTF-16 code units unless client and server agree on bytes of UTF-8 or on
code points. A column beyond the end of a line means its end; a column within a character means the start of that
character.
"""

from __future__ import annotations

from lsprotocol import types

from lbsh_lang.analysis import Document, Position, Region, TextEdit

Encoding = types.PositionEncodingKind


class Conversion:
    """Converts places for one client, in the negotiated encoding."""

    def __init__(self, encoding: Encoding = Encoding.Utf16) -> None:
        self.encoding = encoding

    def units(self, text: str) -> int:
        """The length of a text as the client counts."""
        if text.isascii() or self.encoding is Encoding.Utf32:
            return len(text)
        if self.encoding is Encoding.Utf8:
            return len(text.encode("utf-8", "surrogatepass"))
        return len(text) + sum(character > "\uffff" for character in text)

    def column(self, text: str, units: int) -> int:
        """The column, in code points, of a client's number of units in a line."""
        units = max(units, 0)
        if text.isascii() or self.encoding is Encoding.Utf32:
            return min(units, len(text))
        for column, character in enumerate(text):
            units -= self.units(character)
            if units < 0:
                return column
        return len(text)

    def to_position(self, document: Document, at: Position) -> types.Position:
        return types.Position(at.line, self._character(document, at.line, at.column))

    def to_range(self, document: Document, region: Region) -> types.Range:
        return types.Range(self.to_position(document, region.start), self.to_position(document, region.end))

    def range_json(self, document: Document, region: Region) -> str:
        """A range as JSON text, for results that hold very many."""
        (first, start), (last, end) = region
        start, end = self._character(document, first, start), self._character(document, last, end)
        return f'{{"start":{{"line":{first},"character":{start}}},"end":{{"line":{last},"character":{end}}}}}'

    def _character(self, document: Document, line: int, column: int) -> int:
        text = document.lines[line]
        return column if text.isascii() else self.units(text[:column])

    def from_position(self, document: Document, at: types.Position) -> Position:
        """The place in the document that is nearest to the client's."""
        if at.line >= len(document.lines):
            return document.end
        return Position(at.line, self.column(document.lines[at.line], at.character))

    def from_range(self, document: Document, given: types.Range) -> Region:
        return Region(self.from_position(document, given.start), self.from_position(document, given.end))

    def to_edit(self, document: Document, edit: TextEdit) -> types.TextEdit:
        return types.TextEdit(self.to_range(document, edit.region), edit.text)
