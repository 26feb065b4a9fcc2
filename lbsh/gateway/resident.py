"""The gateway in a process that lives long, as a poller does: statuses into the store, and their rules into the filter.

It fulfils `lbsh.poller.actions.Device`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from lbsh.gateway.writer import Gateway
from lbsh.store.protocol import Act, Store, StoreError
from lbsh_lang.site.status import ServerId, Status

WAIT = 1.0
"""Seconds for the lock of the store; whoever waits longer tries again."""

LOOK = 2.0
"""Seconds from one look at deadlines, drains and drift to the next."""


class Resident:
    """Acts on a device for a process that lives long. `act` makes the act of a moment."""

    def __init__(
        self, store: Store, gateway: Gateway, act: Callable[[], Act], audit: Callable[[Sequence[str]], None]
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._act = act
        self._audit = audit

    def note(self, statuses: Mapping[ServerId, Status]) -> None:
        """Writes statuses into the store."""
        self._store.set_statuses(statuses)

    def apply(self, servers: Collection[ServerId]) -> Sequence[str]:
        """Loads the rules that follow from the statuses of these servers. Raises `StoreError`."""
        outcome = self._gateway.settle(self._act(), WAIT)
        if outcome.trouble:
            raise StoreError(outcome.trouble)
        return [one.words for one in outcome.drift]

    def attend(self) -> tuple[float, Sequence[str]]:
        """Keeps the deadline of a change that waits for confirmation."""
        left = self._gateway.keeper.keep_deadline(WAIT)
        return (LOOK if left is None else min(left, LOOK)), ()

    def audit(self, lines: Sequence[str]) -> None:
        """Writes lines into the system's log."""
        self._audit(lines)
