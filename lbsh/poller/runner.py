"""Runs conversations with servers over TCP and UDP, all of them on one set of sockets (`readiness.py`).

Theory of operation. A probe is one socket. Where the server speaks first, the socket is waited for until something can be
read: the connection, its refusal and the greeting are one event. Where we speak first, it is waited for until it can be
written. Deadlines are those of the poller's own clock; in each turn all that came is read before any deadline is looked at.
A finished connection is reset, so that it leaves no port in TIME_WAIT; after a farewell (`QUIT`) it is given a second in
which the server may end it politely, and its result does not wait for that.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Sequence

from lbsh.poller.conversation import Method, Retry, Step, Transport, Verdict
from lbsh.poller.deadlines import Deadlines
from lbsh.poller.exchange import Exchange, open_socket
from lbsh.poller.failures import reason_of_call, reason_of_end, words_of
from lbsh.poller.parts import Probed
from lbsh.poller.readiness import MOST, Readiness, any_readiness
from lbsh.poller.results import Reason
from lbsh.poller.sockets import Budget
from lbsh.poller.stamps import keep_stamping, receive
from lbsh.poller.targets import Target

MOST_HEARD = 1 << 16
"""Bytes of one conversation; a server that sends more talks rubbish."""
LONGEST_DETAIL = 200
_PART, _DATAGRAM, _SHARE = 1 << 14, 1 << 16, 64
"""Bytes read at a time, of a stream and of a datagram, and the share that each datagram counts besides its own bytes."""
_LEAVING = 1_000_000
"""Microseconds that a server has to end a connection after a farewell."""


class Runner:
    """A prober for all methods that are conversations: `methods` has one for each target, None where it is not ours."""

    def __init__(
        self,
        targets: Sequence[Target],
        methods: Sequence[Method | None],
        budget: Budget,
        waiting: Readiness | None = None,
    ) -> None:
        self._targets, self._methods, self._budget = targets, methods, budget
        self._waiting = any_readiness() if waiting is None else waiting
        self._open: dict[tuple[int, int], Exchange] = {}
        self._sockets: dict[int, Exchange] = {}
        self._deadlines: Deadlines[Exchange] = Deadlines()
        self._leaving: Deadlines[Exchange] = Deadlines()
        self._results: list[Probed] = []
        self._stamping = keep_stamping()
        self._now = 0

    @property
    def descriptor(self) -> int | None:
        """Can be read when there is something to collect."""
        return self._waiting.descriptor

    @property
    def open(self) -> int:
        """Probes that have no result yet."""
        return len(self._open)

    def start(self, index: int, serial: int, now: int) -> bool:
        if self._budget.left <= 0:
            return False
        self._now = now
        method = self._methods[index]
        assert method is not None, "a server whose probe is no conversation"
        exchange = Exchange(index, serial, self._targets[index], method.transport)
        self._open[index, serial] = exchange
        self._deadlines.add(now, 1000 * exchange.target.probe.timeout, exchange)
        exchange.conversation = method.conversation(exchange.target)
        self._connect(exchange)
        return True

    def next_time(self, now: int) -> int | None:
        if self._results:
            return now
        return self._deadlines.next_time() if self._open else None

    def abandon(self, index: int, serial: int) -> None:
        exchange = self._open.pop((index, serial), None)
        if exchange is not None:
            self._close(exchange)

    def collect(self, now: int) -> Iterable[Probed]:
        self._now = now
        ready = self._waiting.ready()
        for descriptor in ready:
            exchange = self._sockets.get(descriptor)
            if exchange is not None:
                self._attend(exchange)
        if len(ready) < MOST:  # else more may have come, and nothing is late as long as it is unread
            self._look_at_deadlines()
        results, self._results = self._results, []
        return results

    def close(self) -> None:
        """Ends all that is open, without results."""
        for exchange in [*self._sockets.values()]:
            self._close(exchange)
        self._open.clear()
        self._waiting.close()
        self._stamping.close()

    def _look_at_deadlines(self) -> None:
        for exchange in self._deadlines.over(self._now):
            if exchange.conversation is not None:
                stands = exchange.transport is Transport.UDP or exchange.stands()
                reason = exchange.conversation.silence() if stands else Reason.TIMEOUT
                self._end(exchange, Verdict(reason), exchange.elapsed())
                self._close(exchange)
        for exchange in self._leaving.over(self._now):
            self._close(exchange)

    def _connect(self, exchange: Exchange) -> None:
        assert exchange.conversation is not None
        first = _asked(exchange.conversation.begin)
        if not isinstance(first, bytes):
            self._go_on(exchange, first)
            return
        try:
            exchange.socket, error = open_socket(exchange.target, exchange.transport)
            self._budget.left -= 1
            if error not in {0, errno.EINPROGRESS}:
                self._finish(exchange, Verdict(reason_of_call(error), words_of(error)))
                return
            if exchange.transport is Transport.UDP and first:
                exchange.socket.send(first)
                first = b""
            exchange.outgoing, exchange.writing = first, bool(first)
            self._waiting.add(exchange.socket.fileno(), writing=exchange.writing)
            self._sockets[exchange.socket.fileno()] = exchange
        except OSError as error:
            self._finish_failed(exchange, error, reason_of_call)

    def _attend(self, exchange: Exchange) -> None:
        """Does what its socket is ready for."""
        if exchange.leaving:
            self._listen_after_farewell(exchange)
        elif exchange.writing:
            self._send(exchange)
        else:
            self._receive(exchange)

    def _send(self, exchange: Exchange) -> None:
        assert exchange.socket is not None
        try:
            sent = exchange.socket.send(exchange.outgoing)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._finish_failed(exchange, error, reason_of_end)
            return
        exchange.connected = exchange.connected or sent > 0
        exchange.outgoing = exchange.outgoing[sent:]
        if bool(exchange.outgoing) != exchange.writing:
            exchange.writing = not exchange.writing
            self._waiting.change(exchange.socket.fileno(), writing=exchange.writing)

    def _receive(self, exchange: Exchange) -> None:
        assert exchange.socket is not None
        assert exchange.conversation is not None
        streams = exchange.transport is Transport.TCP
        try:
            if streams:
                data = exchange.socket.recv(_PART)
            else:
                data, _, exchange.waited = receive(exchange.socket, _DATAGRAM)
        except BlockingIOError:
            return
        except OSError as error:
            self._finish_failed(exchange, error, reason_of_end)
            return
        exchange.connected = True
        exchange.heard += len(data) + (0 if streams else _SHARE)
        exchange.ended = streams and not data
        step: Step = b""
        if data or streams:
            step = _asked(exchange.conversation.receive, data)
        if isinstance(step, bytes) and exchange.ended:
            step = Verdict(Reason.CLOSED)
        if isinstance(step, bytes) and exchange.heard > MOST_HEARD:
            step = Verdict(Reason.BAD_ANSWER, "an answer without end")
        self._go_on(exchange, step)

    def _go_on(self, exchange: Exchange, step: Step) -> None:
        """Does what a conversation says."""
        if isinstance(step, Verdict):
            self._finish(exchange, step)
        elif isinstance(step, Retry):
            self._release(exchange)
            exchange.start_over(step.transport)
            self._connect(exchange)
        elif step:
            exchange.outgoing += step
            self._send(exchange)

    def _finish_failed(self, exchange: Exchange, error: OSError, reason_of: Callable[[int], Reason]) -> None:
        number = error.errno or 0
        reason = reason_of(number)
        if reason is Reason.TIMEOUT and exchange.connected:
            reason = Reason.NO_ANSWER
        exchange.ended = True
        self._finish(exchange, Verdict(reason, words_of(number)))

    def _finish(self, exchange: Exchange, verdict: Verdict) -> None:
        """Notes the result, and takes leave."""
        self._end(exchange, verdict, exchange.duration())
        if not (verdict.farewell and self._take_leave(exchange, verdict.farewell)):
            self._close(exchange)

    def _end(self, exchange: Exchange, verdict: Verdict, duration: int) -> None:
        self._open.pop((exchange.index, exchange.serial), None)
        detail = verdict.detail[:LONGEST_DETAIL]
        self._results.append(Probed(exchange.index, exchange.serial, verdict.reason, duration, detail, verdict.expiry))
        exchange.conversation = None

    def _take_leave(self, exchange: Exchange, farewell: bytes) -> bool:
        """Sends a last word if it can be at once; whether the connection stays open for the server to end it."""
        if exchange.socket is None or exchange.ended or exchange.outgoing:
            return False
        try:
            sent = exchange.socket.send(farewell)
        except OSError:
            return False
        exchange.leaving = sent == len(farewell) and exchange.transport is Transport.TCP
        if exchange.leaving:
            self._leaving.add(self._now, _LEAVING, exchange)
        return exchange.leaving

    def _listen_after_farewell(self, exchange: Exchange) -> None:
        assert exchange.socket is not None
        try:
            data = exchange.socket.recv(_PART)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        exchange.heard += len(data)
        exchange.ended = not data
        if exchange.ended or exchange.heard > MOST_HEARD:
            self._close(exchange)

    def _close(self, exchange: Exchange) -> None:
        self._release(exchange)
        exchange.conversation = None

    def _release(self, exchange: Exchange) -> None:
        """Gives a socket back, and forgets it."""
        if exchange.socket is not None:
            self._budget.left += 1
            descriptor = exchange.socket.fileno()
            if self._sockets.pop(descriptor, None) is not None:
                self._waiting.leave(descriptor)
            exchange.close()


def _asked(function: Callable[..., Step], *arguments: bytes) -> Step:
    """What a conversation says. Methods may be somebody else's: a fault of theirs says nothing of the server."""
    try:
        return function(*arguments)
    except Exception as error:  # the boundary to plug-ins
        return Verdict(Reason.SPOILT, f"the method has a fault: {error!r}")
