"""The growth of a selection: a cursor, and the texts that it selects one after another."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbsh_lang.analysis.lines.selection import selections
from lbsh_lang.source import Position
from tests.analysis.marked import view_of
from tests.test_properties import TEXTS

WORDS = {
    "add 10.0.0.1, 10.0.|0.2 to p  # x": [
        "10.0.0.2",
        "10.0.0.1, 10.0.0.2",
        "add 10.0.0.1, 10.0.0.2 to p",
        "add 10.0.0.1, 10.0.0.2 to p  # x",
    ],
    "add 10.0.0.1 to p weight |3 backup": ["3", "weight 3", "add 10.0.0.1 to p weight 3 backup"],
    "add 10.0.0.1 to p weight 3 back|up": ["backup", "add 10.0.0.1 to p weight 3 backup"],
    'probe A with radius secret file "/a |b" user "u"': [
        "/a b",
        '"/a b"',
        'secret file "/a b"',
        'probe A with radius secret file "/a b" user "u"',
    ],
    "  status # some |words ": ["words", "# some words", "status # some words", "  status # some words "],
    "|# x": ["#", "# x"],
    "status   |  # x": ["status     # x"],
    "service A is 10.0.0.1 tcp 80|,443": ["80", "80,443", "service A is 10.0.0.1 tcp 80,443"],
    'include "😀|': ["😀", '"😀', 'include "😀'],
    "\ufeffsta|tus": ["status", "\ufeffstatus"],
    "|": [""],
    "  |": ["  "],
    'save "|"': ["", '""', 'save ""'],
    "\f stat|us\v": ["status", "\f status\v"],
}


@pytest.mark.parametrize(("marked", "expected"), WORDS.items())
def test_within_a_line(marked: str, expected: list[str]) -> None:
    view = view_of(marked.replace("|", "", 1))
    (found,) = selections(view.document, [Position(0, marked.index("|"))])
    assert [view.document.text_of(region) for region in found] == expected


def test_beyond_a_line() -> None:
    lines = ["status", "", "# the pool", "pool p for A", "add 10.0.0.1 to p", "", "status", "", "# next", "status"]
    view = view_of("\n".join(lines))
    beyond = [
        ["\n".join(lines[2:5]), "\n".join(lines[2:7]), "\n".join(lines)],
        ["\n".join(lines[2:7]), "\n".join(lines)],
    ]
    found = selections(view.document, [Position(4, 99), Position(5, 0)])
    assert [view.document.text_of(region) for region in found[0]][-3:] == beyond[0]
    assert [view.document.text_of(region) for region in found[1]] == beyond[1]


@given(TEXTS, st.integers(-1, 14), st.integers(-1, 40))
@settings(max_examples=400)
def test_regions_hold_the_place_and_each_other(text: str, line: int, column: int) -> None:
    document = view_of(text).document
    at = document.clamp(Position(line, column))
    (found,) = selections(document, [Position(line, column)])
    assert found[-1] == ((0, 0), document.end)
    assert all(region.holds(at) for region in found)
    for inner, outer in pairwise(found):
        assert inner != outer
        assert outer.start <= inner.start <= inner.end <= outer.end
