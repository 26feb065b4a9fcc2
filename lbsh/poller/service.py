"""The poller as a service: takes over a changed script without a restart and without losing health, heeds signals, and tells
the system's manager that it lives.

Theory of operation. The script is read by other threads (`readings.py`), and the parts for it are made by one, too
(`succession.py`). The loop then goes over to them between two turns: a new board, whose health takes over that of servers
which stay; a new scheduler, in which these keep their times; new probers. Open probes of the former ones go on, and count
(`leaving.py`). Statuses in the store are compared with health whenever
others changed the store: a server that health knows otherwise is handed to the handler again. That mends a tree that was
removed, or written late. A server whose change may have been on its way while the store was read is left for a later
comparison, since the handler has it already. The end of the service, however it comes, leaves the rules as they are.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import Protocol

from lbsh.poller.board import STATES, Board
from lbsh.poller.loop import Loop
from lbsh.poller.notify import Notifier
from lbsh.poller.parts import Change, Effects, Handler, Judge, Scheduler, Team
from lbsh.poller.readings import Reading, Readings, Stored
from lbsh.poller.results import Reason
from lbsh.poller.succession import Made, Succession
from lbsh.poller.targets import Target
from lbsh.poller.turning import Turning
from lbsh_lang.site.status import State

AT_A_TIME = 200
"""Servers that are compared in one step of a chore."""
AGAIN = 2.0
"""Seconds until probers that could not be made are made again: descriptors may be free by then."""
TREE_IS_WRITTEN = 5.0
"""Seconds after a new script, or a comparison that left servers out, after which the store is looked at once more."""
HANDED_OVER = 1000
"""Milliseconds within which a change on the board has certainly been handed over."""


class Makers(Protocol):
    """What makes the parts of Fig. 10 for a reading, in a thread of its own."""

    def judge(self, board: Board, reading: Reading, former: Board | None, now: int) -> Judge:
        """Health, which begins with the statuses in the store for servers that are not on the former board."""

    def scheduler(self, board: Board, former: Turning | None, now: int) -> Scheduler:
        """The scheduler of a board; servers that the former one had keep their times."""

    def team(self, board: Board, special: bytearray) -> Team:
        """The probers of a board. The former ones go on until their turning has ended."""

    def shadow(self, reading: Reading, former: Turning | None, now: int) -> Turning | None:
        """What carries out the probes of a reading that only report. None if there are none."""

    def inherit(self, turning: Turning, former: Turning) -> Iterator[None]:
        """Prepares the health of a turning to take over from that of a former one; the steps are made in the loop."""

    def dissolve(self) -> None:
        """Ends the open probes of the present teams, and closes what they have open."""


class Service:
    """Probes until it is told to end. `said` gets lines for the operator, `remark` what a turn has besides changes."""

    def __init__(
        self,
        loop: Loop,
        readings: Readings,
        makers: Makers,
        handler: Handler,
        notifier: Notifier,
        said: Callable[[str], None],
        remark: Callable[[Effects], None],
    ) -> None:
        self.loop = loop
        self.turning: Turning | None = None
        self.shadow: Turning | None = None
        """That of probes that only report."""
        self._last: Reading | None = None
        self._next: Sequence[Target] | None = None
        self._succession = Succession(self._make)
        self._made: Made | None = None
        """What the thread has made last."""
        self._coming: deque[Made] = deque()
        self._readings, self._makers, self._handler = readings, makers, handler
        self._notifier, self._said, self._remark = notifier, said, remark

    @property
    def board(self) -> Board:
        """What is known now."""
        return self.turning.board if self.turning is not None else Board(())

    @property
    def revision(self) -> int:
        """That of the script whose servers are probed."""
        return self._last.revision if self._last is not None else 0

    def run(self) -> None:
        """Probes until `stop`, or SIGTERM or SIGINT; reads all again at SIGHUP."""
        self.heed()
        self._readings.start()
        with suppress(ValueError):  # only the main thread may have signals
            self._heed_signals()
        self._pet()
        try:
            self.loop.run()
        finally:
            self._notifier.say("STOPPING=1")
            self._readings.stop()
            self._succession.stop()
            self._makers.dissolve()

    def heed(self) -> None:
        """Has the loop take what threads find and make."""
        self.loop.watch(self._readings.descriptor, self._take)
        self.loop.watch(self._succession.descriptor, self._succeed)

    def stop(self) -> None:
        """Ends after this turn; rules stay as they are."""
        self.loop.stop()

    def _heed_signals(self) -> None:
        """Signals wake the loop by a pipe, and are heeded in it."""
        heard, told = os.pipe()
        for end in (heard, told):
            os.set_blocking(end, False)
        for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(one, lambda number, frame: None)
        signal.set_wakeup_fd(told, warn_on_full_buffer=False)

        def heed() -> None:
            for number in os.read(heard, 256):
                if number == signal.SIGHUP:
                    self._renew()
                elif number in (signal.SIGTERM, signal.SIGINT):
                    self.stop()

        self.loop.watch(heard, heed)

    def _pet(self) -> None:
        """Tells the watchdog, from the loop that probes, that it turns."""
        if self._notifier.watchdog is not None:
            self._notifier.say("WATCHDOG=1")
            self.loop.after(self._notifier.watchdog / 4, self._pet)

    def _take(self) -> None:
        """Goes over to what was found."""
        for found in self._readings.taken():
            if isinstance(found, Reading):
                self._go_over(found)
            else:
                self.loop.chore(self._compare(found))

    def _renew(self) -> None:
        """Makes all probers anew: they read their files again."""
        if self._last is not None:
            self._said("makes all probes anew")
            self._go_over(self._last)

    def _go_over(self, reading: Reading) -> None:
        """Has the parts for a reading made, which then go on in place of the former ones."""
        self._next = reading.targets
        self._succession.put(reading)

    def _make(self, reading: Reading) -> Made:
        """The parts for a reading; in the thread that makes them, for one reading after another. Raises `OSError`."""
        makers, now, former = self._makers, self.loop.clock.now, self._made
        turning, shadow = (former.turning, former.shadow) if former is not None else (None, None)
        board = Board(reading.targets)
        health = makers.judge(board, reading, turning.board if turning is not None else None, now)
        scheduler = makers.scheduler(board, turning, now)
        team = makers.team(board, health.special)
        coming = Turning(board, health, scheduler, team, self._handler, self._remark)
        beside = makers.shadow(reading, shadow, now)
        steps = [makers.inherit(coming, turning)] if turning is not None else []
        if beside is not None and shadow is not None:
            steps.append(makers.inherit(beside, shadow))
        scheduler.begin(self.loop.clock.now)  # most of the time that it has to catch up with has passed by now
        reading = reading._replace(statuses={})  # they are on the board by now, and many
        self._made = Made(reading, coming, beside, chain(*steps))
        return self._made

    def _succeed(self) -> None:
        """Goes over to what was made; where that could not be, it is tried again unless another script has come."""
        for outcome in self._succession.taken():
            if isinstance(outcome, Made):
                self._coming.append(outcome)
                self.loop.chore(self._go_over_to(outcome))
            else:
                self._said(f"revision {outcome.reading.revision} cannot be probed yet: {_why(outcome.error)}")
                self.loop.after(AGAIN, partial(self._again, outcome.reading))

    def _again(self, reading: Reading) -> None:
        if self._next is reading.targets:
            self._succession.put(reading)

    def _go_over_to(self, made: Made) -> Iterator[None]:
        """Waits for those that were made before, and goes over at the end of the last step."""
        while self._coming[0] is not made:
            yield
        try:
            yield from made.steps
            self._probe(made)
        finally:
            self._coming.popleft()

    def _probe(self, made: Made) -> None:
        """Probes with parts that were made, from now on."""
        if self.turning is not None:
            made.turning.go_on(self.turning)
        if self.shadow is not None and made.shadow is not None:
            made.shadow.go_on(self.shadow)
        elif self.shadow is not None:
            self.shadow.close()
        self.turning, self.shadow, self._last = made.turning, made.shadow, made.reading
        self.loop.probe_with(self.turning)
        self.loop.probe_beside(self.shadow)
        words = _words(made.reading)
        self._said(words)
        self._notifier.say("READY=1", f"STATUS={words}")
        self.loop.after(TREE_IS_WRITTEN, self._readings.compare)

    def _compare(self, stored: Stored) -> Iterator[None]:
        """Hands servers to the handler whose state in the store is not what health knows."""
        turning = self.turning
        if turning is None:
            return
        board, is_whole = turning.board, True
        for first in range(0, len(board.targets), AT_A_TIME):
            if self.turning is not turning:
                return
            part = range(first, min(first + AT_A_TIME, len(board.targets)))
            unlike = [change for index in part if (change := _unlike(board, index, stored)) is not None]
            changes = [change for change in unlike if not _was_on_its_way(change, stored)]
            is_whole = is_whole and len(changes) == len(unlike)
            if changes:
                self._handler.act(changes)
            yield
        if not is_whole:
            self.loop.after(TREE_IS_WRITTEN, self._readings.compare)


def _words(reading: Reading) -> str:
    """What is probed from now on."""
    if not reading.revision:
        return "no script runs yet: nothing is probed"
    count = len(reading.targets)
    if not count:
        return f"revision {reading.revision} has no server that is probed"
    beside = f", {len(reading.shadows)} of them by probes that only report, too" if reading.shadows else ""
    return f"probes {count} server{'' if count == 1 else 's'} of revision {reading.revision}{beside}"


def _why(error: Exception) -> str:
    return (error.strerror or str(error)).lower() if isinstance(error, OSError) else f"a fault of lbsh: {error!r}"


def _was_on_its_way(change: Change, stored: Stored) -> bool:
    """Whether a change was, or may have been, in the handler's hands when the store was read."""
    return change.server in stored.under_way or change.time >= stored.time - HANDED_OVER


def _unlike(board: Board, index: int, stored: Stored) -> Change | None:
    """What the store should say of a server; None if it does, or if one of the two does not know the server."""
    server, state = board.targets[index].server, STATES[board.state[index]]
    known = stored.statuses.get(server)
    if state is State.UNKNOWN or known is None or known.state is state:
        return None
    reason, detail = board.cause.get(index) or (Reason.ANSWERED, "")
    return Change(
        server,
        known.state,
        state,
        reason,
        detail,
        board.duration[index],
        board.since[index],
        board.held.get(index),
    )
