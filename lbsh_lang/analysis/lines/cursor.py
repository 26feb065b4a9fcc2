"""A cursor in a line: the words before it, the typed word, and the terminals that the grammar allows there.

Reads the line itself and not its statement: a line under the cursor is usually incomplete, and has no statement yet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.source import Position
from lbsh_lang.syntax.parser import LONGEST_LINE
from oyster.automaton import COMMA, Automaton
from oyster.words import split_words

_REST_OF_WORD = re.compile(r'[^\s,"#]*')
_CLOSED = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)
_NO_PIECE = "\0"
"""A piece that no line has; the grammar answers with the terminals that may stand in its place."""


class Place(Enum):
    """The kind of place in which a cursor stands."""

    WORD = "a word, or where one may begin"
    STRING = "a text in quotes"
    COMMENT = "a comment"
    NOWHERE = "right behind a text in quotes, or in a line that is too long to be read"


@dataclass(frozen=True, slots=True)
class Cursor:
    """A cursor and its line.

    `words` are the words before the typed one, whose text up to the cursor is `typed`; it begins in the column `start` and
    ends in `stop`. `after` are the words behind it. In a string `typed` begins with the quote, in a comment with `#`.
    `terminals` are those of `words`, up to the first that the grammar does not allow; `expected` are the possible terminals
    of the typed word.
    """

    line: int
    column: int
    place: Place
    words: tuple[str, ...]
    typed: str
    start: int
    stop: int
    after: tuple[str, ...]
    terminals: tuple[str, ...]
    expected: tuple[str, ...]

    def text_of(self, terminal: str) -> str | None:
        """The last word before the cursor with this terminal."""
        for text, other in zip(reversed(self.words), reversed(self.terminals), strict=False):
            if other == terminal:
                return text
        return None

    def texts_of(self, terminal: str) -> list[str]:
        """All words before the cursor with this terminal."""
        return [text for text, other in zip(self.words, self.terminals, strict=False) if other == terminal]


def cursor_at(document: Document, at: Position) -> Cursor:
    """The cursor at a position of a document, or at the nearest existing position."""
    at = document.clamp(at)
    line = document.lines[at.line]
    column = max(at.column, 1) if line.startswith("\ufeff") else at.column
    if len(line) > LONGEST_LINE:
        return Cursor(at.line, column, Place.NOWHERE, (), "", column, column, (), (), ())
    texts, starts, comment = split_words(line[:column])
    place, start = Place.WORD, column
    if comment is not None:
        place, start = Place.COMMENT, comment.start
    elif texts and starts[-1] + len(texts[-1]) == column and texts[-1] != COMMA:
        place, start = _place(texts.pop()), starts.pop()
    stop = _stop(line, place, start, column)
    words = tuple(text for text in texts if any(map(str.isprintable, text)))
    terminals, expected = _reading(document.language.automaton, words, place)
    after = tuple(split_words(line[stop:]).texts) if place in (Place.WORD, Place.STRING) else ()
    return Cursor(at.line, column, place, words, line[start:column], start, stop, after, terminals, expected)


def _place(typed: str) -> Place:
    if typed[0] != '"':
        return Place.WORD
    return Place.NOWHERE if _CLOSED.fullmatch(typed) else Place.STRING


def _stop(line: str, place: Place, start: int, column: int) -> int:
    """The end of the word at the cursor. An unclosed text ends at the cursor: the rest of the line is not part of it."""
    if place is Place.WORD:
        rest = _REST_OF_WORD.match(line, column)
        return rest.end() if rest else column
    if place is Place.STRING:
        whole = _CLOSED.match(line, start)
        return whole.end() if whole else column
    return column


def _reading(automaton: Automaton, words: tuple[str, ...], place: Place) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The terminals of words, and the possible next ones; none if the grammar does not allow the words."""
    if place in (Place.COMMENT, Place.NOWHERE):
        return (), ()
    reading = automaton.read_shape((*automaton.shape_of(words), _NO_PIECE))
    stopped = len(reading.terminals) < len(words)
    return reading.terminals, () if stopped else reading.expected or ()
