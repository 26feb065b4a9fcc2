"""What Tab and `?` offer, usage lines, and the small values behind them."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oyster.keys import Insertion, is_literal, tab, what_may_come
from oyster.offers import Usage, common_part, natural
from oyster.quoting import quoted, split_pipes, words_of
from oyster.session import Session
from oyster.shown import clean, plain
from oyster.sources import TextSource
from oyster.usage import shortened_usage
from tests.oyster.shells import Kept, session


@pytest.fixture
def shell() -> Session:
    shell = session(TextSource("", ""), Kept())
    shell.aliases["Up"] = "on"
    return shell


OFFERED = {
    "": None,
    "on ": ["hall", "kitchen", "lamp2", "lamp10", "Porch"],
    "on l": ["lamp2", "lamp10"],
    "on p": ["Porch"],
    "light.on P": ["Porch"],
    "Up k": ["kitchen"],
    "light.o": ["light.off", "light.on", "light.open"],
    "la": ["lamps"],
    "ga": ["garden.gate"],
    "house.s": ["house.secret", "house.set", "house.show", "house.shutters"],
    "s": ["secret", "set", "show", "shutters", "source"],
    "show ": ["lamp"],
    "show lamp l": ["lamp2", "lamp10"],
    "help sh": ["show", "shutters"],
    "help show ": ["lamp"],
    "lamps | ": ["count", "except", "find", "json", "last", "match", "no-more", "save"],
    "lamps | c": ["count"],
    "lamps | match ": [],
    "unalias u": ["Up"],
    "xyzzy ": [],
}


@pytest.mark.parametrize("line", OFFERED)
def test_what_is_offered(line: str, shell: Session) -> None:
    offered = [candidate.text for candidate in shell.complete(line, len(line)).candidates]
    expected = OFFERED[line]
    if expected is None:
        assert offered == sorted(offered, key=natural)
        assert {"on", "help", "lamps", "Up", "garden.gate"} <= set(offered)
    else:
        assert offered == expected


def test_an_ambiguous_name_is_offered_in_full_even_by_its_short_beginning(shell: Session) -> None:
    line = "house.g"
    assert [candidate.text for candidate in shell.complete(line, len(line)).candidates] == ["house.gate"]


@pytest.mark.parametrize(
    ("line", "insertion"),
    [
        ("on p", Insertion(1, "Porch ", ())),
        ("on l", Insertion(1, "lamp", ())),
        ("on lamp", Insertion(0, "", ("lamp2 lamp10",))),
        ("on ", Insertion(0, "", ("hall kitchen lamp2", "lamp10 Porch"))),
        ("lamps | mat", Insertion(3, "match ", ())),
        ("on x", Insertion(0, "", ("LAMP  the name of a…",))),
    ],
)
def test_tab(line: str, insertion: Insertion, shell: Session) -> None:
    made = tab(shell, line, len(line), 20)
    assert made._replace(lists=tuple(map(plain, made.lists))) == insertion


def test_tab_in_the_middle_of_a_line(shell: Session) -> None:
    assert tab(shell, "on por hall", 6, None) == Insertion(3, "Porch", ())


def test_a_question_mark_shows_a_line_for_each(shell: Session) -> None:
    assert [plain(line) for line in what_may_come(shell, "on l", 4, 25)] == [
        "lamp2",
        "lamp10",
        "LAMP    the name of a la…",
        "usage: 'on' LAMP",
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", False),
        ("on ", False),
        ('echo "a', True),
        ('echo "a" ', False),
        ("on hall # really", True),
        ("lamps | ", False),
        ("lamps | match a", True),
    ],
)
def test_where_a_question_mark_stands_for_itself(line: str, expected: bool) -> None:
    assert is_literal(line, len(line)) is expected


@pytest.mark.parametrize(
    ("line", "usage"),
    [
        ("on ", Usage("'on' LAMP", 5, 9)),
        ("o", None),
        ("", None),
        ("alias", Usage("'alias' [NAME [TEXT]]", 0, 7)),
        ("alias a", Usage("'alias' [NAME [TEXT]]", 8, 13)),
        ("echo a b c d", Usage("'echo' [WORD...]", 7, 16)),
        ("lamps | last ", Usage("'last' N")),
    ],
)
def test_usage(line: str, usage: Usage | None, shell: Session) -> None:
    assert shell.usage(line, len(line)) == usage


def test_tokens_of_commands_statements_and_pipes(shell: Session) -> None:
    assert [tuple(mark) for mark in shell.tokens(" light.on hall | count")] == [(7, 9, "keyword"), (17, 22, "keyword")]
    assert [tuple(mark) for mark in shell.tokens("show lamp x")] == [(0, 4, "function"), (5, 9, "function")]
    assert [tuple(mark) for mark in shell.tokens("Up hall | xyz")] == [(0, 2, "keyword")]


def test_a_usage_is_cut_around_its_active_part() -> None:
    usage = Usage("'service' NAME 'is' IP 'tcp' PORT ['reflect']", 29, 33)
    shown = shortened_usage(usage, 20)
    assert shown.text[shown.start : shown.end] == "PORT"
    assert len(shown.text) == 20
    assert shortened_usage(usage, 80) == usage


@given(st.text(max_size=30), st.integers(0, 30), st.integers(0, 30), st.integers(3, 40))
def test_a_cut_usage_always_fits(text: str, start: int, end: int, columns: int) -> None:
    start, end = sorted((min(start, len(text)), min(end, len(text))))
    shown = shortened_usage(Usage(text, start, end), columns)
    assert len(shown.text) <= columns
    assert 0 <= shown.start <= shown.end <= len(shown.text)


@given(st.text())
def test_lines_are_clean(text: str) -> None:
    assert clean(text).isprintable()
    assert clean(text).isascii() or clean(text) == clean(clean(text))


@given(st.text(min_size=1))
def test_quoted_words_are_read_back(word: str) -> None:
    assert [read.text for read in words_of(quoted(word))] == [word]


@given(st.text(alphabet='ab"\\|# '))
def test_parts_are_those_of_the_line(line: str) -> None:
    for part in split_pipes(line):
        assert line[part.start :].startswith(part.text)


@given(st.lists(st.text(max_size=5)))
def test_the_common_part_begins_all_words(words: list[str]) -> None:
    common = common_part(words)
    assert all(word.startswith(common) for word in words)
    assert len({word[: len(common) + 1] for word in words}) != 1 or common == min(words)


@given(st.lists(st.text()), st.randoms())
def test_natural_order_is_one(words: list[str], random: Random) -> None:
    mixed = list(words)
    random.shuffle(mixed)
    assert sorted(mixed, key=natural) == sorted(words, key=natural)


def test_natural_order() -> None:
    words = ["web10", "SOME_POOL", "web9", "mx_pool", "ldap_pool", "web", "10.0.0.2", "10.0.0.10"]
    assert sorted(words, key=natural) == [
        *("10.0.0.2", "10.0.0.10", "ldap_pool", "mx_pool", "SOME_POOL", "web", "web9", "web10"),
    ]
