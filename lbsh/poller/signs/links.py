"""What the kernel says of its own links and of neighbours (rtnetlink(7))."""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from lbsh.drivers.netlink import attributes, messages_in

_GROUPS = 1 | 4
"""RTMGRP_LINK and RTMGRP_NEIGH."""
_NEW_LINK, _GONE_LINK, _NEW_NEIGHBOUR = 16, 17, 28
_NAME, _DESTINATION = 3, 1
_RUNNING, _FAILED = 0x40, 0x20
_ROOM = 1 << 16
_AT_ONCE = 64


class LostLink(NamedTuple):
    """A link of this machine that carries nothing."""

    interface: str


class LostNeighbour(NamedTuple):
    """A packed address on a link from which nobody answers."""

    address: bytes


def losses_in(data: bytes) -> Iterator[LostLink | LostNeighbour]:
    """The losses in messages of rtnetlink."""
    for kind, _, body in messages_in(data):
        if kind in (_NEW_LINK, _GONE_LINK) and len(body) >= 16:
            if body[0] != socket.AF_UNSPEC:  # about a port of a bridge: that a link leaves a bridge is no loss of it
                continue
            (flags,) = struct.unpack_from("=I", body, 8)
            if kind == _GONE_LINK or not flags & _RUNNING:
                name = attributes(body[16:]).get(_NAME, b"").rstrip(b"\0")
                yield LostLink(name.decode(errors="surrogateescape"))
        elif kind == _NEW_NEIGHBOUR and len(body) >= 12:
            (state,) = struct.unpack_from("=H", body, 8)
            if state & _FAILED:
                yield LostNeighbour(attributes(body[12:]).get(_DESTINATION, b""))


class Links:
    """Listens to the kernel. Raises `OSError`."""

    def __init__(self) -> None:
        self._link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
        try:
            self._link.setblocking(False)
            self._link.bind((0, _GROUPS))
        except OSError:
            self._link.close()
            raise

    def fileno(self) -> int:
        return self._link.fileno()

    def close(self) -> None:
        self._link.close()

    def losses(self) -> Iterator[LostLink | LostNeighbour]:
        """What came since."""
        for _ in range(_AT_ONCE):
            data = b""
            with suppress(BlockingIOError):
                try:
                    data = self._link.recv(_ROOM)
                except OSError as error:
                    if error.errno != errno.ENOBUFS:
                        raise
                    continue
            if not data:
                return
            yield from losses_in(data)
