"""Replays the derivation of a shape on further lines, which is the fast way to read a line without faults.

The problem. A large script may have a hundred thousand lines in a few shapes. The full parser splits each line into words
with their columns, looks for comments and quotes, classifies the words, and looks up the derivation.

Theory of operation. Nearly every line is *ordinary*: words with one blank between them, without comments, quotes and commas.
The derivation of a shape fixes everything about its ordinary lines except the texts of the words: the form, and which word
fills which field. So the first line of a shape leaves a *replay*, a list of steps, under its keywords, where None stands
for any other word. A further line is split at its blanks, and its keywords find the replay. A step reads the next word that
fills a field, and computes the word's column from the end of the word before it: the words in between are keywords, whose
lengths are known. For example, `add 10.0.0.2 to web weight 3` leaves under (ADD, None, TO, None, WEIGHT, None) the steps

    word 1    4 columns behind the start of the line, for `add `            fills the targets
    word 3    4 columns behind the end of the word 1, for ` to `            fills the pool
    word 5    8 columns behind the end of the word 3, for ` weight `        fills the weight

which read `add fd00::2 to db weight 12`, too: the words begin in the columns 4, 15 and 25.

The keywords do not tell a word from a word that begins with a digit. If the grammar distinguishes them in some place, the
replay tests the first character there. If a test or a reader fails, or the words contradict each other, the replay gives up
(None), and the full parser reads the line again to find its faults.

The cost is a look-up, and a call of a reader for each field: less than half of that of the full parser.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple

from oyster.automaton import COMMA, DIGITS, STRING, WORD, Shape
from oyster.faults import LineFault, Token
from oyster.lines import Form, Language, Node, Own, Reader

Keywords = tuple[str | None, ...]
"""The terminals of a line's words: a keyword's own terminal, None for any other word."""


class Filling(NamedTuple):
    """A word that fills a field: its place in the line, the place of the field, whether the field is a tuple, its reader."""

    word: int
    field: int
    many: bool
    read: Reader


_DIGITS = frozenset("0123456789")
_new = tuple.__new__


@dataclass(frozen=True, slots=True)
class Replay(Generic[Node, Own]):
    """The steps by which the words of one shape become a node.

    `empty` are the initial values of the fields. A step is the distance of a word from the end of the word in the step
    before, then the `Filling`. `kinds` are the words that must start with a digit, or must not.
    """

    make: Callable[[Iterable[object]], Node]
    empty: tuple[tuple[object, ...] | None, ...]
    steps: tuple[tuple[int, int, int, bool, Reader], ...]
    kinds: tuple[tuple[int, bool], ...]
    problem: type
    between: Callable[[Node], Sequence[LineFault | Own]]

    def read(self, texts: list[str]) -> Node | None:
        """The statement of these words with one blank between them, None if the line has a fault or another shape."""
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
