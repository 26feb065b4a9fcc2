"""The servers of a pool as the rows of a table: each with its share of the connections, or the reason why it has none."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby
from typing import NamedTuple

from lbsh_lang.renderings.changes.parts import because, drain_options
from lbsh_lang.site.diff.pools import drain_state
from lbsh_lang.site.model import Origin
from lbsh_lang.site.trace.values import Candidate, Standing, Trace

MOST_ROWS = 24
"""The greatest number of servers with a row each; in a larger pool, similar neighbours share a row."""


class Row(NamedTuple):
    """A row of the table below a step."""

    cells: tuple[str, ...]
    origin: Origin | None


def rows_of(trace: Trace) -> Iterator[Row]:
    """A row for each candidate: its address, its share or the reason why it has none, and its other properties."""
    groups = [[one] for one in trace.candidates]
    if len(groups) > MOST_ROWS:
        groups = [list(group) for _, group in groupby(trace.candidates, key=_Alike(trace))]
    for group in groups:
        first = group[0]
        who = str(first.server.address)
        if len(group) > 1:
            who = f"{who}-{group[-1].server.address} ({len(group)} servers)"
        yield Row((who, _state(first), _note(trace, first)), _behind(first))


class _Alike:
    """A key for `groupby`: equal for neighbours that can share a row, with consecutive addresses and the same text."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._last: Candidate | None = None
        self._number = 0

    def __call__(self, one: Candidate) -> int:
        last, self._last = self._last, one
        self._number += last is None or not self._go_together(last, one)
        return self._number

    def _go_together(self, last: Candidate, one: Candidate) -> bool:
        consecutive = last.server.address.value + 1 == one.server.address.value
        return consecutive and self._say(last) == self._say(one)

    def _say(self, one: Candidate) -> tuple[object, ...]:
        return one[1:], _note(self._trace, one), _behind(one)


def _state(one: Candidate) -> str:
    if one.standing is not Standing.SERVES or one.share is None:
        return one.standing.value
    return _percent(one.share)


def _note(trace: Trace, one: Candidate) -> str:
    server = one.server
    notes = [f"port {server.port}"] if server.port is not None else []
    notes += ["backup"] if server.backup else []
    if server.weight != 1:
        notes.append(f"weight {server.weight}")
    if server.address == trace.packet.source:
        notes.append("the client itself")
    state = drain_state(server.drain) if one.standing is Standing.DRAINED else None
    if state is not None and any(state):
        notes.append(drain_options(state))
    by_hand = server.down_by_hand if one.standing is Standing.DOWN else None
    if by_hand is not None:
        notes.append(f"by hand{because(by_hand.reason)}")
    return ", ".join(notes)


def _behind(one: Candidate) -> Origin:
    """The statement that took a server out of service, or else the last one that added or changed it."""
    wishes = {Standing.DRAINED: one.server.drain, Standing.DOWN: one.server.down_by_hand}
    wish = wishes.get(one.standing)
    return wish.origin if wish is not None else one.server.origins[-1]


def _percent(share: Fraction) -> str:
    """A share in percent: one digit behind the point, or two significant digits if it is very small."""
    value = float(share * 100)
    text = f"{value:.1f}" if value >= 0.1 else f"{value:.2g}"
    return text.removesuffix(".0") + " %"
