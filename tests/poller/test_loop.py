"""The loop: descriptors, timers, chores, and time that jumps."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from lbsh.poller.board import Board
from lbsh.poller.loop import Loop
from lbsh.poller.parts import Probed
from lbsh.poller.readiness import Epoll, Plain
from lbsh.poller.results import Reason
from lbsh_lang.values import Address
from tests.poller.conversing import by_kqueue
from tests.poller.stand_ins import Recorder, Scripted, alone, bench, bench_of, fail, targets, turning_of


@pytest.fixture(params=[Epoll, Plain, by_kqueue])
def loop(request: pytest.FixtureRequest) -> Iterator[Loop]:
    one = Loop(fail, descriptors=request.param())
    yield one
    one.close()


def test_a_descriptor_that_can_be_read_is_called_until_it_is_forgotten(loop: Loop) -> None:
    reader, writer = os.pipe()
    seen: list[bytes] = []
    loop.watch(reader, lambda: seen.append(os.read(reader, 1)))
    os.write(writer, b"ab")
    while len(seen) < 2:
        loop.turn()
    loop.forget(reader)
    os.write(writer, b"c")
    loop.after(0, loop.stop)
    loop.run()
    assert seen == [b"a", b"b"]
    os.close(reader)
    os.close(writer)


def test_a_descriptor_that_can_be_written_is_called(loop: Loop) -> None:
    one, other = socket.socketpair()
    with one, other:
        loop.watch(one.fileno(), loop.stop, writing=True)
        loop.run()
        loop.watch(one.fileno(), pytest.fail)  # now for reading: nothing comes
        loop.turn()


def test_timers_ring_in_order(loop: Loop) -> None:
    rung: list[str] = []
    loop.after(0.03, loop.stop)
    loop.after(0.02, lambda: rung.append("second"))
    loop.after(0.01, lambda: rung.append("first"))
    loop.run()
    assert rung == ["first", "second"]


def test_chores_take_turns_and_timers_ring_between_their_steps() -> None:
    """Each step takes a millisecond of a time that only they move: at most two of them make a turn."""
    time = [0]
    loop = Loop(fail, lambda: time[0])
    steps: list[str] = []

    def chore(name: str) -> Iterator[None]:
        for _ in range(5):
            time[0] += 1000
            steps.append(name)
            yield

    loop.chore(chore("a"))
    loop.chore(chore("b"))
    loop.turn()
    assert steps == ["a", "b"]
    for _ in range(5):
        loop.turn()
    assert sorted(steps) == ["a"] * 5 + ["b"] * 5
    loop.close()


def test_a_fault_in_what_serves_people_does_not_end_the_probing() -> None:
    troubles: list[Exception] = []
    loop = Loop(troubles.append)

    def faulty() -> Iterator[None]:
        yield
        raise KeyError("chore")

    def ring() -> None:
        raise ValueError("timer")

    loop.chore(faulty())
    loop.after(0, ring)
    while len(troubles) < 2:
        loop.turn()
    assert {type(trouble) for trouble in troubles} == {KeyError, ValueError}
    loop.close()


def test_a_suspicion_is_of_servers_by_name_and_unknown_ones_are_passed_over() -> None:
    board = Board(targets([("192.0.2.1", 80), ("192.0.2.1", 81)]))
    health = Recorder(bytearray(2))
    made = bench(board, health, alone(Scripted(), 2))
    server = board.targets[1].server
    made.loop.suspect([server, server._replace(address=Address(4, 1))], "a reset")
    assert health.suspects == [1]
    made.loop.close()


def test_what_only_reports_turns_beside_and_is_woken_for() -> None:
    """Its probe comes in time, though what decides has none that is due."""
    board = Board(targets([("192.0.2.1", 80)]))
    prober, beside = Scripted(), Scripted()
    made = bench(Board(()), Recorder(bytearray(0)), alone(prober, 0))
    made.loop.probe_beside(turning_of(board, Recorder(bytearray(1)), alone(beside, 1)))
    made.until(lambda: bool(beside.open))
    assert not prober.open
    made.loop.probe_beside(None)
    (serial,) = beside.open
    beside.ready = [Probed(0, serial, Reason.ANSWERED, 1)]
    made.loop.turn()
    assert beside.ready  # nobody collects it any more
    made.loop.close()


def test_a_fault_in_what_only_reports_ends_that_alone() -> None:
    troubles: list[Exception] = []
    board = Board(targets([("192.0.2.1", 80)]))
    deciding, beside = Scripted(), Scripted()
    made = bench_of(Loop(troubles.append), board, Recorder(bytearray(1)), alone(deciding, 1))

    def fault(now: int) -> list[Probed]:
        raise KeyError("shadow")

    beside.collect = fault  # type: ignore[method-assign]
    made.loop.probe_beside(turning_of(board, Recorder(bytearray(1)), alone(beside, 1)))
    made.until(lambda: bool(deciding.open))
    turns = made.loop.turns
    made.until(lambda: made.loop.turns > turns + 2)
    assert [type(trouble) for trouble in troubles] == [KeyError]
    made.loop.close()


def test_while_a_probe_is_open_turns_come_often_and_else_seldom() -> None:
    """The loop sleeps through until the next probe is due, and at most 25 ms while one is open."""
    board = Board(targets([("192.0.2.1", 80)]))
    health, prober = Recorder(bytearray(1)), Scripted()
    made = bench(board, health, alone(prober, 1))
    made.until(lambda: bool(prober.open))
    (serial,) = prober.open
    turns, now = made.loop.turns, made.loop.clock.now
    made.until(lambda: made.loop.clock.now - now > 200_000)
    assert made.loop.turns - turns >= 4
    prober.ready = [Probed(0, serial, Reason.ANSWERED, 1)]
    made.loop.turn()
    turns, now = made.loop.turns, made.loop.clock.now
    made.until(lambda: bool(prober.open))
    assert made.loop.turns - turns <= 5
    assert made.loop.clock.now - now > 2_000_000
    made.loop.close()


class Asleep:
    """No descriptor is ever ready. Time passes in sleeps only, each of which lasts a little longer than it should."""

    def __init__(self, over: int) -> None:
        self.time, self._over = 0, over
        self.descriptor: int | None = None

    def add(self, descriptor: int, *, writing: bool) -> None: ...

    def change(self, descriptor: int, *, writing: bool) -> None: ...

    def remove(self, descriptor: int) -> None: ...

    def leave(self, descriptor: int) -> None: ...

    def ready(self, seconds: float = 0) -> list[int]:
        self.time += int(1_000_000 * seconds) + self._over
        return []

    def close(self) -> None: ...


def ten_seconds(over: int) -> Loop:
    """A loop that probed a good server every 3 s for so long, its sleeps being too long by some microseconds."""
    asleep, prober = Asleep(over), Scripted()
    loop = Loop(fail, lambda: asleep.time, asleep)
    board = Board(targets([("192.0.2.1", 80)]))
    made = bench_of(loop, board, Recorder(bytearray(1)), alone(prober, 1))
    while asleep.time < 10_000_000:
        loop.turn()
        prober.ready = [Probed(server, serial, Reason.ANSWERED, 1) for serial, server in prober.open.items()]
    assert len(made.health.results) >= 3
    loop.close()
    return loop


def test_at_rest_a_poller_of_one_server_seldom_turns() -> None:
    """Some twenty turns, which are less than 0.5 % of a core even at two milliseconds each."""
    loop = ten_seconds(1000)
    assert loop.turns <= 25
    assert loop.clock.lag == 0


def test_a_poller_of_one_server_is_not_in_slow_motion_on_a_machine_that_wakes_it_late() -> None:
    """Each of its sleeps is 50 ms too long; next to nothing of the time is lost."""
    assert ten_seconds(50_000).clock.lag < 200_000


def test_parts_that_a_callback_replaces_are_not_asked_any_more(loop: Loop) -> None:
    """As when a changed script is taken over: the former probers are closed by then."""

    class Parts:
        def __init__(self) -> None:
            self.turns = 0

        def begin(self, now: int) -> None:
            pass

        def turn(self, *figures: object) -> None:
            self.turns += 1

        def next_time(self, now: int) -> tuple[int | None, bool]:
            return None, False

    reader, writer = os.pipe()
    former, present = Parts(), Parts()
    loop.probe_with(former)  # type: ignore[arg-type]
    loop.watch(reader, lambda: (os.read(reader, 1), loop.probe_with(present)))  # type: ignore[arg-type,func-returns-value]
    os.write(writer, b"x")
    loop.turn()
    assert (former.turns, present.turns) == (0, 1)
    os.close(reader)
    os.close(writer)
