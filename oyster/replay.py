"""Reads ordinary lines in one step, by the derivations of their shapes. Knows no faults: a faulty line is not ordinary.

Nearly every line of a large script is words with one blank between them, in a known shape. It only needs the readers of
the words that fill fields; the columns follow from the lengths of the words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple

from oyster.automaton import COMMA, DIGITS, STRING, WORD, Shape
from oyster.faults import LineFault, Token
from oyster.lines import Form, Language, Node, Own, Reader

Keywords = tuple[str | None, ...]
"""The terminals of a line's words that are keywords, None for all others."""


class Filling(NamedTuple):
    """A word that fills a field: its place in the line, the place of the field, whether that is a tuple, its reader."""

    word: int
    field: int
    many: bool
    read: Reader


_DIGITS = frozenset("0123456789")
_new = tuple.__new__


@dataclass(frozen=True, slots=True)
class Replay(Generic[Node, Own]):
    """How the words of one shape become a node.

    `empty` are the fields before any is filled. A step is the distance of a word from the end of the one before that
    fills a field, then the `Filling`. `kinds` are the words that must start with a digit, or must not.
    """

    make: Callable[[Iterable[object]], Node]
    empty: tuple[tuple[object, ...] | None, ...]
    steps: tuple[tuple[int, int, int, bool, Reader], ...]
    kinds: tuple[tuple[int, bool], ...]
    problem: type
    between: Callable[[Node], Sequence[LineFault | Own]]

    def read(self, texts: list[str]) -> Node | None:
        """The statement of these words with one blank between each, None if the line is not ordinary."""
        for index, digit in self.kinds:
            if (texts[index][0] in _DIGITS) is not digit:
                return None
        values = list(self.empty)
        position = 0
        problem = self.problem
        for gap, index, field, many, read in self.steps:
            text = texts[index]
            value = read(text)
            if type(value) is problem:
                return None
            position += gap
            token: Token[object] = _new(Token, (text, position, value))
            position += len(text)
            values[field] = (*(values[field] or ()), token) if many else token
        node = self.make(values)
        return None if self.between(node) else node


def replay_of(
    language: Language[Node, Own],
    shape: Shape,
    kinds: Iterable[tuple[int, str]],
    form: Form,
    many: list[bool],
    fillings: Iterable[Filling],
) -> tuple[Keywords, Replay[Node, Own]] | None:
    """The replay for lines of a shape, under their keywords; None for shapes whose lines need the full parser."""
    if STRING in shape or COMMA in shape:
        return None
    steps = []
    behind = 0
    for index, field, several, read in sorted(fillings, key=lambda filling: filling.word):
        if any(piece in {WORD, DIGITS} for piece in shape[behind:index]):
            return None
        gap = sum(len(piece) + 1 for piece in shape[behind:index]) + (behind > 0)
        steps.append((gap, index, field, several, read))
        behind = index + 1
    terminals = tuple([language.automaton.keywords.get(piece) for piece in shape])
    empty = tuple([() if several else None for several in many])
    digits = tuple([(index, kind == DIGITS) for index, kind in kinds])
    return terminals, Replay(language.maker_of(form), empty, tuple(steps), digits, language.problem, language.between)
