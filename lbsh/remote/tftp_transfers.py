"""Both directions of TFTP as machines without I/O: datagrams in, what to do out. Time and ports are the caller's affair.

A file goes in numbered blocks, each acknowledged before the next (RFC 1350). A request asks for larger blocks, for the
length of the file, and for a time until repetition (RFC 2348, 2349). A server answers with the options that it accepts; or
goes on as if there were none, and then blocks have 512 bytes; or refuses, and then the transfer begins once more without.

Who waits in vain repeats its last packet. A packet that was delayed, not lost, arrives twice by that. If both sides answered
every copy, each block would travel twice for the rest of the transfer (the Sorcerer's Apprentice, RFC 1123 section 4.2.3.1).
So a copy of a block is acknowledged again, but a copy of an acknowledgement is passed over.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from lbsh.remote.errors import said
from lbsh.remote.tftp_packets import (
    BLOCKS,
    SMALLEST_BLOCK,
    USUAL_BLOCK,
    Ack,
    Code,
    Data,
    Error,
    Operation,
    Options,
    read_packet,
    request,
)

BLOCK = 1428
"""Bytes of a block that fit into a frame of Ethernet with IPv6, or with IPv4 and options."""
_REPEAT = 2
"""Seconds after which a server shall repeat."""
_MOST_FRUITLESS = 1000
"""Packets without progress after which a server is not listened to any longer."""

_REFUSES_OPTIONS = (Code.OPTIONS, Code.ILLEGAL)
_WORDS = {
    Code.UNDEFINED: "the server refuses",
    1: "the server has no such file",
    2: "the server allows no access to it",
    Code.NO_SPACE: "the disk of the server is full",
    6: "the server does not replace a file",
    7: "the server knows no such user",
}


class Send(NamedTuple):
    """Goes on: this packet is to be sent, and repeated if nothing comes."""

    packet: bytes
    is_progress: bool = True


class Ignore(NamedTuple):
    """Goes on: nothing is to be sent."""


class Again(NamedTuple):
    """Begins once more, from another port, with a machine without options."""


class Done(NamedTuple):
    """The whole file has come, or has been taken. The last word is sent once."""

    content: bytes
    farewell: bytes = b""


class Failed(NamedTuple):
    """Nothing comes of it. The last word, if there is one, is sent once."""

    words: str
    farewell: bytes = b""


Step = Send | Ignore | Again | Done | Failed


class Transfer(Protocol):
    """One direction; used once."""

    def begin(self) -> bytes:
        """The request."""

    def receive(self, datagram: bytes) -> Step:
        """What to do after a datagram from the server's port."""


class Fetching:
    """A file from a server."""

    def __init__(self, name: str, most: int, *, with_options: bool) -> None:
        self._name = name
        self._most = most
        self._offer = _offer(0) if with_options else {}
        self._size = USUAL_BLOCK
        self._announced: int | None = None
        self._begun = False
        self._parts: list[bytes] = []
        self._length = 0
        self._fruitless = 0

    def begin(self) -> bytes:
        return request(Operation.READ, self._name, self._offer)

    def receive(self, datagram: bytes) -> Step:
        packet = read_packet(datagram)
        match packet:
            case Data():
                return self._data(packet)
            case Options():
                return self._options(packet)
            case Error():
                return _refused(packet, may_retry=bool(self._offer) and not self._begun)
            case _:
                return _nonsense()

    def _options(self, packet: Options) -> Step:
        if self._begun and not self._parts:  # our acknowledgement was lost
            return self._fruitlessly(Send(Ack(0).encode(), is_progress=False))
        agreed = _agreed(packet, self._offer) if not self._begun else None
        if agreed is None:
            return Failed("the server answers with options that nobody asked for", _bad_options())
        self._begun = True
        self._size, self._announced = agreed
        if self._announced is not None and self._announced > self._most:
            return self._too_large()
        return Send(Ack(0).encode())

    def _data(self, packet: Data) -> Step:
        self._begun = True
        done = len(self._parts)
        if packet.block != (done + 1) % BLOCKS:
            is_copy = done > 0 and packet.block == done % BLOCKS
            return self._fruitlessly(Send(Ack(packet.block).encode(), is_progress=False) if is_copy else Ignore())
        if len(packet.content) > self._size:
            return _nonsense()
        self._parts.append(packet.content)
        self._length += len(packet.content)
        if self._length > self._most:
            return self._too_large()
        ack = Ack(packet.block).encode()
        return Send(ack) if len(packet.content) == self._size else self._whole(ack)

    def _whole(self, ack: bytes) -> Step:
        if self._announced is not None and self._announced != self._length:
            return Failed(f"the server announced {self._announced} bytes and sent {self._length}", ack)
        return Done(b"".join(self._parts), ack)

    def _fruitlessly(self, step: Step) -> Step:
        self._fruitless += 1
        return step if self._fruitless <= _MOST_FRUITLESS else _nonsense()

    def _too_large(self) -> Failed:
        return Failed(f"it is larger than {self._most / (1 << 20):g} MiB", Error(Code.NO_SPACE, b"too large").encode())


