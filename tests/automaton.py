"""Makes `lbsh_lang/syntax/automaton.py` from the grammar with Lark's help: `python -m tests.automaton` writes it.

The situations of Lark's parser are found by trying every piece of a shape in each: two beginnings of lines that leave the
same stack behind are in the same situation. Then situations from which all goes on alike become one (Moore's algorithm).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import lark
from lark.parsers.lalr_interactive_parser import InteractiveParser

from oyster.compile import expanded

ROOT = Path(__file__).parents[1]
MODULE = ROOT / "lbsh_lang" / "syntax" / "automaton.py"
LARK = lark.Lark(
    expanded((ROOT / "grammar" / "lbsh.lark").read_text(encoding="utf-8")), parser="lalr", lexer="contextual"
)

KINDS = ("w", "0", '""', ",")
"""Words of the four kinds, each standing for all of its kind."""

Shape = tuple[str, ...]


class Situation(NamedTuple):
    """What may follow, in the order of the grammar: pieces with their terminals and the situation after them."""

    moves: dict[str, tuple[str, int]]
    may_end: bool


def fed(text: str) -> tuple[InteractiveParser, list[lark.Token]]:
    """A parser that has read a line without its end, and the tokens. Raises `UnexpectedInput`."""
    parser = LARK.parse_interactive(text)
    tokens = []
    for token in parser.lexer_thread.lex(parser.parser_state):
        parser.feed_token(token)
        tokens.append(token)
    return parser, tokens


@cache
def keywords() -> dict[str, str]:
    """Each keyword with its terminal, in the order of the grammar."""
    matches = {terminal.name: re.match(r"[a-z]+(?=\(\?!)", terminal.pattern.value) for terminal in LARK.terminals}
    return {match.group(): name for name, match in matches.items() if match}


@cache
def reserved() -> frozenset[str]:
    """The keywords that cannot be names."""
    word = re.compile(next(terminal for terminal in LARK.terminals if terminal.name == "NEW_SERVICE").pattern.value)
    return frozenset(keyword for keyword in keywords() if not word.fullmatch(keyword))


@cache
def situations() -> tuple[Situation, ...]:
    """As few as tell apart all that may follow; the first is that before a line."""
    parsers = situations_of_the_parser()
    classes = [0] * len(parsers)
    while True:
        rows = [(one.may_end, tuple((*move, classes[after]) for *move, after in flat(one))) for one in parsers]
        numbers = {row: number for number, row in enumerate(dict.fromkeys(rows))}
        finer = [numbers[row] for row in rows]
        if finer == classes:
            break
        classes = finer
    first = [classes.index(number) for number in range(len(numbers))]
    return tuple(renumbered(parsers[one], classes) for one in first)


def renumbered(situation: Situation, classes: list[int]) -> Situation:
    moves = {piece: (terminal, classes[after]) for piece, (terminal, after) in situation.moves.items()}
    return Situation(moves, situation.may_end)


def flat(situation: Situation) -> list[tuple[str, str, int]]:
    return [(piece, terminal, after) for piece, (terminal, after) in situation.moves.items()]


def situations_of_the_parser() -> tuple[Situation, ...]:
    """One for each stack that the beginning of a line can leave behind."""
    numbers: dict[tuple[object, ...], int] = {}
    found: list[Situation] = []
    samples: list[Shape] = []

    def number_of(shape: Shape) -> int:
        stack = tuple(fed(" ".join(shape))[0].parser_state.state_stack)
        if stack not in numbers:
            numbers[stack] = len(samples)
            samples.append(shape)
        return numbers[stack]

    number_of(())
    while len(found) < len(samples):
        shape = samples[len(found)]
        moves = {piece: (terminal, number_of((*shape, piece))) for piece, terminal in pieces_after(shape)}
        found.append(Situation(moves, "$END" in fed(" ".join(shape))[0].accepts()))
    return tuple(found)


def pieces_after(shape: Shape) -> Iterator[tuple[str, str]]:
    """The pieces that may come next with their terminals, in the order of the grammar."""
    order = [terminal.name for terminal in LARK.terminals]
    found = []
    for piece in (*KINDS, *keywords()):
        try:
            _, tokens = fed(" ".join((*shape, piece)))
        except lark.UnexpectedInput:
            continue
        if len(tokens) == len(shape) + 1:
            found.append((piece, tokens[-1].type))
    yield from sorted(found, key=lambda pair: order.index(pair[1]))


def module_text() -> str:
    """The module that holds the automaton."""
    words = "".join(f'    "{word}": "{terminal}",\n' for word, terminal in keywords().items())
    kept = "".join(f'    "{word}",\n' for word in sorted(reserved()))
    ends = ", ".join(str(number) for number, situation in enumerate(situations()) if situation.may_end)
    rows = "".join(f"    {row(situation)},  # {number}\n" for number, situation in enumerate(situations()))
    return (
        '"""The grammar as an automaton over the pieces of shapes, written by `python -m tests.automaton`."""\n\n'
        "# fmt: off\n# ruff: noqa: E501\n\n"
        f"KEYWORDS: dict[str, str] = {{\n{words}}}\n"
        '"""Each keyword with its terminal, in the order of the grammar."""\n\n'
        f"RESERVED: frozenset[str] = frozenset((\n{kept}))\n"
        '"""The keywords that cannot be names."""\n\n'
        f"ENDS: frozenset[int] = frozenset(({ends}))\n"
        '"""The situations in which a line may end."""\n\n'
        f"MOVES: tuple[dict[str, tuple[str, int]], ...] = (\n{rows})\n"
        '"""For each situation the pieces that may follow, each with its terminal and the situation after it."""\n'
    )


def row(situation: Situation) -> str:
    """One situation as Python has it."""
    moves = (f'{quoted(piece)}: ("{terminal}", {after})' for piece, (terminal, after) in situation.moves.items())
    return "{" + ", ".join(moves) + "}"


def quoted(piece: str) -> str:
    return repr(piece) if '"' in piece else f'"{piece}"'


if __name__ == "__main__":
    MODULE.write_text(module_text(), encoding="utf-8")
