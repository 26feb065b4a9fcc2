"""Callers and callees, from places marked in scripts (`marked`)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbsh_lang.analysis.live.view import View
from lbsh_lang.analysis.names.calls import Call, incoming_calls, items_at, outgoing_calls
from lbsh_lang.source import Position
from tests.analysis.marked import read_marked, view_of, views_of
from tests.test_properties import TEXTS

SITE = """\
service SMTP is 62.0.0.1 tcp 25,26
pool mx for SMTP
add 192.168.1.2, 192.168.1.4-6 to mx weight 2
include "more.lb"
add 192.168.1.3, 192.168.1.5 to ldap
remove 192.168.1.3 from ldap
== more.lb
service LDAP is 62.0.0.2 tcp 389
pool ldap for LDAP
add 192.168.1.2 to ldap
drain 192.168.1.2 from ldap
service alone is 62.0.0.9 tcp 80
pool stray for nobody
"""

ITEMS = {
    "|SMTP is": "service SMTP (62.0.0.1 tcp 25 26) site.lb:0",
    "for |SMTP": "service SMTP (62.0.0.1 tcp 25 26) site.lb:0",
    "to |mx": "pool mx (4 servers) site.lb:1",
    "to |ldap\nremove": "pool ldap (2 servers) more.lb:1",
    "192.168.1.|4-6": "server 192.168.1.4-6 (mx) site.lb:2",
    "drain |192": "server 192.168.1.2 (ldap) more.lb:3",
    "|service SMTP": "nothing",
    "|nobody": "nothing",
    "62.|0.0.1 tcp": "nothing",
}

OUTGOING = {
    "|SMTP is": ["pool mx at SMTP"],
    "|LDAP is": ["pool ldap at LDAP"],
    "|alone": [],
    "|mx for": ["server 192.168.1.2 at 192.168.1.2", "server 192.168.1.4-6 at 192.168.1.4-6"],
    "|ldap for": ["server 192.168.1.2 at 192.168.1.2", "server 192.168.1.5 at ldap"],
    "drain |192": [],
    "|stray": [],
}

INCOMING = {
    "|SMTP is": [],
    "|mx for": ["service SMTP at SMTP"],
    "|stray": [],
    "add |192.168.1.2,": ["pool mx at 192.168.1.2", "pool ldap at 192.168.1.2"],
    "|192.168.1.4-6": ["pool mx at 192.168.1.4-6", "pool ldap at ldap"],
    "|192.168.1.5 to": ["pool mx at 192.168.1.4-6", "pool ldap at ldap"],
    "remove |192": [],
}


def cursor(words: str) -> tuple[View, Position]:
    """The place of the `|` among words of the script; their first occurrence counts."""
    plain = words.replace("|", "")
    assert plain in SITE
    ((view, at),) = read_marked(SITE.replace(plain, words, 1)).cursors
    return view, at


def told(view: View, calls: list[Call], callers: list[str]) -> list[str]:
    """Calls as text; their places are those in the caller's document."""
    found = []
    for call, caller in zip(calls, callers, strict=True):
        document = view.session.documents[caller]
        places = " ".join(document.text_of(place) for place in call.places)
        found.append(f"{call.item.kind.value} {call.item.name} at {places}")
    return found


@pytest.mark.parametrize(("words", "expected"), ITEMS.items())
def test_items(words: str, expected: str) -> None:
    view, at = cursor(words)
    items = items_at([view], at)
    if not items:
        assert expected == "nothing"
    for item in items:
        place = f"{item.location.identity}:{item.location.region.start.line}"
        assert f"{item.kind.value} {item.name} ({item.detail}) {place}" == expected
        again = View(view.session, view.session.documents[item.location.identity])
        assert items_at([again], item.location.region.start) == [item]


@pytest.mark.parametrize(("words", "expected"), OUTGOING.items())
def test_outgoing_calls(words: str, expected: list[str]) -> None:
    view, at = cursor(words)
    items, calls = items_at([view], at), outgoing_calls([view], at)
    assert told(view, calls, [item.location.identity for item in items] * len(calls)) == expected


@pytest.mark.parametrize(("words", "expected"), INCOMING.items())
def test_incoming_calls(words: str, expected: list[str]) -> None:
    view, at = cursor(words)
    calls = incoming_calls([view], at)
    assert told(view, calls, [call.item.location.identity for call in calls]) == expected


def test_calls_of_a_file_of_several_scripts() -> None:
    views = views_of(
        "pool p for A\nadd 10.1.0.2 to p\n"
        '== r1.lb\ninclude "site.lb"\nservice A is 10.0.0.1 tcp 80\n'
        '== r2.lb\nservice A is 10.0.0.2 tcp 80\ninclude "site.lb"\nadd 10.1.0.3 to p\n'
    )
    assert [item.detail for item in items_at(views, Position(0, 5))] == ["1 server or 2 servers"]
    assert [item.location.identity for item in items_at(views, Position(0, 11))] == ["r1.lb", "r2.lb"]
    assert [call.item.location.identity for call in incoming_calls(views, Position(0, 5))] == ["r2.lb"]
    assert [call.item.name for call in outgoing_calls(views, Position(0, 5))] == ["10.1.0.2", "10.1.0.3"]
    assert [call.item.detail for call in incoming_calls(views, Position(1, 5))] == ["1 server or 2 servers"]


@given(TEXTS, st.integers(0, 12), st.integers(0, 40))
@settings(max_examples=300)
def test_any_place_of_any_text_has_an_answer(text: str, line: int, column: int) -> None:
    view, at = view_of(text), Position(line, column)
    items = items_at([view], at)
    for call in incoming_calls([view], at) + outgoing_calls([view], at):
        assert call.places
        assert len(items) == 1
