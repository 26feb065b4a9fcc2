"""Opens the store of this machine, and tells the time and the start of the machine.

Commands that only look at the store import no more than this.
"""

from __future__ import annotations

import os
import time

from lbsh.store.disk import DiskStore, default_folder
from lbsh.store.protocol import Store

STORE = "LBSH_STORE"
"""The variable with the folder of the store."""


def open_store(folder: str | None) -> Store:
    """The store in a folder, without one that of the environment, or the system's."""
    return DiskStore(folder or os.environ.get(STORE) or default_folder())


def now() -> int:
    """Milliseconds since 1970 (UTC)."""
    return time.time_ns() // 1_000_000


def ticks() -> int:
    """Milliseconds on a clock that no setting of the time moves, and that goes on while the machine sleeps, where there is
    one: clock_gettime(2)."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)) // 1_000_000


def boot() -> str:
    """What tells this start of the machine from others; empty where that cannot be known."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:  # noqa: PTH123 -- pathlib takes long
            return file.read().strip()
    except OSError:
        return ""
