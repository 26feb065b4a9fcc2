"""Half-open probes: the first packet of a connection (RFC 9293), and the answer of the server's kernel; no program sees it.

A raw socket for each family sends them (CAP_NET_RAW) and hears, by a filter in the kernel, only answers to its own port: it
sees what is delivered to this machine, never what is forwarded. Each probe has a sequence number that nobody can guess. The
kernel, which knows of no connection, ends each one that comes about by a reset. The port is bound by a socket that does
nothing, so the kernel gives it to nobody else.
"""

from __future__ import annotations

import ctypes
import secrets
import socket
import struct
import sys
import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from lbsh.poller.deadlines import Deadlines
from lbsh.poller.failures import reason_of_call, words_of
from lbsh.poller.parts import Probed
from lbsh.poller.results import Reason
from lbsh.poller.stamps import ask_for_stamps, receive
from lbsh.poller.targets import Target

_HEADER = struct.Struct("!HHIIBBHHH")
"""Ports, sequence number, acknowledged number, length in words, flags, window, checksum, urgent pointer."""
_SYN, _RST, _ACK = 0x02, 0x04, 0x10
_LENGTH, _WINDOW = 5 << 4, 1024
_ATTACH_FILTER, _IPV6_CHECKSUM = 26, 7
"""SO_ATTACH_FILTER, and IPV6_CHECKSUM of linux/in6.h: where in a packet the kernel writes the checksum."""
_CHECKSUM_AT = 16
_MOST = 4096
"""Packets read in one go."""


class _Open(NamedTuple):
    server: int
    serial: int
    number: int
    """What an answer acknowledges."""
    host: str
    port: int
    began: int


class _Line:
    """The sockets of one family. Raises `OSError` where there is no right to raw ones."""

    def __init__(self, family: int) -> None:
        self.family = family
        domain = socket.AF_INET if family == 4 else socket.AF_INET6
        self._holder = socket.socket(domain, socket.SOCK_STREAM)
        try:
            if family == 6:
                self._holder.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            self._holder.bind(("", 0))
            self.port: int = self._holder.getsockname()[1]
            self.raw = socket.socket(domain, socket.SOCK_RAW, socket.IPPROTO_TCP)
        except BaseException:
            self._holder.close()
            raise
        self.raw.setblocking(False)
        ask_for_stamps(self.raw)
        _attach(self.raw, _program(family, self.port))
        if family == 6:
            self.raw.setsockopt(socket.IPPROTO_IPV6, _IPV6_CHECKSUM, _CHECKSUM_AT)

    def close(self) -> None:
        self.raw.close()
        self._holder.close()


