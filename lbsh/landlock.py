"""Keeps the calling thread, and the programs that it starts, from changing files (Landlock, landlock(7), Linux 5.13).

A program of the user to whom the store belongs could write it otherwise. What the thread may read stays as it was.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress

OPEN_FOLDERS = ("/tmp", "/var/tmp", "/dev")  # noqa: S108 -- programs of others write there
"""Where programs may write nevertheless, as far as their user may."""

_CREATE, _ADD, _RESTRICT = 444, 445, 446
"""Numbers of system calls, the same on all machines but old ones that have no Landlock (syscalls(2))."""
_TELL_VERSION, _BENEATH = 1, 1
_WRITES = 0b1_1111_1111_0010
"""LANDLOCK_ACCESS_FS_WRITE_FILE, REMOVE_… and MAKE_…."""
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_SIGNALS = 1 << 1
_OF_FILES = 1 << 1 | _TRUNCATE
"""The rights to a file that is no folder."""


def forbid_changes(but: Sequence[str] = OPEN_FOLDERS) -> bool:
    """Forbids this thread to write, make, remove and move files, except beneath some folders, for good.

    From Linux 6.2 on to cut files, too, and from 6.12 on to send signals to others than its own programs. Modes and owners
    can be changed nevertheless. The thread must have no-new-privs. Returns whether the kernel can do it. Raises `OSError`.
    """
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE, None, 0, _TELL_VERSION)
    if version < 1:
        return False
    rights = _rights_of(version)
    attributes = _ruleset(version, rights)
    ruleset = _checked(libc.syscall(_CREATE, attributes, len(attributes), 0))
    try:
        for place in but:
            with suppress(FileNotFoundError):
                _allow(libc, ruleset, place, rights)
        _checked(libc.syscall(_RESTRICT, ruleset, 0))
    finally:
        os.close(ruleset)
    return True


def _rights_of(version: int) -> int:
    return _WRITES | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)


def _ruleset(version: int, rights: int) -> bytes:
    """A `struct landlock_ruleset_attr`: files, the network, signals."""
    return struct.pack("=3Q", rights, 0, _SIGNALS if version >= 6 else 0)[
        : 8 if version < 4 else 16 if version < 6 else 24
    ]


def _allow(libc: ctypes.CDLL, ruleset: int, place: str, rights: int) -> None:
    descriptor = os.open(place, os.O_PATH | os.O_CLOEXEC)
    try:
        granted = rights if os.path.isdir(place) else rights & _OF_FILES  # noqa: PTH112 -- the path is a text
        _checked(libc.syscall(_ADD, ruleset, _BENEATH, struct.pack("=Qi", granted, descriptor), 0))
    finally:
        os.close(descriptor)


def _checked(status: int) -> int:
    if status < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return status
