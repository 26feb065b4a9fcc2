"""The grammar, the table of forms and the shapes that the parser works with are in step."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from lark import Lark, UnexpectedInput

from lbsh_lang.syntax import grammar
from lbsh_lang.syntax.forms import FORMS, PHRASES, REMOVE_SERVICE, Form
from lbsh_lang.syntax.words import split_words
from tests.test_properties import LINES

LARK = Lark(grammar.grammar_text(), parser="lalr", lexer="contextual")
EXAMPLES = sorted((Path(__file__).parents[1] / "examples").rglob("*.lb"))

STATEMENT_WORDS = (
    "interface internal external net gw addr service pool add remove probe drain resume failover include status save help"
    " is as for to from in with sticky reflect"
)


def test_reserved_words_are_the_documented_ones() -> None:
    assert grammar.reserved() == frozenset(STATEMENT_WORDS.split())


@pytest.mark.parametrize("form", [*FORMS, REMOVE_SERVICE], ids=lambda form: form.node.__name__)
def test_slots_are_terminals_and_fields(form: Form) -> None:
    terminals = {terminal.name for terminal in LARK.terminals}
    names = {field.name for field in fields(form.node)}
    assert {slot.terminal for slot in form.slots} <= terminals
    assert {slot.field for slot in form.slots} == names
    assert form.many <= names


def test_every_terminal_has_a_phrase() -> None:
    words = {terminal.name for terminal in LARK.terminals if terminal.name not in LARK.ignore_tokens}
    assert words - set(grammar.keywords().values()) <= set(PHRASES)
    assert set(PHRASES) - {"$END"} <= words


def test_every_statement_of_the_grammar_has_a_form() -> None:
    heads = set(grammar.read_shape(("?",)).expected or ()) - {"$END"}
    assert heads == {grammar.keywords()[form.head.split()[0]] for form in FORMS}


def shape_of(line: str) -> grammar.Shape:
    return grammar.shape_of(split_words(line).texts)


def accepted_by_lark(line: str) -> bool:
    try:
        LARK.parse(line)
    except UnexpectedInput:
        return False
    return True


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_shapes_agree_with_plain_lark_on_examples(path: Path) -> None:
    for line in path.read_text().splitlines():
        assert (grammar.read_shape(shape_of(line)).expected is None) == accepted_by_lark(line), line


@given(LINES)
@settings(max_examples=500)
def test_shapes_agree_with_plain_lark_on_any_line(line: str) -> None:
    open_string = any(word[0] == '"' and (len(word) < 2 or word[-1] != '"') for word in split_words(line).texts)
    assume(line.isprintable() and not open_string)  # single characters are judged before the grammar is asked
    assert (grammar.read_shape(shape_of(line)).expected is None) == accepted_by_lark(line)
