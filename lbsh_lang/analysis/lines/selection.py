"""The steps in which a selection grows: word, list, option, statement, line, paragraph, section, document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lbsh_lang.analysis.lines.folding import Row, row_of, rows_of, sections
from lbsh_lang.analysis.lines.tokens import kinds_of
from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.analysis.live.regions import Region, on_line
from lbsh_lang.source import Position
from lbsh_lang.syntax.parser import LONGEST_LINE
from lbsh_lang.syntax.terminals import TokenType
from oyster.automaton import COMMA
from oyster.words import Comment, Words, split_words


def selections(document: Document, places: Sequence[Position]) -> list[list[Region]]:
    """For each position its regions, from the smallest on, each within the next. The last is the whole text."""
    clamped = [document.clamp(at) for at in places]
    around = list(sections(rows_of(document))) if places else []
    return [_nested([*_within_line(document, at), *_beyond_line(document, at, around)]) for at in clamped]


def _nested(regions: Sequence[Region]) -> list[Region]:
    """The regions that are larger than those before them."""
    kept: list[Region] = []
    for region in regions:
        if not kept or (region != kept[-1] and region.start <= kept[-1].start and kept[-1].end <= region.end):
            kept.append(region)
    return kept


def _within_line(document: Document, at: Position) -> Iterator[Region]:
    text = document.lines[at.line]
    if len(text) <= LONGEST_LINE:
        words = split_words(text)
        if words.comment is not None and at.column >= words.comment.start:
            spans = _in_comment(words.comment, at.column)
        else:
            spans = _in_statement(document, at, words)
        for start, end in spans:
            if start <= at.column <= end:
                yield on_line(at.line, start, end)
    written = text.strip("\ufeff \t\f\v")
    if written:
        start = text.index(written)
        if start <= at.column <= start + len(written):
            yield on_line(at.line, start, start + len(written))
        yield on_line(at.line, 0, len(text))


def _in_comment(comment: Comment, column: int) -> Iterator[tuple[int, int]]:
    """The word of a comment at a cursor, and the comment."""
    first = last = column - comment.start
    while first > 0 and not comment.text[first - 1].isspace():
        first -= 1
    while last < len(comment.text) and not comment.text[last].isspace():
        last += 1
    if first < last:
        yield comment.start + first, comment.start + last
    yield comment.start, comment.start + len(comment.text.rstrip())


def _in_statement(document: Document, at: Position, words: Words) -> Iterator[tuple[int, int]]:
    """The word at a cursor, the groups of words around it, and the statement."""
    if not words.texts:
        return
    ends = [start + len(text) for text, start in zip(words.texts, words.starts, strict=True)]
    touched = [index for index, start in enumerate(words.starts) if start <= at.column <= ends[index]]
    if touched:
        index = next((one for one in reversed(touched) if words.texts[one] != COMMA), touched[-1])
        text, start = words.texts[index], words.starts[index]
        if text[0] == '"':
            yield start + 1, max(start + 1, ends[index] - (len(text) > 1 and text.endswith('"')))
        yield start, ends[index]
        for first, last in _groups(document, at.line, words, index):
            yield words.starts[first], ends[last]
    yield words.starts[0], ends[-1]


def _groups(document: Document, line: int, words: Words, index: int) -> Iterator[tuple[int, int]]:
    """The groups of words around a word, by their first and last words: a list, an option with its value."""
    texts = words.texts
    first = last = index
    while first >= 2 and texts[first - 1] == COMMA:
        first -= 2
    while last + 2 < len(texts) and texts[last + 1] == COMMA:
        last += 2
    yield first, last
    kinds = kinds_of(document.language, words, document.parsed[line].node)
    options = [place for place, kind in enumerate(kinds) if kind is not None and kind[0] is TokenType.OPTION]
    before = [place for place in options if place <= index]
    if before:
        behind = (place for place in options if place > index)
        yield before[-1], next(behind, len(texts)) - 1


def _beyond_line(document: Document, at: Position, around: Sequence[tuple[int, int]]) -> Iterator[Region]:
    lines = document.lines
    if not _is_blank(document, at.line):
        first = last = at.line
        while first > 0 and not _is_blank(document, first - 1):
            first -= 1
        while last + 1 < len(lines) and not _is_blank(document, last + 1):
            last += 1
        yield Region(Position(first, 0), Position(last, len(lines[last])))
    for first, last in around:
        if first <= at.line <= last:
            yield Region(Position(first, 0), Position(last, len(lines[last])))
    yield Region(Position(0, 0), document.end)


def _is_blank(document: Document, line: int) -> bool:
    return row_of(document.lines[line], document.parsed[line]) is Row.BLANK
