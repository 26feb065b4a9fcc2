"""The service: another script, and a store that says something else than health."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic

import pytest

from lbsh.poller import service
from lbsh.poller.actions import status_of
from lbsh.poller.board import Board
from lbsh.poller.loop import Loop
from lbsh.poller.notify import Notifier
from lbsh.poller.order import DOWN, UNKNOWN, UP
from lbsh.poller.parts import Effects, Judge, Scheduler, Team
from lbsh.poller.readings import Reading, Readings, Stored
from lbsh.poller.results import Reason
from lbsh.poller.service import HANDED_OVER, Service
from lbsh.poller.targets import Target
from lbsh.poller.turning import Turning
from lbsh.poller.wheel import Wheel
from lbsh_lang.site.status import ServerId, State, Status
from tests.limits import LONGEST
from tests.poller.stand_ins import Noted, Recorder, Scripted, alone, fail, targets


@dataclass
class Made:
    """Makers whose parts are stand-ins; `formers` are the schedulers, judges and shadows that were taken over.

    So many teams as `failures` says cannot be made.
    """

    formers: list[object] = field(default_factory=list)
    scripted: list[Scripted] = field(default_factory=list)
    inherited: list[tuple[Turning, Turning]] = field(default_factory=list)
    failures: int = 0
    steps: Callable[[], Iterator[None]] = lambda: iter(())

    def judge(self, board: Board, reading: Reading, former: Board | None, now: int) -> Judge:
        self.formers.append(former)
        return Recorder(bytearray(len(board.targets)))

    def scheduler(self, board: Board, former: Turning | None, now: int) -> Scheduler:
        return Wheel([target.probe.every for target in board.targets], 0, now)

    def team(self, board: Board, special: bytearray) -> Team:
        if self.failures:
            self.failures -= 1
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        self.scripted.append(Scripted())
        return alone(self.scripted[-1], len(board.targets))

    def shadow(self, reading: Reading, former: Turning | None, now: int) -> Turning | None:
        self.formers.append(former)
        if not reading.shadows:
            return None
        board = Board(reading.shadows)
        team = alone(Scripted(), len(board.targets))
        return Turning(board, Recorder(bytearray(1)), self.scheduler(board, former, now), team, Noted(), lambda _: None)

    def inherit(self, turning: Turning, former: Turning) -> Iterator[None]:
        self.inherited.append((turning, former))
        return self.steps()

    def dissolve(self) -> None:
        self.scripted.clear()


class Quiet:
    """A store that nobody changes."""

    def wait(self, seconds: float) -> bool:
        return False

    def stored(self) -> Stored:
        return Stored({}, 0)


class Asked(Readings):
    """Readings that a test hands over; comparisons that are wished for are counted."""

    wishes = 0

    def compare(self) -> None:
        self.wishes += 1


@dataclass
class World:
    service: Service
    readings: Asked
    makers: Made
    handler: Noted
    said: list[str]

    def read(self, revision: int, servers: Sequence[Target], shadows: Sequence[Target] = ()) -> Board:
        """Has the service go over to a script."""
        self.readings.put(Reading(revision, servers, [""] * len(servers), {}, shadows))
        self.until(lambda: self.service.revision == revision)
        return self.service.board

    def until(self, done: Callable[[], object]) -> None:
        end = monotonic() + LONGEST
        while not done():
            assert monotonic() < end, "nothing came of it"
            self.service.loop.turn()

    def compare(self, stored: Stored) -> None:
        """Has what the store says compared to the end."""
        self.readings.put(stored)
        ends: list[bool] = []

        def last() -> Iterator[None]:
            ends.append(True)
            yield

        for _ in range(3):
            self.service.loop.turn()
        self.service.loop.chore(last())
        self.until(lambda: ends)


@pytest.fixture
def world() -> Iterator[World]:
    with _world() as made:
        yield made


@contextmanager
def _world() -> Iterator[World]:
    loop, makers, handler, said = Loop(fail), Made(), Noted(), list[str]()
    readings = Asked(Quiet(), said.append)
    service = Service(loop, readings, makers, handler, Notifier({}, 0), said.append, _unheard)
    service.heed()
    yield World(service, readings, makers, handler, said)
    service._succession.stop()
    with suppress(OSError):
        os.close(readings.descriptor)
    loop.close()


def _unheard(effects: Effects) -> None:
    pass


SERVERS = targets([("192.0.2.1", 80), ("192.0.2.2", 80), ("192.0.2.3", 80)])
NOW = 1_700_000_000_000


def _statuses(state: State) -> dict[ServerId, Status]:
    return {target.server: Status(state, 5) for target in SERVERS}


def test_a_script_is_taken_over_between_two_turns(world: World) -> None:
    world.read(1, SERVERS[:1])
    former = world.service.turning
    assert former is not None
    board = world.read(2, SERVERS)
    assert [target.server for target in board.targets] == [target.server for target in SERVERS]
    assert world.makers.formers == [None, None, former.board, None]
    assert world.makers.inherited == [(world.service.turning, former)]
    assert world.said == ["probes 1 server of revision 1", "probes 3 servers of revision 2"]


def test_former_parts_go_on_until_the_last_step_of_the_takeover(world: World) -> None:
    world.read(1, SERVERS[:1])
    former = world.service.turning
    seen: list[Turning | None] = []

    def steps() -> Iterator[None]:
        for _ in range(5):
            seen.append(world.service.turning)
            yield

    world.makers.steps = steps
    world.readings.put(Reading(2, SERVERS, [""] * 3, {}, ()))
    world.makers.steps = steps
    world.read(3, SERVERS[:2])
    assert seen[:5] == [former] * 5
    assert world.makers.inherited[1][1] is seen[-1]
    assert world.said[1:] == ["probes 3 servers of revision 2", "probes 2 servers of revision 3"]


def test_a_fault_while_parts_are_made_is_said_and_they_are_made_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "AGAIN", 0)
    faults = [ValueError("no")]
    make = world.makers.scheduler

    def fails(*args: object) -> Scheduler:
        if faults:
            raise faults.pop()
        return make(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(world.makers, "scheduler", fails)
    world.read(1, SERVERS)
    assert world.said[0] == "revision 1 cannot be probed yet: a fault of lbsh: ValueError('no')"


def test_probers_that_cannot_be_made_are_made_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "AGAIN", 0)
    former = world.read(1, SERVERS[:1])
    world.makers.failures = 2
    world.readings.put(Reading(2, SERVERS, [""] * 3, {}, ()))
    world.until(lambda: world.makers.failures < 2)
    assert world.service.board is former
    world.until(lambda: world.service.revision == 2)
    assert world.said[1:] == ["revision 2 cannot be probed yet: too many open files"] * 2 + [
        "probes 3 servers of revision 2"
    ]


def test_without_a_script_nothing_is_probed_and_that_is_said_plainly(world: World) -> None:
    world.readings.put(Reading(0, (), (), {}))
    world.until(lambda: world.said)
    world.read(1, ())
    assert world.said == ["no script runs yet: nothing is probed", "revision 1 has no server that is probed"]


def test_probes_that_only_report_are_carried_out_beside_and_end(world: World) -> None:
    world.read(1, SERVERS, SERVERS[:1])
    shadow = world.service.shadow
    assert shadow is not None
    assert world.said == ["probes 3 servers of revision 1, 1 of them by probes that only report, too"]
    world.read(2, SERVERS)
    assert world.service.shadow is None
    assert world.makers.formers[-1] is shadow


def test_a_server_of_which_the_store_says_something_else_is_handed_over_again(world: World) -> None:
    board = world.read(1, SERVERS)
    for index, state in enumerate((UP, DOWN, UNKNOWN)):
        board.state[index], board.since[index] = state, NOW
    world.compare(Stored(_statuses(State.UP), NOW + 60_000))
    (change,) = world.handler.changes
    assert (change.server, change.old, change.new, change.time) == (SERVERS[1].server, State.UP, State.DOWN, NOW)
    assert not world.readings.wishes


def test_a_server_that_is_held_is_handed_over_with_the_reason_for_which_it_went_down(world: World) -> None:
    """It answers again, so nothing is wrong with its last result, and it stays down as it flaps."""
    board = world.read(1, SERVERS)
    board.state[0], board.since[0], board.held[0] = DOWN, NOW, NOW + 90_000
    board.cause[0] = Reason.BAD_STATUS, "503"
    world.compare(Stored(_statuses(State.UP), NOW + 60_000))
    (change,) = world.handler.changes
    assert status_of(change) == Status(State.DOWN, NOW, "bad-status: 503", NOW + 90_000)


@pytest.mark.parametrize(
    "stored",
    [
        Stored(_statuses(State.UP), NOW + 60_000, {SERVERS[0].server}),
        Stored(_statuses(State.UP), NOW),
        Stored(_statuses(State.UP), NOW + HANDED_OVER),
    ],
)
def test_a_change_that_may_be_on_its_way_is_handed_over_once_and_looked_at_later(world: World, stored: Stored) -> None:
    """The handler has it already; the loop's time is no clock of the test's, so the later look is rung by hand."""
    board = world.read(1, SERVERS)
    world.service.loop.after = lambda seconds, call: call()  # type: ignore[method-assign]
    board.state[0], board.since[0] = DOWN, NOW
    world.compare(stored)
    assert not world.handler.changes
    assert world.readings.wishes == 1
    world.compare(stored._replace(time=NOW + 60_000, under_way=()))
    assert [change.server for change in world.handler.changes] == [SERVERS[0].server]
    assert world.readings.wishes == 1


def test_a_comparison_for_a_former_script_ends_with_it(world: World) -> None:
    board = world.read(1, SERVERS)
    board.state[0] = DOWN
    steps = world.service._compare(Stored(_statuses(State.UP), NOW))
    world.read(2, SERVERS)
    assert next(steps, None) is None
    assert not world.handler.changes
