"""Works without the garbage collector: a large site has a million objects, and while they are searched all threads wait.

What is made is kept out of the collector's sight for good, so it must go by itself (`tests/poller/test_garbage.py`).
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_inside: list[bool] = []
"""Whether the collector was at work when each of the threads came in that are inside."""


@contextmanager
def uncollected() -> Iterator[None]:
    """Any thread may; the collector is at work again when the last one has left, if it was before."""
    with _lock:
        _inside.append(gc.isenabled())
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            gc.freeze()
            first = _inside[0]
            _inside.pop()
            if first and not _inside:
                gc.enable()
