"""Descriptors of connections that are about to be made: which of them can be written to, or have failed."""

from __future__ import annotations

import select
import selectors
from collections.abc import Sequence
from typing import Protocol


class Readiness(Protocol):
    """A set of descriptors of this process."""

    def add(self, descriptor: int) -> None: ...

    def remove(self, descriptor: int) -> None: ...

    def ready(self) -> Sequence[int]:
        """All that are ready now; never waits."""

    def close(self) -> None: ...


class Epoll:
    """epoll(7) itself."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._size = 0

    def add(self, descriptor: int) -> None:
        self._epoll.register(descriptor, select.EPOLLOUT)
        self._size += 1

    def remove(self, descriptor: int) -> None:
        self._epoll.unregister(descriptor)
        self._size -= 1

    def ready(self) -> Sequence[int]:
        return [descriptor for descriptor, _ in self._epoll.poll(0, self._size)] if self._size else ()

    def close(self) -> None:
        self._epoll.close()


class Plain:
    """What the standard library takes on this system: kqueue(2) on FreeBSD."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._size = 0

    def add(self, descriptor: int) -> None:
        self._selector.register(descriptor, selectors.EVENT_WRITE)
        self._size += 1

    def remove(self, descriptor: int) -> None:
        self._selector.unregister(descriptor)
        self._size -= 1

    def ready(self) -> Sequence[int]:
        return [key.fd for key, _ in self._selector.select(0)] if self._size else ()

    def close(self) -> None:
        self._selector.close()
