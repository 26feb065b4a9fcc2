"""Echo probes (RFC 792, RFC 4443): one socket for all servers of a family, an answer being known by an unguessable number.

Where the kernel gives a ping socket (net.ipv4.ping_group_range), no right is needed; else a raw one, which takes CAP_NET_RAW
and hears echo replies only.
"""

from __future__ import annotations

import secrets
import socket
import struct
from collections.abc import Iterable
from collections.abc import Sequence as Row

from lbsh.poller.datagrams import make_room
from lbsh.poller.parts import Probed
from lbsh.poller.questions import Questions
from lbsh.poller.results import Reason
from lbsh.poller.stamps import ask_for_stamps, receive
from lbsh.poller.targets import Target

_HEAD = struct.Struct("!BBHHH")
"""Type, code, checksum, identifier, sequence number."""
_NUMBER = 8
_REQUEST, _REPLY = {4: 8, 6: 128}, {4: 0, 6: 129}
_RAW_LEVEL, _FILTER = 255, 1
"""SOL_RAW, and ICMP_FILTER of linux/icmp.h; ICMPV6_FILTER has the same number."""
_ONLY_REPLIES = {
    4: (_RAW_LEVEL, struct.pack("=I", 0xFFFFFFFF & ~(1 << 0))),
    6: (socket.IPPROTO_ICMPV6, struct.pack("=8I", *[0xFFFFFFFF & ~(2 if word == 4 else 0) for word in range(8)])),
}
"""A set bit is a type that is not heard: all but 0, and all but 129 = 4 * 32 + 1."""
_MOST = 1024
"""Packets read in one go."""


class IcmpProber:
    """A prober by echo requests. Its sockets are opened when they are needed."""

    def __init__(self, targets: Row[Target]) -> None:
        self._targets = targets
        self._sockets: dict[int, tuple[socket.socket, bool]] = {}
        self._questions = Questions[bytes](Reason.NO_ANSWER)
        self._identifier = secrets.randbits(16)

    def start(self, index: int, serial: int, now: int) -> bool:
        target, number = self._targets[index], secrets.token_bytes(_NUMBER)
        self._questions.ask(index, serial, number, now, 1000 * target.probe.timeout)
        try:
            self._send(target.address.family, str(target.address), serial, number)
        except OSError as error:
            self._questions.fail(index, serial, error.errno or 0)
        return True

    def collect(self, now: int) -> Iterable[Probed]:
        drained = [self._read(family, *one) for family, one in self._sockets.items()]
        if all(drained):  # else nothing is late as long as answers are unread
            self._questions.end_overdue(now)
        return self._questions.taken()

    def abandon(self, index: int, serial: int) -> None:
        self._questions.abandon(index, serial)

    def next_time(self, now: int) -> int | None:
        return self._questions.next_time(now)

    def close(self) -> None:
        for sock, _ in self._sockets.values():
            sock.close()
        self._sockets.clear()
        self._questions.clear()

    def _send(self, family: int, host: str, serial: int, number: bytes) -> None:
        """Sends a request. Raises `OSError`."""
        if family not in self._sockets:
            self._sockets[family] = _opened(family)
        sock, _ = self._sockets[family]
        plain = _HEAD.pack(_REQUEST[family], 0, 0, self._identifier, serial & 0xFFFF) + number
        request = plain[:2] + _checksum(plain).to_bytes(2, "big") + plain[4:]  # for IPv6 the kernel computes its own
        sock.sendto(request, (host, 0))

    def _read(self, family: int, sock: socket.socket, has_header: bool) -> bool:
        """Reads what has come; whether that was all."""
        for _ in range(_MOST):
            try:
                packet, host, waited = receive(sock, 2048)
            except BlockingIOError:
                return True
            except OSError:
                continue
            message = packet[4 * (packet[0] & 15) :] if has_header and packet else packet
            if len(message) == _HEAD.size + _NUMBER and message[0] == _REPLY[family]:
                question = self._questions.find(message[_HEAD.size :])
                if question is not None and str(self._targets[question.server].address) == host:
                    self._questions.answer(question, Reason.ANSWERED, waited)
        return False


def _opened(family: int) -> tuple[socket.socket, bool]:
    """A socket that does not block, and whether its packets have the header of IP. Raises `OSError`."""
    domain, protocol = (
        (socket.AF_INET, socket.IPPROTO_ICMP) if family == 4 else (socket.AF_INET6, socket.IPPROTO_ICMPV6)
    )
    try:
        sock, is_raw = socket.socket(domain, socket.SOCK_DGRAM, protocol), False
    except OSError:
        sock, is_raw = socket.socket(domain, socket.SOCK_RAW, protocol), True
    sock.setblocking(False)
    ask_for_stamps(sock)
    make_room(sock)
    if is_raw and hasattr(socket, "SO_BINDTODEVICE"):  # Linux
        level, only = _ONLY_REPLIES[family]
        sock.setsockopt(level, _FILTER, only)
    return sock, is_raw and family == 4


def _checksum(data: bytes) -> int:
    """The checksum of RFC 1071 over an even number of bytes."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF
