"""Small languages for tests of the toolkit."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

from oyster.automaton import KINDS, Automaton, Shape
from oyster.words import split_words


class Language(NamedTuple):
    """A grammar with lines that are statements, and lines that are not, with the terminals expected at their stops."""

    name: str
    grammar: str
    statements: tuple[str, ...]
    others: dict[str, str]


LIGHTS = Language(
    "lights",
    """
    // The smallest language: its keywords are names elsewhere.
    statement: ON LAMP | OFF LAMP?
    ON:   "on"
    OFF:  "off"  // all of them
    LAMP: WORD
    """,
    ("", "on kitchen", "on 7", "off", "off hall", "on on", "off off  # good night"),
    {
        "on": "LAMP",
        "On kitchen": "ON OFF $END",
        "kitchen": "ON OFF $END",
        "on kitchen hall": "$END",
        'on "kitchen"': "LAMP",
        "off , hall": "LAMP $END",
    },
)

RESERVED = Language(
    "reserved words",
    """
    statement: LET NAME BE value
    value: NUMBER | NAME | TEXT
    LET.1: "let"
    BE.1: "be"
    NAME: LETTERS
    NUMBER: DIGITS
    TEXT: STRING
    """,
    ("let x be 1", "let x be y", 'let x be "a, b"', "let lets be be-quiet"),
    {
        "let let be 1": "NAME",
        "let 1 be 2": "NAME",
        "let x 1": "BE",
        "let x be be": "NAME NUMBER TEXT",
        "let x be ,": "NAME NUMBER TEXT",
        "let x be": "NAME NUMBER TEXT",
    },
)

LISTS = Language(
    "lists",
    """
    statement: SEND list{FILE} TO list{PLACE}
             | SEND ALL (TO PLACE)+
    list{item}: item ("," item)*
    SEND: "send"
    TO.1: "to"
    ALL:  "all"
    FILE: WORD | STRING
    PLACE: WORD
    """,
    ("send a to b", 'send a, "b c",d to e, f', "send all to a to b", "send a,all to all", "send send to send"),
    {
        "send a b": "TO COMMA",
        "send a, to b": "FILE",
        "send to b": "ALL FILE",
        "send all, b": "TO",
        "send a to b,": "PLACE",
        "send a to b to c": "COMMA $END",
    },
)

KINDS_OF_WORDS = Language(
    "word classes",
    """
    statement: ECHO (anything | WORD DIGITS LETTERS)
    anything: ALL PART*
    ECHO.1: "echo"
    ALL: "all"
    PART: STRING | ANY | ","
    """,
    ("echo all", 'echo all echo , "echo" 1 é', "echo 1 1 a", "echo a 1x -", "echo all 1 a"),
    {
        "echo echo": "ALL WORD",
        "echo a b": "DIGITS",
        "echo a 1 1": "LETTERS",
        "echo a 1 b c": "$END",
    },
)

PRIORITIES = Language(
    "priorities",
    """
    statement: SET (NUMBER | OTHER | SIGN)? AT PLACE
    SET: "set"
    AT: "at"
    SIGN: DIGITS | ","
    NUMBER.2: DIGITS
    OTHER.1: LETTERS | STRING
    PLACE: ANY
    """,
    ("set 1 at 2", "set a at at", 'set "x" at b', "set , at c", "set at d"),
    {"set 1 2": "AT", "set at at at": "$END"},
)

REPEATED = Language(
    "repetition from the beginning",
    """
    statement: (NAME "," | FLAG)+
    NAME: WORD
    FLAG: "flag"
    """,
    ("", "flag flag", "a, flag b, c,", "flag"),
    {"a": "COMMA", "a b": "COMMA", "flag , a": "FLAG NAME $END"},
)

LANGUAGES = (LIGHTS, RESERVED, LISTS, KINDS_OF_WORDS, PRIORITIES, REPEATED)


def shape_of(automaton: Automaton, line: str) -> Shape:
    return automaton.shape_of(split_words(line).texts)


@st.composite
def walks(draw: st.DrawFn, automaton: Automaton) -> Shape:
    """A walk through an automaton, and any further piece."""
    shape: list[str] = []
    situation = 0
    for _ in range(draw(st.integers(1, 10))):
        if automaton.moves[situation]:
            shape.append(draw(st.sampled_from(sorted(automaton.moves[situation]))))
            _, situation = automaton.moves[situation][shape[-1]]
    return (*shape, draw(st.sampled_from((*KINDS, *automaton.keywords))))
