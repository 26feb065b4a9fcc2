"""The poller's own clock: it goes forward by a bounded step a turn of the loop, so that time in which the poller did not run
is no time in which servers failed to answer. Pure; times are in microseconds.

Theory of operation. Deadlines are in this clock. A poller that was stopped for five seconds finds answers in the kernel
and deadlines five seconds old. It reads the answers first, and the deadlines are then at most a step nearer. If the servers
were stopped as well (a machine that was paused), they get what was left of their time after all are awake again.

A sleep in which no probe was open cannot have made an answer late, so what was planned of it counts whole; otherwise the
poller of a single server would run in slow motion. What does not count adds up in `lag`.
"""

from __future__ import annotations

STEP = 50_000
"""The longest time that counts as passed in a turn, besides a planned sleep without an open probe."""
LONGEST_TURN = 25_000
"""The longest sleep while a probe is open: half a step, so that a sleep which ends somewhat late counts whole."""


class Clock:
    """Own time as a function of real (monotonic) time: `now` begins with 0."""

    def __init__(self, real: int) -> None:
        self.now = 0
        self.lag = 0
        """Real time that did not count, altogether."""
        self.slow_turns = 0
        """Turns of which some time did not count."""
        self._real = real

    def forward(self, real: int, planned: int = 0) -> int:
        """The own time of a turn that begins at this real time, after a planned sleep without an open probe."""
        elapsed = max(real - self._real, 0)
        counted = min(elapsed, planned + STEP)
        if counted < elapsed:
            self.lag += elapsed - counted
            self.slow_turns += 1
        self._real = max(real, self._real)
        self.now += counted
        return self.now

    def resume(self, real: int) -> None:
        """Time until now counts neither as passed nor as lag: nobody waited for probes."""
        self._real = max(real, self._real)

    def behind(self, real: int) -> int:
        """The time that has passed since the turn began."""
        return max(real - self._real, 0)
