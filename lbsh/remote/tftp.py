"""Files by TFTP: one socket for UDP a transfer, a clock, and the machines of `tftp_transfers.py`.

A server answers from a port of its own for each transfer; the first answer from its address decides which. Packets from
other ports of it get an error and change nothing (RFC 1350, section 4), those from other addresses are dropped.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

from lbsh.remote.errors import TransferError, reason_of
from lbsh.remote.limits import Limits
from lbsh.remote.tftp_packets import Code, Error
from lbsh.remote.tftp_transfers import Again, Done, Failed, Fetching, Ignore, Send, Storing, Transfer
from lbsh.remote.urls import Url

_FIRST_WAIT, _LONGEST_WAIT = 1.0, 4.0
"""Seconds until a packet is repeated, twice as long each time."""
_DATAGRAM = 1 << 16
_LONGEST_NAME = 400
"""Bytes of a name; a request has to fit into 512."""

_Address = tuple[str, int] | tuple[str, int, int, int]


def fetch(url: Url, limits: Limits) -> bytes:
    """The content of a file. Raises `TransferError`."""
    name = _name(url)
    return _transfer(url, limits, lambda with_options: Fetching(name, limits.size, with_options=with_options))


def put(url: Url, content: bytes, limits: Limits) -> None:
    """Stores a file, and reads it back, since the server writes into the file itself. Raises `TransferError`."""
    name = _name(url)
    try:
        _transfer(url, limits, lambda with_options: Storing(name, content, with_options=with_options))
    except TransferError as error:
        raise TransferError(f"{error}; what the server has of it may be a part") from error
    try:
        stored = fetch(url, limits)
    except TransferError as error:
        raise TransferError(
            f"it was sent, but cannot be read back ({error}), so what the server has is not known"
        ) from error
    if stored != content:
        raise TransferError("what the server has is not what was sent: do not use it")


def _name(url: Url) -> str:
    """The name in a request: the path without its first `/` (RFC 3617)."""
    name = url.path.removeprefix("/")
    if len(name.encode()) > _LONGEST_NAME:
        raise TransferError(f"a name has at most {_LONGEST_NAME} bytes in tftp")
    return name


def _transfer(url: Url, limits: Limits, make: Callable[[bool], Transfer]) -> bytes:
    deadline = time.monotonic() + limits.total
    try:
        family, server = _resolve(url)

        def attempt(with_options: bool) -> Done | Failed | Again:
            with socket.socket(family, socket.SOCK_DGRAM) as opened:
                return _Exchange(opened, server, limits, deadline).run(make(with_options))

        end = attempt(True)
        end = attempt(False) if isinstance(end, Again) else end
    except OSError as error:
        raise TransferError(reason_of(error)) from error
    assert not isinstance(end, Again), "no options, and yet they were refused"
    if isinstance(end, Failed):
        raise TransferError(end.words)
    return end.content


def _resolve(url: Url) -> tuple[socket.AddressFamily, _Address]:
    family, _, _, _, address = socket.getaddrinfo(url.host, url.port, type=socket.SOCK_DGRAM)[0]
    assert isinstance(address[0], str), "of IPv4 or IPv6"
    return family, (address[0], *address[1:])


class _Exchange:
    """A transfer by one socket; used once."""

    def __init__(self, opened: socket.socket, server: _Address, limits: Limits, deadline: float) -> None:
        self._socket = opened
        self._server = server
        self._to = server
        self._port: int | None = None
        """From which the server answers, once it has."""
        self._limits = limits
        self._deadline = deadline
        self._strangers = 0

    def run(self, transfer: Transfer) -> Done | Failed | Again:
        """Raises `OSError`."""
        packet, wait, progress = transfer.begin(), _FIRST_WAIT, time.monotonic()
        self._send(packet)
        while True:
            came = self._receive(wait, progress + self._limits.silence)
            if came is None:
                if time.monotonic() >= min(progress + self._limits.silence, self._deadline):
                    return Failed(self._silence(progress))
                wait = min(2 * wait, _LONGEST_WAIT)
                self._send(packet)
                continue
            step = transfer.receive(came)
            match step:
                case Send():
                    if step.is_progress:
                        packet, wait, progress = step.packet, _FIRST_WAIT, time.monotonic()
                    self._send(step.packet)
                case Ignore():
                    pass
                case Again():
                    return step
                case Done() | Failed():
                    self._send(step.farewell)
                    return step

    def _receive(self, wait: float, silent_at: float) -> bytes | None:
        """The next datagram from the server's port; None if none comes in time."""
        until = min(time.monotonic() + wait, silent_at, self._deadline)
        while True:
            left = until - time.monotonic()
            if left <= 0:
                return None
            self._socket.settimeout(left)
            try:
                datagram, address = self._socket.recvfrom(_DATAGRAM)
            except TimeoutError:
                return None
            if address[0] != self._server[0]:
                self._strangers += 1
            elif self._port is not None and address[1] != self._port:
                self._socket.sendto(Error(Code.UNKNOWN_PORT, b"another transfer").encode(), address)
            else:
                self._port, self._to = address[1], address
                return datagram

    def _send(self, packet: bytes) -> None:
        if packet:
            self._socket.settimeout(self._limits.silence)
            self._socket.sendto(packet, self._to)

    def _silence(self, progress: float) -> str:
        if time.monotonic() < progress + self._limits.silence:
            return f"the transfer was not over within {self._limits.total:g} s"
        if self._port is not None:
            return "the server fell silent before the end"
        if self._strangers:
            return "no answer from the server's address, but from another, which is not listened to"
        return "no answer"
