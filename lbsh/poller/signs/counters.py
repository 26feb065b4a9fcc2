"""Asks the kernel for the counters of a table's sets, without waiting: an answer is read piece by piece as it comes."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

from lbsh.drivers.netlink import DUMP, REQUEST, Message, answers_in, attribute
from lbsh.poller.signs.counts import Counters, Counts
from lbsh.poller.signs.elements import counters_in

_NETFILTER, _INET = 12, 1
_GET_ELEMENTS = 10 << 8 | 13
_TABLE, _SET = 1, 2
_ERROR, _DONE, _INTERRUPTED = 2, 3, 0x10
_ROOM = 1 << 16

Into = Callable[[Counters], None]


class Dump:
    """Reads the sets `asked` and `answered` of a table, for the given versions of IP, into counts piece by piece. `taken` is
    called when all has come.

    A round in which the sets changed, or the table was not there, gives nothing. Answers to requests of former rounds, which
    the kernel goes on sending, are no part of the present one.
    """

    def __init__(
        self, table: str, counts: Counts, taken: Callable[[], None], link: socket.socket | None = None
    ) -> None:
        self._table, self._counts, self._taken = table.encode() + b"\0", counts, taken
        self._link = link or socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETFILTER)
        self._link.setblocking(False)
        self._round: Iterator[tuple[str, Into]] = iter(())
        self._into: Into | None = None
        self._sequence = 0

    def fileno(self) -> int:
        return self._link.fileno()

    def close(self) -> None:
        self._link.close()

    def start(self, versions: tuple[int, ...]) -> None:
        """Begins a round, unless the former one still gets answers."""
        if self._into is not None:
            return
        self._counts.begin()
        self._round = self._sets(versions)
        self._ask()

    def _sets(self, versions: tuple[int, ...]) -> Iterator[tuple[str, Into]]:
        """The sets of a round, by name; answers are of no interest where nobody was asked."""
        for one in versions:
            yield f"asked{one}", self._counts.asked
        for one in versions if self._counts.were_asked else ():
            yield f"answered{one}", self._counts.answered

    def read(self) -> None:
        """Reads what can be read now, one piece."""
        try:
            data = self._link.recv(_ROOM)
        except BlockingIOError:
            return
        except OSError:
            self._into = None
            return
        for sequence, kind, flags, body in answers_in(data):
            if sequence != self._sequence:
                continue
            if self._into is None:
                return
            if kind == _ERROR or flags & _INTERRUPTED:
                self._into = None
            elif kind == _DONE:
                self._ask()
            else:
                self._into(counters_in(body[4:]))

    def _ask(self) -> None:
        """Asks for the next set of the round, or hands over all."""
        name, self._into = next(self._round, ("", None))
        if self._into is None:
            self._taken()
            return
        self._sequence += 1
        wanted = attribute(_TABLE, self._table) + attribute(_SET, name.encode() + b"\0")
        try:
            self._link.send(Message(_GET_ELEMENTS, REQUEST | DUMP, _INET, wanted).packed(self._sequence))
        except OSError:  # the next round may be luckier
            self._into = None
