"""A bell by which a thread wakes the loop: a pipe whose end the loop watches."""

from __future__ import annotations

import os
from contextlib import suppress


class Bell:
    """`descriptor` can be read while the bell has been rung and not heard."""

    def __init__(self) -> None:
        self.descriptor, self._rope = os.pipe()
        os.set_blocking(self.descriptor, False)
        os.set_blocking(self._rope, False)

    def ring(self) -> None:
        """Wakes the loop; from any thread."""
        with suppress(BlockingIOError):  # it has been rung often enough
            os.write(self._rope, b"!")

    def hear(self) -> None:
        """Ends the ringing. To be called before one looks for what it was rung."""
        with suppress(BlockingIOError):
            os.read(self.descriptor, 4096)

    def close(self) -> None:
        os.close(self.descriptor)
        os.close(self._rope)
