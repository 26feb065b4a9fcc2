"""From a decision to the change on the board: comings-up are gathered, servers that flap are held down. Pure.

A server goes down at once. One that comes up waits for others, so that a farm that returns is one change of rules; it comes
along with a server that goes down meanwhile. One that flaps goes down with the time until which it is held, and comes up
after that at the earliest. Own times are in microseconds, real ones (`_ms`) in milliseconds.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from heapq import heappop, heappush

from lbsh.poller import flapping
from lbsh.poller.board import STATES, Board
from lbsh.poller.order import DOWN, UP
from lbsh.poller.parts import Change
from lbsh.poller.results import Reason
from lbsh.poller.settings import Settings


class Changing:
    """Changes of the board that are due or wait for their time."""

    def __init__(self, board: Board, settings: Settings) -> None:
        self.board, self.settings = board, settings
        self.flapped: dict[int, int] = {}
        """How often servers have flapped in a row, if they have."""
        self.up_since = array("q", [-1]) * len(board.targets)
        """When servers last came up, in milliseconds of own time, -1 if they never did."""
        self.holds: dict[int, int] = {}
        """Until when servers are held down that flap, own time."""
        self.failed_after: dict[int, int] = {}
        """The duration of the last probe of servers whose last result was bad."""
        self.changes: list[Change] = []
        self._ends: list[tuple[int, int]] = []
        self._rising: dict[int, None] = {}
        self._gathered_at: int | None = None

    def down(self, server: int, now: int, now_ms: int) -> None:
        """A server goes down."""
        since = self.up_since[server]
        before = flapping.Flaps(self.flapped.get(server, 0), since if since >= 0 else None)
        flaps = flapping.after_down(before, now // 1000, self.settings.flapping)
        self.up_since[server] = -1
        if flaps.times:
            self.flapped[server] = flaps.times
        else:
            self.flapped.pop(server, None)
        hold = flapping.hold_time(flaps, self.settings.flapping)
        if hold:
            self.hold(server, now + 1000 * hold, now_ms + hold)
        self._change(server, DOWN, now_ms)

    def hold(self, server: int, until: int, until_ms: int) -> None:
        """A server stays down until then."""
        self.holds[server] = until
        self.board.held[server] = until_ms
        heappush(self._ends, (until, server))

    def rise(self, server: int, now: int) -> None:
        """A server is to come up with others, unless it is held."""
        if server in self.holds or server in self._rising:
            return
        self._rising[server] = None
        if self._gathered_at is None:
            self._gathered_at = now + 1000 * self.settings.gather

    def stay(self, server: int) -> None:
        """A server is not to come up after all."""
        self._rising.pop(server, None)

    def released(self, now: int) -> list[int]:
        """Servers whose hold has ended."""
        servers = []
        while self._ends and self._ends[0][0] <= now:
            until, server = heappop(self._ends)
            if self.holds.get(server) == until:
                del self.holds[server], self.board.held[server]
                servers.append(server)
        return servers

    def gather(self, now: int, now_ms: int) -> list[int]:
        """Servers that come up now."""
        if self._gathered_at is None or not (now >= self._gathered_at or self.changes):
            return []
        risen = list(self._rising)
        for server in risen:
            self.up_since[server] = now // 1000
            self._change(server, UP, now_ms)
        self._rising, self._gathered_at = {}, None
        return risen

    def go_on(self, old: Changing, kept: Mapping[int, int]) -> None:
        """Goes on with the servers that another one was about to let come up; `kept` has them by their former indexes."""
        self._rising = {kept[server]: None for server in old._rising if server in kept}
        self._gathered_at = old._gathered_at if self._rising else None

    def taken(self) -> list[Change]:
        """The changes since the last call."""
        changes, self.changes = self.changes, []
        return changes

    def next_time(self) -> int | None:
        times = [time for time, _ in self._ends[:1]]
        if self._gathered_at is not None:
            times.append(self._gathered_at)
        return min(times, default=None)

    def _change(self, server: int, new: int, now_ms: int) -> None:
        board = self.board
        if board.touched is not None:
            board.touched.append(server)
        old = board.state[server]
        board.state[server] = new
        board.since[server] = now_ms
        is_up = new == UP
        reason, detail = Reason.ANSWERED, ""
        if is_up:
            board.cause.pop(server, None)
        else:
            reason, detail = board.cause[server] = (
                board.reason.get(server, Reason.TIMEOUT),
                board.detail.get(server, ""),
            )
        self.changes.append(
            Change(
                board.targets[server].server,
                STATES[old],
                STATES[new],
                reason,
                detail,
                board.duration[server] if is_up else self.failed_after.get(server, 0),
                now_ms,
                None if is_up else board.held.get(server),
            )
        )
