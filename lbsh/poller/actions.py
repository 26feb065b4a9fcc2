"""The action handler of a poller: statuses into the store, then rules into the kernel, then the audit; in its own thread.

Theory of operation. The loop only hands changes over. What a server's state is now replaces what it was: the handler keeps
the latest state of each server that is not noted yet, and the servers whose rules may be wrong, never a queue of orders. So
an UP that comes while a DOWN is being loaded is simply the next state, and nothing is lost if an attempt fails: all of it is
tried again, after pauses that grow. Between changes the handler sees to what the device needs now and then
(`Device.attend`).
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from lbsh.poller.parts import Change
from lbsh_lang.reported import ReportedError
from lbsh_lang.site.status import ServerId, Status

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds between attempts that fail: twice as many each time."""


PATIENCE = 10.0
"""Seconds for an attempt to come to its end when the process is to end."""

SWITCH = 0.0001
"""Seconds after which a thread must give the interpreter up if another one waits for it. A loop that makes thirty system
calls in ten milliseconds waits so long after each, while this thread reads a large script: with Python's own five
milliseconds it did not get to its probes for half a second."""


MOST = 10_000
"""Changes that are kept one by one, for the log, while rules cannot be loaded; of more, one a server."""


class Device(Protocol):
    """What the handler needs of the device. Calls may take long, and raise `ReportedError`."""

    def note(self, statuses: Mapping[ServerId, Status]) -> None:
        """Writes statuses into the store, where every other command reads them. What it does not take, `apply` knows."""

    def apply(self, servers: Collection[ServerId]) -> Sequence[str]:
        """Loads the rules that follow from the statuses of these servers; returns what the operator should know.

        Then connections end that must not go on. Raises if what should be loaded is not, and `TimeoutError` if another
        process kept the store locked; both are tried again.
        """

    def attend(self) -> tuple[float, Sequence[str]]:
        """Sees to deadlines, drains, and what others changed: seconds until the next look, and what was done."""

    def audit(self, lines: Sequence[str]) -> None:
        """Writes lines into the system's log."""


class Deed(NamedTuple):
    """What the handler has done: the changes that are in the rules now, or why they are not, and what else to know.

    `seconds` is how long the rules took. With `trouble`, all of it is tried again. `is_look` tells that it is of a look at
    the device (`Device.attend`).
    """

    changes: tuple[Change, ...]
    seconds: float = 0.0
    trouble: str = ""
    remarks: tuple[str, ...] = ()
    is_look: bool = False


