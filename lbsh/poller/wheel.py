"""The scheduler: a wheel of slots of 10 ms, in which every server waits for its own time. Pure.

Theory of operation. A server's probes are due at a phase of its own plus whole multiples of its interval, each moved by a
jitter of at most a fortieth of the interval to either side; so two probes are never further apart than the interval and a
twentieth. Phases of servers with one interval are spread evenly over it, and since they never move, they stay spread.

In a large farm many servers have their phase in one slot. Up to eight of these go round together, with one jitter: at a
hundred thousand servers, much of a probe's cost is memory that is seldom touched, and so is not in the processor's caches.

Slots are kept by number in a dictionary, those that hold servers also in a heap: a turn takes what is due, whatever time has
passed, and knows when the next probe is due, without looking at empty slots.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from random import Random

from lbsh.poller.timing import JITTER_SHARE

SLOT = 10_000
"""Microseconds."""
TOGETHER = 8
_GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(slots=True)
class _Group:
    """Servers that are due at one time. `nominal` is that of their next probes without jitter."""

    interval: int
    nominal: int
    known: bool
    """Whether they were probed before this wheel was made."""
    servers: array[int]


class Wheel:
    """Servers by their intervals in milliseconds. A scheduler (`parts.Scheduler`).

    `times` has the next times of servers that were probed before, which keep their phases.
    """

    def __init__(
        self, intervals: Sequence[int], seed: int = 0, now: int = 0, times: Mapping[int, int] | None = None
    ) -> None:
        self._random = Random(seed).random  # noqa: S311 -- spreads probes, guards nothing
        self._slots: dict[int, list[_Group]] = {}
        self._filled: list[int] = []
        self._made = now
        self._groups = tuple(_groups(intervals, now, times or {}))
        for group in self._groups:
            self._put(group, max(group.nominal, now) // SLOT)

    def times(self) -> dict[int, int]:
        """The next time of each server, without jitter; may be called by any thread."""
        return {server: group.nominal for group in self._groups for server in group.servers}

    def begin(self, now: int) -> None:
        """Catches up with the time since it was made, or since the last call, in which a former wheel had those probed that
        were there before.

        Of the last ones it may not have, by its jitter: these are due as late as jitter may make them. Servers that are new
        and were due meanwhile are so now, as far apart as ever.
        """
        for group in self._popped(now):
            latest = group.nominal + group.interval // (2 * JITTER_SHARE)
            if not group.known:
                group.nominal += now - self._made
                self._put(group, max(group.nominal, now) // SLOT)
            elif latest > now:
                self._put(group, latest // SLOT)
            else:
                self._advance(group, now)
        self._made = now

    def due(self, now: int) -> Sequence[int]:
        """The servers whose probes start now, each at most once; they wait for their next time from now on."""
        servers = array("I")
        for group in self._popped(now):
            servers += group.servers
            self._advance(group, now)
        return servers

    def next_time(self, now: int) -> int | None:
        """When the next slot that holds a server begins; in the past if it is overdue."""
        return self._filled[0] * SLOT if self._filled else None

    def _popped(self, now: int) -> Sequence[_Group]:
        """Takes out the groups of all slots up to now."""
        filled, current = self._filled, now // SLOT
        groups: list[_Group] = []
        while filled and filled[0] <= current:
            groups += self._slots.pop(heappop(filled))
        return groups

    def _advance(self, group: _Group, now: int) -> None:
        """Puts a group into the slot of its next time; times that were missed altogether are left out."""
        interval, time = group.interval, group.nominal + group.interval
        if time <= now:
            time += (now - time) // interval * interval + interval
        group.nominal = time
        jitter = (self._random() - 0.5) * interval / JITTER_SHARE
        self._put(group, max(int(time + jitter) // SLOT, now // SLOT + 1))

    def _put(self, group: _Group, slot: int) -> None:
        if slot in self._slots:
            self._slots[slot].append(group)
        else:
            self._slots[slot] = [group]
            heappush(self._filled, slot)


def _groups(intervals: Sequence[int], now: int, times: Mapping[int, int]) -> Iterator[_Group]:
    """Servers with one interval and phases in one slot, a few together."""
    begun: dict[tuple[int, int, bool], _Group] = {}
    for server, (interval, nominal) in enumerate(_phases(intervals, now, times)):
        place = interval, nominal // SLOT, server in times
        group = begun.get(place)
        if group is None:
            group = begun[place] = _Group(interval, nominal, server in times, array("I"))
        group.servers.append(server)
        if len(group.servers) == TOGETHER:
            yield begun.pop(place)
    yield from begun.values()


def _phases(intervals: Sequence[int], now: int, times: Mapping[int, int]) -> Iterator[tuple[int, int]]:
    """Intervals, and first times. Multiples of the golden ratio are spread evenly over an interval, however many they are,
    and neighbours, which mostly are the servers of one pool, lie apart."""
    placed = Counter[int]()
    for server, milliseconds in enumerate(intervals):
        interval = 1000 * milliseconds
        fresh = now + int(interval * (placed[interval] * _GOLDEN % 1))
        yield interval, times.get(server, fresh)
        placed[interval] += 1
