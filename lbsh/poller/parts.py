"""The parts of a poller as protocols (paper, Fig. 10), so that each can be replaced: scheduler, prober, handler, reactor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
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

    def due(self, now: int) -> Sequence[int]:
        """The indexes of servers whose probes start now."""

    def next_time(self, now: int) -> int | None:
        """When the next probe starts, None if none ever does."""


class Probed(NamedTuple):
    """The result of a probe of the server with this index. `serial` numbers probes in the order of their starts."""

    server: int
    serial: int
    reason: Reason
    duration: int
    detail: str = ""
    expiry: int | None = None


class Prober(Protocol):
    """Makes probes and carries them out (the check-task factory)."""

    def start(self, index: int, serial: int, now: int) -> None:
        """Starts a probe of a server."""

    def collect(self, now: int) -> Iterable[Probed]:
        """The results that came since, among them those of probes whose time is over."""

    def abandon(self, index: int, serial: int) -> None:
        """Ends a probe; it gives no result any more."""


class Handler(Protocol):
    """Acts on changes. Never waits: what takes time happens elsewhere."""

    def act(self, changes: Sequence[Change]) -> None: ...


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
