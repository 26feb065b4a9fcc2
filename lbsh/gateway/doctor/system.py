"""This machine, as the checks of the doctor read it: files, programs, the clock. Each thing is read once."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from ctypes import CDLL, create_string_buffer
from typing import TypeVar, cast

from lbsh.gateway.doctor.base import Answer, BlindError, FailedError, FileStatus, Room
from lbsh.programs import CommandError, Rights, find_program, run_program

SECONDS = 10.0
"""The time for a program's answer; no question is one that takes longer on a machine that works."""

_FILTERS = frozenset({"nft", "iptables-save", "ip6tables-save", "iptables-restore", "ip6tables-restore", "pfctl"})
"""Programs that need the rights of a packet filter to answer; all others run without any."""

_PACKAGES = {"ip": "iproute2", "nft": "nftables", "iptables-save": "iptables", "ip6tables-save": "iptables"}
_TIME_ERROR = 5
"""What adjtimex(2) returns for a clock that nobody synchronises (TIME_ERROR)."""

T = TypeVar("T")


class Machine:
    """This machine. Remembers what it read; `seconds` is the limit for programs."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._known: dict[tuple[str, ...], object] = {}

    platform = sys.platform.rstrip("0123456789")

    @property
    def uid(self) -> int:
        return os.geteuid()

    def read(self, path: str) -> str | None:
        return self._once(("read", path), lambda: _read(path))

    def run(self, *arguments: str, text: str = "") -> Answer:
        return self._once(("run", text, *arguments), lambda: self._run(arguments, text))

    def has_program(self, name: str) -> bool:
        return find_program(name) is not None

    def status(self, path: str) -> FileStatus | None:
        return self._once(("status", path), lambda: _status(path))

    def room(self, path: str) -> Room:
        try:
            found = os.statvfs(path)
        except OSError as error:
            raise _blind(path, error) from error
        return Room(found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize, found.f_favail, found.f_files)

    def real_path(self, path: str) -> str:
        return os.path.realpath(path)

    def now(self) -> int:
        return time.time_ns() // 1_000_000

    def is_clock_synchronised(self) -> bool | None:
        if self.platform != "linux":
            return None
        state: int = CDLL(None).adjtimex(create_string_buffer(512))  # struct timex is smaller; modes 0 changes nothing
        return None if state < 0 else state != _TIME_ERROR

    def _run(self, arguments: tuple[str, ...], text: str) -> Answer:
        program = arguments[0]
        if not self.has_program(program):
            package = f": install the package {_PACKAGES[program]}" if program in _PACKAGES else ""
            raise BlindError(f"the program `{program}` is not installed{package}")
        rights = Rights.OF_FILTER if program in _FILTERS else Rights.NONE
        try:
            outcome = run_program(arguments, text, self._seconds, rights)
        except CommandError as error:
            raise FailedError(str(error)) from error
        return Answer(outcome.status, outcome.output, outcome.errors)

    def _once(self, key: tuple[str, ...], look: Callable[[], T]) -> T:
        """What a look found, or the error that it ended in, from the first time on."""
        if key not in self._known:
            try:
                self._known[key] = look()
            except (BlindError, FailedError) as error:
                self._known[key] = error
        found = self._known[key]
        if isinstance(found, BlindError | FailedError):
            raise found
        return cast("T", found)  # the key says what was looked for


def _read(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123 -- paths here are texts
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _blind(path, error) from error


def _status(path: str) -> FileStatus | None:
    try:
        found = os.stat(path)  # noqa: PTH116
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise _blind(path, error) from error
    return FileStatus(found.st_mode, found.st_uid, found.st_gid, _user(found.st_uid), _group(found.st_gid))


def _blind(path: str, error: Exception) -> BlindError:
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    help_ = ": run it as root" if isinstance(error, PermissionError) else ""
    return BlindError(f"{path} cannot be read ({reason.lower()}){help_}")


def _user(uid: int) -> str:
    import pwd  # noqa: PLC0415 -- only Unix has it

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group(gid: int) -> str:
    import grp  # noqa: PLC0415 -- only Unix has it

    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
