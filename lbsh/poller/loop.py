"""The loop: waits for descriptors and times, and has the poller turn. A `parts.Reactor` for all that waits for something."""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from heapq import heappop, heappush

from lbsh.poller.clock import LONGEST_TURN, Clock
from lbsh.poller.lateness import WaitForCore
from lbsh.poller.readiness import Readiness, any_readiness
from lbsh.poller.turning import Turning
from lbsh_lang.site.status import ServerId

LONGEST_SLEEP = 1_000_000
"""Microseconds until the next turn, where nothing is due."""
CHORES = 2_000
"""Microseconds of long work in a turn."""

Trouble = Callable[[Exception], None]


class Loop:
    """One thread that does everything. A fault in a callback or a chore is given to `trouble`, and the loop goes on."""

    def __init__(
        self,
        trouble: Trouble,
        real: Callable[[], int] = lambda: time.monotonic_ns() // 1000,
        descriptors: Readiness | None = None,
    ) -> None:
        self.clock = Clock(real())
        self.turns = 0
        self._turning: Turning | None = None
        self._beside: Turning | None = None
        self._trouble, self._real = trouble, real
        self._descriptors = descriptors if descriptors is not None else any_readiness()
        self._calls: dict[int, Callable[[], None]] = {}
        self._timers: list[tuple[int, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._chores: deque[Iterator[None]] = deque()
        self._core = WaitForCore()
        self._slept = 0
        self._stopped = False

    def run(self) -> None:
        """Turns until `stop`."""
        self.clock.resume(self._real())
        while not self._stopped:
            self.turn()

    def stop(self) -> None:
        """Ends `run` after this turn."""
        self._stopped = True

    def probe_with(self, turning: Turning) -> None:
        """Probes with these parts from the next turn on."""
        self._turning = turning
        turning.begin(self.clock.now)

    def probe_beside(self, turning: Turning | None) -> None:
        """Probes with these parts too, which decide nothing; a fault in them ends them alone."""
        self._beside = turning
        if turning is not None:
            turning.begin(self.clock.now)

    def close(self) -> None:
        self._descriptors.close()
        self._core.close()

    def watch(self, descriptor: int, ready: Callable[[], None], *, writing: bool = False) -> None:
        """Calls a function whenever a descriptor can be read (or written); replaces an earlier call for it."""
        self.forget(descriptor)
        self._descriptors.add(descriptor, writing=writing)
        self._calls[descriptor] = ready

    def forget(self, descriptor: int) -> None:
        if self._calls.pop(descriptor, None) is not None:
            self._descriptors.remove(descriptor)

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        heappush(self._timers, (self._real() + int(1_000_000 * seconds), next(self._order), call))

    def chore(self, steps: Iterator[None]) -> None:
        self._chores.append(steps)

    def suspect(self, servers: Iterable[ServerId], sign: str) -> None:
        if self._turning is not None:
            self._turning.suspect(servers, self.clock.now)

    def turn(self) -> None:
        """Sleeps until something is to be done, and does it."""
        wait, planned = self._sleep()
        ready = self._descriptors.ready(wait / 1_000_000)
        clock = self.clock
        lag = clock.lag
        real = self._real()
        clock.forward(real, planned)
        self.turns += 1
        for descriptor in ready:
            call = self._calls.get(descriptor)
            if call is not None:
                self._guarded(call)
        turning = self._turning  # a callback may have put another one in its place
        if turning is not None:
            lost = clock.lag - lag
            waited = self._core.since(real, max(real - self._slept - wait, lost))
            real_ms = time.time_ns() // 1_000_000
            turning.turn(clock, real_ms, waited, lost)
            if self._beside is not None:
                self._turn_beside(self._beside, real_ms, waited, lost)
        if self._timers:
            self._run_timers()
        if self._chores:
            self._run_chores()

    def _sleep(self) -> tuple[int, int]:
        """Microseconds to sleep, and the part of that in which no probe is open."""
        self._slept = real = self._real()
        if self._chores:
            return 0, 0
        now = self.clock.now
        wait, probing = LONGEST_SLEEP, False
        if self._turning is not None:
            due, probing = self._turning.next_time(now)
            if self._beside is not None:
                other, is_open = self._beside.next_time(now)
                due, probing = other if due is None else due if other is None else min(due, other), probing or is_open
            if due is not None:
                wait = min(wait, due - now - self.clock.behind(real))
        if probing and wait > LONGEST_TURN:
            wait = LONGEST_TURN
        if self._timers:
            wait = min(wait, self._timers[0][0] - real)
        wait = max(wait, 0)
        return wait, 0 if probing else wait

    def _turn_beside(self, turning: Turning, real_ms: int, waited: int, lost: int) -> None:
        try:
            turning.turn(self.clock, real_ms, waited, lost)
        except Exception as error:  # the boundary: what only reports must not end what decides
            self._beside = None
            self._trouble(error)

    def _run_timers(self) -> None:
        real = self._real()
        while self._timers and self._timers[0][0] <= real:
            self._guarded(heappop(self._timers)[2])

    def _run_chores(self) -> None:
        end = self._real() + CHORES
        while self._chores and self._real() < end:
            self._guarded(self._step)

    def _step(self) -> None:
        """One step of the chore in front, which then goes to the end."""
        chore = self._chores.popleft()
        for _ in chore:
            self._chores.append(chore)
            return

    def _guarded(self, call: Callable[[], None]) -> None:
        """The boundary: a fault in what serves people must not end the probing."""
        try:
            call()
        except Exception as error:
            self._trouble(error)
