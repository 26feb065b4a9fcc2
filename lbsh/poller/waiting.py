"""Waits for many sockets at once, behind a descriptor of its own that the loop watches: by epoll, or by what there is."""

from __future__ import annotations

import select
import selectors
from collections.abc import Callable, Sequence
from typing import Protocol

MOST = 1024
"""Sockets that are reported at a time."""


class Waiting(Protocol):
    """A set of descriptors, each waited for until it can be read, or written. An error counts as both."""

    @property
    def descriptor(self) -> int | None:
        """It can be read when the set has something to report; None if there is no such descriptor."""

    def add(self, descriptor: int, writing: bool) -> None: ...

    def change(self, descriptor: int, writing: bool) -> None: ...

    def remove(self, descriptor: int) -> None:
        """To be called right before the descriptor is closed."""

    def ready(self) -> Sequence[int]:
        """Descriptors for which there is something to do, `MOST` of them or fewer; never waits."""

    def close(self) -> None: ...


class Epoll:
    """The way of Linux. A closed descriptor leaves by itself."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self.descriptor: int | None = self._epoll.fileno()

    def add(self, descriptor: int, writing: bool) -> None:
        self._epoll.register(descriptor, select.EPOLLOUT if writing else select.EPOLLIN)

    def change(self, descriptor: int, writing: bool) -> None:
        self._epoll.modify(descriptor, select.EPOLLOUT if writing else select.EPOLLIN)

    def remove(self, descriptor: int) -> None:
        pass

    def ready(self) -> Sequence[int]:
        return [descriptor for descriptor, _ in self._epoll.poll(0, MOST)]

    def close(self) -> None:
        self._epoll.close()


class AnySelector:
    """The way of all other systems (kqueue on BSD), with the selector that this Python has for them."""

    def __init__(self, selector: selectors.BaseSelector | None = None) -> None:
        self._selector = selectors.DefaultSelector() if selector is None else selector
        number: Callable[[], int] | None = getattr(self._selector, "fileno", None)
        self.descriptor: int | None = None if number is None else number()

    def add(self, descriptor: int, writing: bool) -> None:
        self._selector.register(descriptor, _event(writing))

    def change(self, descriptor: int, writing: bool) -> None:
        self._selector.modify(descriptor, _event(writing))

    def remove(self, descriptor: int) -> None:
        self._selector.unregister(descriptor)

    def ready(self) -> Sequence[int]:
        return [key.fd for key, _ in self._selector.select(0)[:MOST]]

    def close(self) -> None:
        self._selector.close()


def best_waiting() -> Waiting:
    """The cheapest way that this system has."""
    return Epoll() if hasattr(select, "epoll") else AnySelector()


def _event(writing: bool) -> int:
    return selectors.EVENT_WRITE if writing else selectors.EVENT_READ
