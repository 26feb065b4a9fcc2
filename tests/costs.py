"""Costs that depend on no machine, for tests of how a cost grows."""

from __future__ import annotations

import cProfile
from collections.abc import Callable


def calls_of(work: Callable[..., object], *arguments: object) -> int:
    """How many functions are called, in Python and in C."""
    with cProfile.Profile() as profile:
        work(*arguments)
    return sum(entry.callcount + entry.reccallcount for entry in profile.getstats())
