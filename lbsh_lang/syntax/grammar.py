"""The grammar, asked about the shape of a line. The only importer of Lark.

Theory of operation. Which derivation a line has depends on its keywords and on what kind of word stands between them, not
on the words themselves: `add 192.168.1.2 to mx_pool` and `add 10.0.0.9 to www` have one shape. So the grammar is asked once
for each shape, on a line made up for it, and the answer serves every line of that shape. Scripts repeat a few dozen shapes;
Lark stays the only judge of what is a statement, at a fraction of its price.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lark import Lark, UnexpectedInput
from lark.parsers.lalr_interactive_parser import InteractiveParser

GRAMMAR = "lbsh.lark"

Shape = tuple[str, ...]
"""The words of a line, each keyword as itself and every other word as its kind: WORD, DIGITS, STRING or COMMA."""

WORD, DIGITS, STRING, COMMA = "w", "0", '""', ","
"""Kinds of words; each is also a word of its kind, so that a shape joined by spaces is a line of that shape."""

_FIRST = {**dict.fromkeys("0123456789", DIGITS), '"': STRING, ",": COMMA}


@dataclass(frozen=True, slots=True)
class Reading:
    """What the grammar says of a shape: the terminal of each word up to the first that cannot stand where it does.

    `expected` are the terminals that could stand there, None if the whole line is a statement.
    """

    terminals: tuple[str, ...]
    expected: tuple[str, ...] | None


@cache
def grammar_text() -> str:
    """The text of the grammar: beside this package where installed, at the top of the tree in a checkout."""
    package = Path(__file__).parents[1]
    for path in (package / GRAMMAR, package.parent / "grammar" / GRAMMAR):
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise RuntimeError(f"{GRAMMAR} is missing from the installation in {package}")


@cache
def _lark() -> Lark:
    return Lark(grammar_text(), parser="lalr", lexer="contextual", maybe_placeholders=False)


@cache
def keywords() -> dict[str, str]:
    """Each keyword of the grammar with its terminal, in the order of the grammar."""
    found = {}
    for terminal in _lark().terminals:
        match = re.match(r"[a-z]+(?=\(\?!)", terminal.pattern.value)
        if match:
            found[match.group()] = terminal.name
    return found


@cache
def _own_words() -> dict[str, str]:
    return {word: word for word in keywords()}


@cache
def reserved() -> frozenset[str]:
    """The keywords that cannot be names."""
    word = re.compile(next(terminal for terminal in _lark().terminals if terminal.name == "NEW_SERVICE").pattern.value)
    return frozenset(keyword for keyword in keywords() if not word.fullmatch(keyword))


def shape_of(words: Iterable[str]) -> Shape:
    """The shape of a line that consists of these words."""
    keyword, kind = _own_words().get, _FIRST.get
    return tuple([keyword(word) or kind(word[0], WORD) for word in words])


def read_shape(shape: Shape) -> Reading:
    """Asks the grammar for the terminals of a line of this shape."""
    parser, terminals = _feed(shape)
    if len(terminals) == len(shape):
        try:
            parser.feed_eof()
        except UnexpectedInput:
            pass
        else:
            return Reading(tuple(terminals), None)
    # A refused token may have led to reductions before it was refused; what was possible is asked anew.
    before, _ = _feed(shape[: len(terminals)])
    return Reading(tuple(terminals), _expected(before))


def _feed(shape: Shape) -> tuple[InteractiveParser, list[str]]:
    """A parser that has read the words of a shape up to the first that it refused, and their terminals."""
    parser = _lark().parse_interactive(" ".join(shape))
    terminals: list[str] = []
    try:
        for token in parser.lexer_thread.lex(parser.parser_state):
            parser.feed_token(token)
            terminals.append(sys.intern(token.type))
    except UnexpectedInput:
        pass
    return parser, terminals


def _expected(parser: InteractiveParser) -> tuple[str, ...]:
    """The terminals that may come next, in the order of the grammar, the end of the line last."""
    order = [terminal.name for terminal in _lark().terminals]
    return tuple(sorted(parser.accepts(), key=lambda name: order.index(name) if name in order else len(order)))
