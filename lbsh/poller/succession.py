"""Goes over to another script while servers are probed: what takes long is done by a thread, the rest in small steps.

Theory of operation. At a hundred thousand servers it takes seconds to make a board, a schedule and probers, and a loop that
did it would not probe meanwhile. So a thread makes them, and prepares what the loop then does: copies what is known of the
servers in small steps, between which the former parts go on probing, and at last goes over in one turn. Scripts are taken
one after another; one whose probers cannot be made is tried again unless another one has come.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue
from typing import NamedTuple

from lbsh.poller.bell import Bell
from lbsh.poller.readings import Reading
from lbsh.poller.turning import Turning
from lbsh.uncollected import uncollected


class Made(NamedTuple):
    """The parts for a reading, and what is to be done in the loop, in steps, before they go on in place of the former ones.

    `shadow` has the probes that only report, if there are any.
    """

    reading: Reading
    turning: Turning
    shadow: Turning | None
    steps: Iterator[None]


class Failed(NamedTuple):
    """A reading whose parts could not be made."""

    reading: Reading
    error: Exception


PATIENCE = 2.0
"""Seconds in which the thread may come to its end."""
Outcome = Made | Failed
Make = Callable[[Reading], Made]
"""Makes the parts for a reading. Raises `OSError`."""


class Succession:
    """A thread that makes parts. `descriptor` can be read while there are outcomes."""

    def __init__(self, make: Make) -> None:
        self._make = make
        self._bell = Bell()
        self.descriptor = self._bell.descriptor
        self._readings: SimpleQueue[Reading | None] = SimpleQueue()
        self._outcomes: deque[Outcome] = deque()
        self._thread: threading.Thread | None = None
        self._former: deque[Made] = deque(maxlen=2)
        """They are kept while the loop goes over, so that it is this thread that frees their memory, which takes long."""

    def put(self, reading: Reading) -> None:
        """Has the parts for a reading made; the thread begins with the first, in the namespaces of the caller."""
        self._readings.put(reading)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="succession", daemon=True)
            self._thread.start()

    def taken(self) -> Sequence[Outcome]:
        """The outcomes that came since, in the order of their readings."""
        self._bell.hear()
        return [self._outcomes.popleft() for _ in range(len(self._outcomes))]

    def stop(self) -> None:
        """Has the thread end, and waits for a moment unless it is at work."""
        if self._thread is not None:
            self._readings.put(None)
            self._thread.join(PATIENCE)

    def _run(self) -> None:
        while (reading := self._readings.get()) is not None:
            try:
                with uncollected():
                    outcome: Outcome = self._make(reading)
            except Exception as error:  # the boundary of the thread: the former parts go on
                outcome = Failed(reading, error)
            if isinstance(outcome, Made):
                self._former.append(outcome)
            self._outcomes.append(outcome)
            del reading, outcome  # while this thread waits, it would keep all that was read
            self._bell.ring()