class Actions:
    """A handler (`parts.Handler`) with a thread, from `start` to `stop`. `told` is called by that thread with each deed."""

    def __init__(self, device: Device, told: Callable[[Deed], None] = lambda deed: None) -> None:
        self._device = device
        self._told = told
        self._notice = threading.Condition()
        self._statuses: dict[ServerId, Status] = {}
        self._dirty: set[ServerId] = set()
        self._changes: list[Change] = []
        self._ends = False
        self._busy_with: frozenset[ServerId] = frozenset()
        self._is_look_due = False
        self._look_failed = False
        self._thread = threading.Thread(target=self._run, name="actions", daemon=True)

    def act(self, changes: Sequence[Change]) -> None:
        """Hands changes over to the thread."""
        with self._notice:
            for change in changes:
                self._statuses[change.server] = status_of(change)
                self._dirty.add(change.server)
            self._changes += changes
            self._notice.notify_all()

    def start(self) -> None:
        """Starts the thread, in the namespaces of the calling one.

        From then on the interpreter passes from thread to thread quickly, for all of the process (`SWITCH`).
        """
        sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH))
        self._thread.start()

    def stop(self, seconds: float = PATIENCE) -> None:
        """Ends the thread after its present attempt, for which it waits so long. The rules stay as they are."""
        with self._notice:
            self._ends = True
            self._notice.notify_all()
        self._thread.join(seconds)

    def wait(self, seconds: float) -> bool:
        """Waits until all that was handed over is in the rules; whether it is."""
        with self._notice:
            return self._notice.wait_for(lambda: not (self._dirty or self._changes or self._busy_with), seconds)

    def under_way(self) -> frozenset[ServerId]:
        """The servers whose changes are not in the rules yet."""
        with self._notice:
            return frozenset(self._dirty) | self._busy_with

    def look(self) -> None:
        """Has the thread look at the device at once (`Device.attend`): something there has changed."""
        with self._notice:
            self._is_look_due = True
            self._notice.notify_all()

    def _run(self) -> None:
        next_look, pause = time.monotonic(), 0.0
        while True:
            with self._notice:
                if not (self._ends or self._is_look_due or (self._dirty and not pause)):
                    self._notice.wait(pause or max(next_look - time.monotonic(), 0))
                if self._ends:
                    return
                is_look_due, self._is_look_due = self._is_look_due, False
            pause = self._act(pause)
            if is_look_due or time.monotonic() >= next_look:
                next_look = time.monotonic() + self._attend()

    def _act(self, pause: float) -> float:
        """Brings the rules in line with all that was handed over so far; the pause before the next attempt, 0 for none.

        `pause` is the one that was made before this attempt. Where another process holds the lock, waiting is pause enough.
        """
        with self._notice:
            statuses, dirty, changes = self._statuses, self._dirty, self._changes
            if not dirty:
                return 0.0
            self._statuses, self._dirty, self._changes = {}, set(), []
            self._busy_with = frozenset(dirty)
        start = time.monotonic()
        remarks = self._note(statuses)
        try:
            remarks += self._device.apply(dirty)
        except Exception as error:  # the boundary: whatever goes wrong, failed servers must leave at the next attempt
            self._take_back(statuses, dirty, changes)
            self._told(Deed(tuple(changes), time.monotonic() - start, _words(error), tuple(remarks)))
            return FIRST_PAUSE if isinstance(error, TimeoutError) else min(max(2 * pause, FIRST_PAUSE), LONGEST_PAUSE)
        seconds = time.monotonic() - start
        try:
            self._device.audit([line_of(change) for change in changes])
        except Exception as error:  # the boundary: a log that takes nothing keeps nobody from acting
            remarks.append(_words(error))
        self._told(Deed(tuple(changes), seconds, "", tuple(remarks)))
        self._is_idle()
        return 0.0

    def _note(self, statuses: Mapping[ServerId, Status]) -> list[str]:
        """Writes statuses into the store; why it takes none, which keeps no failed server in the rules."""
        try:
            self._device.note(statuses)
        except Exception as error:  # the boundary, as above
            return [_words(error)]
        return []

    def _take_back(self, statuses: dict[ServerId, Status], dirty: set[ServerId], changes: list[Change]) -> None:
        """Keeps what could not be done for the next attempt; what was handed over since is newer."""
        with self._notice:
            self._statuses = {**statuses, **self._statuses}
            self._dirty |= dirty
            waiting = [*changes, *self._changes]
            self._changes = waiting if len(waiting) <= MOST else in_one(waiting)
            self._busy_with = frozenset()

    def _is_idle(self) -> None:
        with self._notice:
            self._busy_with = frozenset()
            self._notice.notify_all()

    def _attend(self) -> float:
        try:
            seconds, remarks = self._device.attend()
        except Exception as error:  # the boundary, as above
            self._told(Deed((), 0.0, _words(error), is_look=True))
            self._look_failed = True
            return LONGEST_PAUSE
        if remarks or self._look_failed:
            self._told(Deed((), 0.0, "", tuple(remarks), is_look=True))
        self._look_failed = False
        return seconds


def in_one(changes: Sequence[Change]) -> list[Change]:
    """A change for each server, from what it was before all of them to what it is behind them."""
    found: dict[ServerId, Change] = {}
    for change in changes:
        before = found.pop(change.server, change)
        found[change.server] = change._replace(old=before.old)
    return list(found.values())


def _words(error: Exception) -> str:
    """An error in words; one that nobody has foreseen says its kind."""
    return str(error) if isinstance(error, ReportedError | TimeoutError) else f"{type(error).__name__}: {error}"


def status_of(change: Change) -> Status:
    """A change as the store keeps it; the reason why a server is up needs no words."""
    said = f"{change.reason.value}: {change.detail}" if change.detail else change.reason.value
    return Status(change.new, change.time, "" if change.reason.is_good else said, change.held_until)


def line_of(change: Change) -> str:
    """A change in a line of the system's log; what servers sent in it is printable."""
    server = f"{change.server.address}{f' port {change.server.port}' if change.server.port else ''}"
    said = "".join([one if one.isprintable() else "?" for one in status_of(change).reason])
    why = f" ({said})" if said else ""
    return f"poller: {server} in {change.server.pool} for {change.server.service}: {change.new.value}{why}"