class SynProber:
    """A prober by the first packet of a connection. Its sockets are opened when they are needed."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._targets = targets
        self._lines: dict[int, _Line] = {}
        self._open: dict[int, _Open] = {}
        self._numbers: dict[tuple[int, int], int] = {}
        self._sources: dict[str, bytes] = {}
        """Our own address towards a server's, until the server fails to answer."""
        self._deadlines: Deadlines[_Open] = Deadlines()
        self._results: list[Probed] = []

    def start(self, index: int, serial: int, now: int) -> bool:
        target = self._targets[index]
        number, host = secrets.randbits(32), str(target.address)
        opened = _Open(index, serial, (number + 1) & 0xFFFFFFFF, host, target.port, time.monotonic_ns())
        try:
            self._send(target.address.family, opened, number)
        except OSError as error:
            failure = error.errno or 0
            self._results.append(Probed(index, serial, reason_of_call(failure), 0, words_of(failure)))
            return True
        self._open[opened.number] = opened
        self._numbers[index, serial] = opened.number
        self._deadlines.add(now, 1000 * target.probe.timeout, opened)
        return True

    def collect(self, now: int) -> Iterable[Probed]:
        drained = [self._read(line) for line in self._lines.values()]
        if all(drained):  # else nothing is late as long as answers are unread
            for opened in self._deadlines.over(now):
                if self._open.get(opened.number) is opened:
                    self._sources.pop(opened.host, None)
                    self._end(opened, Reason.TIMEOUT)
        results, self._results = self._results, []
        return results

    def abandon(self, index: int, serial: int) -> None:
        number = self._numbers.pop((index, serial), None)
        if number is not None:
            self._open.pop(number, None)

    def next_time(self, now: int) -> int | None:
        return now if self._results else self._deadlines.next_time() if self._open else None

    def close(self) -> None:
        for line in self._lines.values():
            line.close()
        self._lines.clear()
        self._open.clear()
        self._numbers.clear()

    def _send(self, family: int, opened: _Open, number: int) -> None:
        """Sends the packet. Raises `OSError`."""
        line = self._lines.get(family)
        if line is None:
            line = self._lines[family] = _Line(family)
        packet = _HEADER.pack(line.port, opened.port, number, 0, _LENGTH, _SYN, _WINDOW, 0, 0)
        if family == 4:
            packet = _with_checksum(packet, self._source_to(opened.host), socket.inet_aton(opened.host))
        line.raw.sendto(packet, (opened.host, 0))

    def _source_to(self, host: str) -> bytes:
        """Our own address towards another one. Raises `OSError`."""
        source = self._sources.get(host)
        if source is None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
                asking.connect((host, 9))
                source = self._sources[host] = socket.inet_aton(asking.getsockname()[0])
        return source

    def _read(self, line: _Line) -> bool:
        """Reads what has come; whether that was all."""
        for _ in range(_MOST):
            try:
                packet, host, waited = receive(line.raw, 256)
            except BlockingIOError:
                return True
            except OSError:
                continue
            start = 4 * (packet[0] & 15) if line.family == 4 and packet else 0
            if len(packet) >= start + _HEADER.size:
                port, _, _, acknowledged, _, flags, _, _, _ = _HEADER.unpack_from(packet, start)
                opened = self._open.get(acknowledged)
                if opened is not None and (opened.host, opened.port) == (host, port):
                    self._judge(opened, flags, waited)
        return False

    def _judge(self, opened: _Open, flags: int, waited: int) -> None:
        if flags & _RST:
            self._end(opened, Reason.REFUSED, waited)
        elif flags & _SYN:
            self._end(opened, Reason.ANSWERED, waited)

    def _end(self, opened: _Open, reason: Reason, waited: int = 0) -> None:
        del self._open[opened.number]
        del self._numbers[opened.server, opened.serial]
        duration = max(time.monotonic_ns() - opened.began - waited, 0) // 1000
        self._results.append(Probed(opened.server, opened.serial, reason, duration))


def may_probe_half_open() -> bool:
    """Whether this system is Linux, and this process has the right to raw sockets."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        _Line(4).close()
    except OSError:
        return False
    return True


def _with_checksum(packet: bytes, source: bytes, destination: bytes) -> bytes:
    """A packet over IPv4 with its checksum, which covers the addresses too."""
    covered = source + destination + struct.pack("!HH", socket.IPPROTO_TCP, len(packet)) + packet
    total: int = sum(struct.unpack(f"!{len(covered) // 2}H", covered))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return packet[:_CHECKSUM_AT] + (total ^ 0xFFFF).to_bytes(2, "big") + packet[_CHECKSUM_AT + 2 :]


def _program(family: int, port: int) -> bytes:
    """The filter in classic BPF (linux/filter.h): the destination port is ours, and the packet acknowledges something."""
    words = (
        (0xB1, 0, 0, 0) if family == 4 else (0x01, 0, 0, 0),  # x = the length of the header of IPv4, or 0
        (0x48, 0, 0, 2),  # a = the half word at x + 2
        (0x15, 0, 3, port),
        (0x50, 0, 0, 13),  # a = the byte at x + 13
        (0x45, 0, 1, _ACK),
        (0x06, 0, 0, 256),  # the packet's first bytes
        (0x06, 0, 0, 0),  # nothing
    )
    return b"".join(struct.pack("=HBBI", *word) for word in words)


def _attach(sock: socket.socket, program: bytes) -> None:
    """Sets the filter of a socket. Raises `OSError`."""
    held = ctypes.create_string_buffer(program, len(program))
    sock.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, struct.pack("HL", len(program) // 8, ctypes.addressof(held)))
