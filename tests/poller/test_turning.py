"""A turn of probing, with a prober that does as it is told."""

from __future__ import annotations

from lbsh.poller.board import Board
from lbsh.poller.clock import Clock
from lbsh.poller.lateness import BOUNDS
from lbsh.poller.parts import Change, Effects, Probed, Team
from lbsh.poller.results import Reason
from lbsh.poller.turning import Turning
from lbsh.poller.wheel import Wheel
from lbsh_lang.site.status import State
from tests.poller.stand_ins import Noted, Recorder, Scripted, alone, targets


class Poller:
    """A turning of some servers, all probed every three seconds, and a clock that goes as a test says."""

    def __init__(self, size: int, room: int = 1000) -> None:
        self.board = Board(targets([("192.0.2.1", 80 + number) for number in range(size)]))
        self.health, self.prober, self.handler = Recorder(bytearray(size)), Scripted(room), Noted()
        self.remarks: list[Effects] = []
        wheel = Wheel([3000] * size)
        team: Team = alone(self.prober, size)
        self.turning = Turning(self.board, self.health, wheel, team, self.handler, self.remarks.append)
        self.clock, self.real = Clock(0), 0

    def turn(self, elapsed: int) -> None:
        self.real += elapsed
        lag = self.clock.lag
        self.clock.forward(self.real)
        self.turning.turn(self.clock, self.real // 1000, 0, self.clock.lag - lag)

    def seconds(self, count: int) -> None:
        for _ in range(count * 100):
            self.turn(10_000)


def test_each_server_is_probed_and_health_hears_of_every_start_and_result() -> None:
    poller = Poller(10)
    poller.seconds(3)
    assert sorted(poller.prober.open.values()) == list(range(10))
    assert [(opened.server, opened.serial) for opened in poller.health.opened] == [
        (server, serial) for serial, server in sorted(poller.prober.open.items())
    ]
    poller.prober.ready = [
        Probed(server, serial, Reason.ANSWERED, 100) for serial, server in poller.prober.open.items()
    ]
    poller.turn(10_000)
    assert sorted(probed.server for probed in poller.health.results) == list(range(10))


def test_serials_grow_with_starts() -> None:
    poller = Poller(10)
    poller.seconds(9)
    serials = [opened.serial for opened in poller.health.opened]
    assert serials == sorted(set(serials))


def test_what_health_wants_is_done_in_the_same_turn() -> None:
    poller = Poller(3)
    poller.seconds(3)
    serial, server = next(iter(poller.prober.open.items()))
    change = Change(poller.board.targets[0].server, State.UP, State.DOWN, Reason.REFUSED, "", 10, 5)
    poller.health.effects = [Effects(starts=[2, 1], abandons=[(server, serial)], changes=[change])]
    before = len(poller.health.opened)
    poller.turn(1)
    assert poller.prober.abandoned == [(server, serial)]
    assert [opened.server for opened in poller.health.opened[before:]] == [2, 1]
    assert poller.handler.changes == [change]
    assert not poller.remarks


def test_tests_of_paths_and_notices_are_passed_on() -> None:
    poller = Poller(1)
    effects = Effects(path_tests=["eth1"], notices=["all servers behind eth1 failed"])
    poller.health.effects = [effects]
    poller.turn(1)
    assert poller.remarks == [effects]


def test_probes_without_a_descriptor_wait_and_are_made_when_there_is_one() -> None:
    """Each server waits once, however often it is due meanwhile; nobody is passed over, and no result is made up."""
    poller = Poller(10, room=4)
    poller.seconds(9)
    assert len(poller.prober.open) == 4
    assert poller.turning.starved == 10  # those that have an open probe are due again
    assert not poller.health.results
    seen = set(poller.prober.open.values())
    while poller.turning.starved:
        poller.prober.ready = [
            Probed(server, serial, Reason.ANSWERED, 1) for serial, server in poller.prober.open.items()
        ]
        poller.turn(1)
        seen |= set(poller.prober.open.values())
    assert seen == set(range(10))


def test_lateness_is_real_time() -> None:
    """After five seconds in which the poller stood still, all servers start five seconds late, once."""
    poller = Poller(300)
    poller.seconds(3)
    assert poller.turning.lateness.share_within(BOUNDS[3]) == 1
    before = sum(poller.turning.lateness.counts)
    poller.turn(5_000_000)
    poller.seconds(2)
    late = poller.turning.lateness
    assert late.worst >= 4_900_000
    assert late.counts[BOUNDS.index(5_000_000)] == sum(late.counts) - before > 190
    poller.seconds(2)
    some = late.counts[BOUNDS.index(5_000_000)]
    poller.seconds(3)
    assert late.counts[BOUNDS.index(5_000_000)] == some


def test_a_short_loss_makes_late_what_was_due_meanwhile_and_nothing_after_it() -> None:
    """A fifth of a second of which a step counted: the servers of that time start late, all others of the round do not."""
    poller = Poller(300)
    poller.seconds(3)
    before = sum(poller.turning.lateness.counts)
    poller.turn(200_000)
    poller.seconds(3)
    late = poller.turning.lateness
    some = sum(late.counts[BOUNDS.index(50_000) + 1 :])
    assert 10 <= some <= 40
    assert sum(late.counts) - before >= 290
