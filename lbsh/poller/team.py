"""The probers of a board: for each method its own, on one loop and with one budget of descriptors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lbsh.poller.board import Board
from lbsh.poller.parts import Prober, Reactor
from lbsh.poller.sockets import Budget
from lbsh.poller.tcp import TcpProber, best_way
from lbsh.poller.turning import Team


class Closing(Prober, Protocol):
    """A prober that gives up its probes and closes what it has open."""

    def close(self) -> None: ...


class Crew:
    """Makes the teams for a loop, one after another; `dissolve` comes between them."""

    def __init__(self, reactor: Reactor, budget: Budget) -> None:
        self._reactor, self._budget = reactor, budget
        self._members: Sequence[Closing] = ()

    def team(self, board: Board, special: bytearray) -> Team:
        """The probers for a board. `special` is health's column of that name."""
        tcp = TcpProber(board, special, best_way(), self._budget)
        self._members = (tcp,)
        return Team(self._members, bytes(len(board.targets)), tcp)

    def dissolve(self) -> None:
        """Ends the open probes of the present team."""
        for member in self._members:
            member.close()
        self._members = ()
