"""Descriptors of this process: which of them can be read, or written to, or have failed. An error counts as both.

A set has a descriptor of its own, which can be read while the set has something to report, so that sets can be nested.
"""

from __future__ import annotations

import select
import selectors
from collections.abc import Callable, Sequence
from typing import Protocol

MOST = 1024
"""Descriptors that are reported at a time."""


class Readiness(Protocol):
    """A set of descriptors, each watched for one thing."""

    @property
    def descriptor(self) -> int | None:
        """That of the set; None if the system has no such thing."""

    def add(self, descriptor: int, *, writing: bool) -> None: ...

    def change(self, descriptor: int, *, writing: bool) -> None: ...

    def remove(self, descriptor: int) -> None: ...

    def leave(self, descriptor: int) -> None:
        """As `remove`, for a descriptor that is closed right after."""

    def ready(self, seconds: float = 0) -> Sequence[int]:
        """Those that are ready, `MOST` of them or fewer, after so much time without any at the most."""

    def close(self) -> None: ...


class Epoll:
    """epoll(7) itself: a loop turns a hundred times a second, and the standard library's layer above it shows in that."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self.descriptor: int | None = self._epoll.fileno()

    def add(self, descriptor: int, *, writing: bool) -> None:
        self._epoll.register(descriptor, select.EPOLLOUT if writing else select.EPOLLIN)

    def change(self, descriptor: int, *, writing: bool) -> None:
        self._epoll.modify(descriptor, select.EPOLLOUT if writing else select.EPOLLIN)

    def remove(self, descriptor: int) -> None:
        self._epoll.unregister(descriptor)

    def leave(self, descriptor: int) -> None:
        """Nothing: the kernel takes out what is closed."""

    def ready(self, seconds: float = 0) -> Sequence[int]:
        return [descriptor for descriptor, _ in self._epoll.poll(seconds, MOST)]

    def close(self) -> None:
        self._epoll.close()


class Plain:
    """What the standard library takes on this system: kqueue(2) on FreeBSD."""

    def __init__(self, selector: selectors.BaseSelector | None = None) -> None:
        self._selector = selectors.DefaultSelector() if selector is None else selector
        number: Callable[[], int] | None = getattr(self._selector, "fileno", None)
        self.descriptor: int | None = None if number is None else number()

    def add(self, descriptor: int, *, writing: bool) -> None:
        self._selector.register(descriptor, _event(writing))

    def change(self, descriptor: int, *, writing: bool) -> None:
        self._selector.modify(descriptor, _event(writing))

    def remove(self, descriptor: int) -> None:
        self._selector.unregister(descriptor)

    def leave(self, descriptor: int) -> None:
        self._selector.unregister(descriptor)

    def ready(self, seconds: float = 0) -> Sequence[int]:
        return [key.fd for key, _ in self._selector.select(seconds)[:MOST]]

    def close(self) -> None:
        self._selector.close()


def any_readiness() -> Readiness:
    """The cheapest way on this system."""
    return Epoll() if hasattr(select, "epoll") else Plain()


def _event(writing: bool) -> int:
    return selectors.EVENT_WRITE if writing else selectors.EVENT_READ
