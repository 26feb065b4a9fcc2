"""The canonical form (`syntax.formatter`) as the smallest edits of an open document.

Differs from `lbsh fmt` in two points, since an editor owns them: line ends stay unchanged, and so does a byte order mark at
the start. Otherwise the result is the output of `lbsh fmt`.
"""

from __future__ import annotations

from collections.abc import Iterator

from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.analysis.live.regions import Region, TextEdit, on_line
from lbsh_lang.source import Position
from lbsh_lang.syntax.formatter import line_form
from lbsh_lang.syntax.parser import Parsed

_MARK = "\ufeff"


def format_document(document: Document) -> list[TextEdit]:
    """The edits of a whole document, from top to bottom."""
    return format_lines(document, 0, len(document.lines) - 1)


def format_lines(document: Document, first: int, last: int) -> list[TextEdit]:
    """The edits of some lines, both ends included; other lines are read only where blank lines go on beyond the ends."""
    first, last = max(first, 0), min(last, len(document.lines) - 1)
    written = _last_written(document)
    edits: list[TextEdit] = []
    for line in range(first, last + 1):
        form = _form(document, line)
        if form == "" and (line > written or line == 0 or _form(document, line - 1) == ""):
            _take_out(document, line, edits)
            continue
        if form is not None:
            edits += _line_edits(document, line, form)
        if line == len(document.lines) - 1:
            edits.append(TextEdit(Region(document.end, document.end), document.usual_end))
    return edits


def format_typed(document: Document, at: Position) -> list[TextEdit]:
    """The edits of the line above, which the user has just finished by a line end. No line is inserted or deleted."""
    line = at.line - 1
    form = _form(document, line) if 0 <= line < len(document.lines) - 1 else None
    return list(_line_edits(document, line, form)) if form is not None else []


def _form(document: Document, line: int) -> str | None:
    """The canonical form of a line, None for a line that stays unchanged."""
    text, parsed = document.lines[line], document.parsed[line]
    if parsed == _BLANK and "#" not in text:
        return ""
    return line_form(document.language, text, parsed)


_BLANK = Parsed(None, ())


def _last_written(document: Document) -> int:
    """The number of the last line that is not blank, -1 if there is none."""
    return next((line for line in range(len(document.lines) - 1, -1, -1) if _form(document, line) != ""), -1)


def _take_out(document: Document, line: int, edits: list[TextEdit]) -> None:
    """Deletes a blank line; merges the edit with that of the line above. A byte order mark stays."""
    start = Position(line, int(line == 0 and document.lines[0].startswith(_MARK)))
    end = Position(line + 1, 0) if document.line_end(line) else Position(line, len(document.lines[line]))
    if edits and edits[-1].region.end == start and not edits[-1].text:
        start = edits.pop().region.start
    if start != end:
        edits.append(TextEdit(Region(start, end), ""))


def _line_edits(document: Document, line: int, form: str) -> Iterator[TextEdit]:
    """The edit from a line to its form: the part in which the two differ."""
    text = document.lines[line]
    if line == 0 and text.startswith(_MARK):
        form = _MARK + form
    if not form and line and document.line_end(line - 1) == "\r" and document.line_end(line) == "\n":
        return  # without the blanks between them the two characters would be one line end
    if form != text:
        yield _smallest(line, text, form)


def _smallest(line: int, before: str, after: str) -> TextEdit:
    most = min(len(before), len(after))
    head = next((place for place in range(most) if before[place] != after[place]), most)
    most -= head
    tail = next((place for place in range(most) if before[-1 - place] != after[-1 - place]), most)
    return TextEdit(on_line(line, head, len(before) - tail), after[head : len(after) - tail])
