"""What a new health takes over: from the one before a changed script, or from statuses that an earlier poller left. Pure.

Nothing of this makes a change: what is in the rules stays there until results say otherwise. Own times are in microseconds,
real ones in milliseconds.

Theory of operation. The former health goes on while columns of its board are copied, some servers a step. What it writes
meanwhile it notes in the board's journal, and that is copied again at the end. Then come the few servers of which more is
known: suspicions, reasons, holds. So the last step is short, however many servers there are.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from lbsh.poller.board import STATES, Board
from lbsh.poller.health import Health
from lbsh.poller.leaving import asks_the_same
from lbsh.poller.order import DOWN
from lbsh.poller.results import Reason
from lbsh_lang.site.status import ServerId, Status

AT_A_TIME = 200
"""Servers that are copied in a step."""
_TIMES = 4
"""How often what was written meanwhile is copied in steps, each time less; what is left after that is copied at once."""
Value = TypeVar("Value")
_REASONS = {reason.value: reason for reason in Reason}


def restore(health: Health, statuses: Mapping[ServerId, Status], now: int, real_ms: int) -> None:
    """Begins with statuses from the store. A server that was held stays so, but no longer than any may be."""
    board, longest = health.board, health.settings.flapping.most
    for server, status in statuses.items():
        index = board.index_of.get(server)
        if index is None:
            continue
        board.state[index] = STATES.index(status.state)
        board.since[index] = status.since
        word, _, detail = status.reason.partition(": ")
        reason = _REASONS.get(word)
        if board.state[index] == DOWN and reason is not None and not reason.is_good:
            board.reason[index] = reason
            board.cause[index] = reason, detail
            if detail:
                board.detail[index] = detail
        left = min((status.until or 0) - real_ms, longest)
        if board.state[index] == DOWN and left > 0:
            health.changing.hold(index, now + 1000 * left, real_ms + left)


def take_over(health: Health, old: Health) -> Iterator[None]:
    """Prepares to take over servers that a changed script still has, with what is under way for them: open probes and
    suspicions; may be called by any thread. The loop then makes the steps, and goes on with the new health right after.

    A server whose probe is another keeps its state, but what spoke against it by the old probe does not count.
    """
    places = places_of(health.board, old.board)
    return _steps(health, old, places, _indexes_of(places, len(old.board.targets)))


def places_of(board: Board, before: Board) -> Sequence[int]:
    """For each server its index on an earlier board, -1 if it was not there."""
    index_of = before.index_of
    return array("i", [index_of.get(target.server, -1) for target in board.targets])


def next_times(board: Board, places: Sequence[int], times: Mapping[int, int], now: int) -> dict[int, int]:
    """When servers of a changed script are due that were due at these times by the former one, in which they had these
    places. None waits longer than the shorter of its intervals."""
    targets = board.targets
    return {
        index: min(times[place], now + 1000 * targets[index].probe.every)
        for index, place in enumerate(places)
        if place in times
    }


def _indexes_of(places: Sequence[int], size: int) -> Sequence[int]:
    """The other way round: for each of so many former places the index now, -1 if its server is gone."""
    indexes = array("i", [-1]) * size
    for index, place in enumerate(places):
        if place >= 0:
            indexes[place] = index
    return indexes


def _steps(health: Health, old: Health, places: Sequence[int], indexes: Sequence[int]) -> Iterator[None]:
    touched = old.board.touched = list[int]()
    for first in range(0, len(places), AT_A_TIME):
        for index in range(first, min(first + AT_A_TIME, len(places))):
            if places[index] >= 0:
                _copy(health, index, old, places[index])
        yield
    for _ in range(_TIMES):
        if len(touched) <= AT_A_TIME:
            break
        again = [*{*touched}]
        touched.clear()
        for first in range(0, len(again), AT_A_TIME):
            _copy_again(health, old, again[first : first + AT_A_TIME], indexes)
            yield
    _copy_again(health, old, {*touched}, indexes)
    old.board.touched = None
    _take_over_few(health, old, indexes)


def _copy_again(health: Health, old: Health, places: Iterable[int], indexes: Sequence[int]) -> None:
    for place in places:
        if indexes[place] >= 0:
            _copy(health, indexes[place], old, place)


def _copy(health: Health, index: int, old: Health, place: int) -> None:
    """Copies what the board says of a server, and what results changed besides."""
    board, before = health.board, old.board
    board.state[index], board.since[index] = before.state[place], before.since[place]
    board.last[index], board.duration[index] = before.last[place], before.duration[place]
    board.good[index], board.bad[index] = before.good[place], before.bad[place]
    _copy_entry(board.reason, index, before.reason, place)
    _copy_entry(board.detail, index, before.detail, place)
    _copy_entry(board.cause, index, before.cause, place)
    _copy_entry(board.expiry, index, before.expiry, place)
    _copy_entry(health.notices.warned, index, old.notices.warned, place)
    health.changing.up_since[index] = old.changing.up_since[place]
    _copy_entry(health.changing.flapped, index, old.changing.flapped, place)
    _copy_entry(health.changing.failed_after, index, old.changing.failed_after, place)


def _copy_entry(entries: dict[int, Value], index: int, before: Mapping[int, Value], place: int) -> None:
    if place in before:
        entries[index] = before[place]
    elif index in entries:
        del entries[index]


def _take_over_few(health: Health, old: Health, indexes: Sequence[int]) -> None:
    """Takes over what is known of few servers, and what is not copied but goes on."""
    targets, before = health.board.targets, old.board
    kept, asked = dict[int, int](), list[int]()
    for place, watch in old.watches.items():
        index = indexes[place]
        if index >= 0 and asks_the_same(targets[index], before.targets[place]):
            health.keep(index, watch)
            kept[place] = index
        elif index >= 0 and watch.open:
            asked.append(index)
    for place, cause in old.record.spoilt.causes.items():
        if indexes[place] >= 0:
            health.record.spoilt.note(indexes[place], cause)
    for place, until in old.changing.holds.items():
        if indexes[place] >= 0:
            health.changing.hold(indexes[place], until, before.held[place])
    health.go_on(old, kept, asked)
