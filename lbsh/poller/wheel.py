"""The scheduler: a wheel of slots of 10 ms, in which every server waits for its own time. Pure.

Theory of operation. A server's probes are due at a phase of its own plus whole multiples of its interval, each moved by a
jitter of at most a fortieth of the interval to either side; so two probes are never further apart than the interval and a
twentieth. Phases of servers with one interval are spread evenly over it, and since they never move, they stay spread.

Slots are kept by number in a dictionary, those that hold servers also in a heap: a turn takes what is due, whatever time has
passed, and knows when the next probe is due, without looking at empty slots.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from random import Random

from lbsh.poller.timing import JITTER_SHARE

SLOT = 10_000
"""Microseconds."""
_GOLDEN = (math.sqrt(5) - 1) / 2
_DRAWN = 1 << 10
"""Jitters are drawn once, and used in turn."""


class Wheel:
    """Servers by their intervals in milliseconds. A scheduler (`parts.Scheduler`)."""

    def __init__(self, intervals: Sequence[int], seed: int = 0, now: int = 0) -> None:
        self._random = Random(seed)  # noqa: S311 -- spreads probes, guards nothing
        self._intervals = array("q", (1000 * interval for interval in intervals))
        self._nominal = array("q", _phases(self._intervals, now))
        self._jitter = [self._random.random() - 0.5 for _ in range(_DRAWN)]
        self._turn = 0
        self._slots: dict[int, list[int]] = {}
        self._filled: list[int] = []
        for server, time in enumerate(self._nominal):
            self._put(server, time // SLOT)

    def due(self, now: int) -> Sequence[int]:
        """The servers whose probes start now, each at most once; they wait for their next time from now on."""
        filled, current = self._filled, now // SLOT
        if not filled or filled[0] > current:
            return ()
        servers: list[int] = []
        while filled and filled[0] <= current:
            servers += self._slots.pop(heappop(filled))
        self._advance(servers, now)
        return servers

    def next_time(self, now: int) -> int | None:
        """When the next slot that holds a server begins; in the past if it is overdue."""
        return self._filled[0] * SLOT if self._filled else None

    def _advance(self, servers: Sequence[int], now: int) -> None:
        """Puts servers into the slots of their next times; times that were missed altogether are left out."""
        nominal, intervals, slots, jitter = self._nominal, self._intervals, self._slots, self._jitter
        turn, mask, soonest = self._turn, _DRAWN - 1, now // SLOT + 1
        for server in servers:
            interval = intervals[server]
            time = nominal[server] + interval
            if time <= now:
                time += (now - time) // interval * interval + interval
            nominal[server] = time
            turn += 1
            slot = int(time + jitter[turn & mask] * interval / JITTER_SHARE) // SLOT
            if slot < soonest:  # noqa: PLR1730 -- max() costs three times as much, here with every probe
                slot = soonest
            waiting = slots.get(slot)
            if waiting is None:
                slots[slot] = [server]
                heappush(self._filled, slot)
            else:
                waiting.append(server)
        self._turn = turn

    def _put(self, server: int, slot: int) -> None:
        if slot not in self._slots:
            self._slots[slot] = []
            heappush(self._filled, slot)
        self._slots[slot].append(server)


def _phases(intervals: Sequence[int], now: int) -> Iterator[int]:
    """The first times. Multiples of the golden ratio are spread evenly over an interval, however many they are, and
    neighbours, which mostly are the servers of one pool, lie apart."""
    placed = Counter[int]()
    for interval in intervals:
        yield now + int(interval * (placed[interval] * _GOLDEN % 1))
        placed[interval] += 1
