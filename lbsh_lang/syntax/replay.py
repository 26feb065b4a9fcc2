"""Reads an ordinary line at once, by what is known of its shape. Knows no faults: a line that has one is not ordinary.

Nearly every line of a large script is words with one blank between them, in a shape that was met before. All that is left
to do for it is to read the words that fill fields, each by its own function; where they start follows from their lengths.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lbsh_lang.syntax.faults import Problem
from lbsh_lang.syntax.forms import Lower
from lbsh_lang.syntax.grammar import COMMA, DIGITS, STRING, WORD, Shape, keywords
from lbsh_lang.syntax.nodes import Statement, Token
from lbsh_lang.syntax.sense import faults_between

Keywords = tuple[str | None, ...]
"""The terminals of a line's words that are keywords, None for all others."""

Filling = tuple[int, int, bool, Lower]
"""A word that fills a field: its index, that of the field, whether the field takes several, and what reads the word."""

_DIGITS = frozenset("0123456789")
_new = tuple.__new__


@dataclass(frozen=True, slots=True)
class Replay:
    """How the words of one shape become a node.

    `empty` are the fields before any is filled. A step is the distance of a word from the end of the one before that
    fills a field, then the `Filling`. `kinds` are the words that start with a digit, or that do not, and have to.
    """

    node: type[Statement]
    empty: tuple[tuple[object, ...] | None, ...]
    steps: tuple[tuple[int, int, int, bool, Lower], ...]
    kinds: tuple[tuple[int, bool], ...]

    def read(self, texts: list[str]) -> Statement | None:
        """The statement of these words with one blank between each, None if there is anything special about them."""
        for index, digit in self.kinds:
            if (texts[index][0] in _DIGITS) is not digit:
                return None
        values = list(self.empty)
        position = 0
        for gap, index, field, many, lower in self.steps:
            text = texts[index]
            value = lower(text)
            if type(value) is Problem:
                return None
            position += gap
            token = _new(Token, (text, position, value))
            position += len(text)
            values[field] = (*(values[field] or ()), token) if many else token
        node: Statement = _new(self.node, values)
        return None if faults_between(node) else node


def replay_of(
    shape: Shape, kinds: Iterable[tuple[int, str]], node: type[Statement], many: list[bool], fillings: list[Filling]
) -> tuple[Keywords, Replay] | None:
    """The replay for lines of a shape, under their keywords; None where lines are split with more care."""
    if STRING in shape or COMMA in shape:
        return None
    steps = []
    behind = 0
    for index, field, several, lower in sorted(fillings, key=lambda filling: filling[0]):
        if any(piece in {WORD, DIGITS} for piece in shape[behind:index]):
            return None
        gap = sum(len(piece) + 1 for piece in shape[behind:index]) + (behind > 0)
        steps.append((gap, index, field, several, lower))
        behind = index + 1
    terminals = tuple(keywords().get(piece) for piece in shape)
    empty = tuple([() if several else None for several in many])
    return terminals, Replay(node, empty, tuple(steps), tuple((index, kind == DIGITS) for index, kind in kinds))
