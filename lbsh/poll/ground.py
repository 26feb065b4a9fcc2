"""What untracked probes need of the kernel: a reserved range of ports, and the table of their rules.

The table is there before its ports are reserved, and goes after them. So the next poller finds in it what a killed one has
left, and takes it over.
"""

from __future__ import annotations

import os
from pathlib import Path

from lbsh.drivers import generation
from lbsh.drivers.generation import Clock, Moment
from lbsh.drivers.untracking import RawTable
from lbsh.drivers.values import DriverError
from lbsh.poller.reserved import PLACE, is_reserved, release, require_right, reserve
from lbsh_lang.reported import ReportedError


class GroundError(ReportedError):
    """Untracked probes cannot be had here; the text says why."""


class Ground:
    """Takes it, and gives it back. All raise `GroundError`."""

    def __init__(self, table: RawTable, place: Path = PLACE, clock: Clock = generation.now) -> None:
        self.table, self._place, self._clock = table, place, clock
        self._seen = Moment("", 0, None)
        self._is_taken = False
        self._reserved: range | None = None

    def take(self) -> None:
        """Has ports reserved, and rules with nothing open, also if both were there."""
        ports = self.table.ports
        try:
            self._take_over(self.table.left_behind())
            if self._reserved is None and not is_reserved(ports, self._place):
                require_right(self._place)
                self._reserved = ports
            self.table.load(os.geteuid(), self._reserved)
            self._is_taken = True
            if self._reserved is not None:
                reserve(ports, self._place)
        except (OSError, ValueError, DriverError) as error:
            raise GroundError(_words(error)) from error

    def require(self) -> None:
        """Nothing, if all is still there; others may have written the list of ports anew, or flushed all rules."""
        moment = self._clock()
        try:
            if not is_reserved(self.table.ports, self._place):
                raise GroundError("others took its ports back")
            if not moment.is_same(self._seen) and not self.table.is_there():
                raise GroundError(f"others removed the table `inet {self.table.name}`")
        except (OSError, ValueError, DriverError) as error:
            raise GroundError(_words(error)) from error
        self._seen = moment

    def give_back(self) -> None:
        """Takes ports and rules back, if they were taken."""
        try:
            if self._reserved is not None:
                release(self._reserved, self._place)
                self._reserved = None
            if self._is_taken:
                self.table.remove()
                self._is_taken = False
        except (OSError, ValueError, DriverError) as error:
            raise GroundError(_words(error)) from error

    def give_back_what_was_left(self) -> None:
        """Takes back what a poller that was killed has left."""
        try:
            left = self.table.left_behind()
            if left is not None:
                release(left, self._place)
            self.table.remove()
        except (OSError, ValueError, DriverError) as error:
            raise GroundError(_words(error)) from error

    def _take_over(self, left: range | None) -> None:
        """Has the ports of an earlier poller as ours, or, where ours are others by now, gives them back."""
        if left == self.table.ports:
            self._reserved = left
        elif left is not None:
            release(left, self._place)


def _words(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
