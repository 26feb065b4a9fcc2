"""Teams of former scripts: nothing is started by them any more, but their open probes come to their ends, and count.

A script may change every second, and a server that says nothing is known to be dead after its timeout only. So a probe that
is open while a script is taken over goes on; its result is that of the server in the present script, if that server is still
asked at the same place in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lbsh.poller.board import Board
from lbsh.poller.parts import Opened, Probed, Team
from lbsh.poller.targets import Target
from lbsh_lang.site.probing import is_same


@dataclass(frozen=True, slots=True)
class Leaving:
    """A team with the board that it has its indexes of, and the serial of the last probe that it started."""

    board: Board
    team: Team
    last: int

    def collect(self, now: int, present: Board) -> tuple[Sequence[Opened], Sequence[Probed]]:
        """The probes of which health has not heard, and results, by the indexes of the present board."""
        results = [probed for prober in self.team.probers for probed in prober.collect(now)]
        opened = self.team.fast.opened() if self.team.fast is not None else ()
        servers = {*[one.server for one in opened], *[probed.server for probed in results]}
        places = {server: place_in(present, self.board.targets[server]) for server in servers}
        return (
            [one._replace(server=place) for one in opened if (place := places[one.server]) is not None],
            [one._replace(server=place) for one in results if (place := places[one.server]) is not None],
        )

    def abandon(self, target: Target, serial: int) -> None:
        """Ends a probe of a server."""
        index = self.board.index_of.get(target.server)
        if index is not None:
            self.team.probers[self.team.of[index]].abandon(index, serial)

    def next_time(self, now: int) -> int | None:
        """When it is to collect at the latest, None if nothing is open."""
        times = [prober.next_time(now) for prober in self.team.probers]
        return min((time for time in times if time is not None), default=None)


def place_in(board: Board, target: Target) -> int | None:
    """The index of a server on another board, None if it is not there, or is asked elsewhere or otherwise."""
    index = board.index_of.get(target.server)
    return index if index is not None and asks_the_same(board.targets[index], target) else None


def asks_the_same(one: Target, other: Target) -> bool:
    """Whether two targets are one server that is asked at the same place in the same way."""
    return (one.address, one.port) == (other.address, other.port) and is_same(one.probe, other.probe)
