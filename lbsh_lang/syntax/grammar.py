"""The language as an automaton over the shapes of lines, and what is asked of it.

`automaton.py` holds it as a value, compiled ahead of time from `grammar/lbsh.lark`. So neither Lark's import nor its tables,
which take as long as a few thousand lines, are part of a check; the tests hold the value to what Lark says of the grammar.
"""

from __future__ import annotations

from lbsh_lang.syntax.automaton import AUTOMATON
from oyster.automaton import COMMA, DIGITS, STRING, WORD, Reading, Shape


def keywords() -> dict[str, str]:
    """Each keyword of the grammar with its terminal, in the order of the grammar."""
    return AUTOMATON.keywords


def reserved() -> frozenset[str]:
    """The keywords that cannot be names."""
    return AUTOMATON.reserved


shape_of = AUTOMATON.shape_of
"""The shape of a line that consists of the words given."""

read_shape = AUTOMATON.read_shape
"""The terminals of a line of the shape given."""

__all__ = ["COMMA", "DIGITS", "STRING", "WORD", "Reading", "Shape", "keywords", "read_shape", "reserved", "shape_of"]
