"""The probe of method tcp: whether a connection comes about. By far the most frequent one, so it is written for its cost.

Theory of operation. A probe is a connect(2) that does not wait. A good server answers within a millisecond, so nobody waits
for it: at the next tick of 10 ms the kernel says what became of the connection (TCP_INFO of tcp(7)), and how long the
handshake took, exactly, however late the question comes. The socket then goes back to its pool. Only what is still open at
this first look waits in an epoll, until it answers or its time is over. That makes three system calls for a good probe, and
none in vain for a server that says nothing.

A probe from a port that is for probes alone, which packet filters may treat otherwise than connections, says only that a
server is good. One that is not answered at the first look begins again from another port, with all its time.

Good results of calm servers are counted on the board right here; health hears of all others.
"""

from __future__ import annotations

import ctypes
import errno
import select
import socket
import struct
from collections import deque
from collections.abc import Iterable, Sequence
from enum import Enum
from heapq import heappop, heappush
from itertools import groupby
from operator import itemgetter
from time import time_ns
from typing import NamedTuple

from lbsh.poller.board import Board
from lbsh.poller.clock import LONGEST_TURN
from lbsh.poller.failures import reason_of_call, reason_of_end, words_of
from lbsh.poller.parts import Opened, Probed
from lbsh.poller.readiness import Epoll, Plain, Readiness
from lbsh.poller.results import Reason
from lbsh.poller.sockets import Budget, Fresh, Pool, Source, Sources

TICK = 10_000
"""Microseconds from the start to the first look."""
_SOON = 5_000
"""A turn that comes earlier than this after the start does not look."""

_TCP_INFO = 11
"""Linux, netinet/tcp.h."""
_STATE_AND_RTT = struct.Struct("=B67xI")
"""`tcpi_state` and `tcpi_rtt`, the latter at 68 bytes, in microseconds."""
_UNDER_WAY = frozenset((0, errno.EINPROGRESS))
"""What connect says of a connection that may come about."""
_MADE, _IN_THE_MAKING = (1, 8), (2, 3)
"""States of TCP: ESTABLISHED and CLOSE_WAIT; SYN_SENT and SYN_RECV."""


class Way(Enum):
    """How tcp probes are carried out. All ways are at hand on Linux."""

    EPOLL_POOL = "pool"
    """Sockets of a pool, TCP_INFO, an epoll for slow connections."""
    EPOLL_NEW = "new"
    """The same with a new socket for each probe, where the C library is not at hand."""
    PLAIN = "plain"
    """A new socket for each probe, the system's own way to wait, SO_ERROR: FreeBSD."""


def best_way() -> Way:
    """The cheapest way on this system."""
    if not hasattr(select, "epoll"):
        return Way.PLAIN
    try:
        _ = ctypes.PyDLL(None).connect
    except (OSError, AttributeError):
        return Way.EPOLL_NEW
    return Way.EPOLL_POOL


class _Batch(NamedTuple):
    """Probes that started in one turn and have not been looked at."""

    time: int
    servers: Sequence[int]
    serials: Sequence[int]
    sources: Sequence[Source]
    due: bool
    """Whether they started in their turn: health has not heard of them."""


class _Slow(NamedTuple):
    """A probe that was open at the first look."""

    time: int
    server: int
    serial: int
    source: Source


