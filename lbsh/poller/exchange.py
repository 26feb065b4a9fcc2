"""One conversation under way: its socket, what is still to be sent, and how far it has come."""

from __future__ import annotations

import socket
import struct
import sys
import time

from lbsh.poller.conversation import Conversation, Transport
from lbsh.poller.stamps import ask_for_stamps
from lbsh.poller.targets import Target

_HARD = struct.pack("ii", 1, 0)
"""SO_LINGER: closing sends a reset, and keeps no port in TIME_WAIT."""
_LAST_DATA = struct.Struct("=52xI")
"""Of `struct tcp_info` (linux/tcp.h): milliseconds since the last data came, tcpi_last_data_recv."""
_TELLS_TIME = sys.platform.startswith("linux")


class Exchange:
    """State of one probe of the server `index`. Times are nanoseconds of the monotonic clock."""

    __slots__ = (
        "began",
        "connected",
        "conversation",
        "ended",
        "heard",
        "index",
        "leaving",
        "outgoing",
        "serial",
        "socket",
        "target",
        "transport",
        "waited",
        "writing",
    )

    def __init__(self, index: int, serial: int, target: Target, transport: Transport) -> None:
        self.index = index
        self.serial = serial
        self.target = target
        self.transport = transport
        self.conversation: Conversation | None = None
        """None when it has come to its end."""
        self.socket: socket.socket | None = None
        self.began = time.monotonic_ns()
        self.outgoing = b""
        self.writing = False
        """Whether it waits until it can send, not until something comes."""
        self.connected = False
        self.ended = False
        """Whether the server ended the stream."""
        self.leaving = False
        """Whether the result is known, and only the farewell is under way."""
        self.heard = 0
        """Bytes that came, with a share for each datagram."""
        self.waited = 0
        """Nanoseconds for which the last datagram lay in the kernel."""

    def start_over(self, transport: Transport) -> None:
        """Forgets the connection that there was; the conversation, its start and its deadline stay."""
        self.transport = transport
        self.outgoing = b""
        self.writing = self.connected = self.ended = False
        self.waited = 0

    def stands(self) -> bool:
        """Whether a connection came about."""
        if not self.connected and self.socket is not None:
            try:
                self.socket.getpeername()
            except OSError:
                return False
            self.connected = True
        return self.connected

    def elapsed(self) -> int:
        """Microseconds from the start to now."""
        return (time.monotonic_ns() - self.began) // 1000

    def duration(self) -> int:
        """Microseconds from the start to the last data, however late they were read."""
        waited = self.waited // 1000
        if _TELLS_TIME and self.heard and self.transport is Transport.TCP and self.socket is not None:
            waited = 1000 * _waited(self.socket)
        return max(self.elapsed() - waited, 0)

    def close(self) -> None:
        """Closes the socket, by a reset if the server has not ended the stream."""
        if self.socket is not None:
            if self.transport is Transport.TCP and not self.ended:
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _HARD)
            self.socket.close()
            self.socket = None


def open_socket(target: Target, transport: Transport) -> tuple[socket.socket, int]:
    """A new socket that does not block, and what its connect said: 0, EINPROGRESS or another error. Raises `OSError`."""
    family = socket.AF_INET if target.address.family == 4 else socket.AF_INET6
    kind = socket.SOCK_STREAM if transport is Transport.TCP else socket.SOCK_DGRAM
    made = socket.socket(family, kind | socket.SOCK_NONBLOCK)
    try:
        if transport is Transport.UDP:
            ask_for_stamps(made)
        return made, made.connect_ex((str(target.address), target.port))
    except BaseException:
        made.close()
        raise


def _waited(connection: socket.socket) -> int:
    """Milliseconds for which the last data lay in the kernel before they were read."""
    try:
        (waited,) = _LAST_DATA.unpack(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LAST_DATA.size))
    except (OSError, struct.error):
        return 0
    return int(waited)
