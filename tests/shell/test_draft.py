"""The running script with the line that is being written behind it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbsh.shell.draft import Draft
from oyster.offers import Severity
from tests.gateway.world import FIG_7

LINES = st.lists(st.sampled_from(["service S is 192.0.2.1 tcp 80", "pool p for S", "add 192.0.2.7 to p", "# a", ""]))


def draft(text: str = FIG_7) -> Draft:
    made = Draft(interfaces=lambda: ("xl7",))
    made.take(text)
    return made


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("add 192.168.1.9 to ", ["ldap_pool", "mx_pool"]),
        ("add 192.168.1.9 to M", ["mx_pool"]),
        ("interface external ", ["xl1", "xl7"]),
        ("dra", ["drain"]),
    ],
)
def test_words_that_may_be_written_come_in_natural_order_whatever_their_case(line: str, words: list[str]) -> None:
    found = draft().complete(line, len(line))
    assert [one.text for one in found.candidates] == words
    assert line[found.start :] == line.rpartition(" ")[2]


def test_pools_come_in_the_order_in_which_people_look_for_them() -> None:
    made = draft(f"{FIG_7}service FOO is 62.103.127.150 tcp 39\npool SOME_POOL for FOO\n")
    found = made.complete("add 192.168.1.9 to ", 19)
    assert [one.text for one in found.candidates] == ["ldap_pool", "mx_pool", "SOME_POOL"]


def test_a_part_that_cannot_be_listed_is_explained() -> None:
    found = draft().complete("service NEW is ", 15)
    assert found.candidates or found.hints


def test_the_form_of_a_statement_and_the_part_that_is_written() -> None:
    usage = draft().usage("add 192.168.1.9 to ", 19)
    assert usage is not None
    assert usage.text[usage.start : usage.end] == "POOL"


def test_a_line_has_the_findings_of_its_place_behind_the_script() -> None:
    (finding,) = draft().findings("pool SOME_POOL for FOO")
    assert (finding.severity, finding.message) == (Severity.ERROR, "undefined service FOO")
    assert (finding.start, finding.end) == (19, 22)


@pytest.mark.parametrize("line", ["service FOO is 62.103.127.150 tcp 39", "add 192.168.1.9 to mx_pool", ""])
def test_what_a_following_statement_usually_mends_is_no_finding_yet(line: str) -> None:
    assert draft().findings(line) == []


def test_a_line_has_colours() -> None:
    made = draft()
    line = "drain 192.168.1.2 from mx_pool"
    assert [(line[one.start : one.end], one.kind) for one in made.tokens(line)] == [
        ("drain", "keyword"),
        ("192.168.1.2", "address"),
        ("from", "keyword"),
        ("mx_pool", "pool"),
    ]


@given(st.lists(LINES, max_size=5))
def test_a_script_that_changes_is_as_one_that_was_just_read(scripts: list[list[str]]) -> None:
    made, line = Draft(), "add 192.0.2.8 to p"
    for lines in scripts:
        text = "".join([one + "\n" for one in lines])
        made.take(text)
        fresh = Draft()
        fresh.take(text)
        assert made.findings(line) == fresh.findings(line)
        assert made.complete("add 192.0.2.8 to ", 17) == fresh.complete("add 192.0.2.8 to ", 17)
