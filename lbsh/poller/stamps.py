"""When packets came, by the kernel's own stamps (SO_TIMESTAMPNS of socket(7)), so that a duration is that of the server.

Elsewhere than on Linux there are none, and a packet counts as having come when it is read.
"""

from __future__ import annotations

import socket
import struct
import sys
import time
from typing import NamedTuple

_STAMP = 35
"""SO_TIMESTAMPNS, and the type of the message that carries it."""
_TIME = struct.Struct("@ll")
_ROOM = socket.CMSG_SPACE(_TIME.size)


def keep_stamping() -> socket.socket:
    """A socket that wants stamps: as long as there is one, the kernel makes them for all, from shortly after it came."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ask_for_stamps(sock)
    return sock


class Packet(NamedTuple):
    """What came, from where, and how many nanoseconds it had waited to be read."""

    data: bytes
    host: str
    waited: int


def ask_for_stamps(sock: socket.socket) -> None:
    """Has the kernel say when packets came."""
    if sys.platform.startswith("linux"):
        sock.setsockopt(socket.SOL_SOCKET, _STAMP, 1)


def receive(sock: socket.socket, most: int) -> Packet:
    """The next packet. Raises `OSError`, `BlockingIOError` if there is none."""
    data, extras, _, sender = sock.recvmsg(most, _ROOM)
    waited = 0
    for level, kind, content in extras:
        if (level, kind) == (socket.SOL_SOCKET, _STAMP) and len(content) == _TIME.size:
            seconds, rest = _TIME.unpack(content)
            waited = max(time.time_ns() - (1_000_000_000 * seconds + rest), 0)
    return Packet(data, sender[0].partition("%")[0] if sender else "", waited)
