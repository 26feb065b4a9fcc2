"""Gives up the capabilities of the calling thread (capabilities(7)), which the programs that it starts then lack too.

Only Linux has them; elsewhere there is nothing to give up.
"""

from __future__ import annotations

import ctypes
import struct
import sys
from pathlib import Path

_PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 24, 38, 47, 4
_VERSION_3 = 0x20080522
"""Of capset(2): two words for each of the sets effective, permitted and inheritable."""

_LAST = Path("/proc/sys/kernel/cap_last_cap")
_MOST = 63


TO_CHANGE_USER = 1 << 6 | 1 << 7
"""CAP_SETGID and CAP_SETUID, which go with the change of the user."""


def give_up_all(kept: int = 0) -> None:
    """Empties all sets of this thread for good, and forbids it new privileges. Raises `OSError` if that fails.

    `kept` is a set of capabilities that stay its own; programs do not inherit them.

    The bounding set stays where the right to change it (CAP_SETPCAP) is missing: without privileges to be had, nothing
    of it can be used.
    """
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    _check(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _check(libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
    for capability in range(_last() + 1):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    _check(libc.capset(struct.pack("=Ii", _VERSION_3, 0), struct.pack("=6I", kept, kept, 0, 0, 0, 0)))


def _last() -> int:
    """The number of the last capability that this kernel has; more are refused without harm."""
    try:
        return int(_LAST.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return _MOST


def _check(status: int) -> None:
    if status != 0:
        raise OSError(ctypes.get_errno(), "capabilities cannot be given up")
