"""Deadlines of open probes, by the poller's own clock. Pure.

Probes of one time limit end in the order of their starts, and a farm has few different limits. So there is a queue for each,
and no heap; what ended before its deadline stays in its queue until then, and is skipped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

Probe = TypeVar("Probe")


class Deadlines(Generic[Probe]):
    """What is open, with its deadlines. Times are microseconds and never go back."""

    def __init__(self) -> None:
        self._queues: dict[int, deque[tuple[int, Probe]]] = {}

    def add(self, now: int, limit: int, probe: Probe) -> None:
        """Notes that a probe is over after a limit."""
        queue = self._queues.get(limit)
        if queue is None:
            queue = self._queues[limit] = deque()
        queue.append((now + limit, probe))

    def over(self, now: int) -> Iterator[Probe]:
        """Those whose time is over, which are forgotten; among them those that ended in time."""
        for queue in self._queues.values():
            while queue and queue[0][0] <= now:
                yield queue.popleft()[1]

    def next_time(self) -> int | None:
        """The earliest deadline; it may be one of a probe that ended in time."""
        return min((queue[0][0] for queue in self._queues.values() if queue), default=None)
