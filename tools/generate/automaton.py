"""Writes `lbsh_lang/syntax/automaton.py` from the grammar: `python -m tools.generate.automaton`."""

from __future__ import annotations

from pathlib import Path

from oyster.compile import compile_grammar
from oyster.stored import to_module

ROOT = Path(__file__).parents[2]
GRAMMAR = ROOT / "grammar" / "lbsh.lark"
MODULE = ROOT / "lbsh_lang" / "syntax" / "automaton.py"

DOCSTRING = "The language as an automaton, written by `python -m tools.generate.automaton` from `grammar/lbsh.lark`."


def module_text() -> str:
    """The module that holds the automaton."""
    return to_module(compile_grammar(GRAMMAR.read_text(encoding="utf-8")), DOCSTRING)


if __name__ == "__main__":
    MODULE.write_text(module_text(), encoding="utf-8")
