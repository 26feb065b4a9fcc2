"""Reads a changed script in a thread of its own: for a large one it takes seconds, and meanwhile servers may leave."""

from __future__ import annotations

import threading
from collections.abc import Callable

from lbsh.gateway.known import Known


class Rereading:
    """A reading under way, and what came of it, for the thread that asks. `read` is called by the other thread."""

    def __init__(self, read: Callable[[], Known]) -> None:
        self._read = read
        self._thread: threading.Thread | None = None
        self._found: Known | None = None
        self._error: Exception | None = None

    def known(self, seconds: float | None) -> Known | None:
        """What was read, begun to be if nothing is under way; None if it takes longer than that. Raises what reading raised,
        also while it is tried again: that is one lasting trouble."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="rereading", daemon=True)
            self._thread.start()
        self._thread.join(seconds)
        if self._thread.is_alive():
            self._raise()
            return None
        self._thread = None
        found, self._found = self._found, None
        self._raise()
        return found

    def _raise(self) -> None:
        error = self._error
        if error is not None:
            raise error.with_traceback(None)

    def _run(self) -> None:
        try:
            self._found, self._error = self._read(), None
        except Exception as error:  # the boundary of the thread: the one that asks has it
            self._error = error
