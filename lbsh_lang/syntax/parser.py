"""The parser of lbsh's lines: `oyster.parser` for this language."""

from __future__ import annotations

from typing import cast

from lbsh_lang.syntax.automaton import AUTOMATON
from lbsh_lang.syntax.consistency import faults_between
from lbsh_lang.syntax.faults import BadValue, OwnFault, Problem
from lbsh_lang.syntax.forms import ALL_FORMS
from lbsh_lang.syntax.nodes import Statement
from lbsh_lang.syntax.terminals import WORDS
from oyster import parser
from oyster.faults import Token
from oyster.lines import Language
from oyster.parser import LONGEST_LINE

Parsed = parser.Parsed[Statement, OwnFault]
"""What a line is: its statement, None for a blank or unreadable one, and its faults from left to right."""


def _bad_value(token: Token[object], problem: object) -> BadValue:
    return BadValue(token, cast(Problem, problem))  # `Language.problem` says that it is one


LBSH: Language[Statement, OwnFault] = Language(
    AUTOMATON,
    ALL_FORMS,
    frozenset(name for name, word in WORDS.items() if word.is_identifier),
    Problem,
    _bad_value,
    faults_between,
)


class LineParser(parser.LineParser[Statement, OwnFault]):
    """Reads lines of lbsh."""

    def __init__(self, language: Language[Statement, OwnFault] = LBSH) -> None:
        super().__init__(language)


__all__ = ["LBSH", "LONGEST_LINE", "LineParser", "Parsed"]
