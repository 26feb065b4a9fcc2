"""New namespaces of the kernel, unshare(2). A namespace belongs to a thread, and to the programs that this thread starts."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

CLONE_NEWNET = 0x40000000
"""unshare(2)."""

T = TypeVar("T")


def unshare(flags: int) -> None:
    """Moves the calling thread into new namespaces (`os.unshare` comes with Python 3.12). Raises `OSError`."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def in_new_network(function: Callable[[], T]) -> T:
    """The result of a function in a network namespace without any rule, which ends with it.

    Raises `OSError` if the kernel refuses one.
    It takes CAP_SYS_ADMIN: a process with several threads cannot enter a user namespace, which would give it that.
    """

    def call() -> T:
        unshare(CLONE_NEWNET)
        return function()

    with ThreadPoolExecutor(1, thread_name_prefix="scratch") as thread:
        return thread.submit(call).result()
