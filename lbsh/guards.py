"""Starts the processes that put an unconfirmed change back; `lbsh/guard.py` is what they run."""

from __future__ import annotations

import os
import select
import sys

from lbsh.programs import CommandError, start_detached
from lbsh.store.protocol import StoreError

FIRST, PARTNER = "first", "partner"
"""The guard that says on a pipe that both stand, and the other one, which has a socket to it."""
READY = b"r"
"""What the first guard says on the pipe when both stand, and its partner on the socket when it does."""
SECONDS_TO_START = 120.0


def start(place: str) -> None:
    """Starts the guards of a store, and returns when they stand. Raises `StoreError` if they do not."""
    reader, writer = os.pipe()
    try:
        try:
            start_process(place, FIRST, writer)
        finally:
            os.close(writer)
        ready, _, _ = select.select([reader], [], [], SECONDS_TO_START)
        if not ready or os.read(reader, 1) != READY:
            raise StoreError("the guard, which would put the change back, does not start: nothing was changed")
    finally:
        os.close(reader)


def start_process(place: str, role: str, file: int) -> None:
    """Starts a guard that holds this file too. Raises `StoreError`."""
    try:
        start_detached((sys.executable, "-m", "lbsh.guard", place, role, str(file)), (file,))
    except CommandError as error:
        raise StoreError(f"the guard, which would put the change back, does not start: {error}") from error
