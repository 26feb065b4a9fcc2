"""Results on the board: counts, and of servers whose last result was bad the reason. Pure."""

from __future__ import annotations

from lbsh.poller.board import Board
from lbsh.poller.results import Reason
from lbsh.poller.spoilt import Spoilt


class Record:
    """Writes results on a board. `failed_after` gets the durations of bad ones."""

    def __init__(self, board: Board, failed_after: dict[int, int]) -> None:
        self.board, self.spoilt = board, Spoilt()
        self._failed_after = failed_after

    def count(self, server: int, reason: Reason, detail: str, duration: int, now_ms: int) -> None:
        """A result that says something of a server, at a real time."""
        board = self.board
        self._touch(server)
        board.last[server] = now_ms
        if self.spoilt.causes:
            self.spoilt.forget(server)
        if reason.is_good:
            board.good[server] += 1
            board.duration[server] = duration
            if server in board.reason:
                del board.reason[server]
                board.detail.pop(server, None)
                self._failed_after.pop(server, None)
            return
        board.bad[server] += 1
        board.reason[server] = reason
        self._failed_after[server] = duration
        if detail:
            board.detail[server] = detail
        else:
            board.detail.pop(server, None)

    def unanswered(self, server: int, duration: int, now_ms: int) -> None:
        """A probe has failed because nobody waits any longer; its reason is that of a failure before it, if any."""
        reason = self.board.reason.get(server, Reason.TIMEOUT)
        reason = reason if reason.counts else Reason.TIMEOUT
        self.count(server, reason, self.board.detail.get(server, ""), duration, now_ms)

    def not_made(self, server: int, cause: str) -> None:
        """A probe that this machine could not make: it says nothing of the server."""
        self._touch(server)
        self.spoilt.note(server, cause)
        self.board.reason[server] = Reason.SPOILT
        self.board.detail[server] = cause

    def _touch(self, server: int) -> None:
        if self.board.touched is not None:
            self.board.touched.append(server)