class TcpProber:
    """Probes servers of the board by their index. A `parts.Fast`. `special` is health's column of that name."""

    def __init__(
        self,
        board: Board,
        special: bytearray,
        way: Way,
        budget: Budget,
        ports: Iterable[int] = (),
        own: bytearray | None = None,
    ) -> None:
        """`ports` are for probes alone, and for calm servers whose number in `own` is 1; without `own` for nobody."""
        self._board, self._special, self._way, self._own = board, special, way, own
        self._places = [(str(target.address), target.port) for target in board.targets]
        self._is_v6 = bytes(target.address.family == 6 for target in board.targets)
        self._mixed = len(set(self._is_v6)) > 1
        kind = socket.AF_INET, socket.AF_INET6
        self._sources: tuple[Sources, Sources]
        if way is Way.EPOLL_POOL:
            ports = tuple(ports)
            self._sources = (Pool(kind[0], budget, ports), Pool(kind[1], budget, ports))
        else:
            self._sources = (Fresh(kind[0], budget), Fresh(kind[1], budget))
        self._waiting: Readiness = Plain() if way is Way.PLAIN else Epoll()
        self._batches: deque[_Batch] = deque()
        self._slow: dict[int, _Slow] = {}
        self._deadlines: list[tuple[int, int, int]] = []
        self._abandoned: set[int] = set()
        self._opened: list[Opened] = []
        self._early: list[Probed] = []

    def start(self, index: int, serial: int, now: int) -> bool:
        return self._start((index,), serial, now, due=False) == 1

    def start_all(self, servers: Sequence[int], serial: int, now: int) -> int:
        started = 0
        for own_port, run in self._runs(servers):
            count = 0 if self._mixed else self._start_at_once(run, serial + started, now, own_port)
            if count < len(run):
                count += self._start(run[count:], serial + started + count, now, due=True, own_port=own_port)
            started += count
            if count < len(run):
                break
        return started

    def collect(self, now: int) -> Iterable[Probed]:
        results, self._early = self._early, []
        while self._batches and self._batches[0].time + _SOON <= now:
            self._look(self._batches.popleft(), now, results)
        for descriptor in self._waiting.ready() if self._slow else ():
            slow = self._slow.pop(descriptor)
            self._waiting.remove(descriptor)
            results.append(self._ended(slow, now))
        self._end_overdue(now, results)
        for sources in self._sources:
            sources.settle()
        return results

    def opened(self) -> Iterable[Opened]:
        opened, self._opened = self._opened, []
        return opened

    def abandon(self, index: int, serial: int) -> None:
        for descriptor, slow in self._slow.items():
            if slow.serial == serial:
                self._waiting.remove(descriptor)
                self._give(self._slow.pop(descriptor))
                return
        if any(serial in batch.serials for batch in self._batches):
            self._abandoned.add(serial)
        self._early = [probed for probed in self._early if probed.serial != serial]

    def next_time(self, now: int) -> int | None:
        if self._early:
            return now
        if self._batches:
            return self._batches[0].time + TICK
        return now + LONGEST_TURN if self._slow else None

    def retire(self) -> None:
        """Closes the sockets that are kept for further probes."""
        for sources in self._sources:
            sources.shed()

    def close(self) -> None:
        """Gives up all probes and sockets."""
        for batch in self._batches:
            for server, source in zip(batch.servers, batch.sources, strict=True):
                self._sources[self._is_v6[server]].give(source)
        for slow in self._slow.values():
            self._give(slow)
        self._waiting.close()
        self.retire()

    def _runs(self, servers: Sequence[int]) -> Iterable[tuple[bool, Sequence[int]]]:
        """The servers in runs, with whether they get ports for probes alone: calm ones that answer before the first look."""
        own, special, durations = self._own, self._special, self._board.duration
        if own is None or not servers:
            return ((False, servers),)
        kinds = [own[server] > special[server] and durations[server] < TICK for server in servers]
        if kinds.count(kinds[0]) == len(kinds):
            return ((kinds[0], servers),)
        grouped = groupby(zip(kinds, servers, strict=True), itemgetter(0))
        return [(kind, [server for _, server in run]) for kind, run in grouped]

    def _start_at_once(self, servers: Sequence[int], serial: int, now: int, own_port: bool) -> int:
        """Starts as many, all of one family, as there are idle sockets for: little but the system's calls."""
        places, sources = self._places, self._sources[self._is_v6[0]].take_idle(len(servers), own_port)
        taken = servers[: len(sources)]
        serials = range(serial, serial + len(taken))
        failures = [source[1](places[server]) for server, source in zip(taken, sources, strict=True)]
        batch = _Batch(now, taken, serials, sources, due=True)
        if not own_port and not _UNDER_WAY.issuperset(failures):
            called = zip(taken, serials, sources, failures, strict=True)
            batch = self._batch(now, [one[:3] for one in called if not self._failed(*one)], due=True)
        if batch.servers:
            self._batches.append(batch)
        return len(taken)

    def _start(self, servers: Sequence[int], serial: int, now: int, *, due: bool, own_port: bool = False) -> int:
        """Starts as many as there are sockets for."""
        started: list[tuple[int, int, Source]] = []
        first = serial
        for server in servers:
            try:
                source = self._sources[self._is_v6[server]].take(own_port) or self._spared(self._is_v6[server])
                if source is None:
                    break
            except OSError as error:
                self._early.append(Probed(server, serial, Reason.SPOILT, 0, words_of(error.errno or 0)))
            else:
                failure = source.connect(self._places[server])
                if source.own_port or not self._failed(server, serial, source, failure):
                    started.append((server, serial, source))
            serial += 1
        if started:
            self._begin(self._batch(now, started, due=due))
        return serial - first

    def _failed(self, server: int, serial: int, source: Source, failure: int) -> bool:
        """Whether the call itself failed; then that is the result."""
        if failure in _UNDER_WAY:
            return False
        self._sources[self._is_v6[server]].give(source)
        self._early.append(Probed(server, serial, reason_of_call(failure), 0, words_of(failure)))
        return True

    def _batch(self, now: int, started: Sequence[tuple[int, int, Source]], *, due: bool) -> _Batch:
        servers, serials, sources = zip(*started, strict=True) if started else ((), (), ())
        return _Batch(now, servers, serials, sources, due)

    def _begin(self, batch: _Batch) -> None:
        """Has the probes looked at at the next tick, or waited for at once."""
        if self._way is not Way.PLAIN:
            self._batches.append(batch)
            return
        for server, serial, source in zip(batch.servers, batch.serials, batch.sources, strict=True):
            self._wait(_Slow(batch.time, server, serial, source), batch.due)

    def _spared(self, family: int) -> Source | None:
        """A socket in place of those that the other family keeps idle."""
        self._sources[not family].shed()
        return self._sources[family].take()

    def _look(self, batch: _Batch, now: int, results: list[Probed]) -> None:
        """The first look: all that is known goes back to the pool, the rest is waited for."""
        special, abandoned, protocol = self._special, self._abandoned, socket.IPPROTO_TCP
        board, last = self._board, time_ns() // 1_000_000
        good, lasts, durations, unpack = board.good, board.last, board.duration, _STATE_AND_RTT.unpack
        slow: list[_Slow] = []
        if board.touched is not None:
            board.touched.extend(batch.servers)
        for server, serial, source in zip(batch.servers, batch.serials, batch.sources, strict=True):
            state, rtt = unpack(source[2](protocol, _TCP_INFO, 72))
            if abandoned and serial in abandoned:
                abandoned.discard(serial)
            elif state in _MADE:
                if special[server]:
                    results.append(Probed(server, serial, Reason.ANSWERED, rtt))
                else:
                    good[server] += 1
                    lasts[server] = last
                    durations[server] = rtt
            elif state in _IN_THE_MAKING or source.own_port:
                slow.append(_Slow(batch.time, server, serial, source))
            else:
                results.append(_result(server, serial, _error_of(source), TICK))
        self._give_back(batch, {one.source.descriptor for one in slow if not one.source.own_port})
        for one in slow:
            again = self._again(one, now) if one.source.own_port else one
            if again is not None:
                self._wait(again, batch.due)

    def _again(self, slow: _Slow, now: int) -> _Slow | None:
        """The same probe from a port of no meaning; None if it has ended with that."""
        family = self._is_v6[slow.server]
        try:
            source = self._sources[family].take() or self._spared(family)
            failure = source.connect(self._places[slow.server]) if source is not None else errno.EMFILE
        except OSError as error:
            source, failure = None, error.errno or 0
        if source is None:
            self._early.append(Probed(slow.server, slow.serial, Reason.SPOILT, 0, words_of(failure)))
            return None
        if self._failed(slow.server, slow.serial, source, failure):
            return None
        return slow._replace(time=now, source=source)

    def _give_back(self, batch: _Batch, waited_for: set[int]) -> None:
        """Gives the sockets of a batch back, but for those that are waited for."""
        if not self._mixed and not waited_for:
            self._sources[self._is_v6[0]].give_all(batch.sources)
            return
        done: tuple[list[Source], list[Source]] = ([], [])
        for server, source in zip(batch.servers, batch.sources, strict=True):
            if source.descriptor not in waited_for:
                done[self._is_v6[server]].append(source)
        for sources, some in zip(self._sources, done, strict=True):
            sources.give_all(some)

    def _wait(self, slow: _Slow, due: bool) -> None:
        """Waits for a connection until the time of the probe is over."""
        descriptor = slow.source.descriptor
        self._waiting.add(descriptor, writing=True)
        self._slow[descriptor] = slow
        timeout = 1000 * self._board.targets[slow.server].probe.timeout
        heappush(self._deadlines, (slow.time + timeout, slow.serial, descriptor))
        if due:
            self._opened.append(Opened(slow.server, slow.serial, slow.time))

    def _ended(self, slow: _Slow, now: int) -> Probed:
        """The result of a probe that was waited for; its socket goes back."""
        source, taken = slow.source, max(now - slow.time, 1)
        failure, is_good = 0, False
        if self._way is not Way.PLAIN:
            state, rtt = _STATE_AND_RTT.unpack(source.look(socket.IPPROTO_TCP, _TCP_INFO, 72))
            is_good = state in _MADE
            taken = rtt or taken if is_good else taken
        if not is_good:
            failure = _error_of(source)
            is_good = self._way is Way.PLAIN and not failure
        self._give(slow)
        if is_good:
            return Probed(slow.server, slow.serial, Reason.ANSWERED, taken)
        return _result(slow.server, slow.serial, failure, taken)

    def _end_overdue(self, now: int, results: list[Probed]) -> None:
        """Ends probes whose time is over; that of a probe which has ended before is passed over."""
        deadlines = self._deadlines
        while deadlines and deadlines[0][0] <= now:
            _, serial, descriptor = heappop(deadlines)
            slow = self._slow.get(descriptor)
            if slow is not None and slow.serial == serial:
                del self._slow[descriptor]
                self._waiting.remove(descriptor)
                self._give(slow)
                results.append(Probed(slow.server, serial, Reason.TIMEOUT, now - slow.time))

    def _give(self, slow: _Slow) -> None:
        self._sources[self._is_v6[slow.server]].give(slow.source)


def _result(server: int, serial: int, failure: int, taken: int) -> Probed:
    return Probed(server, serial, reason_of_end(failure), taken, words_of(failure))


def _error_of(source: Source) -> int:
    """What the kernel noted of a connection; it forgets that with the question."""
    return source.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
