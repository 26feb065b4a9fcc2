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
from collections.abc import Iterable, Iterator, Sequence

from lbsh.poller.datagrams import MOST, Inbox, Outbox, Packet, make_room
from lbsh.poller.parts import Probed
from lbsh.poller.questions import Questions
from lbsh.poller.results import Reason
from lbsh.poller.stamps import ask_for_stamps
from lbsh.poller.targets import Target
from lbsh_lang.values import Address

_HEADER = struct.Struct("!HHIIBBHHH")
"""Ports, sequence number, acknowledged number, length in words, flags, window, checksum, urgent pointer."""
_SYN, _RST, _ACK = 0x02, 0x04, 0x10
_LENGTH, _WINDOW = 5 << 4, 1024
_ATTACH_FILTER, _IPV6_CHECKSUM = 26, 7
"""SO_ATTACH_FILTER, and IPV6_CHECKSUM of linux/in6.h: where in a packet the kernel writes the checksum."""
_CHECKSUM_AT = 16
_WORD = 0xFFFFFFFF
_MOST, _ROOM = 4096, 128
"""Packets read in one go, and bytes of each."""
_PLACE_4, _PLACE_6 = struct.Struct("!H2xI8x"), struct.Struct("!H6x16s4x")
"""struct sockaddr_in and sockaddr_in6: family (in the machine's own order) and address."""
_INET, _INET6 = socket.htons(socket.AF_INET), socket.htons(socket.AF_INET6)


class _Line:
    """The sockets of one family. Raises `OSError` where there is no right to raw ones."""

    def __init__(self, family: int) -> None:
        self.family = family
        self.constant = 0
        """What is the same in all packets of the half words that the checksum covers."""
        domain = socket.AF_INET if family == 4 else socket.AF_INET6
        self._holder = socket.socket(domain, socket.SOCK_STREAM)
        try:
            if family == 6:
                self._holder.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            self._holder.bind(("", 0))
            self.port: int = self._holder.getsockname()[1]
            self.constant = socket.IPPROTO_TCP + _HEADER.size + self.port + (_LENGTH << 8 | _SYN) + _WINDOW
            self.raw = socket.socket(domain, socket.SOCK_RAW, socket.IPPROTO_TCP)
        except BaseException:
            self._holder.close()
            raise
        self.raw.setblocking(False)
        ask_for_stamps(self.raw)
        make_room(self.raw)
        _attach(self.raw, _program(family, self.port))
        if family == 6:
            self.raw.setsockopt(socket.IPPROTO_IPV6, _IPV6_CHECKSUM, _CHECKSUM_AT)
        self.outbox = Outbox(self.raw, _HEADER.size, (_PLACE_4 if family == 4 else _PLACE_6).size)
        self.inbox = Inbox(self.raw, _ROOM)
        self.waiting: list[tuple[int, int, int]] = []
        """Servers, serials and numbers of probes that are to be sent."""

    def close(self) -> None:
        self.raw.close()
        self._holder.close()


