"""The system calls of the store, as a table: all that the store does to the file system goes through one.

A test replaces entries of the table, to stop a process after any call, to let calls fail, or to record them.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from typing import NamedTuple


class Calls(NamedTuple):
    """Functions with the arguments of their system calls; all raise `OSError`. Paths are absolute texts."""

    open: Callable[[str, int, int], int]
    close: Callable[[int], None]
    read: Callable[[int, int], bytes]
    write: Callable[[int, bytes], int]
    truncate: Callable[[int, int], None]
    fsync: Callable[[int], None]
    fdatasync: Callable[[int], None]
    chmod: Callable[[int, int], None]
    chown: Callable[[int, int, int], None]
    fstat: Callable[[int], os.stat_result]
    stat: Callable[[str], os.stat_result]
    lstat: Callable[[str], os.stat_result]
    listdir: Callable[[str], list[str]]
    rename: Callable[[str, str], None]
    unlink: Callable[[str], None]
    symlink: Callable[[str, str], None]
    mkdir: Callable[[str, int], None]
    rmdir: Callable[[str], None]
    flock: Callable[[int, int], None]


KERNEL = Calls(
    open=os.open,
    close=os.close,
    read=os.read,
    write=os.write,
    truncate=os.ftruncate,
    fsync=os.fsync,
    fdatasync=getattr(os, "fdatasync", os.fsync),  # macOS has none
    chmod=os.fchmod,
    chown=os.fchown,
    fstat=os.fstat,
    stat=os.stat,
    lstat=os.lstat,
    listdir=os.listdir,
    rename=os.rename,
    unlink=os.unlink,
    symlink=os.symlink,
    mkdir=os.mkdir,
    rmdir=os.rmdir,
    flock=fcntl.flock,
)
