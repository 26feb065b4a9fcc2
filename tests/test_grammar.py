"""The grammar, the table of forms and the shapes that the parser works with are in step."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lbsh_lang.syntax.automaton import AUTOMATON
from lbsh_lang.syntax.nodes import ALL_FORMS, FORM_OF, FORMS, Form
from lbsh_lang.syntax.statement import ExtensionStatement, Statement
from lbsh_lang.syntax.terminals import PHRASES
from oyster.automaton import KINDS, Shape
from oyster.compile import expanded
from oyster.words import split_words
from tests.oyster.plain_lark import PlainLark, read
from tests.reading import site_of
from tests.test_properties import LINES
from tools.generate.automaton import GRAMMAR

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").rglob("*.lb"))

STATEMENT_WORDS = (
    "interface internal external net gw addr service pool add remove probe drain resume failover include status save help"
    " is as for to from in with sticky reflect"
)


LARK = PlainLark(expanded(GRAMMAR.read_text(encoding="utf-8")))


def test_keywords_are_those_of_the_grammar() -> None:
    matches = {terminal.name: re.match(r"[a-z]+(?=\(\?!)", terminal.pattern.value) for terminal in LARK.lark.terminals}
    words = {match.group(): name for name, match in matches.items() if match}
    assert list(AUTOMATON.keywords.items()) == list(words.items())
    name = re.compile(
        next(terminal for terminal in LARK.lark.terminals if terminal.name == "NEW_SERVICE").pattern.value
    )
    assert AUTOMATON.reserved == {word for word in words if not name.fullmatch(word)}


def test_terminals_are_those_of_the_grammar() -> None:
    assert {*AUTOMATON.keywords.values(), *AUTOMATON.terminals} == {
        terminal.name for terminal in LARK.lark.terminals
    } - {*LARK.lark.ignore_tokens}


def test_reserved_words_are_the_documented_ones() -> None:
    assert AUTOMATON.reserved == frozenset(STATEMENT_WORDS.split())


@pytest.mark.parametrize("word", sorted(AUTOMATON.keywords.keys() - AUTOMATON.reserved))
def test_a_word_that_is_not_reserved_is_a_name_like_any_other(word: str) -> None:
    """For a service, a pool, a device of the pair and an interface, on either side of every place where it stands."""
    site = site_of(
        f"interface external {word}\ninterface internal {word} {word}\nfailover sync {word}\n"
        f"failover device {word}\nfailover device b\nservice {word} is 203.0.113.1 tcp 80\n"
        f"pool {word} for {word}\nadd 192.168.1.2, 192.168.1.3 to {word} weight 2\nprobe {word} with tcp\n"
        f"remove 192.168.1.3 from {word}\ndrain 192.168.1.2 from {word}\nresume 192.168.1.2 in {word}\n"
        f"drain 192.168.1.2 from {word} keep clients for 1h\ndrain 192.168.1.2\nresume 192.168.1.2\n"
        f"service gone is 203.0.113.2 tcp 80\nremove gone\n"
    )
    (service,) = site.services
    assert service.pool is not None
    assert service.probe is not None
    assert site.failover is not None
    assert [str(server.address) for server in service.pool.servers] == ["192.168.1.2"]
    assert (service.name, service.pool.name, site.external[0].name, site.internal[0].name) == (word,) * 4
    assert (site.failover.sync, site.failover.devices[0].name) == (word, word)


@pytest.mark.parametrize("form", ALL_FORMS, ids=lambda form: form.node.__name__)
def test_slots_are_terminals_and_fields(form: Form) -> None:
    terminals = {terminal.name for terminal in LARK.lark.terminals}
    names = set(form.node._fields)
    assert {slot.terminal for slot in form.slots} <= terminals
    assert {slot.field for slot in form.slots} == names
    assert form.many <= names


def test_every_statement_has_a_form() -> None:
    assert set(FORM_OF) == set(get_args(Statement)) - {ExtensionStatement}


def test_every_terminal_has_a_phrase() -> None:
    words = {terminal.name for terminal in LARK.lark.terminals if terminal.name not in LARK.lark.ignore_tokens}
    assert words - set(AUTOMATON.keywords.values()) <= set(PHRASES)
    assert set(PHRASES) - {"$END"} <= words


def test_every_statement_of_the_grammar_has_a_form() -> None:
    heads = set(AUTOMATON.read_shape(("?",)).expected or ()) - {"$END"}
    assert heads == {AUTOMATON.keywords[form.head.split()[0]] for form in FORMS}


def shape_of(line: str) -> Shape:
    return AUTOMATON.shape_of(split_words(line).texts)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_shapes_agree_with_plain_lark_on_examples(path: Path) -> None:
    for line in path.read_text().splitlines():
        assert (AUTOMATON.read_shape(shape_of(line)).expected is None) == LARK.accepts(line), line


@given(LINES)
@settings(max_examples=500)
def test_shapes_agree_with_plain_lark_on_any_line(line: str) -> None:
    open_string = any(word[0] == '"' and (len(word) < 2 or word[-1] != '"') for word in split_words(line).texts)
    assume(line.isprintable() and not open_string)  # single characters are judged before the grammar is asked
    assert (AUTOMATON.read_shape(shape_of(line)).expected is None) == LARK.accepts(line)


SHAPES = st.lists(st.sampled_from((*KINDS, *KINDS, *AUTOMATON.keywords)), max_size=14).map(tuple)


@given(SHAPES)
@settings(max_examples=1000)
def test_the_automaton_reads_any_shape_as_plain_lark_does(shape: Shape) -> None:
    assert read(shape, AUTOMATON) == LARK.read(shape, AUTOMATON)


@st.composite
def statements(draw: st.DrawFn) -> Shape:
    """Shapes of statements: a walk through the automaton, which the test below holds to Lark."""
    shape: list[str] = []
    situation = 0
    while (
        AUTOMATON.moves[situation]
        and len(shape) < 30
        and not (situation in AUTOMATON.ends and draw(st.integers(0, 3)) == 0)
    ):
        piece = draw(st.sampled_from(sorted(AUTOMATON.moves[situation])))
        shape.append(piece)
        _, situation = AUTOMATON.moves[situation][piece]
    return tuple(shape)


@given(statements())
@settings(max_examples=500)
def test_statements_of_the_automaton_are_statements_of_lark(shape: Shape) -> None:
    assert read(shape, AUTOMATON) == LARK.read(shape, AUTOMATON)


@given(statements(), st.data())
def test_words_that_may_be_of_either_kind_change_nothing(shape: Shape, data: st.DataObject) -> None:
    told = AUTOMATON.read_shape(shape)
    fixed = {place for place, _ in told.kinds}
    other = [
        data.draw(st.sampled_from(("w", "0"))) if piece in {"w", "0"} and place not in fixed else piece
        for place, piece in enumerate(shape)
    ]
    assert AUTOMATON.read_shape(tuple(other)) == told


SPELLINGS = {
    "w": st.sampled_from(["LDAP", "tcp", "fd00::1", "mx_pool", "-", "to-day", "é", "x.y"]),
    "0": st.sampled_from(["10.0.0.1", "80", "3s", "0", "10.0.0.0/8", "1-2"]),
    '""': st.sampled_from(['""', '"a b"', '"#"', '"\\""', '"add"']),
}
BLANKS = st.sampled_from([" ", " ", "  ", "\t"])


@st.composite
def lines(draw: st.DrawFn) -> str:
    """Lines of statements, whatever their words mean."""
    shape = draw(statements())
    words = [draw(SPELLINGS[piece]) if piece in SPELLINGS else piece for piece in shape]
    text = "".join(word + draw(BLANKS) for word in words)
    return draw(st.sampled_from(["", " "])) + text + draw(st.sampled_from(["", "# note"]))


@given(lines())
@settings(max_examples=500)
def test_each_word_of_a_statement_is_the_terminal_that_plain_lark_makes_of_it(line: str) -> None:
    words = split_words(line)
    _, tokens = LARK.fed(line)
    places = [(str(token), (token.column or 0) - 1) for token in tokens]
    assert places == list(zip(words.texts, words.starts, strict=True))
    assert tuple(token.type for token in tokens) == AUTOMATON.read_shape(AUTOMATON.shape_of(words.texts)).terminals
