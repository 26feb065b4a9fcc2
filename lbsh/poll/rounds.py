"""One round of probes over all servers of a store: `lbsh poll --once`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import NamedTuple

from lbsh import device
from lbsh.poller.board import Board
from lbsh.poller.loop import Loop
from lbsh.poller.once import RoundRobin, Tally
from lbsh.poller.parts import Probed
from lbsh.poller.shadow import Recording
from lbsh.poller.sockets import Budget, raise_descriptors
from lbsh.poller.targets import Target, targets_of
from lbsh.poller.team import Crew
from lbsh.poller.turning import Turning
from lbsh.store.protocol import Store


class Round(NamedTuple):
    """The servers of a round, and the result of each by its index."""

    targets: Sequence[Target]
    results: Mapping[int, Probed]


def once(store: Store, said: Callable[[str], None]) -> Round:
    """Probes each server of a store once, and changes nothing."""
    targets = targets_of(device.open_gateway(store).running().site)
    loop = Loop(lambda error: said(f"a fault of lbsh: {error!r}"))
    with closing(loop):
        board, tally, crew = Board(targets), Tally(len(targets)), Crew(loop, Budget(raise_descriptors()))
        team = crew.team(board, tally.special)
        scheduler, handler = RoundRobin(len(targets)), Recording(said)
        loop.probe_with(Turning(board, tally, scheduler, team, handler, lambda effects: None))
        while not tally.is_complete:
            loop.turn()
        crew.dissolve()
    return Round(targets, tally.results)
