"""The grammar, asked about the shape of a line.

Theory of operation. Which derivation a line has depends on its keywords and on what kind of word stands between them, not
on the words themselves: `add 192.168.1.2 to mx_pool` and `add 10.0.0.9 to www` have one shape. So the grammar is asked once
for each shape, and the answer serves every line of that shape. Scripts repeat a few dozen shapes.

No statement nests in another, so Lark's parser for the grammar has finitely many situations: it is an automaton over the
pieces of shapes. `automaton.py` is that automaton, written from the grammar with Lark's help; the tests hold it to what
Lark says. So Lark remains the judge of what is a statement, and neither its import nor its tables, which take as long as a
few thousand lines, are part of a check.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lbsh_lang.syntax.automaton import ENDS, KEYWORDS, MOVES, RESERVED

Shape = tuple[str, ...]
"""The words of a line, each keyword as itself and every other word as its kind: WORD, DIGITS, STRING or COMMA."""

WORD, DIGITS, STRING, COMMA = "w", "0", '""', ","
"""Kinds of words; each is also a word of its kind, so that a shape joined by spaces is a line of that shape."""

_FIRST = {**dict.fromkeys("0123456789", DIGITS), '"': STRING, ",": COMMA}


@dataclass(frozen=True, slots=True)
class Reading:
    """What the grammar says of a shape: the terminal of each word up to the first that cannot stand where it does.

    `expected` are the terminals that could stand there, None if the whole line is a statement. `kinds` are the words that
    must be of the one kind that they are of here, WORD or DIGITS; any others may be of either.
    """

    terminals: tuple[str, ...]
    expected: tuple[str, ...] | None
    kinds: tuple[tuple[int, str], ...]


def keywords() -> dict[str, str]:
    """Each keyword of the grammar with its terminal, in the order of the grammar."""
    return KEYWORDS


def reserved() -> frozenset[str]:
    """The keywords that cannot be names."""
    return RESERVED


def shape_of(words: Iterable[str]) -> Shape:
    """The shape of a line that consists of these words."""
    keyword, kind = _OWN_WORDS.get, _FIRST.get
    return tuple([keyword(word) or kind(word[0], WORD) for word in words])


def read_shape(shape: Shape) -> Reading:
    """The terminals of a line of this shape."""
    situation = 0
    terminals: list[str] = []
    kinds: list[tuple[int, str]] = []
    for place, piece in enumerate(shape):
        moves = MOVES[situation]
        if piece not in moves:
            return Reading(tuple(terminals), _expected(situation), tuple(kinds))
        if piece in _OTHER_KIND and moves.get(_OTHER_KIND[piece]) != moves[piece]:
            kinds.append((place, piece))
        terminal, situation = moves[piece]
        terminals.append(terminal)
    expected = None if situation in ENDS else _expected(situation)
    return Reading(tuple(terminals), expected, tuple(kinds))


def _expected(situation: int) -> tuple[str, ...]:
    """The terminals that may come next, in the order of the grammar, the end of the line last."""
    terminals = dict.fromkeys(terminal for terminal, _ in MOVES[situation].values())
    return (*terminals, *(("$END",) if situation in ENDS else ()))


_OWN_WORDS = {word: word for word in KEYWORDS}
_OTHER_KIND = {WORD: DIGITS, DIGITS: WORD}
