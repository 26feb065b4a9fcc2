"""What a check of the doctor is: what it may find, and the function that looks and judges.

A check reads the machine through a `System` alone, so that a test can hand it any machine, and it yields its findings. Where
it cannot look, the system raises `BlindError`, and the runner notes that: no check is silently absent.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, Protocol

from lbsh.drivers.values import Drift
from lbsh.gateway.deadline import Moment
from lbsh.gateway.machine import Choice
from lbsh.store.protocol import Loaded, Reader, Running
from lbsh_lang.site.addresses import DeviceLists
from lbsh_lang.site.model import Site


class Severity(Enum):
    """How bad a finding is: traffic is lost, traffic may be lost, or something that is good to know."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Kind(NamedTuple):
    """What a check may find: a stable name, its severity, and a sentence about it for docs/device.md."""

    name: str
    severity: Severity
    about: str


class Finding(NamedTuple):
    """What is wrong, and where; `advice` is the mend in words, `commands` mend it as they stand, until the next boot."""

    kind: Kind
    words: str
    advice: str = ""
    commands: tuple[str, ...] = ()


class BlindError(Exception):
    """A check cannot look: a right or a program is missing. The text says which, and what helps."""


class FailedError(Exception):
    """A program that a check asks fails or hangs; the text says how."""


class Answer(NamedTuple):
    """What a program printed, and its exit status."""

    status: int
    output: str
    errors: str


class FileStatus(NamedTuple):
    """The mode of a file with its kind (stat(2)), its owner and group as numbers, and their names."""

    mode: int
    uid: int
    gid: int
    owner: str
    group: str


class Room(NamedTuple):
    """The room of a file system: free and all bytes, free and all inodes (0 where there is no such limit)."""

    free: int
    size: int
    free_inodes: int
    inodes: int


class System(Protocol):
    """The machine, as checks read it. Each thing is read once. All but `platform` and `uid` raise `BlindError`."""

    @property
    def platform(self) -> str:
        """`linux`, or the system's name as `sys.platform` has it without its number (`freebsd`)."""

    @property
    def uid(self) -> int:
        """The effective user."""

    def read(self, path: str) -> str | None:
        """The text of a file of the system, None if it is not there."""

    def run(self, *arguments: str, text: str = "") -> Answer:
        """What a program says. Raises `FailedError` if it hangs, and `BlindError` if it is not installed."""

    def has_program(self, name: str) -> bool:
        """Whether a program is installed."""

    def status(self, path: str) -> FileStatus | None:
        """The mode and the owners of a file, None if it is not there."""

    def room(self, path: str) -> Room:
        """The room of the file system of a folder."""

    def real_path(self, path: str) -> str:
        """A path without links."""

    def now(self) -> int:
        """Milliseconds since 1970."""

    def is_clock_synchronised(self) -> bool | None:
        """Whether something keeps the clock right, None if the system does not say (adjtimex(2), STA_UNSYNC)."""


@dataclass(frozen=True, slots=True)
class Case:
    """A machine with its store. `unread` is why the store cannot be read, empty if it can; then what follows is empty.
    `is_forbidden` tells that it is for lack of a right.

    `drift` compares the rules that are loaded with those that should be, `moment` is this one since the start of the system,
    `store_option` are the words by which commands of lbsh find this store, if they would find another one without.
    """

    system: System
    folder: str
    unread: str
    store: Reader
    running: Running
    loaded: Loaded | None
    choice: Choice
    site: Site
    lists: DeviceLists
    moment: Moment
    drift: Callable[[], Sequence[Drift]]
    store_option: tuple[str, ...] = ()
    is_forbidden: bool = False

    def lbsh(self, *words: str) -> str:
        """A command of lbsh, for this store."""
        return command("lbsh", *words, *self.store_option)

    def keep(self, advice: str) -> str:
        """The advice to keep a part of the network for later boots; or who keeps it, if lbsh does."""
        return f"{self.lbsh('apply', '--running')} sets it again, as at boot" if self.choice.addresses else advice

    def require_script(self) -> None:
        """Raises `BlindError` if the running script cannot be read."""
        if self.unread:
            raise BlindError(f"the running script is not known: {self.unread}")

    @property
    def is_loaded(self) -> bool:
        """Whether rules of lbsh should be in the filter."""
        return self.loaded is not None and self.choice.driver != "none"


Look = Callable[[Case], Iterator[Finding]]


class Check(NamedTuple):
    """A check: its name, the systems that it is for (empty for all), what it may find, and what looks."""

    name: str
    systems: tuple[str, ...]
    kinds: tuple[Kind, ...]
    look: Look


def command(*words: str) -> str:
    """A command as people type it."""
    return shlex.join(words)


def setting(key: str, value: int | str) -> str:
    """The command of Linux that changes a setting of the kernel; a dot in a part of the key is a slash there (sysctl(8))."""
    return command("sysctl", "-w", f"{key}={value}")


KEEP = "write the same setting into a file in /etc/sysctl.d, or it is lost at the next boot"
"""The advice for settings of Linux."""

KEEP_BSD = "write the same setting into /etc/sysctl.conf, or it is lost at the next boot"
"""The advice for settings of FreeBSD."""
