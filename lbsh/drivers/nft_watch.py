"""Listens to the kernel's notices about nftables (NFNLGRP_NFTABLES, nfnetlink.h): who touched which tables, and when.

A transaction is told as one notice for each part that it changed, with the part's table, and last its generation, with the
process that made it. Packets that update sets are not told. Where the kernel has more to say than there is room for, it says
so, and what was touched is unknown.
"""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

from lbsh.drivers.generation import Clock, Moment
from lbsh.drivers.netlink import attributes

_NETFILTER, _GROUP = 12, 1 << 6
_NFTABLES, _NEW_GENERATION = 10, 10 << 8 | 15
_TABLE, _GENERATION, _PROCESS, _PROGRAM = 1, 1, 2, 3
"""Attributes: the first has the table in every notice but that of a generation."""
_FAMILIES: Mapping[int, str] = {socket.AF_INET: "ip", socket.AF_INET6: "ip6"}
_ROOM, _BUFFER = 1 << 16, 1 << 22
_SO_RCVBUFFORCE = 33
"""socket(7): a receive buffer beyond the limit, for those with CAP_NET_ADMIN."""


class Touch(NamedTuple):
    """A transaction: its generation, and the process that made it, in words, if it touched the tables."""

    generation: int
    who: str


class NftWatch:
    """Watches some tables, named as `ip lbsh`. `clock` tells the present moment. Raises `OSError`.

    What it knows changes: the last moment of which it heard, and that since which nobody touched the tables, with who did
    before. Where notices were lost, that is nobody, and the moment the present one.
    """

    def __init__(self, tables: Collection[str], clock: Clock) -> None:
        self._reader = Reader(tables)
        self._clock = clock
        self._link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETFILTER)
        self._link.setblocking(False)
        with suppress(OSError):
            self._link.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
        self._link.bind((0, _GROUP))
        self._heard = self._quiet_since = clock()
        self._who = ""

    def since(self, noted: Moment) -> Moment | str:
        """The moment until which nobody has touched the tables since another one, or who did; empty if that is unknown."""
        self._hear()
        if noted.generation is None or not noted.is_of_boot(self._quiet_since):
            return ""
        return self._heard if not noted.is_before(self._quiet_since) else self._who

    def _hear(self) -> None:
        while True:
            try:
                data = self._link.recv(_ROOM)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                self._reader.forget()
                self._heard = self._quiet_since = self._clock()
                self._who = ""
                continue
            for touch in self._reader.read(data):
                self._heard = self._heard._replace(generation=touch.generation)
                if touch.who:
                    self._quiet_since, self._who = self._heard, touch.who


class Reader:
    """Reads notices. Its state is whether the transaction whose notices come touched any of the tables."""

    def __init__(self, tables: Collection[str]) -> None:
        self._tables = frozenset(tables)
        self._is_touched = False

    def forget(self) -> None:
        """Begins anew, after notices were lost."""
        self._is_touched = False

    def read(self, data: bytes) -> Iterator[Touch]:
        """The transactions that end in some bytes."""
        at = 0
        while at + 20 <= len(data):
            length, kind = struct.unpack_from("=IH", data, at)
            if length < 20:
                return
            found = attributes(data[at + 20 : at + length])
            if kind == _NEW_GENERATION:
                who = f"{_text(found, _PROGRAM)} (process {_number(found, _PROCESS)})" if self._is_touched else ""
                yield Touch(_number(found, _GENERATION), who)
                self._is_touched = False
            elif kind >> 8 == _NFTABLES:
                family = _FAMILIES.get(data[at + 16], "")
                self._is_touched |= f"{family} {_text(found, _TABLE)}" in self._tables
            at += length + -length % 4


def _number(found: Mapping[int, bytes], kind: int) -> int:
    return int.from_bytes(found.get(kind, b""))


def _text(found: Mapping[int, bytes], kind: int) -> str:
    text = found.get(kind, b"").rstrip(b"\0").decode(errors="replace")
    return "".join([one if one.isprintable() else "?" for one in text])
