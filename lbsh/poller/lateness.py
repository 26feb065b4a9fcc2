"""How late probes start, in real time, with and without the time for which the process waited for a core.

A start is late by what the own clock shows, and by what that clock left out if the server was due meanwhile: those are the
servers that start in a time as long after it, and each counts once. From then on the whole schedule is later by that much,
which the clock's lag says, and no start is late because of it. A late start is a figure for the operator, never a failure of
a server.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterable

BOUNDS = tuple(1000 * bound for bound in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000))
"""Upper bounds of the classes of lateness, in microseconds; what is later than the last is a class, too."""


_LATE, _SELDOM = 10_000, 100_000


class Lateness:
    """Counts of starts by class of lateness."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.own = [0] * (len(BOUNDS) + 1)
        """The same, less the time for which the process waited for a core."""
        self.worst = 0
        """The greatest lateness since somebody set this to 0."""
        self._losses: deque[tuple[int, int, int]] = deque()

    def lost(self, now: int, amount: int, waited: int, longest: int) -> None:
        """The clock left out a time at this own time, and waited for a core so long; `longest` is the longest interval."""
        while self._losses and self._losses[0][0] <= now - min(longest, self._losses[0][1]):
            self._losses.popleft()
        if amount:
            self._losses.append((now, amount, min(waited, amount)))

    def started(self, intervals: Iterable[int], count: int, now: int, late: int, waited: int) -> None:
        """So many starts, late by the own clock; `intervals` are those of the servers, read only if time was lost."""
        if not self._losses:
            self._count(count, late, waited)
            return
        for interval, some in Counter(intervals).items():
            recent = [loss for loss in self._losses if now - min(interval, loss[1]) < loss[0]]
            lost, excused = (sum(loss[which] for loss in recent) for which in (1, 2))
            self._count(some, late + lost, waited + excused)

    def share_within(self, bound: int) -> float:
        """The share of starts, without the waiting for a core, that were at most so late: one of `BOUNDS`."""
        return sum(self.own[: BOUNDS.index(bound) + 1]) / max(sum(self.own), 1)

    def _count(self, count: int, late: int, waited: int) -> None:
        self.counts[bisect_left(BOUNDS, late)] += count
        self.own[bisect_left(BOUNDS, late - waited)] += count
        self.worst = max(self.worst, late)


class WaitForCore:
    """The time for which this process was ready to run and had no core, where the kernel tells it (Linux).

    The question costs as much as a probe; it is put ten times a second, and whenever something is late.
    """

    def __init__(self) -> None:
        self._asked = 0
        try:
            self._descriptor: int | None = os.open("/proc/self/schedstat", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self._descriptor = None
        self._before = self._read()

    def since(self, real: int, late: int) -> int:
        """Microseconds, at most in the last tenth of a second; `late` is how late the caller is, `real` its time."""
        if self._descriptor is None or (late < _LATE and real - self._asked < _SELDOM):
            return 0
        self._asked = real
        before, self._before = self._before, self._read()
        return self._before - before

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _read(self) -> int:
        """The second figure of /proc/PID/schedstat (proc(5)), which is in nanoseconds."""
        if self._descriptor is None:
            return 0
        return int(os.pread(self._descriptor, 64, 0).split()[1]) // 1000
