"""What statements touch that come behind a known script."""

from __future__ import annotations

import pytest

from lbsh.gateway.appended import Touched, extent_of, touched_since
from lbsh.store.protocol import Act, File, Running, Statement

FILE = File("/site.lb", "1:2", "service A is 192.0.2.1 tcp 80\n")
ACT = Act(0, "alice", "", "run -c")
BEFORE = ("add 10.0.0.1 to p", "add 10.0.0.2 to p")


def running(*statements: str, file: File = FILE) -> Running:
    return Running(len(statements), (file,), tuple([Statement(text, ACT) for text in statements]))


KNOWN = extent_of(running(*BEFORE))


@pytest.mark.parametrize(
    ("added", "pools", "services"),
    [
        ((), set(), set()),
        (("add 10.0.0.9 to q", "set 10.0.0.2 in p weight 2", "remove 10.0.0.2 from p"), {"p", "q"}, set()),
        (("drain 10.0.0.1 from p", "resume 10.0.0.1 in p", "down 10.0.0.1 from q"), {"p", "q"}, set()),
        (('probe A with http get "/"', "remove probe B"), set(), {"A", "B"}),
    ],
)
def test_statements_touch_what_they_name(added: tuple[str, ...], pools: set[str], services: set[str]) -> None:
    found = touched_since(KNOWN, running(*BEFORE, *added))
    assert found == Touched(frozenset(pools), frozenset(services))


@pytest.mark.parametrize(
    "added",
    [
        "drain 10.0.0.1",
        "down 10.0.0.1",
        "service B is 192.0.2.1 tcp 80",
        "remove A",
        "remove service A",
        "pool q for A",
        "external addr 192.0.2.9 for p",
        "interface external em0",
        "internal net 10.0.0.0/8",
        'include "more.lb"',
        "no statement at all",
    ],
)
def test_other_statements_may_touch_anything(added: str) -> None:
    assert touched_since(KNOWN, running(*BEFORE, "add 10.0.0.9 to q", added)) is None


@pytest.mark.parametrize(
    "after",
    [
        running(*BEFORE[:1]),
        running(*BEFORE[1:], *BEFORE[:1]),
        running(BEFORE[0] + BEFORE[1]),
        running(*BEFORE, file=FILE._replace(text=FILE.text + "\n")),
        Running(2, (), tuple([Statement(text, ACT) for text in BEFORE])),
    ],
)
def test_a_script_that_is_another_one_may_touch_anything(after: Running) -> None:
    assert touched_since(KNOWN, after) is None
