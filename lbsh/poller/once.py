"""One round over all servers: the paper's round-robin scheduler, which probes each server once, and a judge that only notes.

So `lbsh poll --once` finds out what answers, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lbsh.poller.parts import Effects, Probed
from lbsh.poller.results import Reason
from lbsh.poller.targets import Target

WIDTH, PAUSE = 50, 10_000
"""So many probes start at a time, so many microseconds apart."""


class RoundRobin:
    """A scheduler (`parts.Scheduler`): servers in their order, a few at a time, each once."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._next = 0
        self._time = 0

    def begin(self, now: int) -> None:
        """It has no times of its own."""

    def due(self, now: int) -> Sequence[int]:
        if self._next >= self._size or now < self._time:
            return ()
        first, self._next = self._next, min(self._next + WIDTH, self._size)
        self._time = now + PAUSE
        return range(first, self._next)

    def next_time(self, now: int) -> int | None:
        return self._time if self._next < self._size else None


class Tally:
    """A judge (`parts.Judge`) that notes the first result of each server and concludes nothing."""

    def __init__(self, size: int) -> None:
        self.special = bytearray(b"\1" * size)
        self.results: dict[int, Probed] = {}
        self._size = size

    @property
    def is_complete(self) -> bool:
        return len(self.results) == self._size

    def started(self, server: int, serial: int, time: int) -> None:
        pass

    def finished(self, probed: Probed, now: int) -> None:
        self.results.setdefault(probed.server, probed)

    def suspect(self, server: int, now: int) -> None:
        pass

    def turn(self, now: int, real_ms: int) -> Effects:
        return Effects()

    def next_time(self, now: int) -> int | None:
        return None


def table(targets: Sequence[Target], results: Mapping[int, Probed]) -> Iterator[Sequence[str]]:
    """The cells of a row for each server: service, pool, server, method, result, milliseconds, words."""
    for index, target in enumerate(targets):
        probed, server = results[index], target.server
        place = f"{server.address}{f' port {target.port}' if target.port else ''}"
        taken = f"{probed.duration / 1000:.1f} ms" if probed.reason.is_good else ""
        yield server.service, server.pool, place, target.probe.method, probed.reason.value, taken, probed.detail


def failed(results: Mapping[int, Probed]) -> int:
    """How many servers did not answer as they should."""
    return sum(1 for one in results.values() if not one.reason.is_good and one.reason is not Reason.SPOILT)


def spoilt(results: Mapping[int, Probed]) -> int:
    """How many probes this machine could not make."""
    return sum(1 for one in results.values() if one.reason is Reason.SPOILT)
