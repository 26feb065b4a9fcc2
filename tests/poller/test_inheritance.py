"""The growing time for which servers that flap are held, and what a new health takes over from before."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbsh.poller import inheritance
from lbsh.poller.board import Board
from lbsh.poller.flapping import Flapping, Flaps, after_down, hold_time
from lbsh.poller.health import Health
from lbsh.poller.inheritance import next_times, places_of, restore, take_over
from lbsh.poller.order import DOWN, UNKNOWN, UP
from lbsh.poller.parts import Probed
from lbsh.poller.results import Reason
from lbsh.poller.settings import Settings
from lbsh_lang.site.status import State, Status
from tests.poller.playing import REAL, board_of, probe_of


def test_each_flap_is_held_twice_as_long_and_no_longer_than_the_longest() -> None:
    settings = Flapping(steady=1000, free=1, first=10, most=35)
    flaps, holds = Flaps(), []
    for time in range(0, 600, 100):
        flaps = after_down(flaps._replace(up_since=time), time + 1, settings)
        holds.append(hold_time(flaps, settings))
    assert holds == [0, 10, 20, 35, 35, 35]
    assert hold_time(after_down(flaps._replace(up_since=600), 1600, settings), settings) == 0


def test_statuses_of_an_earlier_poller_stay_until_results_come() -> None:
    board = board_of(*[probe_of(fall=1, rise=1)] * 4)
    up, down, held, _ = (target.server for target in board.targets)
    statuses = {
        up: Status(State.UP, 5),
        down: Status(State.DOWN, 6, "refused: no such thing"),
        held: Status(State.DOWN, 7, "timeout", REAL + 5000),
    }
    health = Health(board)
    restore(health, statuses, 0, REAL)
    assert not health.turn(0, REAL).changes
    assert list(board.state) == [UP, DOWN, DOWN, UNKNOWN]
    assert list(board.since) == [5, 6, 7, 0]
    assert board.reason == {1: Reason.REFUSED, 2: Reason.TIMEOUT}
    for server in (1, 2):
        health.finished(Probed(server, server, Reason.ANSWERED, 1000), 10_000)
    health.turn(10_000, REAL + 10)
    changes = health.turn(1_010_000, REAL + 1010).changes
    assert [change.server for change in changes] == [down]
    assert (board.reason, board.why(1), board.why(2)) == ({}, None, (Reason.TIMEOUT, "")), "it answers, and is held"
    health.turn(5_000_000, REAL + 5000)
    assert [change.server for change in health.turn(6_000_000, REAL + 6000).changes] == [held]
    assert board.why(2) is None


def test_why_a_server_is_down_is_kept_over_a_restart_and_a_changed_script() -> None:
    board = board_of(probe_of(rise=2))
    health = Health(board)
    restore(health, {board.targets[0].server: Status(State.DOWN, 6, "bad-status: 503: busy")}, 0, REAL)
    health.finished(Probed(0, 1, Reason.ANSWERED, 1000), 10_000)
    new = Health(board_of(probe_of(rise=2)))
    deque(take_over(new, health), 0)
    for one in (health, new):
        assert (one.board.state[0], one.board.reason) == (DOWN, {})
        assert one.board.why(0) == (Reason.BAD_STATUS, "503: busy")


def test_a_changed_script_keeps_the_health_of_servers_that_stay() -> None:
    first, other = probe_of(recheck=False), probe_of(recheck=False, every=4000)
    old = Health(board_of(first, first, first))
    for server in range(3):
        old.finished(Probed(server, server, Reason.ANSWERED, 1000), 0)
    old.turn(0, REAL)
    old.turn(1_000_000, REAL + 1000)
    for serial in (10, 20):
        for server in range(2):
            old.finished(Probed(server, serial + server, Reason.REFUSED, 1000), serial * 1_000_000)
    assert not old.turn(20_000_000, REAL + 20_000).changes
    new = Health(board_of(first, other, first, first))
    deque(take_over(new, old), 0)
    assert not new.turn(21_000_000, REAL + 21_000).changes
    assert list(new.board.state) == [UP, UP, UP, UNKNOWN]
    assert list(new.special) == [1, 1, 0, 1]
    for server in range(2):
        new.finished(Probed(server, 30 + server, Reason.REFUSED, 1000), 22_000_000)
    changes = new.turn(22_000_000, REAL + 22_000).changes
    assert [new.board.index_of[change.server] for change in changes] == [0]  # two failures were there already


def test_servers_that_stay_keep_their_times_and_wait_no_longer_than_an_interval() -> None:
    slow, fast = probe_of(every=4000), probe_of(every=1000)
    old, new = board_of(slow, slow, slow, slow), board_of(slow, fast, slow, fast, slow)
    times = {0: 13_000_000, 1: 13_500_000, 2: 13_900_000, 3: 10_400_000}
    assert next_times(new, places_of(new, old), times, 10_000_000) == {
        0: 13_000_000,
        1: 11_000_000,  # the shorter interval
        2: 13_900_000,
        3: 10_400_000,
    }


def test_a_broken_path_stays_broken_over_a_changed_script() -> None:
    """The own link is out: no change of the script makes servers go down that are held."""
    board = board_of(probe_of(fall=1, rise=1), probe_of(fall=1, rise=1, every=30_000))
    old = Health(board, interfaces=["int0", "int0"])
    for server in range(2):
        old.finished(Probed(server, server, Reason.ANSWERED, 1000), 0)
    old.turn(0, REAL)
    old.turn(1_000_000, REAL + 1000)
    old.link_lost("int0", 2_000_000)
    old.finished(Probed(0, 10, Reason.TIMEOUT, 1000), 3_000_000)
    assert not old.turn(3_000_000, REAL + 3000).changes
    new = Health(
        board_of(probe_of(fall=1, rise=1), probe_of(fall=1, rise=1, every=30_000)), interfaces=["int0", "int0"]
    )
    deque(take_over(new, old), 0)
    assert not new.turn(4_000_000, REAL + 4000).changes
    assert list(new.board.state) == [UP, UP]
    changes = new.turn(13_000_000, REAL + 13_000).changes
    assert [change.new for change in changes] == [State.DOWN]  # the time of the hold is over


PROBE = probe_of(fall=1, rise=1, recheck=False)
RESULTS = st.lists(st.tuples(st.integers(0, 29), st.sampled_from([Reason.ANSWERED, Reason.REFUSED])), max_size=40)


@given(RESULTS, st.lists(RESULTS, max_size=12), st.permutations(range(25)), st.integers(1, 7))
def test_what_happens_while_servers_are_taken_over_is_taken_over_too(
    before: list[tuple[int, Reason]], meanwhile: list[list[tuple[int, Reason]]], order: list[int], step: int
) -> None:
    """In small steps, between which the former health goes on: as if all had been taken over at the end, at once."""
    former = board_of(*[PROBE] * 30)
    old = Health(former, Settings(gather=0))
    now = 0

    def happens(results: list[tuple[int, Reason]]) -> None:
        nonlocal now
        now += 1_000_000
        for server, reason in results:
            old.finished(Probed(server, now, reason, now // 1000, expiry=REAL + now), now)
        old.turn(now, REAL + now // 1000)

    happens(before)
    targets = [former.targets[server] for server in order]
    new = Health(Board(targets))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inheritance, "AT_A_TIME", step)
        coming = list(meanwhile)
        for _ in take_over(new, old):
            if coming:
                happens(coming.pop())
    at_once = Health(Board(targets))
    deque(take_over(at_once, old), 0)
    for health in (new, at_once):
        board = health.board
        assert [board.state[index] for index in range(25)] == [former.state[server] for server in order]
    for column in ("state", "since", "last", "duration", "good", "bad", "reason", "detail", "cause", "held", "expiry"):
        assert getattr(new.board, column) == getattr(at_once.board, column), column
    assert new.special == at_once.special
    assert new.changing.flapped == at_once.changing.flapped
    assert new.changing.up_since == at_once.changing.up_since
    assert new.changing.failed_after == at_once.changing.failed_after
    assert new.watches == at_once.watches


def test_taking_over_comes_to_its_end_however_much_happens_meanwhile() -> None:
    old = Health(board_of(*[PROBE] * 1000))
    new = Health(board_of(*[PROBE] * 1000))
    steps = 0
    for _ in take_over(new, old):
        steps += 1
        for server in range(1000):
            old.finished(Probed(server, steps, Reason.ANSWERED, 1000), steps)
    assert steps < 100
    assert new.board.good == old.board.good
