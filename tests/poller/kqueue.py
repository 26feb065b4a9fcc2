"""kqueue(2) as Python has it on FreeBSD, by epoll. The standard library's own selector above it is the real one.

What differs is kept: a filter a descriptor and direction, events as `kevent`s, changes and waiting in one call.
"""

from __future__ import annotations

import importlib.util
import select
import selectors
import sys
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import NamedTuple

import pytest

READ, WRITE = -1, -2
ADD, DELETE = 1, 2
_MASKS = {READ: select.EPOLLIN, WRITE: select.EPOLLOUT}
_Epoll = select.epoll


class Kevent(NamedTuple):
    ident: int
    filter: int = READ
    flags: int = ADD


class Kqueue:
    def __init__(self) -> None:
        self._epoll = _Epoll()
        self._filters: dict[int, set[int]] = {}

    def fileno(self) -> int:
        return self._epoll.fileno()

    def close(self) -> None:
        self._epoll.close()

    def control(self, changes: Sequence[Kevent] | None, most: int, timeout: float | None = None) -> list[Kevent]:
        for change in changes or ():
            self._change(change)
        if not most:
            return []
        found = [event for number, mask in self._epoll.poll(timeout, most) for event in self._events(number, mask)]
        return found[:most]

    def _change(self, change: Kevent) -> None:
        number, filters = change.ident, self._filters.get(change.ident, set())
        had = bool(filters)
        (filters.add if change.flags == ADD else filters.remove)(change.filter)
        if not filters:
            del self._filters[number]
            self._epoll.unregister(number)
            return
        self._filters[number] = filters
        mask = sum(_MASKS[one] for one in filters)
        (self._epoll.modify if had else self._epoll.register)(number, mask)

    def _events(self, number: int, mask: int) -> Iterator[Kevent]:
        for one in self._filters[number]:
            if mask & (_MASKS[one] | select.EPOLLERR | select.EPOLLHUP):
                yield Kevent(number, one)


_NAMES = {
    "kqueue": Kqueue,
    "kevent": Kevent,
    "KQ_FILTER_READ": READ,
    "KQ_FILTER_WRITE": WRITE,
    "KQ_EV_ADD": ADD,
    "KQ_EV_DELETE": DELETE,
}


def _select_of_freebsd() -> ModuleType:
    made = ModuleType("select")
    missing = ("epoll", "devpoll")
    made.__dict__.update({name: value for name, value in vars(select).items() if name not in missing}, **_NAMES)
    return made


def _selectors_of_freebsd() -> ModuleType:
    assert selectors.__file__ is not None
    spec = importlib.util.spec_from_file_location("selectors_of_freebsd", selectors.__file__)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "select", SELECT)
        spec.loader.exec_module(made)
    return made


SELECT = _select_of_freebsd()
SELECTORS = _selectors_of_freebsd()
"""The standard library's modules as they are on FreeBSD."""
