"""Connections of a miniature's clients: opened, asked, kept, and what becomes of them.

A request has a number. So a frozen server's silence is an event: the server notes the number (`servers`). Other silence is
seen in time only.
"""

from __future__ import annotations

import errno
import itertools
import select
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from lbsh.lab.miniature import Miniature
from lbsh_lang.values import Address, Protocol

LOOK, LOOKS = 0.1, 50
"""A request counts as unanswered after so many looks in a row, of so many seconds, at which nothing came.

Looks are counted rather than time: while this process waits for a processor, its servers do, too.
"""
SILENCE = LOOK * LOOKS
"""Seconds in which a connection comes about; the kernel alone has a part in that."""

_KINDS = {Protocol.TCP: socket.SOCK_STREAM, Protocol.UDP: socket.SOCK_DGRAM}
_DOMAINS = {4: socket.AF_INET, 6: socket.AF_INET6}
_UNREACHABLE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ETIMEDOUT}
_BY_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: the server's name, where it was reached (`389`, `30000-30100`), and the client as the server sees it."""

    server: str
    address: str
    port: str
    seen: str
    seen_port: int


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """No answer, and the words for it: refused, no answer, unreachable."""

    words: str


Outcome = Answer | NoAnswer

REFUSED, SILENT, UNREACHABLE = NoAnswer("refused"), NoAnswer("no answer"), NoAnswer("unreachable")
ENDED = NoAnswer("ended")


class Link:
    """A connection of TCP or a flow of UDP, from one port of a client.

    `last` is what became of the last request, `server` the name of the server that answered last.
    """

    def __init__(self, client: str, socket_: socket.socket, protocol: Protocol) -> None:
        self.client = client
        self.socket = socket_
        self.protocol = protocol
        self.last: Outcome = SILENT
        self.server = ""
        self._heard = b""

    def fileno(self) -> int:
        """The number of the socket, for select(2)."""
        return self.socket.fileno()

    def close(self) -> None:
        """Ends the connection by a reset, which leaves its port free."""
        if self.protocol is Protocol.TCP:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _BY_RESET)
        self.socket.close()

    def note(self, outcome: Outcome) -> None:
        """Remembers what became of a request."""
        self.last = outcome
        if isinstance(outcome, Answer):
            self.server = outcome.server

    def ask(self, number: str) -> Outcome | None:
        """Sends a request; what became of it at once."""
        self._heard = b""
        try:
            self.socket.send(f"? {number}\n".encode())
        except OSError as error:
            return outcome_of(error)
        return None

    def hear(self) -> Outcome | None:
        """The outcome, once the whole answer is there."""
        try:
            part = self.socket.recv(4096)
        except OSError as error:
            return outcome_of(error)
        if not part and self.protocol is Protocol.TCP:
            return ENDED
        self._heard += part
        return _answer(self._heard) if self._heard.endswith(b"\n") else None


class Talk:
    """Opens connections in a miniature, and asks on them."""

    def __init__(self, miniature: Miniature) -> None:
        self._miniature = miniature
        self._numbers = itertools.count(1)

    def connect(self, client: str, address: Address, port: int, protocol: Protocol) -> tuple[Link, Outcome]:
        """A new connection, and the outcome of its first request."""
        link = Link(client, self._miniature.socket(client, _DOMAINS[address.family], _KINDS[protocol]), protocol)
        try:
            link.socket.settimeout(SILENCE)
            link.socket.connect((str(address), port))
        except OSError as error:
            link.note(outcome_of(error))
            return link, link.last
        link.socket.setblocking(False)
        self.ask([link])
        return link, link.last

    def ask(self, links: Sequence[Link]) -> None:
        """Asks on all of these connections at once; each then has the outcome in `last`."""
        waiting: dict[Link, str] = {}
        for link in links:
            number = str(next(self._numbers))
            outcome = link.ask(number)
            if outcome is None:
                waiting[link] = number
            else:
                link.note(outcome)
        self._hear(waiting)
        for link in waiting:
            link.note(SILENT)

    def _hear(self, waiting: dict[Link, str]) -> None:
        """Takes those that get an outcome out of the connections that wait for one, each with the number of its request."""
        noticed = self._miniature.farm.noticed
        by_number = {link.fileno(): link for link in waiting}
        poll, looks = select.poll(), 0
        for descriptor in (*by_number, noticed.fileno()):
            poll.register(descriptor, select.POLLIN)
        while waiting and looks < LOOKS:
            ready = [descriptor for descriptor, _ in poll.poll(LOOK * 1000)]
            looks = 0 if ready else looks + 1
            found: dict[Link, Outcome] = {}
            if noticed.fileno() in ready:
                noticed.recv(4096)
                frozen = [link for link, number in waiting.items() if self._miniature.farm.is_unanswered(number)]
                found.update(dict.fromkeys(frozen, SILENT))
            for link in [by_number[descriptor] for descriptor in ready if descriptor in by_number]:
                outcome = link.hear()
                found.update({} if outcome is None else {link: outcome})
            for link, outcome in found.items():
                poll.unregister(link.fileno())
                del waiting[link]
                link.note(outcome)


def outcome_of(error: OSError) -> NoAnswer:
    """What a failing call says about a connection."""
    if isinstance(error, ConnectionRefusedError):
        return REFUSED
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return ENDED
    if isinstance(error, TimeoutError | BlockingIOError):
        return SILENT
    return UNREACHABLE if error.errno in _UNREACHABLE else NoAnswer((error.strerror or str(error)).lower())


def _answer(line: bytes) -> Answer:
    server, address, port, seen, seen_port = line.decode().split()
    return Answer(server, address, port, seen, int(seen_port))
