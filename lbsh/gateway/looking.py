"""Compares the rules in the filter with those that should be there, in a thread of its own: for a large site it takes long.

Meanwhile servers may leave. What was seen counts only if what is loaded is still the same. An error lasts until a later look
goes well, so that whoever asks meanwhile hears of one lasting trouble, not of many.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from lbsh.drivers.protocol import Observed
from lbsh.store.protocol import Loaded

PAUSES = 20
"""After a look that failed, so many times its duration pass before the next one."""


class Looking:
    """A look, and what came of it, for the thread that asks."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._loaded: Loaded | None = None
        self._seen: Observed | None = None
        self._error: Exception | None = None
        self._rests_until = 0.0
        self.seconds = 0.0
        """How long the last look took."""

    def seen(self, loaded: Loaded, observe: Callable[[], Observed]) -> Observed | None:
        """The differences, if a look at what is loaded has ended. Raises the error of the last look that ended.

        Otherwise one is begun, unless it goes on, and the answer is None.
        """
        goes_on = self._thread is not None and self._thread.is_alive()
        error = self._error
        if not goes_on:
            seen, self._seen = self._seen, None
            if seen is not None and self._loaded == loaded:
                return seen
            if time.monotonic() >= self._rests_until:
                self._loaded = loaded
                self._thread = threading.Thread(target=self._look, args=(observe,), name="look", daemon=True)
                self._thread.start()
        if error is not None:
            raise error.with_traceback(None)
        return None

    def wait(self) -> None:
        """Waits for the end of a look."""
        if self._thread is not None:
            self._thread.join()

    def _look(self, observe: Callable[[], Observed]) -> None:
        start = time.monotonic()
        try:
            self._seen, self._error = observe(), None
        except Exception as error:  # the boundary of the thread: the one that asks has it
            self._error = error
        end = time.monotonic()
        self.seconds = end - start
        if self._error is not None:
            self._rests_until = end + PAUSES * self.seconds
