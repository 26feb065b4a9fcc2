"""Packets that rules log to a group of NFLOG (nfnetlink_log.h), as hints of servers."""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Iterator

from lbsh.drivers.netlink import ACKNOWLEDGE, REQUEST, Message, attribute, attributes, messages_in
from lbsh.poller.signs.packets import Hint, hint_in

_NETFILTER = 12
_PACKET, _CONFIGURE = 4 << 8, 4 << 8 | 1
_COMMAND, _MODE, _TIMEOUT, _THRESHOLD, _PAYLOAD = 1, 2, 4, 5, 9
_BIND, _COPY = b"\x01", 2
_SECONDS = 5.0
_ROOM = 1 << 16
_AT_ONCE = 64
"""Messages that are read at one time."""


class Logged:
    """Listens to a group. Raises `OSError` if another one does, or without rights."""

    def __init__(self, group: int) -> None:
        self._link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETFILTER)
        try:
            self._link.settimeout(_SECONDS)
            self._configure(group, attribute(_COMMAND, _BIND))
            self._configure(group, attribute(_MODE, struct.pack(">IBx", 128, _COPY)))
            self._configure(group, attribute(_THRESHOLD, struct.pack(">I", 1)))
            self._configure(group, attribute(_TIMEOUT, struct.pack(">I", 0)))
            self._link.setblocking(False)
        except OSError:
            self._link.close()
            raise

    def fileno(self) -> int:
        return self._link.fileno()

    def close(self) -> None:
        self._link.close()

    def hints(self) -> Iterator[Hint]:
        """What came since."""
        for _ in range(_AT_ONCE):
            try:
                data = self._link.recv(_ROOM)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno != errno.ENOBUFS:  # some were lost: others will come
                    raise
                continue
            for kind, _, body in messages_in(data):
                hint = hint_in(attributes(body[4:]).get(_PAYLOAD, b"")) if kind == _PACKET else None
                if hint is not None:
                    yield hint

    def _configure(self, group: int, value: bytes) -> None:
        self._link.send(Message(_CONFIGURE, REQUEST | ACKNOWLEDGE, 0, value, group).packed(1))
        while True:
            for kind, _, body in messages_in(self._link.recv(_ROOM)):
                if kind == _PACKET:  # another one that the group got already
                    continue
                (number,) = struct.unpack_from("=i", body)
                if number:
                    raise OSError(-number, "the kernel's log of packets")
                return
