"""A check-task factory that plays what is written down: for tests of all that stands behind probes. Opens nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from lbsh.poller.parts import Probed
from lbsh.poller.results import Reason


class Line(NamedTuple):
    """What a probe will give, so many microseconds after its start."""

    reason: Reason
    duration: int
    detail: str = ""


GOOD = Line(Reason.ANSWERED, 500)


class Playbook:
    """A prober (`parts.Prober`). `lines` has the results of each server's probes, in the order of their starts; after the
    last one, and for servers without any, all goes well. It may change while it is played."""

    def __init__(self, lines: Mapping[int, Sequence[Line]]) -> None:
        self.lines: dict[int, list[Line]] = {server: list(its) for server, its in lines.items()}
        self.started: list[tuple[int, int, int]] = []
        """Server, serial and time of each probe."""
        self._open: list[tuple[int, int, int, Line]] = []
        self._abandoned: set[int] = set()

    def start(self, index: int, serial: int, now: int) -> bool:
        lines = self.lines.get(index)
        line = lines.pop(0) if lines else GOOD
        self.started.append((index, serial, now))
        heappush(self._open, (now + line.duration, serial, index, line))
        return True

    def collect(self, now: int) -> Iterable[Probed]:
        results = []
        while self._open and self._open[0][0] <= now:
            _, serial, index, line = heappop(self._open)
            if serial in self._abandoned:
                self._abandoned.discard(serial)
            else:
                results.append(Probed(index, serial, line.reason, line.duration, line.detail))
        return results

    def abandon(self, index: int, serial: int) -> None:
        if any(one[1] == serial for one in self._open):
            self._abandoned.add(serial)

    def next_time(self, now: int) -> int | None:
        return self._open[0][0] if self._open else None

    def close(self) -> None:
        self._open.clear()
