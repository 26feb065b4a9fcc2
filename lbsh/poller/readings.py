"""What is to be probed, as it changes: handed to the loop by the threads that find out, through a pipe.

A thread waits for changes of the store by others. It has a changed script read (by the handler's thread, which needs
it too: a large one takes seconds), and reads what the store says of servers.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from lbsh.poller.bell import Bell
from lbsh.poller.targets import Target
from lbsh_lang.reported import ReportedError
from lbsh_lang.site.status import ServerId, Status

WAIT = 1.0
"""Seconds for a change, after which the thread looks whether it was asked for something."""
PAUSE = 5.0
"""Seconds after trouble."""


class Reading(NamedTuple):
    """A revision of the script: what is probed, the interface behind which each server is (empty if unknown), what the
    store says of servers, and what is probed besides, by probes that only report."""

    revision: int
    targets: Sequence[Target]
    interfaces: Sequence[str]
    statuses: Mapping[ServerId, Status]
    shadows: Sequence[Target] = ()


class Stored(NamedTuple):
    """What the store said of servers after a change by others, and the real time, in milliseconds, from which it was read.

    `under_way` are the servers whose changes were on their way into it then.
    """

    statuses: Mapping[ServerId, Status]
    time: int
    under_way: Collection[ServerId] = ()


Found = Reading | Stored
"""Another script, or what the store says of servers."""


class Origin(Protocol):
    """Where readings come from. Calls may take long, and raise `ReportedError`."""

    def wait(self, seconds: float) -> bool:
        """Waits for a change by others; whether there was one, or may have been. If the script changed, a reading comes."""

    def stored(self) -> Stored:
        """What the store says of servers now."""


class Readings:
    """What was found and is not taken yet. `descriptor` can be read while there is something."""

    def __init__(self, origin: Origin, trouble: Callable[[str], None]) -> None:
        self._origin, self._trouble = origin, trouble
        self._found: deque[Found] = deque()
        self._is_asked = threading.Event()
        self._ends = threading.Event()
        self._bell = Bell()
        self.descriptor = self._bell.descriptor
        self._thread = threading.Thread(target=self._run, name="readings", daemon=True)

    def start(self) -> None:
        """Starts the thread, in the namespaces of the calling one."""
        self._thread.start()

    def stop(self) -> None:
        """Has the thread end, within a second unless it reads."""
        self._ends.set()

    def compare(self) -> None:
        """Has the statuses in the store read again."""
        self._is_asked.set()

    def put(self, found: Found) -> None:
        """Hands something to the loop; from any thread."""
        self._found.append(found)
        self._bell.ring()

    def taken(self) -> Sequence[Found]:
        """All that came since, in its order."""
        self._bell.hear()
        return [self._found.popleft() for _ in range(len(self._found))]

    def _run(self) -> None:
        while not self._ends.is_set():
            try:
                if self._origin.wait(WAIT) or self._is_asked.is_set():
                    self._is_asked.clear()
                    self.put(self._origin.stored())
            except Exception as error:  # the boundary of the thread: without it, changes would go unseen for good
                self._trouble(f"the store cannot be read: {error if isinstance(error, ReportedError) else repr(error)}")
                self._is_asked.set()
                self._ends.wait(PAUSE)
