"""Many packets in one system call: sendmmsg(2) and recvmmsg(2), which Python does not have, from the C library (Linux)."""

from __future__ import annotations

import ctypes
import socket
import struct
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

MOST = 64
"""Packets in a call."""
_PLACE = 28
"""Bytes of the longest address, struct sockaddr_in6."""
_STAMP = struct.Struct("@Nii2l")
"""A message of the kind SO_TIMESTAMPNS (socket(7)): length, level, kind; seconds and nanoseconds."""
_STAMP_KIND = (socket.SOL_SOCKET, 35)
_CONTROL = _STAMP.size
_FORCED_ROOM, _ROOM = 33, 1 << 22
"""SO_RCVBUFFORCE, for which limits of the system do not hold, and bytes."""
_DONT_WAIT = socket.MSG_DONTWAIT


def make_room(sock: socket.socket) -> None:
    """Lets thousands of packets wait to be read: answers come in bursts, and one that is lost would count as a failure."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, _FORCED_ROOM, _ROOM)
    except OSError:  # without the right to it, or elsewhere than on Linux, as much as may be had
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)


class _Vector(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Message(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint),
        ("vectors", ctypes.c_void_p),
        ("count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _Header(ctypes.Structure):
    _fields_ = (("message", _Message), ("length", ctypes.c_uint))


_LENGTH = struct.Struct(f"@{_Header.length.offset}xI{ctypes.sizeof(_Header) - _Header.length.offset - 4}x")
"""The length of the packet in a header."""


class Packet(NamedTuple):
    """What came, the address from which it came as struct sockaddr, and how many nanoseconds it waited to be read.

    Both texts are views that the next reading overwrites.
    """

    data: memoryview
    sender: memoryview
    waited: int


class _Slots:
    """Room for as many packets as go into a call, with the headers that point to it. Sizes are those of a packet."""

    def __init__(self, size: int, place: int, control: int) -> None:
        self.data, self.places, self.control = (
            bytearray(MOST * size),
            bytearray(MOST * place),
            bytearray(MOST * control),
        )
        self.headers, self._vectors = (_Header * MOST)(), (_Vector * MOST)()
        data, places = _address(self.data), _address(self.places)
        controls = _address(self.control) if control else 0
        for slot, (whole, vector) in enumerate(zip(self.headers, self._vectors, strict=True)):
            header = whole.message
            vector.base, vector.length = data + slot * size, size
            header.name, header.name_length = places + slot * place, place
            header.vectors, header.count = ctypes.addressof(vector), 1
            header.control, header.control_length = (controls + slot * control if control else None), control
        self._fresh = bytes(self.headers), bytes(self.control)

    def refresh(self) -> None:
        """Undoes what the kernel wrote into headers, and what it said besides."""
        headers, self.control[:] = self._fresh
        ctypes.memmove(self.headers, headers, len(headers))


class Outbox:
    """Sends packets of one size from a socket, to addresses of one size (struct sockaddr)."""

    def __init__(self, sock: socket.socket, size: int, place: int) -> None:
        self._descriptor, self._size, self._place = sock.fileno(), size, place
        self._slots = _Slots(size, place, 0)
        self._call = _function("sendmmsg", 4)

    def send(self, packets: Sequence[bytes], places: Sequence[bytes]) -> list[int]:
        """Sends up to `MOST` packets; for each 0, or the error that kept it back."""
        slots, count = self._slots, len(packets)
        slots.data[: count * self._size] = b"".join(packets)
        slots.places[: count * self._place] = b"".join(places)
        failures: list[int] = []
        while len(failures) < count:
            first = len(failures)
            sent = self._call(self._descriptor, ctypes.byref(slots.headers[first]), count - first, _DONT_WAIT)
            failures += [0] * sent if sent > 0 else [ctypes.get_errno()]
        return failures


class Inbox:
    """Reads packets from a socket, of each up to a size."""

    def __init__(self, sock: socket.socket, size: int) -> None:
        self._descriptor, self._size = sock.fileno(), size
        self._slots = _Slots(size, _PLACE, _CONTROL)
        self._data, self._places = memoryview(self._slots.data), memoryview(self._slots.places)
        self._call = _function("recvmmsg", 5)

    def read(self) -> Sequence[Packet]:
        """What has come, up to `MOST` packets; none also where the kernel has an error to tell, which is then told."""
        slots, size, data, places = self._slots, self._size, self._data, self._places
        slots.refresh()
        count = max(self._call(self._descriptor, slots.headers, MOST, _DONT_WAIT, None), 0)
        now = time.time_ns()
        found, stamps = [], _STAMP.iter_unpack(slots.control)
        for slot, stamp, (length,) in zip(range(count), stamps, _LENGTH.iter_unpack(slots.headers), strict=False):
            at, place = slot * size, slot * _PLACE
            found.append(Packet(data[at : at + length], places[place : place + _PLACE], _waited(stamp, now)))
        return found


def _waited(stamp: tuple[int, ...], now: int) -> int:
    length, level, kind, seconds, rest = stamp
    if (level, kind) != _STAMP_KIND or not length:
        return 0
    return max(now - 1_000_000_000 * seconds - rest, 0)


def _address(buffer: bytearray) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(buffer))


def _function(name: str, arguments: int) -> ctypes._NamedFuncPointer:
    """A function of the C library. Raises `OSError` where there is none."""
    try:
        found = ctypes.CDLL(None, use_errno=True)[name]
    except AttributeError as error:
        raise OSError(f"the C library has no {name}") from error
    found.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_void_p)[:arguments]
    return found
