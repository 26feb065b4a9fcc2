"""The parts of a poller (paper, Fig. 10), made for a script, and what each takes over from that of the script before."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import NamedTuple

from lbsh import stores
from lbsh.poller.board import Board
from lbsh.poller.health import Health
from lbsh.poller.inheritance import next_times, places_of, restore, take_over
from lbsh.poller.parts import Effects, Judge, Scheduler, Team
from lbsh.poller.readings import Reading
from lbsh.poller.settings import AllFailed, Settings
from lbsh.poller.shadow import Reporting
from lbsh.poller.team import Crew
from lbsh.poller.turning import Turning
from lbsh.poller.wheel import Wheel

Said = Callable[[str], None]


class Options(NamedTuple):
    """What the command line asks of a poller; times in milliseconds."""

    all_failed: str = "hold"
    hold: int = 10_000
    metrics: tuple[str, int] | None = None
    on_change: str | None = None
    log: str = "text"


class Workshop:
    """Makes the parts of Fig. 10 for the service (`service.Makers`)."""

    def __init__(self, crew: Crew, beside: Crew, options: Options, said: Said) -> None:
        self._crew, self._beside, self._options, self._said = crew, beside, options, said

    def judge(self, board: Board, reading: Reading, former: Board | None, now: int) -> Judge:
        chosen = Settings(AllFailed(self._options.all_failed), self._options.hold)
        health, known = Health(board, chosen, reading.interfaces), former.index_of if former is not None else {}
        fresh = {server: one for server, one in reading.statuses.items() if server not in known}
        restore(health, fresh, now, stores.now())
        return health

    def scheduler(self, board: Board, former: Turning | None, now: int) -> Scheduler:
        times: dict[int, int] = {}
        if former is not None and isinstance(former.scheduler, Wheel):
            times = next_times(board, places_of(board, former.board), former.scheduler.times(), now)
        return Wheel([target.probe.every for target in board.targets], os.getpid(), now, times)

    def team(self, board: Board, special: bytearray) -> Team:
        return self._crew.team(board, special)

    def shadow(self, reading: Reading, former: Turning | None, now: int) -> Turning | None:
        if not reading.shadows:
            return None
        board = Board(reading.shadows)
        health = Health(board)
        try:
            team = self._beside.team(board, health.special)
        except OSError as error:
            self._said(f"shadow probes cannot be carried out: {error.strerror or error}")
            return None
        scheduler = self.scheduler(board, former, now)
        return Turning(board, health, scheduler, team, Reporting(self._said), self._say)

    def inherit(self, turning: Turning, former: Turning) -> Iterator[None]:
        if isinstance(turning.health, Health) and isinstance(former.health, Health):
            return take_over(turning.health, former.health)
        return iter(())

    def _say(self, effects: Effects) -> None:
        for line in effects.notices:
            self._said(f"shadow probes: {line}")

    def dissolve(self) -> None:
        self._crew.dissolve()
        self._beside.dissolve()
