"""The parts of a poller as protocols (paper, Fig. 10), so that each can be replaced: scheduler, prober, handler, reactor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from lbsh.poller.results import Reason
from lbsh_lang.site.status import ServerId, State


class Change(NamedTuple):
    """A server changed its state. `time` is real, in milliseconds since 1970; `duration` that of the deciding probe, in
    microseconds; `held_until` real time until which a flapping server stays down, None if it is not held."""

    server: ServerId
    old: State
    new: State
    reason: Reason
    detail: str
    duration: int
    time: int
    held_until: int | None = None


class Scheduler(Protocol):
    """Decides which server is probed when. Times are those of the poller's own clock, in microseconds."""

    def begin(self, now: int) -> None:
        """To be called when probing begins, which may be later than the making of the scheduler; may be called before."""

    def due(self, now: int) -> Sequence[int]:
        """The indexes of servers whose probes start now."""

    def next_time(self, now: int) -> int | None:
        """When the next probe is due, which may be past; None if none ever is."""


class Probed(NamedTuple):
    """The result of a probe of the server with this index. `serial` numbers probes in the order of their starts."""

    server: int
    serial: int
    reason: Reason
    duration: int
    detail: str = ""
    expiry: int | None = None


class Prober(Protocol):
    """Makes probes and carries them out (the check-task factory). Times are those of the poller's own clock, microseconds.

    The loop turns at least every 25 ms while a probe is open, so a prober need not have its descriptors watched; one whose
    answers should be read sooner has the loop call it by `Reactor.watch`.
    """

    def start(self, index: int, serial: int, now: int) -> bool:
        """Starts a probe of a server; False if no descriptor is free for it: the loop tries again, and the probe is late.

        A probe that cannot be made for another reason of this machine is started and gives the result SPOILT.
        """

    def collect(self, now: int) -> Iterable[Probed]:
        """The results that came since, among them those of probes whose time is over; answers are read first."""

    def abandon(self, index: int, serial: int) -> None:
        """Ends a probe; it gives no result any more."""

    def next_time(self, now: int) -> int | None:
        """When it is to collect at the latest, None if no probe is open."""


class Fast(Prober, Protocol):
    """A prober that settles good results of calm servers by itself: it counts them on the board, and health hears nothing.

    Calm is a server whose place in health's column `special` is 0. Of other servers `collect` gives every result.
    """

    def start_all(self, servers: Sequence[int], serial: int, now: int) -> int:
        """Starts probes with serials from this one on; the number of those for which there were descriptors."""

    def opened(self) -> Iterable[Opened]:
        """Probes of `start_all` without an answer at the first look, since the last call: health is to know of them."""


class Opened(NamedTuple):
    """A probe that is open; `time` is that of its start."""

    server: int
    serial: int
    time: int


def _nothing() -> None:
    """What a team does that keeps nothing and has nothing watched."""


@dataclass(frozen=True, slots=True)
class Team:
    """The probers, and the number of each server's prober; `fast` is the one that settles by itself, if any."""

    probers: Sequence[Prober]
    of: Sequence[int]
    fast: Fast | None = None
    begin: Callable[[], None] = _nothing
    """To be called in the loop when probing begins."""
    retire: Callable[[], None] = _nothing
    """To be called when no further probes are started: gives back what is kept for them."""
    flush: Callable[[], None] = _nothing
    """To be called at the end of a turn: sends what has started in it."""
    close: Callable[[], None] = _nothing
    """Gives up open probes, and closes all that is open."""


class Handler(Protocol):
    """Acts on changes. Never waits: what takes time happens elsewhere."""

    def act(self, changes: Sequence[Change]) -> None: ...


class Effects(NamedTuple):
    """What health wants done after a turn."""

    starts: Sequence[int] = ()
    """Servers to be probed now, besides their turn."""
    abandons: Sequence[tuple[int, int]] = ()
    """Probes that are of no use any more, by server and serial."""
    changes: Sequence[Change] = ()
    path_tests: Sequence[str] = ()
    """Interfaces behind which all servers failed: whether the poller's own path works is to be found out."""
    notices: Sequence[str] = ()
    """What the operator should hear, a line each."""


class Judge(Protocol):
    """Decides on states of servers: health. All times are the poller's own, in microseconds, but for `real_ms`."""

    @property
    def special(self) -> bytearray:
        """A place for each server. 0: a good result of a fast probe needs nothing but its counts. 1: health wants all.

        It may be 0 only while health waits for no probe of the server.
        """

    def started(self, server: int, serial: int, time: int) -> None:
        """A probe started at this time. Of a fast probe that was due health hears at the first look, if it is open then."""

    def finished(self, probed: Probed, now: int) -> None:
        """A result. Health counts it on the board. It may be of a fast probe of which it never heard: then `now` less the
        duration is about its start."""

    def suspect(self, server: int, now: int) -> None: ...

    def turn(self, now: int, real_ms: int) -> Effects: ...

    def next_time(self, now: int) -> int | None:
        """When it wants the next turn, if nothing comes before."""


class Reactor(Protocol):
    """What the loop offers to parts that wait for something: signs, sockets, timers, long work."""

    def watch(self, descriptor: int, ready: Callable[[], None], *, writing: bool = False) -> None:
        """Calls a function whenever a descriptor can be read (or written) without waiting."""

    def forget(self, descriptor: int) -> None: ...

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """Calls a function once, after so much real time."""

    def chore(self, steps: Iterator[None]) -> None:
        """Long work in steps of a millisecond or less, which the loop does between turns."""

    def suspect(self, servers: Iterable[ServerId], sign: str) -> None:
        """Something hints that servers have failed: they are probed at once. Never changes a status by itself."""
