"""A crowd of clients that connect all the time: each opens a connection, asks, reads the answer, and begins anew.

One loop in a thread of its own. Connections are numbered as they are opened, so that a test can tell those that began after
an event from those before it.
"""

from __future__ import annotations

import contextlib
import itertools
import selectors
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import NamedTuple

from lbsh.lab.namespaces import CLIENT_PORTS, Namespace
from tests.limits import LONGEST

PORTS = CLIENT_PORTS[8192:]
"""Source ports of the crowd; the laboratory's single connections begin with those below."""
PAUSE = 0.1
"""Seconds that a client rests between two connections, so that a crowd leaves the processor to others."""
_BY_RESET = struct.pack("ii", 1, 0)


class Ended(NamedTuple):
    """A connection that is over: its number, and the server that answered or what went wrong."""

    number: int
    server: str
    trouble: str


class Crowd:
    """Clients in a namespace that connect to one place while the block runs."""

    def __init__(self, namespace: Namespace, place: tuple[str, int], clients: int = 64) -> None:
        self._namespace, self._place, self._clients = namespace, place, clients
        self._numbers = itertools.count(1)
        self._ports = itertools.cycle(PORTS)
        self._opened = 0
        self._ended: list[Ended] = []
        self._changed = threading.Condition()
        self._is_over = False
        self._selector = selectors.DefaultSelector()
        self._thread = threading.Thread(target=self._run, name="crowd", daemon=True)

    def __enter__(self) -> Crowd:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over = True
        self._thread.join()

    def after_now(self, connections: int) -> Sequence[Ended]:
        """At least so many connections that are opened from now on, when they are over."""
        with self._changed:
            last, place = self._opened, len(self._ended)

            def found() -> list[Ended]:
                return [one for one in self._ended[place:] if one.number > last]

            self._changed.wait_for(lambda: len(found()) >= connections or self._is_over, LONGEST)
            assert len(found()) >= connections, f"only {len(found())} connections of {connections} came to an end"
            return found()

    def _run(self) -> None:
        try:
            self._connect_all_the_time()
        finally:
            with self._changed:
                self._is_over = True
                self._changed.notify_all()

    def _connect_all_the_time(self) -> None:
        selector = self._selector
        resting = [(time.monotonic() + PAUSE * one / self._clients) for one in range(self._clients)]
        spare: list[socket.socket] = []
        while not self._is_over:
            now = time.monotonic()
            due = [one for one in resting if one <= now]
            resting = [one for one in resting if one > now]
            if len(spare) < len(due):
                spare += self._namespace.sockets([(socket.AF_INET, socket.SOCK_STREAM)] * self._clients)
            for _ in due:
                self._open(spare.pop())
            for key, events in selector.select(PAUSE / 10):
                if self._goes_on(key, events):
                    resting.append(now + PAUSE)
                    selector.unregister(key.fileobj)
                    _break_off(key.fileobj)
        for key in list(selector.get_map().values()):
            _break_off(key.fileobj)
        for one in spare:
            one.close()
        selector.close()

    def _open(self, link: socket.socket) -> None:
        link.setblocking(False)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        link.bind(("0.0.0.0", next(self._ports)))
        with self._changed:
            number = self._opened = next(self._numbers)
        with contextlib.suppress(BlockingIOError):
            link.connect(self._place)
        self._selector.register(link, selectors.EVENT_WRITE, number)

    def _goes_on(self, key: selectors.SelectorKey, events: int) -> bool:
        """Takes a connection a step further; whether it is over."""
        link, number = key.fileobj, key.data
        assert isinstance(link, socket.socket)
        try:
            if events & selectors.EVENT_WRITE:
                error = link.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if error:
                    raise OSError(error, "connect")
                link.send(b"?\n")
                self._selector.modify(link, selectors.EVENT_READ, number)
                return False
            said = link.recv(4096).decode()
            self._note(Ended(number, said.partition(" ")[0], "" if said else "closed without an answer"))
        except OSError as error:
            self._note(Ended(number, "", f"{type(error).__name__} {error}"))
        return True

    def _note(self, ended: Ended) -> None:
        with self._changed:
            self._ended.append(ended)
            self._changed.notify_all()


def _break_off(link: object) -> None:
    """Ends a connection by a reset, which leaves no TIME_WAIT behind."""
    assert isinstance(link, socket.socket)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _BY_RESET)
    link.close()


def failed(connections: Sequence[Ended]) -> list[Ended]:
    """Those that got no answer."""
    return [one for one in connections if one.trouble]


def shares(connections: Sequence[Ended]) -> Counter[str]:
    """How many connections each server answered."""
    return Counter(one.server for one in connections if not one.trouble)
