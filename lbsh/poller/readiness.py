"""Descriptors of this process: which of them can be read, or written to, or have failed."""

from __future__ import annotations

import select
import selectors
from collections.abc import Sequence
from typing import Protocol


class Readiness(Protocol):
    """A set of descriptors, each watched for one thing."""

    def add(self, descriptor: int, *, writing: bool) -> None: ...

    def remove(self, descriptor: int) -> None: ...

    def ready(self, seconds: float = 0) -> Sequence[int]:
        """All that are ready, after so much time without any at the most."""

    def close(self) -> None: ...


class Epoll:
    """epoll(7) itself: a loop turns a hundred times a second, and the standard library's layer above it shows in that."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._size = 0

    def add(self, descriptor: int, *, writing: bool) -> None:
        self._epoll.register(descriptor, select.EPOLLOUT if writing else select.EPOLLIN)
        self._size += 1

    def remove(self, descriptor: int) -> None:
        self._epoll.unregister(descriptor)
        self._size -= 1

    def ready(self, seconds: float = 0) -> Sequence[int]:
        return [descriptor for descriptor, _ in self._epoll.poll(seconds, max(self._size, 1))]

    def close(self) -> None:
        self._epoll.close()


class Plain:
    """What the standard library takes on this system: kqueue(2) on FreeBSD."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def add(self, descriptor: int, *, writing: bool) -> None:
        self._selector.register(descriptor, selectors.EVENT_WRITE if writing else selectors.EVENT_READ)

    def remove(self, descriptor: int) -> None:
        self._selector.unregister(descriptor)

    def ready(self, seconds: float = 0) -> Sequence[int]:
        return [key.fd for key, _ in self._selector.select(seconds)]

    def close(self) -> None:
        self._selector.close()


def any_readiness() -> Readiness:
    """The cheapest way on this system."""
    return Epoll() if hasattr(select, "epoll") else Plain()
