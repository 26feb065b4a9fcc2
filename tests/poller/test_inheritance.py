"""The growing time for which servers that flap are held, and what a new health takes over from before."""

from __future__ import annotations

from lbsh.poller.flapping import Flapping, Flaps, after_down, hold_time
from lbsh.poller.health import Health
from lbsh.poller.inheritance import next_times, restore, take_over
from lbsh.poller.order import DOWN, UNKNOWN, UP
from lbsh.poller.parts import Probed
from lbsh.poller.results import Reason
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
    take_over(new, health, 20_000)
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
    take_over(new, old, 21_000_000)
    assert not new.turn(21_000_000, REAL + 21_000).changes
    assert list(new.board.state) == [UP, UP, UP, UNKNOWN]
    assert list(new.special) == [1, 1, 0, 1]
    for server in range(2):
        new.finished(Probed(server, 30 + server, Reason.REFUSED, 1000), 22_000_000)
    changes = new.turn(22_000_000, REAL + 22_000).changes
    assert [new.board.index_of[change.server] for change in changes] == [0]  # two failures were there already


def test_servers_that_stay_keep_their_times_and_open_probes_of_changed_ones_are_made_anew() -> None:
    slow, fast = probe_of(every=4000), probe_of(every=1000)
    old, new = board_of(slow, slow, slow, slow), board_of(slow, fast, slow, fast, slow)
    times = {0: 13_000_000, 1: 13_500_000, 2: 13_900_000, 3: 10_400_000}
    assert next_times(new, old, times, {2, 3}, 10_000_000) == {
        0: 13_000_000,
        1: 11_000_000,  # the shorter interval
        2: 13_900_000,  # its probe is open, and goes on
        3: 9_400_000,  # due at once, and then in its phase
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
    take_over(new, old, 4_000_000)
    assert not new.turn(4_000_000, REAL + 4000).changes
    assert list(new.board.state) == [UP, UP]
    changes = new.turn(13_000_000, REAL + 13_000).changes
    assert [change.new for change in changes] == [State.DOWN]  # the time of the hold is over
