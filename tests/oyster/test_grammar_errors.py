"""The messages about grammars that cannot be compiled, as data."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from oyster.automaton import Automaton
from oyster.compile import GrammarError, compile_grammar, expanded

ROOT = Path(__file__).parents[2]


class Refused(NamedTuple):
    """A grammar, and a regular expression for all of its messages."""

    grammar: str
    message: str


BASE = """
statement: POOL NEW_POOL (WEIGHT NUMBER)? | ADD ADDRESS ("," ADDRESS)* TO POOL_NAME
POOL.1: "pool"
ADD.1: "add"
TO.1: "to"
WEIGHT: "weight"
NEW_POOL: WORD
POOL_NAME: WORD
ADDRESS: WORD
NUMBER: DIGITS
"""

DECIDES = "; a priority would decide"
NO_WORD = "a letter, then letters, digits, `-` and `_`"
NO_TERMINAL = "B is neither a keyword in quotes nor made of word classes, such as ANY | STRING"

LINES: tuple[Refused, ...] = (
    # Messages of Lark, in one line
    Refused('statement: A (B\nA: "a"\nB: "b"', r"line 1: unexpected token .* in column 16"),
    Refused('statement: A\n\nA+\nA: "a"', r"line 3: .* in column \d+"),
    Refused('statement: A B\nA: "a"', r"line 1: .*'B' used but not defined.*"),
    Refused('statement: A\n  | A other\nA: "a"', r"line 2: rule 'other' used but not defined \(in rule statement\)"),
    Refused('A: "a"', r"rule 'statement' used but not defined \(in rule start\)"),
    Refused('A: "a"\nstatement: A\nstatement: A', r"line 2: rule 'statement' defined more than once"),
    Refused('statement: x | y\nx: A\ny: A\nA: "a"', r"line 2: the same words are <x : A> and <y : A>"),
    Refused('statement: A?\nA: "a"', r"the rule `statement` can be empty; a line without words is no statement"),
    # Terminals
    Refused('statement: A\nA: "a"\nA: "b"', r"line 3: A is defined in line 2 already"),
    Refused('statement: A B\nA: "a"\nB: "a"', r"line 3: the keyword `a` is A already"),
    Refused('statement: A B\nA: "a"\nB: "b c"', rf'line 3: "b c" is no keyword: {NO_WORD}'),
    Refused('statement: A B\nA: "a"\nB: "2"', rf'line 3: "2" is no keyword: {NO_WORD}'),
    Refused('statement: A B\nA: "a"\nB: "b"i', rf'line 3: "b"i is no keyword: {NO_WORD}'),
    Refused('statement: A B\nA: "a"\nB: /b/', rf"line 3: {re.escape(NO_TERMINAL)}"),
    Refused('statement: A B\nA: "a"\nB: WORD WORD', rf"line 3: {re.escape(NO_TERMINAL)}"),
    Refused('statement: A B\nA: "a"\nB: WORD\n | A', rf"line 3: {re.escape(NO_TERMINAL)}"),
    Refused('statement: A B\nA: "a"\nB: ","', rf"line 3: {re.escape(NO_TERMINAL)}"),
    Refused('statement: A B\nA: "a"\nB:', rf"line 3: {re.escape(NO_TERMINAL)}"),
    Refused('statement: A\nA: "a"\nWORD: DIGITS', r"line 3: WORD is the same in all grammars, and none defines it"),
    Refused('statement: A\nA: "a"\nCOMMA: ","', r"line 3: COMMA is the same in all grammars, and none defines it"),
    Refused('statement: A\nA: "a"\nB: WORD', r"line 3: B is in no rule that a statement uses"),
    Refused('statement: A\nother: B\nA: "a"\nB: "b"', r"line 4: B is in no rule that a statement uses"),
    # Rules
    Refused(
        'statement: A\n | A "b"\nA: "a"', r'line 2: "b" stands in a rule: define a terminal, and use its name here'
    ),
    Refused('statement: A /b/\nA: "a"', r"line 1: /b/ stands in a rule: define a terminal, and use its name here"),
    Refused('statement: A\nA: "a"\n%import common.WS', r"line 3: `%import` has no place in a grammar of lines"),
    Refused('// A line\nstart: A\nA: "a"', r"line 2: the rule for a line is called `statement`, not `start`"),
    # Words that can be two terminals
    Refused(
        'statement: A (X | Y)\nA: "a"\nX: WORD\nY: LETTERS',
        rf"line 4: after `a` a word can be X or Y{DECIDES}",
    ),
    Refused(
        "statement: X X | Y Y\nX: WORD\nY: ANY",
        rf"line 3: at the beginning a word can be X or Y{DECIDES}",
    ),
    Refused(
        "statement: X | Y Y\nX.1: WORD\nY: DIGITS", r"line 3: at the beginning every Y is read as another terminal"
    ),
    # Statements in statements
    Refused(
        'statement: A list\nlist: X | X "," list\nA: "a"\nX: WORD',
        r"line 2: a statement nests in another: the rule `list` contains itself; repeat a part with `\*` instead",
    ),
    Refused(
        'A: "a"\nstatement: A inner?\ninner: statement',
        r"line 2: a statement nests in another: the rule `statement` contains itself; repeat a part with `\*` instead",
    ),
    Refused(
        'statement: A _both{X}\n_both{item}: item _both{item} item | item\nA: "a"\nX: DIGITS',
        r"line 2: a statement nests in another: the rule `_both` contains itself; repeat a part with `\*` instead",
    ),
)

EXTENSIONS: tuple[Refused, ...] = (
    Refused(
        'statement: M POOL_NAME\nM.1: "mirror"', r'line 2: "mirror" has a priority, but an extension reserves no word'
    ),
    Refused('statement: M WEIGHT2\nM: "mirror"\nWEIGHT2: "weight"', r"line 3: the keyword `weight` is WEIGHT already"),
    Refused('statement: M TO\nM: "mirror"\nTO: "into"', r"line 3: TO is defined by the language that is extended"),
    Refused(
        'statement: M ADDRESS\nM: "m"\nADDRESS: ANY', r"line 3: ADDRESS is defined by the language that is extended"
    ),
    Refused('statement: POOL M\nM: "m"', r"line 1: a statement begins with POOL; those of an extension .*"),
    Refused('statement: M\n| X M\nM: "m"\nX: WORD', r"line 4: a statement begins with X; those of an extension .*"),
    Refused(
        'statement: M (ADDRESS | POOL_NAME)\nM: "m"',
        rf"after `m` a word can be POOL_NAME or ADDRESS{DECIDES}",
    ),
)


def refusal(grammar: str, base: Automaton | None = None) -> GrammarError:
    with pytest.raises(GrammarError) as raised:
        compile_grammar(grammar, base)
    return raised.value


@pytest.mark.parametrize("refused", LINES, ids=lambda refused: refused.message[:50])
def test_a_grammar_is_refused_with_the_line_at_fault(refused: Refused) -> None:
    error = refusal(refused.grammar)
    assert re.fullmatch(refused.message, str(error))
    assert str(error) == (f"line {error.line}: {error.reason}" if error.line else error.reason)


@pytest.mark.parametrize("refused", EXTENSIONS, ids=lambda refused: refused.message[:50])
def test_an_extension_is_refused_for_what_it_does_to_the_language(refused: Refused) -> None:
    assert re.fullmatch(refused.message, str(refusal(refused.grammar, compile_grammar(BASE))))


def test_what_the_text_shows_is_refused_in_full_form_too() -> None:
    with pytest.raises(GrammarError, match="line 2: the keyword"):
        expanded('A: "a"\nB: "a"')


# A broken Lark

PROGRAM = "from oyster.compile import compile_grammar; compile_grammar('statement: A\\nA: \"a\"')"

STRANGE = {
    "a later layout": (
        "__version__ = '2.0.0'\nclass Token: ...\nclass Lark:\n    def __init__(self, *_, **__): self.table = {}\n",
        "Lark 2.0.0 keeps its tables in a way that is not understood here; lark>=1.2,<2 is needed",
    ),
    "no Lark": (
        "raise ModuleNotFoundError('No module named lark')\n",
        "a grammar is compiled with Lark, and lark>=1.2,<2 is not installed: No module named lark",
    ),
}


@pytest.mark.parametrize("strange", STRANGE)
def test_an_unknown_lark_is_one_clear_error(strange: str, tmp_path: Path) -> None:
    text, message = STRANGE[strange]
    (tmp_path / "lark").mkdir()
    (tmp_path / "lark" / "__init__.py").write_text(text)
    (tmp_path / "lark" / "exceptions.py").write_text("class LarkError(Exception): ...\n")
    (tmp_path / "lark" / "lexer.py").write_text("class Lexer: ...\n")
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {PROGRAM}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stderr.splitlines()[-1] == f"oyster.grammar.GrammarError: {message}"
