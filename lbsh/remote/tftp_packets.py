"""Packets of TFTP (RFC 1350) with its options (RFC 2347), as values and as bytes."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

SMALLEST_BLOCK, USUAL_BLOCK = 8, 512
BLOCKS = 1 << 16
"""Numbers of blocks; behind the last one follows 0."""


class Operation(IntEnum):
    """What a packet is: its first two bytes."""

    READ = 1
    WRITE = 2
    DATA = 3
    ACK = 4
    ERROR = 5
    OPTIONS = 6


class Code(IntEnum):
    """Of errors, as far as they mean something here."""

    UNDEFINED = 0
    NO_SPACE = 3
    ILLEGAL = 4
    UNKNOWN_PORT = 5
    OPTIONS = 8


class Data(NamedTuple):
    """A block of a file. One that is shorter than others is the last."""

    block: int
    content: bytes

    def encode(self) -> bytes:
        return _numbers(Operation.DATA, self.block) + self.content


class Ack(NamedTuple):
    """A block has come; 0: the request has."""

    block: int

    def encode(self) -> bytes:
        return _numbers(Operation.ACK, self.block)


class Error(NamedTuple):
    """The transfer is over."""

    code: int
    message: bytes

    def encode(self) -> bytes:
        return _numbers(Operation.ERROR, self.code) + self.message + b"\0"


class Options(NamedTuple):
    """The options that a server accepts, names in small letters."""

    values: dict[bytes, bytes]


Packet = Data | Ack | Error | Options


def request(operation: Operation, name: str, options: dict[bytes, bytes]) -> bytes:
    """A request for a file, byte by byte (`octet`)."""
    words = [name.encode(), b"octet", *(word for pair in options.items() for word in pair)]
    return operation.to_bytes(2, "big") + b"".join([word + b"\0" for word in words])


def read_packet(data: bytes) -> Packet | None:
    """The packet in a datagram from a server; None if there is none."""
    if len(data) < 2:
        return None
    operation, rest = int.from_bytes(data[:2], "big"), data[2:]
    if operation == Operation.OPTIONS:
        return _options(rest)
    if len(rest) < 2:
        return None
    number, content = int.from_bytes(rest[:2], "big"), rest[2:]
    match operation:
        case Operation.DATA:
            return Data(number, content)
        case Operation.ACK:
            return Ack(number) if not content else None
        case Operation.ERROR:
            return Error(number, content.partition(b"\0")[0])
        case _:
            return None


def _options(rest: bytes) -> Options | None:
    words = rest.split(b"\0")
    if words.pop() != b"" or len(words) % 2:
        return None
    names = [name.lower() for name in words[::2]]
    if len(set(names)) != len(names):  # RFC 2347: at most once
        return None
    return Options(dict(zip(names, words[1::2], strict=True)))


def _numbers(first: int, second: int) -> bytes:
    return first.to_bytes(2, "big") + second.to_bytes(2, "big")
