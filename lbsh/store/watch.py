"""Notices of changes in a folder: by inotify(7) on Linux, by kqueue(2) on BSD, and elsewhere by nothing but time.

A notice is a hint, after which its reader compares the count of changes. So an overflow of the kernel's queue, which is
one more event, loses nothing, and on a file system without notices (NFS) a change is seen later.
"""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

LONGEST = 1.0
"""Seconds, after which a folder is looked at without a notice."""
_PAUSE = 0.2
"""Seconds between looks, where there are no notices."""

Wait = Callable[[float], None]
"""Waits for a notice, at most so many seconds and at most `LONGEST`."""


@contextmanager
def notices(folder: str) -> Iterator[Wait]:
    """Notices of files that get a name in a folder, from now on."""
    for kind in (inotify, kqueue):
        with suppress(OSError, AttributeError):
            waiting = kind(folder)
            break
    else:
        yield _by_time
        return
    file, wait = waiting
    try:
        yield wait
    finally:
        os.close(file)


def inotify(folder: str) -> tuple[int, Wait]:
    """Notices of Linux. Raises `OSError` where there is no folder or no room for a watch."""
    import ctypes  # noqa: PLC0415 -- only those who wait need it

    if not sys.platform.startswith("linux"):
        raise OSError("no inotify")
    moved_to, deleted, only_folder = 0x80, 0x400, 0x01000000
    libc = ctypes.CDLL(None, use_errno=True)
    file = libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
    if file < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    if libc.inotify_add_watch(file, os.fsencode(folder), moved_to | deleted | only_folder) < 0:
        number = ctypes.get_errno()
        os.close(file)
        raise OSError(number, os.strerror(number), folder)

    poll = select.poll()
    poll.register(file, select.POLLIN)

    def wait(seconds: float) -> None:
        if poll.poll(min(seconds, LONGEST) * 1000):
            os.read(file, 1 << 16)

    return file, wait


def kqueue(folder: str) -> tuple[int, Wait]:
    """Notices of BSD. Raises `AttributeError` elsewhere."""
    queue = select.kqueue()  # type: ignore[attr-defined, unused-ignore]
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    event = select.kevent(  # type: ignore[attr-defined, unused-ignore]
        file,
        filter=select.KQ_FILTER_VNODE,  # type: ignore[attr-defined, unused-ignore]
        flags=select.KQ_EV_ADD | select.KQ_EV_CLEAR,  # type: ignore[attr-defined, unused-ignore]
        fflags=select.KQ_NOTE_WRITE | select.KQ_NOTE_DELETE,  # type: ignore[attr-defined, unused-ignore]
    )
    queue.control([event], 0)

    def wait(seconds: float) -> None:
        queue.control([], 1, min(seconds, LONGEST))

    return file, wait


def _by_time(seconds: float) -> None:
    import time  # noqa: PLC0415 -- beside its only user

    time.sleep(min(seconds, _PAUSE))
