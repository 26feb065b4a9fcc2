"""How the kernel is asked for a carrier: the driver first, and the state of operation where that says nothing."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import socket
import struct
import sys

import pytest

from lbsh.poller.carrier import ETHTOOL_GLINK, IFF_RUNNING, SIOCETHTOOL, SIOCGIFFLAGS, works


class Kernel:
    """Answers like ioctl(2): `link` is what the driver says, or its error; `flags` those of the interface, or an error."""

    def __init__(self, link: int | OSError, flags: int | OSError = 0) -> None:
        self.link, self.flags = link, flags
        self.asked: list[int] = []

    def ioctl(self, asked: socket.socket, request: int, argument: bytes) -> bytes:
        self.asked.append(request)
        assert argument[:16].rstrip(b"\0") == b"em1"
        if request == SIOCETHTOOL:
            if isinstance(self.link, OSError):
                raise self.link
            (place,) = struct.unpack_from("P", argument, 16)
            answer = (ctypes.c_uint32 * 2).from_address(place)
            assert answer[0] == ETHTOOL_GLINK
            answer[1] = self.link
            return argument
        assert request == SIOCGIFFLAGS
        if isinstance(self.flags, OSError):
            raise self.flags
        return struct.pack("16sH22x", b"em1", self.flags)


def _error(number: int) -> OSError:
    return OSError(number, "refused")


@pytest.mark.parametrize(
    ("kernel", "works_so", "asked"),
    [
        (Kernel(1), True, [SIOCETHTOOL]),
        (Kernel(0), False, [SIOCETHTOOL]),
        (Kernel(_error(errno.ENODEV)), False, [SIOCETHTOOL]),
        (Kernel(_error(errno.EPERM)), None, [SIOCETHTOOL]),
        (Kernel(_error(errno.EOPNOTSUPP), IFF_RUNNING | 1), True, [SIOCETHTOOL, SIOCGIFFLAGS]),
        (Kernel(_error(errno.EOPNOTSUPP), 1), False, [SIOCETHTOOL, SIOCGIFFLAGS]),
        (Kernel(_error(errno.EOPNOTSUPP), _error(errno.ENODEV)), False, [SIOCETHTOOL, SIOCGIFFLAGS]),
        (Kernel(_error(errno.EOPNOTSUPP), _error(errno.EPERM)), None, [SIOCETHTOOL, SIOCGIFFLAGS]),
    ],
)
def test_the_driver_is_asked_first(
    monkeypatch: pytest.MonkeyPatch, kernel: Kernel, works_so: bool | None, asked: list[int]
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(fcntl, "ioctl", kernel.ioctl)
    kernel.asked.clear()
    assert works("em1") is works_so
    assert kernel.asked == asked


def test_where_there_is_no_socket_nobody_can_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> socket.socket:
        raise OSError(errno.EMFILE, "too many open files")

    monkeypatch.setattr(socket, "socket", none)
    assert works("em1") is None


def test_elsewhere_than_on_linux_nobody_can_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "freebsd14")
    monkeypatch.setattr(fcntl, "ioctl", Kernel(1).ioctl)
    assert works("em1") is None
