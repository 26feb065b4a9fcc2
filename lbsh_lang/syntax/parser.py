"""The parser of lbsh's lines: `oyster.parser` for this language."""

from __future__ import annotations

from lbsh_lang.syntax.faults import OwnFault
from lbsh_lang.syntax.language import LBSH, Lbsh
from lbsh_lang.syntax.statement import Statement
from oyster import parser
from oyster.parser import LONGEST_LINE

Parsed = parser.Parsed[Statement, OwnFault]
"""A parsed line: its statement, None for a blank or unreadable line, and its faults from left to right."""


class LineParser(parser.LineParser[Statement, OwnFault]):
    """Reads lines of lbsh, or of lbsh with the statements of extensions."""

    language: Lbsh

    def __init__(self, language: Lbsh = LBSH) -> None:
        super().__init__(language)


__all__ = ["LONGEST_LINE", "LineParser", "Parsed"]
