"""What a poller says of itself: the process, how far its clock is behind, how late its probes start, what it holds."""

from __future__ import annotations

from typing import NamedTuple


class Facts(NamedTuple):
    """Real times are milliseconds since 1970 (UTC), durations microseconds.

    `revision` is that of the script whose servers are probed. `lag` is the time that did not count on the poller's own
    clock, altogether. `lateness` counts starts of probes by class, less the time in which the process waited for a core;
    `bounds` are the upper bounds of the classes, and what is later is the last class; `worst` is the greatest. `starved` are
    probes that wait for a descriptor. `held` says, a phrase each, why statuses are held. With `shadow` nothing is changed.
    `trouble` is why what was found is not in the rules, empty if it is. `shadows` says, a sentence each, whom shadow probes
    would have taken out, and `shadowed` their number.
    """

    process: int
    version: str
    started: int
    revision: int = 0
    lag: int = 0
    slow_turns: int = 0
    turns: int = 0
    bounds: tuple[int, ...] = ()
    lateness: tuple[int, ...] = ()
    worst: int = 0
    starved: int = 0
    held: tuple[str, ...] = ()
    shadow: bool = False
    trouble: str = ""
    shadows: tuple[str, ...] = ()
    shadowed: int = 0

    def share_within(self, bound: int) -> float:
        """The share of probes that started at most so late after their time: one of the bounds."""
        if bound not in self.bounds:
            return 1.0
        return sum(self.lateness[: self.bounds.index(bound) + 1]) / max(sum(self.lateness), 1)
