"""The parts of a poller (paper, Fig. 10), made for a script, and what each takes over from that of the script before."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

from lbsh import stores
from lbsh.poller.board import Board
from lbsh.poller.health import Health
from lbsh.poller.inheritance import next_times, restore, take_over
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


class Parts:
    """The parts of Fig. 10 as the service has them (`service.Makers`)."""

    def __init__(self, crew: Crew, beside: Crew, options: Options, said: Said) -> None:
        self._crew, self._beside, self._options, self._said = crew, beside, options, said
        self.health: Health | None = None
        self._coming: Health | None = None

    def judge(self, board: Board, reading: Reading, former: Judge | None, now: int) -> Judge:
        chosen = Settings(AllFailed(self._options.all_failed), self._options.hold)
        health, old = Health(board, chosen, reading.interfaces), former if isinstance(former, Health) else None
        known = old.board.index_of if old is not None else {}
        restore(
            health, {server: one for server, one in reading.statuses.items() if server not in known}, now, stores.now()
        )
        if old is not None:
            take_over(health, old, now)
        self._coming = health
        return health

    def scheduler(self, board: Board, former: Turning | None, now: int) -> Scheduler:
        times: dict[int, int] = {}
        if former is not None and isinstance(former.scheduler, Wheel) and isinstance(former.health, Health):
            known = former.scheduler.times()
            times = next_times(board, former.board, known, former.health.open_probes(), now)
        return Wheel([target.probe.every for target in board.targets], os.getpid(), now, times)

    def team(self, board: Board, special: bytearray) -> Team:
        team = self._crew.team(board, special)
        self.health = self._coming  # only now: where no team can be made, the former health stays in use
        return team

    def shadow(self, reading: Reading, former: Turning | None, now: int) -> Turning | None:
        if not reading.shadows:
            self._beside.dissolve()
            return None
        board = Board(reading.shadows)
        health = Health(board)
        if former is not None and isinstance(former.health, Health):
            take_over(health, former.health, now)
        try:
            team = self._beside.team(board, health.special)
        except OSError as error:
            self._said(f"shadow probes cannot be carried out: {error.strerror or error}")
            self._beside.dissolve()
            return None
        scheduler = self.scheduler(board, former, now)
        turning = Turning(board, health, scheduler, team, Reporting(self._said), self._say)
        if former is not None:
            turning.go_on(former)
        return turning

    def _say(self, effects: Effects) -> None:
        for line in effects.notices:
            self._said(f"shadow probes: {line}")

    def dissolve(self) -> None:
        self._crew.dissolve()
        self._beside.dissolve()

    def link_lost(self, interface: str, now: int) -> None:
        """An interface of this machine carries nothing."""
        if self.health is not None:
            self.health.link_lost(interface, now)
