"""The language as an automaton, `lbsh_lang/syntax/automaton.py`, compiled from its grammar."""

from __future__ import annotations

from collections.abc import Iterator

from oyster.compile import compile_grammar
from oyster.stored import to_module
from tools.generate.derived import ROOT, Derived

GRAMMAR = ROOT / "grammar" / "lbsh.lark"
MODULE = ROOT / "lbsh_lang" / "syntax" / "automaton.py"

DOCSTRING = "The language as an automaton, written by `make generate` from `grammar/lbsh.lark`."


def files() -> Iterator[Derived]:
    """The module that holds the automaton."""
    yield Derived(MODULE, module_text())


def module_text() -> str:
    return to_module(compile_grammar(GRAMMAR.read_text(encoding="utf-8")), DOCSTRING)
