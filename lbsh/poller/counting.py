"""A judge that only counts: so many failures in a row and a server is down, so many successes and it is up. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from lbsh.poller.board import STATES, Board
from lbsh.poller.parts import Change, Effects, Probed
from lbsh_lang.site.status import ServerId, State, Status

_NUMBERS = {state: number for number, state in enumerate(STATES)}


class Counting:
    """A judge (`parts.Judge`) of a board; statuses are those that it begins with."""

    def __init__(self, board: Board, statuses: Mapping[ServerId, Status]) -> None:
        self.special = bytearray(b"\1") * len(board.targets)
        self._board = board
        self._runs: dict[int, int] = {}
        self._changes: list[tuple[Probed, State]] = []
        for index, target in enumerate(board.targets):
            status = statuses.get(target.server)
            if status is not None:
                board.state[index], board.since[index] = _NUMBERS[status.state], status.since

    def started(self, server: int, serial: int, time: int) -> None:
        pass

    def finished(self, probed: Probed, now: int) -> None:
        """Counts a result; failures are negative."""
        if not probed.reason.counts:
            return
        server, good = probed.server, probed.reason.is_good
        run = self._runs.get(server, 0)
        self._runs[server] = run = max(run, 0) + 1 if good else min(run, 0) - 1
        board, probe = self._board, self._board.targets[server].probe
        column = board.good if good else board.bad
        column[server] += 1
        state = STATES[board.state[server]]
        wanted = State.UP if good else State.DOWN
        needed = 1 if state is State.UNKNOWN and good else probe.rise if good else probe.fall
        if state is not wanted and abs(run) >= needed:
            self._changes.append((probed, wanted))

    def suspect(self, server: int, now: int) -> None:
        pass

    def turn(self, now: int, real_ms: int) -> Effects:
        board, changes = self._board, []
        for probed, state in self._changes:
            old = STATES[board.state[probed.server]]
            board.state[probed.server], board.since[probed.server] = _NUMBERS[state], real_ms
            target = board.targets[probed.server]
            changes.append(Change(target.server, old, state, probed.reason, probed.detail, probed.duration, real_ms))
        self._changes.clear()
        return Effects(changes=changes)

    def next_time(self, now: int) -> int | None:
        return None
