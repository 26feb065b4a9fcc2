"""What a new health takes over: from the one before a changed script, or from statuses that an earlier poller left. Pure.

Nothing of this makes a change: what is in the rules stays there until results say otherwise. Own times are in microseconds,
real ones in milliseconds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from lbsh.poller.board import STATES, Board
from lbsh.poller.health import Health
from lbsh.poller.leaving import asks_the_same
from lbsh.poller.order import DOWN
from lbsh.poller.results import Reason
from lbsh_lang.site.status import ServerId, Status

_REASONS = {reason.value: reason for reason in Reason}


def restore(health: Health, statuses: Mapping[ServerId, Status], now: int, real_ms: int) -> None:
    """Begins with statuses from the store. A server that was held stays so, but no longer than any may be."""
    board, longest = health.board, health.settings.flapping.most
    for server, index in board.index_of.items():
        status = statuses.get(server)
        if status is None:
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


def take_over(health: Health, old: Health, now: int) -> None:
    """Takes over servers that a changed script still has, and what is under way for them: open probes and suspicions.

    A server whose probe is another keeps its state, but what spoke against it by the old probe does not count.
    """
    board, before = health.board, old.board
    kept = dict[int, int]()
    for server, index in board.index_of.items():
        place = before.index_of.get(server)
        if place is None:
            continue
        _copy(board, index, before, place)
        if place in old.record.spoilt.causes:
            health.record.spoilt.note(index, old.record.spoilt.causes[place])
        if place in old.notices.warned:
            health.notices.warned[index] = old.notices.warned[place]
        if place in old.changing.flaps:
            health.changing.flaps[index] = old.changing.flaps[place]
        if place in old.changing.holds:
            health.changing.hold(index, old.changing.holds[place], before.held[place])
        if place in old.changing.failed_after:
            health.changing.failed_after[index] = old.changing.failed_after[place]
        watch = old.watches.get(place)
        if watch is not None and asks_the_same(board.targets[index], before.targets[place]):
            health.keep(index, watch)
            kept[place] = index
        health.look_at(index)
    health.go_on(old, kept)


def next_times(
    board: Board, old: Board, times: Mapping[int, int], open_now: Collection[int], now: int
) -> dict[int, int]:
    """When servers of a changed script are due that were due at these times by the former one.

    None waits longer than the shorter of its intervals; one whose probe is another, and was open, is probed at once.
    """
    found: dict[int, int] = {}
    for server, index in board.index_of.items():
        place = old.index_of.get(server)
        if place is None or place not in times:
            continue
        interval = 1000 * board.targets[index].probe.every
        time = min(times[place], now + interval)
        is_given_up = place in open_now and not asks_the_same(board.targets[index], old.targets[place])
        found[index] = time - interval if is_given_up else time
    return found


def _copy(board: Board, index: int, before: Board, place: int) -> None:
    board.state[index], board.since[index] = before.state[place], before.since[place]
    board.last[index], board.duration[index] = before.last[place], before.duration[place]
    board.good[index], board.bad[index] = before.good[place], before.bad[place]
    if place in before.reason:
        board.reason[index] = before.reason[place]
    if place in before.detail:
        board.detail[index] = before.detail[place]
    if place in before.cause:
        board.cause[index] = before.cause[place]
    if place in before.expiry:
        board.expiry[index] = before.expiry[place]