class SynProber:
    """A prober by the first packet of a connection. Its sockets are opened when they are needed."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._targets = targets
        self._lines: dict[int, _Line] = {}
        self._sources: dict[Address, int] = {}
        """The sum of the half words of our own address towards a server's, until the server fails to answer."""
        self._numbers = _numbers()
        self._questions = Questions[int](Reason.TIMEOUT, self._forget_source)

    def start(self, index: int, serial: int, now: int) -> bool:
        """Has a probe sent by the next `send`, or at the next look for answers."""
        target, number = self._targets[index], next(self._numbers)
        self._questions.ask(index, serial, number + 1 & _WORD, now, 1000 * target.probe.timeout)
        try:
            self._line(target.address.family).waiting.append((index, serial, number))
        except OSError as error:
            self._questions.fail(index, serial, error.errno or 0)
        return True

    def send(self) -> None:
        """Sends what has started since, many packets in a call."""
        for line in self._lines.values():
            while line.waiting:
                some, line.waiting = line.waiting[:MOST], line.waiting[MOST:]
                self._send(line, some)
                if line.waiting:
                    self._read(line)  # answers may come at once, and must not pile up

    def collect(self, now: int) -> Iterable[Probed]:
        self.send()
        drained = [self._read(line) for line in self._lines.values()]
        if all(drained):  # else nothing is late as long as answers are unread
            self._questions.end_overdue(now)
        return self._questions.taken()

    def abandon(self, index: int, serial: int) -> None:
        self._questions.abandon(index, serial)

    def next_time(self, now: int) -> int | None:
        return self._questions.next_time(now)

    def close(self) -> None:
        for line in self._lines.values():
            line.close()
        self._lines.clear()
        self._questions.clear()

    def _line(self, family: int) -> _Line:
        """The sockets of a family. Raises `OSError`."""
        if family not in self._lines:
            self._lines[family] = _Line(family)
        return self._lines[family]

    def _send(self, line: _Line, some: Sequence[tuple[int, int, int]]) -> None:
        packets, places, sent = [], [], []
        for index, serial, number in some:
            target = self._targets[index]
            try:
                packets.append(self._packet(line, target, number))
                places.append(_place_of(target.address))
                sent.append((index, serial))
            except OSError as error:
                self._questions.fail(index, serial, error.errno or 0)
        for (index, serial), failure in zip(sent, line.outbox.send(packets, places), strict=True):
            if failure:
                self._questions.fail(index, serial, failure)

    def _packet(self, line: _Line, target: Target, number: int) -> bytes:
        """The first packet of a connection. Raises `OSError` if there is no way to the server."""
        total = 0xFFFF
        if line.family == 4:  # for IPv6 the kernel computes it
            total = line.constant + self._source_to(target.address) + _halves(target.address.value)
            total += target.port + _halves(number)
            while total >> 16:
                total = (total & 0xFFFF) + (total >> 16)
        return _HEADER.pack(line.port, target.port, number, 0, _LENGTH, _SYN, _WINDOW, total ^ 0xFFFF, 0)

    def _source_to(self, address: Address) -> int:
        source = self._sources.get(address)
        if source is None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
                asking.connect((str(address), 9))
                source = _halves(int.from_bytes(socket.inet_aton(asking.getsockname()[0]), "big"))
            self._sources[address] = source
        return source

    def _forget_source(self, server: int) -> None:
        self._sources.pop(self._targets[server].address, None)

    def _read(self, line: _Line) -> bool:
        """Reads what has come; whether that was all."""
        for _ in range(_MOST // MOST):
            packets = line.inbox.read()
            for packet in packets:
                self._judge(line.family, packet)
            if len(packets) < MOST:
                return True
        return False

    def _judge(self, family: int, packet: Packet) -> None:
        data = packet.data
        start = 4 * (data[0] & 15) if family == 4 and data else 0
        if len(data) < start + _HEADER.size:
            return
        port, _, _, acknowledged, _, flags, _, _, _ = _HEADER.unpack_from(data, start)
        question = self._questions.find(acknowledged)
        if question is None:
            return
        target = self._targets[question.server]
        if port == target.port and _sender(family, packet.sender) == target.address.value and flags & (_RST | _SYN):
            self._questions.answer(question, Reason.REFUSED if flags & _RST else Reason.ANSWERED, packet.waited)


def may_probe_half_open() -> bool:
    """Whether this system is Linux, and this process has the right to raw sockets."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        _Line(4).close()
    except OSError:
        return False
    return True


def _numbers() -> Iterator[int]:
    """Words that nobody can guess."""
    while True:
        for (number,) in struct.iter_unpack("=I", secrets.token_bytes(1024)):
            yield number


def _halves(number: int) -> int:
    """The sum of the two half words of a word."""
    return (number >> 16) + (number & 0xFFFF)


def _place_of(address: Address) -> bytes:
    """An address as struct sockaddr."""
    if address.family == 4:
        return _PLACE_4.pack(_INET, address.value)
    return _PLACE_6.pack(_INET6, address.value.to_bytes(16, "big"))


def _sender(family: int, place: memoryview) -> int:
    """The address in a struct sockaddr."""
    return int.from_bytes(place[4:8] if family == 4 else place[8:24], "big")


def _program(family: int, port: int) -> bytes:
    """The filter in classic BPF (linux/filter.h): the destination port is ours, and the packet acknowledges something."""
    words = (
        (0xB1, 0, 0, 0) if family == 4 else (0x01, 0, 0, 0),  # x = the length of the header of IPv4, or 0
        (0x48, 0, 0, 2),  # a = the half word at x + 2
        (0x15, 0, 3, port),
        (0x50, 0, 0, 13),  # a = the byte at x + 13
        (0x45, 0, 1, _ACK),
        (0x06, 0, 0, _ROOM),  # the packet's first bytes
        (0x06, 0, 0, 0),  # nothing
    )
    return b"".join(struct.pack("=HBBI", *word) for word in words)


def _attach(sock: socket.socket, program: bytes) -> None:
    """Sets the filter of a socket. Raises `OSError`."""
    held = ctypes.create_string_buffer(program, len(program))
    sock.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, struct.pack("HL", len(program) // 8, ctypes.addressof(held)))
