"""Messages of netlink(7) for the netfilter subsystems: written and read as bytes, and exchanged with the kernel.

A message is a header (length, type, flags, sequence, port), the header of netfilter (family, version, resource) and
attributes (length, type, value, padded to four bytes); nfnetlink.h. Numbers in attributes are in network order.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

REQUEST, ACKNOWLEDGE, DUMP = 0x01, 0x04, 0x300
_ERROR, _DONE, _NETFILTER = 2, 3, 12
_NESTED_OR_ORDERED = 0xC000
_HEADER = struct.Struct("=IHHIIBBH")
_SECONDS = 30.0
_ROOM = 1 << 16
"""Bytes; the kernel sends at most half of it at once (netlink_dump)."""

_INTERRUPTED = 0x10
"""The flag of a message from a list that changed while it was sent."""


class NetlinkError(Exception):
    """The kernel refuses a message; `number` is its error (errno(3))."""

    def __init__(self, number: int) -> None:
        super().__init__(os.strerror(number).lower())
        self.number = number


class Message(NamedTuple):
    """A message to a subsystem: its number times 256 and the number of the message, flags, family, attributes, resource."""

    kind: int
    flags: int
    family: int
    attributes: bytes = b""
    resource: int = 0

    def packed(self, sequence: int) -> bytes:
        length = _HEADER.size + len(self.attributes)
        resource = socket.htons(self.resource)
        return _HEADER.pack(length, self.kind, self.flags, sequence, 0, self.family, 0, resource) + self.attributes


def attribute(kind: int, value: bytes) -> bytes:
    """An attribute with its padding."""
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def attributes(data: bytes) -> Mapping[int, bytes]:
    """The attributes in some bytes, by their type; what is cut off is left out."""
    found: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        if length < 4:
            break
        found[kind & ~_NESTED_OR_ORDERED] = data[at + 4 : at + length]
        at += length + -length % 4
    return found


def ask(message: Message) -> Iterator[bytes]:
    """The attributes of each message of the answer. Raises `NetlinkError` and `OSError`.

    Of a list that changed while it was sent, the error is EINTR: some things may be missing in it.
    """
    with _link() as link:
        link.send(message.packed(1))
        while True:
            for kind, flags, body in messages_in(link.recv(_ROOM)):
                if flags & _INTERRUPTED:
                    raise NetlinkError(errno.EINTR)
                if kind == _ERROR:
                    (number,) = struct.unpack_from("=i", body)
                    if number != 0:
                        raise NetlinkError(-number)
                    return
                if kind == _DONE:
                    return
                yield body[4:]
                if not message.flags & DUMP:
                    return


def tell(messages: Iterable[Message], most: int = 64) -> Iterator[int]:
    """Has the kernel carry out messages; the error of each, 0 for none. Raises `OSError`.

    So many are sent before their acknowledgements are read that none of these is lost for lack of room.
    """
    with _link() as link:
        waiting = 0
        for message in messages:
            link.send(message._replace(flags=REQUEST | ACKNOWLEDGE).packed(1))
            waiting += 1
            if waiting == most:
                yield from _errors(link, waiting)
                waiting = 0
        yield from _errors(link, waiting)


def _errors(link: socket.socket, number: int) -> Iterator[int]:
    while number > 0:
        for kind, _, body in messages_in(link.recv(_ROOM)):
            if kind == _ERROR:
                (error,) = struct.unpack_from("=i", body)
                number -= 1
                yield -error


def _link() -> socket.socket:
    link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETFILTER)
    link.settimeout(_SECONDS)
    return link


def messages_in(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Types, flags and bodies of messages; a body begins with the header of netfilter, or with the number of an error."""
    for _, kind, flags, body in answers_in(data):
        yield kind, flags, body


def answers_in(data: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    """The same, each behind the sequence number of the request that it answers."""
    at = 0
    while at + 16 <= len(data):
        length, kind, flags, sequence = struct.unpack_from("=IHHI", data, at)
        if length < 16:
            return
        yield sequence, kind, flags, data[at + 16 : at + length]
        at += length + -length % 4


def whole_list(message: Message, tries: int = 10) -> list[bytes]:
    """The answer to a request for a list, asked for again when it changed meanwhile. Raises `NetlinkError` and `OSError`."""
    for _ in range(tries - 1):
        try:
            return [*ask(message)]
        except NetlinkError as error:
            if error.number != errno.EINTR:
                raise
    return [*ask(message)]
