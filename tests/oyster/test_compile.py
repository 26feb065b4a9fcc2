"""Compiled grammars: the automaton accepts the language that plain Lark reads by the whole grammar."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from oyster.automaton import KINDS, Automaton, Shape
from oyster.compile import GrammarError, compile_grammar, expanded
from tests.oyster.languages import LANGUAGES, LIGHTS, LISTS, RESERVED, Language, shape_of, walks
from tests.oyster.plain_lark import PlainLark, read

STATEMENTS = [(one, line) for one in LANGUAGES for line in one.statements]
OTHERS = [(one, line, expected) for one in LANGUAGES for line, expected in one.others.items()]


@pytest.mark.parametrize(("language", "line"), STATEMENTS, ids=[f"{one.name}-{line}" for one, line in STATEMENTS])
def test_statements_are_statements(language: Language, line: str) -> None:
    automaton = compile_grammar(language.grammar)
    assert automaton.read_shape(shape_of(automaton, line)).expected is None
    assert PlainLark(expanded(language.grammar)).accepts(line)


@pytest.mark.parametrize(
    ("language", "line", "expected"), OTHERS, ids=[f"{one.name}-{line}" for one, line, _ in OTHERS]
)
def test_of_other_lines_is_said_what_was_expected(language: Language, line: str, expected: str) -> None:
    automaton = compile_grammar(language.grammar)
    assert automaton.read_shape(shape_of(automaton, line)).expected == tuple(expected.split())
    assert not PlainLark(expanded(language.grammar)).accepts(line)


def test_a_terminal_says_what_words_it_is_made_of() -> None:
    automaton = compile_grammar(LISTS.grammar)
    assert automaton.keywords == {"send": "SEND", "to": "TO", "all": "ALL"}
    assert automaton.reserved == {"to"}
    assert automaton.terminals == {"FILE": "WORD | STRING", "PLACE": "WORD", "COMMA": '","'}


@pytest.mark.parametrize(
    ("terminal", "words", "others"),
    [
        ("NAME", ["x", "lets", "-"], ["let", "1x", '"x"', ","]),
        ("NUMBER", ["1", "1x"], ["x", '"1"']),
        ("TEXT", ['"x"', '""'], ["x", "1"]),
        ("LET", ["let"], ["Let", "x", "be"]),
        ("NOTHING", [], ["let", "x"]),
    ],
)
def test_a_terminal_admits_the_words_it_is_made_of(terminal: str, words: list[str], others: list[str]) -> None:
    automaton = compile_grammar(RESERVED.grammar)
    assert [word for word in (*words, *others) if automaton.admits(terminal, word)] == words


def test_what_follows_a_beginning() -> None:
    automaton = compile_grammar(LIGHTS.grammar)
    assert automaton.following(()) == ("ON", "OFF", "$END")
    assert automaton.following(("on",)) == ("LAMP",)
    assert automaton.following(("off", "w")) == ("$END",)
    assert automaton.following(("w",)) == ()


def test_no_move_leads_back_to_the_beginning() -> None:
    """Even if a statement continues as it began; otherwise an addition to the beginning would appear there, too."""
    for language in LANGUAGES:
        automaton = compile_grammar(language.grammar)
        assert all(after for moves in automaton.moves for _, after in moves.values())


def test_situations_from_which_all_goes_on_alike_are_one() -> None:
    longer = compile_grammar('statement: A X B Y | C X B Y\nA: "a"\nB: "b"\nC: "c"\nX: WORD\nY: WORD')
    assert [len(moves) for moves in longer.moves] == [2, 5, 1, 5, 0]


def test_a_grammar_in_full_keeps_its_lines() -> None:
    full = expanded(LIGHTS.grammar).splitlines()
    assert full[2].strip() == "statement: ON LAMP | OFF LAMP?"
    assert full[4].split()[0] == "OFF.1:"
    assert full[5].strip() == "LAMP: WORD"


# Any grammar

TERMINALS = {"A": '"a"', "B.1": '"b"', "X": "WORD", "Y": "DIGITS", "Z": "STRING", "V.2": "LETTERS", "U.1": 'ANY | ","'}

ATOMS = st.sampled_from([name.partition(".")[0] for name in TERMINALS] + ['","'])
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=4).map(" ".join),
        st.lists(inner, min_size=2, max_size=3).map(" | ".join).map("({})".format),
        st.builds("({}){}".format, inner, st.sampled_from("*+?")),
    ),
    max_leaves=8,
)


def grammar_of(expression: str) -> str:
    used = [f"{name}: {made}" for name, made in TERMINALS.items() if name[0] in expression]
    return "\n".join([f"statement: A {expression}", *[one for one in used if one[0] != "A"], 'A: "a"'])


def compiled(text: str) -> Automaton:
    """The automaton; skips grammars that are refused."""
    try:
        return compile_grammar(text)
    except GrammarError:
        assume(False)
        raise


@given(
    EXPRESSIONS, st.lists(st.lists(st.sampled_from((*KINDS, "a", "b")), max_size=6).map(tuple), max_size=20), st.data()
)
@settings(max_examples=150)
def test_any_grammar_means_what_plain_lark_reads(expression: str, shapes: list[Shape], data: st.DataObject) -> None:
    text = grammar_of(expression)
    automaton = compiled(text)
    lark = PlainLark(expanded(text))
    for words in [*shapes, *[data.draw(walks(automaton)) for _ in range(5)]]:
        shape = automaton.shape_of(words)
        assert read(shape, automaton) == lark.read(shape, automaton)
