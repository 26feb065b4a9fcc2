"""The protocol of savers: they know the files from which a packet filter's own service loads its rules at boot."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from lbsh.drivers.values import DriverError
from lbsh_lang.backends.base import Artifact, Options

InUse = Callable[[], Artifact | None]
"""The whole rules of lbsh that are loaded, None if they are not what they should be. Raises `DriverError`."""


class UnknownError(DriverError):
    """It cannot be told what a file would load; the text says why."""


class Copy(NamedTuple):
    """A file of rules. `target` is its usual place, `suffix` the end of its name where a user chooses another one."""

    target: str
    suffix: str
    text: str


class Saver(Protocol):
    """What one packet filter knows of its files. All raise `DriverError`."""

    def copies(self, options: Options, in_use: InUse) -> tuple[Copy, ...]:
        """All rules as the filter has them now, those of others too, as texts that its program loads."""

    def test(self, copy: Copy, options: Options) -> None:
        """Has the filter's program check a copy without loading it."""

    def lacking(self, copy: Copy, path: str, options: Options) -> tuple[str, ...]:
        """What the file at an absolute path has and a copy lacks, in words, but for rules of lbsh. Raises `UnknownError`."""
