"""Compares the rules in the filter with those that should be there, in a thread of its own: for a large site it takes long.

Meanwhile servers may leave. What was seen counts only if what is loaded is still the same.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from lbsh.drivers.protocol import DriverError, Observed
from lbsh.store.protocol import Loaded


class Looking:
    """A look, and what came of it, for the thread that asks."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._loaded: Loaded | None = None
        self._seen: Observed | DriverError | None = None
        self.seconds = 0.0
        """How long the last look took."""

    def seen(self, loaded: Loaded, observe: Callable[[], Observed]) -> Observed | None:
        """The differences, if a look at what is loaded has ended. Raises `DriverError`.

        Otherwise one is begun, unless it goes on, and the answer is None.
        """
        if self._thread is not None and self._thread.is_alive():
            return None
        seen, self._seen = self._seen, None
        if seen is not None and self._loaded == loaded:
            if isinstance(seen, DriverError):
                raise seen
            return seen
        self._loaded = loaded
        self._thread = threading.Thread(target=self._look, args=(observe,), name="look", daemon=True)
        self._thread.start()
        return None

    def wait(self) -> None:
        """Waits for the end of a look."""
        if self._thread is not None:
            self._thread.join()

    def _look(self, observe: Callable[[], Observed]) -> None:
        start = time.monotonic()
        try:
            self._seen = observe()
        except DriverError as error:
            self._seen = error
        self.seconds = time.monotonic() - start
