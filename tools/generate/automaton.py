"""The language as an automaton, `lbsh_lang/syntax/automaton.py`, compiled from its grammar."""

from __future__ import annotations

from collections.abc import Iterator

from oyster.automaton import Automaton
from oyster.compile import compile_grammar
from oyster.stored import to_module
from tools.generate.derived import ROOT, Derived

GRAMMAR = ROOT / "grammar" / "lbsh.lark"
KEYWORDS = ROOT / "lbsh_lang" / "syntax" / "keywords.py"
MODULE = ROOT / "lbsh_lang" / "syntax" / "automaton.py"

DOCSTRING = "The language as an automaton, written by `make generate` from `grammar/lbsh.lark`."


def files() -> Iterator[Derived]:
    """The module that holds the automaton, and the one that lists its keywords."""
    automaton = compile_grammar(GRAMMAR.read_text(encoding="utf-8"))
    yield Derived(MODULE, to_module(automaton, DOCSTRING))
    yield Derived(KEYWORDS, keywords_text(automaton))


def keywords_text(automaton: Automaton) -> str:
    """An enumeration, so that a type checker knows all keywords."""
    members = "".join(f'    {terminal} = "{word}"\n' for word, terminal in automaton.keywords.items())
    return f'''"""The keywords by their terminals, written by `make generate` from `grammar/lbsh.lark`."""

from __future__ import annotations

from enum import Enum


class Keyword(Enum):
    """A word of the language, under the name of its terminal, in the order of the grammar."""

{members}'''
