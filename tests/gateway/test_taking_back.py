"""Changes that are taken back, after others have followed them or not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbsh.gateway.taking_back import Change, GoneError, taken_back
from lbsh.store.protocol import Act, Statement
from tests.gateway.world import FIG_7, WHO, World


def statements(words: str, time: int = 0) -> tuple[Statement, ...]:
    """A statement for each word; those of a time are of one act."""
    return tuple([Statement(word, Act(time, "alice", "", "shell")) for word in words.split()])


def words(these: Sequence[Statement]) -> str:
    return " ".join([one.text for one in these])


TABLE = [
    ("appended", "a b", "a b c", "a b c", "a b"),
    ("something follows", "a b", "a b c", "a b c d", "a b d"),
    ("dropped an earlier one", "a b c", "a c", "a c", "a b c"),
    ("dropped the first one", "a b c", "b c", "b c d", "a b c d"),
    ("dropped several", "a b c d", "a d e", "a d e f", "a b c d f"),
    ("what stood before it is gone", "a b c", "a c", "c", "b c"),
    ("the same words twice", "a", "a a", "a a", "a"),
    ("nothing", "a", "a", "a b", "a b"),
]


@pytest.mark.parametrize(
    ("before", "after", "now", "wanted"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_a_change_is_taken_back(before: str, after: str, now: str, wanted: str) -> None:
    change = Change(statements(before), statements(after))
    assert words(taken_back(change, statements(now))) == wanted


def test_what_is_not_there_any_more_cannot_be_taken_back() -> None:
    with pytest.raises(GoneError, match="c"):
        taken_back(Change(statements("a"), statements("a c")), statements("a"))


@given(st.lists(st.integers(0, 9)), st.lists(st.integers(0, 9)), st.data())
def test_right_after_it_a_change_is_taken_back_exactly(
    before: list[int], added: list[int], data: st.DataObject
) -> None:
    old = [Statement(str(one), Act(number, "", "", "")) for number, one in enumerate(before)]
    kept = data.draw(st.sets(st.sampled_from(old))) if old else set()
    new = [Statement(str(one), Act(1000, "", "", "")) for one in added]
    change = Change(tuple(old), (*[one for one in old if one in kept], *new))
    assert taken_back(change, change.after) == change.before


def test_a_session_takes_its_change_back_though_another_one_followed() -> None:
    """What the change made needless is there again, and the rules are those of the script."""
    world = World()
    world.apply(FIG_7)
    world.run("drain 192.168.1.2 from mx_pool")
    made = world.run("resume 192.168.1.2 in mx_pool").made
    assert made is not None
    world.run("add 192.168.1.9 to mx_pool")
    back = world.gateway.restate(lambda running: taken_back(made, running.statements), WHO)
    assert (back.verdict.refused, back.trouble) == ((), "")
    assert [one.text for one in world.store.running().statements] == [
        "drain 192.168.1.2 from mx_pool",
        "add 192.168.1.9 to mx_pool",
    ]
    (service,) = [one for one in world.gateway.running().site.services if one.name == "SMTP"]
    assert service.pool is not None
    assert [str(one.address) for one in service.pool.serving()] == ["192.168.1.3", "192.168.1.9"]


def test_what_another_statement_needs_is_not_taken_back() -> None:
    """The script without it has an error, so all stays as it is."""
    world = World()
    world.apply(FIG_7)
    made = world.run("add 192.168.1.9 to mx_pool").made
    assert made is not None
    world.run("drain 192.168.1.9 from mx_pool")
    running = world.store.running()
    back = world.gateway.restate(lambda now: taken_back(made, now.statements), WHO)
    assert back.verdict.refused
    assert world.store.running() == running


def test_statements_may_wait_for_confirmation() -> None:
    world = World()
    world.apply(FIG_7)
    text = Statement("add 192.168.1.9 to mx_pool", WHO)
    outcome = world.gateway.restate(lambda running: (*running.statements, text), WHO, confirm=60_000)
    assert outcome.waiting is not None
    world.ticks += 61_000
    world.gateway.settle(WHO)
    assert world.store.running().statements == ()