class Storing:
    """A file to a server."""

    def __init__(self, name: str, content: bytes, *, with_options: bool) -> None:
        self._name = name
        self._content = content
        self._offer = _offer(len(content)) if with_options else {}
        self._size = USUAL_BLOCK
        self._sent = 0
        """Blocks that were sent; the last of them is not acknowledged."""
        self._fruitless = 0

    def begin(self) -> bytes:
        return request(Operation.WRITE, self._name, self._offer)

    def receive(self, datagram: bytes) -> Step:
        packet = read_packet(datagram)
        match packet:
            case Ack():
                return self._ack(packet)
            case Options():
                return self._options(packet)
            case Error():
                return _refused(packet, may_retry=bool(self._offer) and self._sent == 0)
            case _:
                return _nonsense()

    def _options(self, packet: Options) -> Step:
        if self._sent:
            return self._passed_over()
        agreed = _agreed(packet, self._offer)
        if agreed is None:
            return Failed("the server answers with options that nobody asked for", _bad_options())
        self._size = agreed[0]
        return self._next()

    def _ack(self, packet: Ack) -> Step:
        if packet.block != self._sent % BLOCKS:
            return self._passed_over()
        if self._sent and self._sent * self._size > len(self._content):
            return Done(self._content)
        return self._next()

    def _next(self) -> Step:
        start = self._sent * self._size
        self._sent += 1
        return Send(Data(self._sent % BLOCKS, self._content[start : start + self._size]).encode())

    def _passed_over(self) -> Step:
        self._fruitless += 1
        return Ignore() if self._fruitless <= _MOST_FRUITLESS else _nonsense()


def _offer(size: int) -> dict[bytes, bytes]:
    return {b"blksize": b"%d" % BLOCK, b"tsize": b"%d" % size, b"timeout": b"%d" % _REPEAT}


def _agreed(packet: Options, offer: dict[bytes, bytes]) -> tuple[int, int | None] | None:
    """The size of a block and that of the file, if it is said; None for an answer that no offer of ours permits."""
    values = packet.values
    if not values or not values.keys() <= offer.keys():
        return None
    if not all(0 < len(value) <= 18 and value.isdigit() for value in values.values()):
        return None
    size = int(values.get(b"blksize", b"%d" % USUAL_BLOCK))
    if not SMALLEST_BLOCK <= size <= BLOCK or values.get(b"timeout", offer[b"timeout"]) != offer[b"timeout"]:
        return None
    return size, int(values[b"tsize"]) if b"tsize" in values else None


def _refused(packet: Error, *, may_retry: bool) -> Step:
    if may_retry and packet.code in _REFUSES_OPTIONS:
        return Again()
    words = said(packet.message)
    known = _WORDS.get(packet.code, f"the server ends the transfer (error {packet.code})")
    return Failed(f"{known}: {words}" if words else known)


def _nonsense() -> Failed:
    return Failed("the server says something that has no place in this transfer", Error(Code.ILLEGAL, b"?").encode())


def _bad_options() -> bytes:
    return Error(Code.OPTIONS, b"options that were not asked for").encode()
