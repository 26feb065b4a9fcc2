"""What tests of the engine put in place of the other parts: servers to be probed, a health that records, a handler."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from time import monotonic

from lbsh.poller.board import Board
from lbsh.poller.loop import Loop
from lbsh.poller.parts import Change, Effects, Opened, Probed, Prober, Team
from lbsh.poller.targets import Target
from lbsh.poller.turning import Turning
from lbsh.poller.wheel import Wheel
from lbsh_lang.site.status import ServerId
from lbsh_lang.values import Address
from tests.limits import LONGEST
from tests.reading import site_of

_SCRIPT = "service web is 192.0.2.1 tcp 80\nprobe web with tcp every 3s timeout 1s\n"


def targets(places: Sequence[tuple[str, int]], every: int = 3000, timeout: int = 1000) -> list[Target]:
    """Servers at addresses and ports, probed by tcp. Times are in milliseconds."""
    probe = site_of(_SCRIPT).services[0].probe
    assert probe is not None
    timed = replace(probe, every=every, timeout=timeout)
    return [Target(ServerId("pool", "web", _address(text), port), _address(text), port, timed) for text, port in places]


def _address(text: str) -> Address:
    address = ip_address(text)
    return Address(address.version, int(address))


@dataclass
class Recorder:
    """In place of health: wants all results, writes them down, and asks for what a test put into `effects`."""

    special: bytearray
    results: list[Probed] = field(default_factory=list)
    opened: list[Opened] = field(default_factory=list)
    suspects: list[int] = field(default_factory=list)
    effects: list[Effects] = field(default_factory=list)

    def started(self, server: int, serial: int, time: int) -> None:
        self.opened.append(Opened(server, serial, time))

    def finished(self, probed: Probed, now: int) -> None:
        self.results.append(probed)

    def suspect(self, server: int, now: int) -> None:
        self.suspects.append(server)

    def turn(self, now: int, real_ms: int) -> Effects:
        return self.effects.pop() if self.effects else Effects()

    def next_time(self, now: int) -> int | None:
        return now if self.effects else None


@dataclass
class Noted:
    """In place of the handler."""

    changes: list[Change] = field(default_factory=list)

    def act(self, changes: Sequence[Change]) -> None:
        self.changes += changes


@dataclass
class Bench:
    """A loop that probes with one prober, and what came of it."""

    loop: Loop
    board: Board
    health: Recorder
    turning: Turning

    def until(self, done: Callable[[], bool]) -> None:
        """Turns until something is so."""
        end = monotonic() + LONGEST
        while not done():
            assert monotonic() < end, "nothing came of it"
            self.loop.turn()


def fail(error: Exception) -> None:
    """A loop in a test has no trouble."""
    raise error


def bench(board: Board, health: Recorder, team: Team, real: Callable[[], int] | None = None) -> Bench:
    """A loop around a prober. `real` is its real time, in microseconds, that of the machine if it is None."""
    return bench_of(Loop(fail) if real is None else Loop(fail, real), board, health, team)


def bench_of(loop: Loop, board: Board, health: Recorder, team: Team) -> Bench:
    """The same with a loop that there is."""
    turning = turning_of(board, health, team)
    loop.probe_with(turning)
    return Bench(loop, board, health, turning)


def turning_of(board: Board, health: Recorder, team: Team) -> Turning:
    """The parts around a prober."""
    wheel = Wheel([target.probe.every for target in board.targets])
    return Turning(board, health, wheel, team, Noted(), lambda _: None)


@dataclass
class Scripted:
    """A prober that answers what it was told, when a test says so; `room` probes may be open."""

    room: int = 1000
    open: dict[int, int] = field(default_factory=dict)
    """Serials with their servers."""
    ready: list[Probed] = field(default_factory=list)
    abandoned: list[tuple[int, int]] = field(default_factory=list)

    def start(self, index: int, serial: int, now: int) -> bool:
        if len(self.open) >= self.room:
            return False
        self.open[serial] = index
        return True

    def collect(self, now: int) -> list[Probed]:
        ready, self.ready = self.ready, []
        for probed in ready:
            del self.open[probed.serial]
        return ready

    def abandon(self, index: int, serial: int) -> None:
        self.abandoned.append((index, serial))
        del self.open[serial]

    def next_time(self, now: int) -> int | None:
        return now + 10_000 if self.open else None


def alone(prober: Prober, size: int) -> Team:
    """A team of one."""
    return Team((prober,), bytes(size))
