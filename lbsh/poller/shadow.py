"""Handlers that act on nothing: they say what a poller would have done; and what shadow probes found out so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lbsh.poller.board import Board
from lbsh.poller.order import DOWN
from lbsh.poller.parts import Change
from lbsh_lang.site.status import ServerId, State

MOST_TOLD = 20
"""Servers that shadow probes would have taken out, of which each is named."""

_WORDS = {
    State.UP: "would let {} serve again",
    State.DOWN: "would take {} out",
    State.UNKNOWN: "would count {} as unknown",
}


class Recording:
    """A handler (`parts.Handler`) in front of another one, or of none."""

    def __init__(self, said: Callable[[str], None], then: Callable[[Sequence[Change]], None] | None = None) -> None:
        self._said, self._then = said, then

    def act(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self._said(words_of(change))
        if self._then is not None:
            self._then(changes)


def words_of(change: Change) -> str:
    """What a poller would do about a change."""
    detail = f": {change.detail}" if change.detail else ""
    return f"{_WORDS[change.new].format(_place(change.server))} ({change.reason.value}{detail})"


class Reporting:
    """The handler of shadow probes: says whom they would have taken out, and who would be back."""

    def __init__(self, said: Callable[[str], None]) -> None:
        self._said = said

    def act(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if State.DOWN in (change.old, change.new):
                self._said(f"the shadow probe {words_of(change)}")


def taken_out(shadow: Board, deciding: Board) -> list[int]:
    """The servers that serve and that a shadow probe would have taken out, by their indexes among its own."""
    servers, place = list[int](), shadow.state.find(DOWN)
    while place >= 0:
        index = deciding.index_of.get(shadow.targets[place].server)
        if index is None or deciding.state[index] != DOWN:
            servers.append(place)
        place = shadow.state.find(DOWN, place + 1)
    return servers


def reports(shadow: Board, servers: Sequence[int]) -> tuple[str, ...]:
    """A sentence for each of these servers; of many, for the first."""
    found = [_report(shadow, place) for place in servers[:MOST_TOLD]]
    more = len(servers) - len(found)
    return (*found, f"and {more} more servers") if more else tuple(found)


def _report(board: Board, index: int) -> str:
    reason, detail = board.reason.get(index), board.detail.get(index, "")
    why = f" ({reason.value}{f': {detail}' if detail else ''})" if reason is not None else ""
    return f"the shadow probe would have taken {_place(board.targets[index].server)} out{why}"


def _place(server: ServerId) -> str:
    return f"{server.address}{f' port {server.port}' if server.port else ''} in {server.pool} for {server.service}"
