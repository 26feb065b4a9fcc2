"""An automaton as text: reading gives back the written automaton, and refuses any other text."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbsh_lang.syntax.automaton import AUTOMATON
from oyster.automaton import Automaton
from oyster.compile import compile_grammar
from oyster.join import join
from oyster.stored import DamagedAutomaton, from_json, rows_of, to_json, to_module
from tests.oyster.languages import KINDS_OF_WORDS, LANGUAGES, PRIORITIES

COMPILED = {one.name: compile_grammar(one.grammar) for one in LANGUAGES} | {"lbsh": AUTOMATON}
JOINED = join(AUTOMATON, [("m", compile_grammar('statement: M POOL_NAME\nM: "mirror"', AUTOMATON))])
TEXT = to_json(COMPILED[KINDS_OF_WORDS.name])


@pytest.mark.parametrize("automaton", [*COMPILED.values(), JOINED], ids=[*COMPILED, "joined"])
def test_what_is_written_is_read_back_the_same(automaton: Automaton) -> None:
    read = from_json(to_json(automaton))
    assert read == automaton
    assert [[*moves] for moves in read.moves] == [[*moves] for moves in automaton.moves]
    assert [[*table] for table in (read.keywords, read.terminals)] == [[*automaton.keywords], [*automaton.terminals]]


@pytest.mark.parametrize("automaton", [*COMPILED.values(), JOINED], ids=[*COMPILED, "joined"])
def test_a_module_holds_the_same(automaton: Automaton) -> None:
    names: dict[str, object] = {}
    exec(to_module(automaton, "A language."), names)
    assert names["AUTOMATON"] == automaton
    assert names["__doc__"] == "A language."


def test_rows_are_short_where_that_says_all() -> None:
    assert not any(isinstance(row, dict) for row in rows_of(AUTOMATON))
    assert any(isinstance(row, dict) for row in rows_of(COMPILED[PRIORITIES.name]))


def changed(change: Callable[[dict[str, list[object]]], object]) -> str:
    stored = json.loads(TEXT)
    change(stored)
    return json.dumps(stored, separators=(",", ":"))


DAMAGED = {
    "nothing": "",
    "no JSON": TEXT[:-1],
    "not an object": "[]",
    "too deep": "[" * 100_000,
    "a number that is none": TEXT.replace('"ends":[0', '"ends":[NaN'),
    "blanks": TEXT + "\n",
    "a key twice": TEXT.replace('{"keywords"', '{"ends":[],"keywords"'),
    "a key more": changed(lambda stored: stored.update(more=[])),
    "a key less": changed(lambda stored: stored.pop("ends")),
    "keys in another order": changed(lambda stored: stored.update(keywords=stored.pop("keywords"))),
    "a keyword that is no word": TEXT.replace('"echo":', '"e c":'),
    "a keyword without a terminal": TEXT.replace('"echo":"ECHO"', '"echo":null'),
    "two keywords with one terminal": TEXT.replace('"all":"ALL"', '"all":"ECHO"'),
    "a terminal with an odd name": TEXT.replace("PART", "part"),
    "a terminal that is a keyword": TEXT.replace("PART", "ALL"),
    "an unknown class": TEXT.replace('"DIGITS":"DIGITS"', '"DIGITS":"NUMBERS"'),
    "classes in another order": TEXT.replace("ANY | STRING", "STRING | ANY"),
    "a reserved word that is no keyword": TEXT.replace('"reserved":["echo"]', '"reserved":["word"]'),
    "a reserved word that is no text": TEXT.replace('"reserved":["echo"]', '"reserved":[["echo"]]'),
    "a reserved word twice": TEXT.replace('"reserved":["echo"]', '"reserved":["echo","echo"]'),
    "no situation": changed(lambda stored: stored.update(rows=[], ends=[])),
    "a row that is a number": changed(lambda stored: stored["rows"].append(1)),
    "a move with too much": TEXT.replace('["ECHO",1]', '["ECHO",1,2]'),
    "a move by an unknown terminal": TEXT.replace('["ECHO",1]', '["OTHER",1]'),
    "a move into the blue": TEXT.replace('["ECHO",1]', '["ECHO",99]'),
    "a move to the beginning": TEXT.replace('["ECHO",1]', '["ECHO",0]'),
    "a move to no number": TEXT.replace('["ECHO",1]', '["ECHO",true]'),
    "a move by what its terminal does not admit": TEXT.replace('[["ECHO",1]]', '{"w":["ECHO",1]}'),
    "a row at length that could be short": TEXT.replace('[["ECHO",1]]', '{"echo":["ECHO",1]}'),
    "an end that is no situation": TEXT.replace('"ends":[0', '"ends":[-1'),
    "an end that is no number": TEXT.replace('"ends":[0', '"ends":[false'),
    "ends in another order": changed(lambda stored: stored["ends"].reverse()),
}


@pytest.mark.parametrize("damaged", DAMAGED)
def test_a_damaged_text_is_refused(damaged: str) -> None:
    assert DAMAGED[damaged] != TEXT
    with pytest.raises(DamagedAutomaton):
        from_json(DAMAGED[damaged])


@given(
    st.integers(0, len(TEXT) - 1),
    st.sampled_from(['"', "[", "]", "{", "}", ",", ":", "0", "9", "A", "a", "\\", "é", ""]),
)
def test_whatever_is_changed_is_refused_or_another_sound_automaton(place: int, character: str) -> None:
    text = TEXT[:place] + character + TEXT[place + 1 :]
    try:
        automaton = from_json(text)
    except DamagedAutomaton:
        return
    assert to_json(automaton) == text
    for word in ("echo", "all", "x"):
        automaton.read_shape(automaton.shape_of((word, word, word)))
