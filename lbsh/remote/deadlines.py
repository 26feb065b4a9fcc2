"""A connection on which nothing takes longer than it may, also a server that sends a byte now and then.

A time limit of a socket is for one system call. Here every call gets what is left until the deadline of the whole transfer,
and no more than the limit of silence.
"""

from __future__ import annotations

import io
import socket
import time
from typing import BinaryIO

from lbsh.remote.limits import Limits


class Deadline:
    """The end of a transfer."""

    def __init__(self, limits: Limits) -> None:
        self._at = time.monotonic() + limits.total

    def left(self, most: float) -> float:
        """Seconds left for one step. Raises `TimeoutError` if there are none."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, most)


def connect(host: str, port: int, limits: Limits, deadline: Deadline) -> socket.socket:
    """A connection by TCP to the first of a host's addresses that takes one. Raises `OSError`."""
    trouble: OSError = OSError("it has no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        opened = socket.socket(family, kind, protocol)
        try:
            opened.settimeout(deadline.left(limits.connect))
            opened.connect(address)
        except OSError as error:
            opened.close()
            trouble = error
        else:
            return opened
    raise trouble


class Timed:
    """A connected socket, as far as `http.client` uses one."""

    def __init__(self, opened: socket.socket, limits: Limits, deadline: Deadline) -> None:
        self._socket = opened
        self._limits = limits
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            self._socket.settimeout(self._deadline.left(self._limits.silence))
            left = left[self._socket.send(left[: 1 << 16]) :]

    def makefile(self, mode: str) -> BinaryIO:
        """What comes, as a file."""
        assert mode == "rb"
        return io.BufferedReader(_Stream(self))

    def receive_into(self, buffer: memoryview) -> int:
        """Bytes that came; 0 at the end."""
        self._socket.settimeout(self._deadline.left(self._limits.silence))
        return self._socket.recv_into(buffer)

    def close(self) -> None:
        self._socket.close()


class _Stream(io.RawIOBase):
    """Reads from a socket."""

    def __init__(self, timed: Timed) -> None:
        self._timed = timed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        assert isinstance(buffer, memoryview)
        return self._timed.receive_into(buffer)
