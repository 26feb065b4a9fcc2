"""The reading of a whole grammar by plain Lark, with which the compiled automaton is compared."""

from __future__ import annotations

from lark import Lark, Token, UnexpectedInput
from lark.parsers.lalr_interactive_parser import InteractiveParser

from oyster.automaton import END, Automaton, Shape


class PlainLark:
    """A grammar in plain Lark, which reads shapes: the pieces of a shape, joined by blanks, are a line of that shape."""

    def __init__(self, full: str) -> None:
        self.lark = Lark(full, parser="lalr", lexer="contextual")

    def accepts(self, line: str) -> bool:
        """Whether a line is a statement."""
        try:
            self.lark.parse(line)
        except UnexpectedInput:
            return False
        return True

    def fed(self, text: str) -> tuple[InteractiveParser, list[Token]]:
        """A parser that has read a line without its end, and the tokens. Raises `UnexpectedInput`."""
        parser = self.lark.parse_interactive(text)
        tokens = []
        for token in parser.lexer_thread.lex(parser.parser_state):
            parser.feed_token(token)
            tokens.append(token)
        return parser, tokens

    def read(self, shape: Shape, automaton: Automaton) -> tuple[list[str], list[str] | None]:
        """The terminals that Lark reads, and those that it expects at its stop, in the order of the automaton."""
        order = [*automaton.keywords.values(), *automaton.terminals, END]
        for length in range(len(shape), -1, -1):
            try:
                parser, tokens = self.fed(" ".join(shape[:length]))
            except UnexpectedInput:
                continue
            if len(tokens) == length:
                break
        possible = parser.accepts()
        ended = length == len(shape) and END in possible
        return [token.type for token in tokens], None if ended else sorted(possible, key=order.index)


def read(shape: Shape, automaton: Automaton) -> tuple[list[str], list[str] | None]:
    """The reading of a shape by the automaton, in the same form."""
    told = automaton.read_shape(shape)
    return [*told.terminals], None if told.expected is None else [*told.expected]
