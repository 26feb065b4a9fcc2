"""Reads rules that others may change at the same time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from lbsh.drivers.generation import Clock
from lbsh.drivers.values import DriverError

TRIES = 5

T = TypeVar("T")


def settled(read: Callable[[], T], clock: Clock) -> T:
    """What was read while nobody changed any rule. Where no clock tells that, it is read until it is equal twice.

    Raises `DriverError` if the rules change all the time.
    """
    for _ in range(TRIES):
        before = clock()
        found = read()
        if clock().is_same(before) or (before.generation is None and read() == found):
            return found
    raise DriverError(
        f"others changed the rules each of {TRIES} times that they were read: try again when that is over"
    )
