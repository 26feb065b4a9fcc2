"""A language joined with the additions of plug-ins."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lbsh_lang.syntax.automaton import AUTOMATON
from oyster.automaton import KINDS, Shape
from oyster.compile import compile_grammar, expanded
from oyster.join import JoinError, join
from tests.oyster.languages import LIGHTS, REPEATED, shape_of, walks
from tests.oyster.plain_lark import PlainLark, read

NICK = """
statement: NICK NEW_NICK FOR PROBED_SERVICE (PORT_WORD COUNT)? QUIETLY?
NICK:     "nick"
QUIETLY:   "quietly"
NEW_NICK: WORD
COUNT:     DIGITS
"""

MIRROR = """
statement: MIRROR TARGET ("," TARGET)* TO place+ | UNMIRROR TOPIC
place: QUOTED | WHERE
MIRROR:   "mirror"
UNMIRROR: "unmirror"
QUOTED:   STRING
WHERE:    LETTERS
"""

ADDITIONS = {"nick": compile_grammar(NICK, AUTOMATON), "mirror": compile_grammar(MIRROR, AUTOMATON)}
LARKS = {"nick": PlainLark(expanded(NICK, AUTOMATON)), "mirror": PlainLark(expanded(MIRROR, AUTOMATON))}
JOINED = join(AUTOMATON, [*ADDITIONS.items()])
NEW_WORDS = ("nick", "quietly", "mirror", "unmirror")

SHAPES = st.lists(st.sampled_from((*KINDS, *KINDS, *JOINED.keywords)), max_size=10).map(tuple)


STATEMENTS = (
    "nick www for web",
    "nick nick for quietly port 80 quietly",
    "nick mirror for unmirror",
    'mirror 10.0.0.1, mirror to here "and there"',
    "mirror nick to nick",
    "unmirror add",
    "unmirror quietly",
    "pool nick for mirror",
    "add unmirror to quietly weight nick",
    "interface internal mirror nick, quietly",
    "",
)

OTHERS = {
    "nick add for x": "NEW_NICK",
    "nick x for y quietly quietly": "$END",
    "mirror x to y,": "QUOTED WHERE $END",
    "quietly": " ".join((*AUTOMATON.following(()), "NICK", "MIRROR", "UNMIRROR")).replace("$END ", "") + " $END",
    "remove nick mirror": "FROM PORT_WORD COMMA $END",
}


@pytest.mark.parametrize("line", STATEMENTS)
def test_statements_of_all_are_statements(line: str) -> None:
    assert JOINED.read_shape(shape_of(JOINED, line)).expected is None


@pytest.mark.parametrize("line", OTHERS)
def test_of_other_lines_is_said_what_was_expected(line: str) -> None:
    assert JOINED.read_shape(shape_of(JOINED, line)).expected == tuple(OTHERS[line].split())


def test_the_words_of_all_are_known_in_order() -> None:
    assert [*JOINED.keywords] == [*AUTOMATON.keywords, *NEW_WORDS]
    assert [*JOINED.terminals] == [*AUTOMATON.terminals, "NEW_NICK", "COUNT", "QUOTED", "WHERE"]
    assert JOINED.reserved == AUTOMATON.reserved


def test_nothing_of_the_language_is_renumbered() -> None:
    for number, moves in enumerate(AUTOMATON.moves):
        assert moves.items() <= JOINED.moves[number].items()
        assert {*JOINED.moves[number]} - {*moves} <= {*NEW_WORDS}
    assert {end for end in JOINED.ends if end < len(AUTOMATON.moves)} == AUTOMATON.ends


def without_new_words(shape: Shape) -> Shape:
    return tuple("w" if piece in NEW_WORDS else piece for piece in shape)


@given(st.one_of(SHAPES, walks(AUTOMATON)))
@settings(max_examples=500)
def test_lines_of_the_language_are_what_they_were(shape: Shape) -> None:
    """In them a new keyword is an ordinary word."""
    assume(not shape or shape[0] not in NEW_WORDS)
    joined, alone = JOINED.read_shape(shape), AUTOMATON.read_shape(without_new_words(shape))
    assert joined.terminals == alone.terminals
    assert joined.kinds == alone.kinds
    if alone.terminals:  # at the beginning more terminals are expected
        assert joined.expected == alone.expected


@pytest.mark.parametrize("plugin", ADDITIONS)
@given(data=st.data())
def test_lines_of_a_plug_in_are_what_it_alone_makes_of_them(plugin: str, data: st.DataObject) -> None:
    addition = ADDITIONS[plugin]
    shape = data.draw(walks(addition))
    assume(shape[0] in addition.moves[0])
    assert JOINED.read_shape(shape) == addition.read_shape(shape)


@pytest.mark.parametrize("plugin", ADDITIONS)
@given(data=st.data())
def test_a_plug_ins_statements_are_what_plain_lark_reads(plugin: str, data: st.DataObject) -> None:
    addition = ADDITIONS[plugin]
    shape = data.draw(st.one_of(walks(addition), SHAPES.map(addition.shape_of)))
    assert read(shape, addition) == LARKS[plugin].read(shape, addition)


def test_without_plug_ins_the_language_stays_as_it_is() -> None:
    assert join(AUTOMATON, []) == AUTOMATON


def test_what_is_added_is_added_to_the_beginning_alone() -> None:
    base = compile_grammar(REPEATED.grammar)
    joined = join(base, [("m", compile_grammar('statement: M NAME+\nM: "more"', base))])
    assert joined.read_shape(("more", "w", "more")).expected is None
    assert joined.read_shape(("flag", "more", ",", "more", ",")).terminals == ("FLAG", "NAME", "COMMA", "NAME", "COMMA")
    assert joined.read_shape(("flag", "more", "w")).expected == ("COMMA",)


def test_two_plug_ins_may_use_the_same_word_classes_as_they_are() -> None:
    base = compile_grammar(LIGHTS.grammar)
    first = compile_grammar('statement: DIM ANY ("," DIGITS)*\nDIM: "dim"', base)
    second = compile_grammar('statement: FLASH (STRING "," STRING | DIGITS)\nFLASH: "flash"', base)
    joined = join(base, [("first", first), ("second", second)])
    for line in ("dim on, 1", 'flash "a", "b"', "flash 2", "on flash"):
        assert joined.read_shape(shape_of(joined, line)).expected is None


CLASHES = {
    "one keyword": (
        'statement: A\nA: "dim"',
        'statement: B\nB: "dim"',
        "`one` and `two` both define the keyword `dim`",
    ),
    "one keyword's terminal": (
        'statement: A\nA: "dim"',
        'statement: A\nA: "darken"',
        "`one` and `two` both define the terminal `A`",
    ),
    "one other terminal": (
        'statement: A X\nA: "dim"\nX: WORD',
        'statement: B X\nB: "darken"\nX: WORD',
        "`one` and `two` both define the terminal `X`",
    ),
    "a keyword's terminal and another": (
        'statement: A X\nA: "dim"\nX: WORD',
        'statement: X\nX: "darken"',
        "`one` and `two` both define the terminal `X`",
    ),
}


@pytest.mark.parametrize("clash", CLASHES)
def test_two_plug_ins_that_define_the_same_are_refused(clash: str) -> None:
    first, second, message = CLASHES[clash]
    base = compile_grammar(LIGHTS.grammar)
    with pytest.raises(JoinError) as raised:
        join(base, [("one", compile_grammar(first, base)), ("two", compile_grammar(second, base))])
    assert str(raised.value) == message


def test_a_plug_in_that_is_there_twice_is_refused() -> None:
    with pytest.raises(JoinError, match="`mirror` and `mirror` both define the keyword `mirror`"):
        join(AUTOMATON, [("mirror", ADDITIONS["mirror"])] * 2)


@pytest.mark.parametrize(
    "grammar",
    [
        LIGHTS.grammar.replace('"off"', '"out"'),
        LIGHTS.grammar.replace("ON:", "ON.1:"),
        LIGHTS.grammar.replace("LAMP: WORD", "LAMP: ANY"),
        LIGHTS.grammar,
    ],
)
def test_what_was_compiled_for_another_language_is_refused(grammar: str) -> None:
    base = compile_grammar(LIGHTS.grammar)
    other = compile_grammar(grammar)
    addition = other if other == base else compile_grammar('statement: M LAMP\nM: "dim"', other)
    with pytest.raises(JoinError, match="the statements of `plug` were compiled for another language"):
        join(base, [("plug", addition)])
