"""Locks between processes, by flock(2). Not by lockf(3): that lock ends when any descriptor of the file is closed.

The kernel ends a lock with the process that holds it, however that ends. The file says who holds it, for people, and is
empty otherwise: so whoever gets the lock sees whether the last holder was interrupted.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from lbsh.store.files import FILE_MODE, Files
from lbsh.store.protocol import BusyError

BUSY = "the store is being changed by {}; wait for it with --wait SECONDS, or repeat"
_PAUSE = 0.02
"""Seconds between attempts: flock has no limit of time."""


@contextmanager
def locked(files: Files, path: str, holder: str, wait: float, busy: str = BUSY) -> Iterator[bool]:
    """Holds the lock of a file; whether its last holder was interrupted. Raises `BusyError` after so many seconds, with the
    words of `busy`, in which `{}` stands for the holder."""
    calls = files.calls
    file = _acquired(files, path, wait, busy)
    try:
        was_interrupted = bool(calls.read(file, 1))
        if _is_writable(file):
            _note(files, file, holder)
        yield was_interrupted
        with suppress(OSError):
            calls.truncate(file, 0)
    finally:
        calls.close(file)


def _is_writable(file: int) -> bool:
    """Whether a descriptor is open for writing."""
    return fcntl.fcntl(file, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY


def _note(files: Files, file: int, holder: str) -> None:
    """Writes into the file who holds its lock."""
    calls = files.calls
    if stat.S_IMODE(calls.fstat(file).st_mode) != FILE_MODE:  # it is new, and the umask strict
        calls.chmod(file, FILE_MODE)
    files.own(file)
    calls.truncate(file, 0)
    with suppress(OSError):  # a full disk keeps nobody from locking
        files.write_all(file, f"{os.getpid()}\n{holder}\n".encode(errors="replace"))


def _opened(files: Files, path: str) -> int:
    """A descriptor of the file, for reading alone where the file system is: rules can be put back without writing."""
    shared = os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return files.calls.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | shared, FILE_MODE)
    except OSError as error:
        if error.errno == errno.EROFS:
            with suppress(FileNotFoundError):
                return files.calls.open(path, os.O_RDONLY | shared, FILE_MODE)
        raise


def _acquired(files: Files, path: str, wait: float, busy: str) -> int:
    """A descriptor, opened for this alone, with the lock of the file that has this path now."""
    calls, end = files.calls, time.monotonic() + wait
    while True:
        file = _opened(files, path)
        try:
            calls.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(files, file, path):
                return file
        except BlockingIOError as error:
            if time.monotonic() >= end:
                message = busy.format(_holder(calls.read(file, 1000).decode(errors="replace")))
                calls.close(file)
                raise BusyError(message) from error
        except BaseException:
            calls.close(file)
            raise
        calls.close(file)
        time.sleep(_PAUSE)


def _is_at(files: Files, file: int, path: str) -> bool:
    """Whether a path still leads to an opened file, and no other one does: such a file may be somebody else's."""
    own = files.calls.fstat(file)
    with suppress(FileNotFoundError):
        if own.st_nlink > 1:
            files.calls.unlink(path)
            return False
        there = files.calls.stat(path)
        return (own.st_dev, own.st_ino) == (there.st_dev, there.st_ino)
    return False


def _holder(text: str) -> str:
    """Who holds a lock, by what the file says."""
    process, _, holder = " ".join(text.splitlines()).partition(" ")
    return f"process {process} ({holder})" if holder else "another process"
