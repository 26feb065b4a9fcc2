"""Servers that go up and down: each time they are held down for longer. Pure; times are in milliseconds.

A server that goes down soon after it came up has flapped. The first times are free: servers are restarted by people. Then it
is held down for a while when it goes down, twice as long each time. One that stayed up for long has a clean slate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Flapping:
    """`steady` is how long a server stays up that did not flap, `free` how often one may flap without being held."""

    steady: int = 300_000
    free: int = 1
    first: int = 10_000
    most: int = 300_000


class Flaps(NamedTuple):
    """How often a server has flapped in a row, and the poller's own time at which it last came up, None if it never did."""

    times: int = 0
    up_since: int | None = None


def after_down(flaps: Flaps, now: int, settings: Flapping) -> Flaps:
    """The count after a server has gone down at the own time `now`, in milliseconds like the others."""
    if flaps.up_since is None or now - flaps.up_since >= settings.steady:
        return Flaps()
    return Flaps(flaps.times + 1)


def hold_time(flaps: Flaps, settings: Flapping) -> int:
    """How long a server is held down that has just gone down, 0 if it is not."""
    beyond = flaps.times - settings.free
    if beyond <= 0:
        return 0
    return min(settings.first << min(beyond - 1, 32), settings.most)
