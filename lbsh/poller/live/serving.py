"""Serves clients of a listening socket in the poller's loop: few at a time, with limits, and never for long at a stretch.

A client sends one request and gets one answer, which is made step by step, as fast as the client takes it. Who sends too
much, says nothing or takes nothing for some time, or stays too long is cut off.
"""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from lbsh.poller.parts import Reactor

Answer = Iterator[bytes]
"""An answer in pieces, each the work of a millisecond or less; an empty piece is work without anything to send."""

Reads = Callable[[bytes], Answer | None]
"""From all bytes of a request so far to the answer; None if the request is not whole."""

Admits = Callable[[socket.socket], bool]
"""Whether a client may ask."""


class Limits(NamedTuple):
    """Bounds for clients: how many at a time, bytes of a request, seconds without progress, and seconds altogether."""

    clients: int = 8
    request: int = 8192
    idle: float = 5.0
    whole: float = 60.0


_ACCEPTED = 8
"""Clients that are accepted in one turn of the loop."""
_PAUSE = 0.5
"""Seconds until clients are accepted again after the kernel could give no descriptor for one."""
_SWEEP = 1.0
"""Seconds between looks for clients that are to be cut off."""


class _Client:
    """A client from its acceptance to its end."""

    __slots__ = ("answer", "connection", "moved", "request", "rest", "start")

    def __init__(self, connection: socket.socket, now: float) -> None:
        self.connection = connection
        self.start = self.moved = now
        self.request = bytearray()
        self.answer: Answer | None = None
        self.rest = memoryview(b"")


class Door:
    """A listening socket and its clients. The socket is the door's own from now on; so is the answer of each client."""

    def __init__(
        self,
        reactor: Reactor,
        listener: socket.socket,
        reads: Reads,
        limits: Limits = Limits(),  # noqa: B008 -- a constant
        admits: Admits = lambda connection: True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reactor, self._listener, self._reads, self._limits = reactor, listener, reads, limits
        self._admits, self._clock = admits, clock
        self._clients: dict[int, _Client] = {}
        self._sweeps = False
        listener.setblocking(False)
        self._listen()

    def close(self) -> None:
        """Ends the listening, and all clients."""
        self._reactor.forget(self._listener.fileno())
        self._listener.close()
        for client in list(self._clients.values()):
            self._end(client)

    def _listen(self) -> None:
        if self._listener.fileno() >= 0:
            self._reactor.watch(self._listener.fileno(), self._accept)

    def _pause(self) -> None:
        """Lets clients wait for a while."""
        self._reactor.forget(self._listener.fileno())
        self._reactor.after(_PAUSE, self._listen)

    def _accept(self) -> None:
        for _ in range(_ACCEPTED):
            try:
                connection, _ = self._listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno == errno.ECONNABORTED:
                    continue
                self._pause()  # no descriptor is free: the waiting client would wake the loop without end
                return
            if len(self._clients) >= self._limits.clients or not self._admits(connection):
                connection.close()
                continue
            connection.setblocking(False)
            client = _Client(connection, self._clock())
            self._clients[connection.fileno()] = client
            self._reactor.watch(connection.fileno(), lambda client=client: self._read(client))  # type: ignore[misc]
            self._sweep_later()

    def _read(self, client: _Client) -> None:
        """Takes what came of a request, and begins the answer once it is whole."""
        try:
            data = client.connection.recv(self._limits.request + 1 - len(client.request))
        except BlockingIOError:
            return
        except OSError:
            data = b""
        client.request += data
        if not data or len(client.request) > self._limits.request:
            self._end(client)
            return
        client.answer = self._reads(bytes(client.request))
        if client.answer is not None:
            client.moved = self._clock()
            self._reactor.forget(client.connection.fileno())
            self._reactor.chore(self._steps(client))

    def _steps(self, client: _Client) -> Iterator[None]:
        """Makes and sends the answer until the client takes no more for now, or all is sent."""
        while client.connection.fileno() >= 0 and client.answer is not None:
            try:
                if not client.rest:
                    client.rest = memoryview(next(client.answer))
                if client.rest:
                    client.rest = client.rest[client.connection.send(client.rest) :]
                    client.moved = self._clock()
            except BlockingIOError:
                self._reactor.watch(client.connection.fileno(), lambda: self._go_on(client), writing=True)
                return
            except (StopIteration, OSError):
                self._end(client)
                return
            yield

    def _go_on(self, client: _Client) -> None:
        self._reactor.forget(client.connection.fileno())
        self._reactor.chore(self._steps(client))

    def _end(self, client: _Client) -> None:
        number = client.connection.fileno()
        if self._clients.get(number) is client:
            del self._clients[number]
            self._reactor.forget(number)
            client.connection.close()
        client.answer = None

    def _sweep_later(self) -> None:
        if not self._sweeps:
            self._sweeps = True
            self._reactor.after(_SWEEP, self._sweep)

    def _sweep(self) -> None:
        """Cuts off who makes no progress or stays too long."""
        self._sweeps = False
        now, limits = self._clock(), self._limits
        for client in list(self._clients.values()):
            if now - client.moved > limits.idle or now - client.start > limits.whole:
                self._end(client)
        if self._clients:
            self._sweep_later()
