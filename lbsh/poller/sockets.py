"""Sockets for tcp probes: a pool of which each serves many servers in turn, or a new one each time.

A pooled socket is set free by a connect(2) to AF_UNSPEC, which ends its connection by RST (so no port waits in TIME_WAIT)
and leaves it fit for the next server, with a new source port each time. A port that was bound by its number stays bound.
Python's own sockets cannot say this address family, so the call is made in the C library; where that is not at hand, a
socket that lingers for no time is closed and another one opened, at somewhat more cost.

On Linux they have TCP_DEFER_ACCEPT, which in a client delays the last segment of the handshake (tcp(7)); it is never sent,
since the connection is reset before. So the server's kernel makes no connection of it, its application neither sees the
probe nor has its queue filled with dead connections, and a probe costs a third less.
"""

from __future__ import annotations

import ctypes
import resource
import socket
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

SPARE = 256
"""Descriptors that are left to the rest of the process."""
MOST_RAISED = 65_536
_KEPT = 64
"""Idle sockets that a pool keeps besides those that it needed lately."""


@dataclass(slots=True)
class Budget:
    """Descriptors that probes may still open."""

    left: int


class Source(NamedTuple):
    """A socket with what a probe calls of it."""

    descriptor: int
    connect: Callable[[tuple[str, int]], int]
    look: Callable[[int, int, int], bytes]
    socket: socket.socket
    own_port: bool = False
    """Whether its port is for probes alone."""


class Sources(Protocol):
    """Where sockets of one family come from, and go to. `used` is the number of those that are out."""

    used: int

    def take(self, own_port: bool = False) -> Source | None:
        """A socket that does not block; None if there is none for now. Raises `OSError` if no waiting would help.

        With `own_port` it has one of the ports that are for probes alone, if one is left.
        """

    def take_idle(self, count: int, own_port: bool = False) -> Sequence[Source]:
        """Up to so many that are at hand."""

    def give(self, source: Source) -> None:
        """Takes one back; its connection ends."""

    def give_all(self, sources: Sequence[Source]) -> None:
        """Takes many back."""

    def settle(self) -> None:
        """To be called once a turn."""

    def shed(self) -> None:
        """Closes what is not in use."""


class Pool:
    """Keeps sockets, and sets them free by AF_UNSPEC. `ports` are for probes alone, each bound by one socket."""

    def __init__(self, family: int, budget: Budget, ports: Iterable[int] = ()) -> None:
        self.used = 0
        self._family, self._budget = family, budget
        self._ports = list(ports)
        self._idle: list[Source] = []
        self._idle_bound: list[Source] = []
        self._peak = 0.0
        self._port_of: dict[int, int] = {}
        connect = ctypes.PyDLL(None).connect  # it never waits, so the interpreter's lock stays where it is
        connect.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
        self._unspecified = ctypes.create_string_buffer(struct.pack("=H14x", socket.AF_UNSPEC))
        self._connect, self._address = connect, ctypes.addressof(self._unspecified)

    def take(self, own_port: bool = False) -> Source | None:
        own_port = own_port and bool(self._idle_bound or self._ports)
        idle, others = (self._idle_bound, self._idle) if own_port else (self._idle, self._idle_bound)
        if idle:
            self.used += 1
            return idle.pop()
        if others and self._budget.left <= 0:
            self._discard(others.pop())
        source = self._open(own_port) if self._budget.left > 0 else None
        if source is not None:
            self.used += 1
            self._budget.left -= 1
        return source

    def take_idle(self, count: int, own_port: bool = False) -> Sequence[Source]:
        idle = self._idle_bound if own_port else self._idle
        first = max(len(idle) - count, 0)
        taken = idle[first:]
        del idle[first:]
        self.used += len(taken)
        return taken

    def give(self, source: Source) -> None:
        self.used -= 1
        idle = self._idle_bound if source.own_port else self._idle
        if self._connect(source.descriptor, self._address, 16) == 0 and len(idle) < self._peak + _KEPT:
            idle.append(source)
        else:
            self._discard(source)

    def give_all(self, sources: Sequence[Source]) -> None:
        bound = [source for source in sources if source[4]] if self._port_of else ()
        if bound and len(bound) < len(sources):
            self._give_all([source for source in sources if not source[4]], self._idle)
            sources = bound
        self._give_all(sources, self._idle_bound if bound else self._idle)

    def _give_all(self, sources: Sequence[Source], idle: list[Source]) -> None:
        connect, address = self._connect, self._address
        failures = [connect(source[0], address, 16) for source in sources]
        self.used -= len(sources)
        room = int(self._peak) + _KEPT - len(idle)
        if len(sources) <= room and not any(failures):
            idle += sources
            return
        for source, failure in zip(sources, failures, strict=True):
            if failure or len(idle) >= self._peak + _KEPT:
                self._discard(source)
            else:
                idle.append(source)

    def settle(self) -> None:
        """Notes how many are out; a pool that needed many gives them up little by little."""
        self._peak = max(float(self.used), self._peak * 0.9995)

    def shed(self) -> None:
        for idle in (self._idle, self._idle_bound):
            while idle:
                self._discard(idle.pop())

    def _open(self, own_port: bool) -> Source | None:
        source = opened(self._family, self.used)
        if own_port and source is not None:
            source.socket.setsockopt(
                socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
            )  # whoever wants to listen there later can
        while own_port and source is not None and self._ports:
            port = self._ports.pop()
            try:
                source.socket.bind(("", port))
            except OSError:
                continue  # somebody has that port: it is left out for good
            self._port_of[source.descriptor] = port
            return source._replace(own_port=True)
        return source

    def _discard(self, source: Source) -> None:
        port = self._port_of.pop(source.descriptor, None)
        if port is not None:
            self._ports.append(port)
        source.socket.close()
        self._budget.left += 1


class Fresh:
    """A new socket for each probe."""

    def __init__(self, family: int, budget: Budget) -> None:
        self.used = 0
        self._family, self._budget = family, budget

    def take(self, own_port: bool = False) -> Source | None:
        source = opened(self._family, self.used) if self._budget.left > 0 else None
        if source is not None:
            self.used += 1
            self._budget.left -= 1
            source.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return source

    def take_idle(self, count: int, own_port: bool = False) -> Sequence[Source]:
        return ()

    def give(self, source: Source) -> None:
        self.used -= 1
        self._budget.left += 1
        source.socket.close()

    def give_all(self, sources: Sequence[Source]) -> None:
        for source in sources:
            self.give(source)

    def settle(self) -> None:
        """Nothing is kept."""

    def shed(self) -> None:
        """Nothing is kept."""


def opened(family: int, used: int) -> Source | None:
    """A new socket; None if it lacks a descriptor while others, which will come back, are out. Raises `OSError`."""
    try:
        new = socket.socket(family, socket.SOCK_STREAM)
    except OSError:
        if used:
            return None
        raise
    new.setblocking(False)
    if hasattr(socket, "TCP_DEFER_ACCEPT"):
        new.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 1)
    if family == socket.AF_INET6:
        new.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # else it could not share a port with IPv4
    return Source(new.fileno(), new.connect_ex, new.getsockopt, new)


def raise_descriptors() -> int:
    """Lets this process have as many descriptors as it may give itself; the number of those that probes may use."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_RAISED if hard == resource.RLIM_INFINITY else min(hard, MOST_RAISED)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return for_probes(wanted if soft == resource.RLIM_INFINITY else soft)


def for_probes(limit: int) -> int:
    """How many of a process's descriptors probes may use: all but some for the rest, and at least half."""
    return max(limit - SPARE, limit // 2)
