"""Languages made of a grammar: faults, completion, usage, colours and secrets."""

from __future__ import annotations

import pytest

from oyster.commands import Call, Table
from oyster.compile import compile_grammar
from oyster.offers import Usage
from oyster.predefined import PREDEFINED
from oyster.ready import Part, ReadyLanguage, Rule, Statement
from oyster.session import Session
from oyster.sources import TextSource
from tests.oyster.shells import Kept

GRAMMAR = """
statement: SEND list{FILE} TO PLACE (AT HOUR)? | LOGIN USER PASSWORD
list{item}: item ("," item)*
SEND: "send"
TO.1: "to"
AT.1: "at"
LOGIN: "login"
FILE: WORD | STRING
PLACE: WORD
HOUR: DIGITS
USER: WORD
PASSWORD: ANY
"""


def send(statement: Statement, call: Call) -> None:
    call.say(f"{'+'.join(statement.all('FILE'))} > {statement.word('PLACE')}{' later' if statement.has('AT') else ''}")


def login(statement: Statement, call: Call) -> None:
    call.say(f"good morning, {statement.word('USER')}")


POST = ReadyLanguage(
    "post",
    "letters",
    compile_grammar(GRAMMAR),
    [
        Rule("send", "'send' FILE[, FILE]... 'to' PLACE ['at' HOUR]", "sends files", send, "send a, b to athens"),
        Rule("login", "'login' USER PASSWORD", "says who you are", login),
    ],
    {
        "FILE": Part("a file", lambda: ("a", "b10", "b9")),
        "PLACE": Part("a town", lambda: ("Athens", "Berlin")),
        "HOUR": Part("an hour", kind="number"),
        "PASSWORD": Part("a password", is_secret=True),
    },
)


def answers(line: str) -> list[str]:
    sink = Kept()
    Session(PREDEFINED | Table(), TextSource("script", line), sink, languages=[POST]).run()
    return [line for line in sink.lines if not line.startswith("  in script")]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("send a to x", ["a > x"]),
        ('send a, "b c" to x at 7  # now', ["a+b c > x later"]),
        ("post.send a to x", ["a > x"]),
        ("login me secret", ["good morning, me"]),
        ("send a too x", "ERROR: `too` cannot stand here|send a too x|       ^^^|a similar word can: `to`"),
        ("send a to", "ERROR: the statement is not complete|send a to|         ^|expected: a town"),
        (
            "send a to x at noon",
            "ERROR: `noon` cannot stand here|send a to x at noon|               ^^^^|expected: an hour",
        ),
        ('send "a to x', 'ERROR: a text is not closed|send "a to x|     ^^^^^^^|`"` ends it'),
        (
            "post.receive a",
            "ERROR: `receive` cannot stand here|receive a|^^^^^^^|expected: `send`, `login`, the end of the line",
        ),
    ],
)
def test_answers(line: str, expected: list[str] | str) -> None:
    if isinstance(expected, str):
        first, *below = expected.split("|")
        shown = [first, *[f"  {text}" for text in below]]
        assert "\n".join(answers(line)).startswith("\n".join(shown))
    else:
        assert answers(line) == expected


@pytest.mark.parametrize(
    ("line", "candidates", "hints"),
    [
        ("", ["send", "login"], []),
        ("send ", ["a", "b10", "b9"], ["FILE"]),
        ("send a", ["a", "b10", "b9"], ["FILE"]),
        ("send a ", ["to", ","], []),
        ("send a to x ", ["at"], []),
        ("send a to x at ", [], ["HOUR"]),
        ("send a # ", [], []),
    ],
)
def test_completion(line: str, candidates: list[str], hints: list[str]) -> None:
    completion = POST.complete(line, len(line))
    assert sorted(candidate.text for candidate in completion.candidates) == sorted(candidates)
    assert [hint.text for hint in completion.hints] == hints


def test_the_active_part_of_the_usage() -> None:
    usage = "'send' FILE[, FILE]... 'to' PLACE ['at' HOUR]"
    assert POST.usage("send a", 6) == Usage(usage, 7, 11)
    assert POST.usage("send a to x", 11) == Usage(usage, 28, 33)
    assert POST.usage("send a to x at ", 15) == Usage(usage, 40, 44)
    assert POST.usage("send a to x at 7 ", 17) == Usage(usage)
    assert POST.usage("receive", 7) is None


def test_colours() -> None:
    kinds = [(mark.start, mark.kind) for mark in POST.tokens('send "a" to x at 7 # now')]
    assert kinds == [(0, "keyword"), (5, "string"), (9, "keyword"), (14, "keyword"), (17, "number"), (19, "comment")]


@pytest.mark.parametrize(
    ("line", "expected"),
    [("send a to x", False), ("login me secret", True), ("login me", True), ("login me a b", True)],
)
def test_secrets(line: str, expected: bool) -> None:
    assert POST.is_secret(line) is expected
