"""Keeps the deadlines of changes that wait for confirmation, and lets no other change in between.

Every change of the running script comes through here: under the lock, after what was not confirmed in time is put back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from lbsh.gateway.audit import audit_lines
from lbsh.gateway.confirm import UNGUARDED, Confirmations, chosen_in
from lbsh.gateway.deadline import Confirmation, State, left, state_of
from lbsh.gateway.loader import Loader
from lbsh.gateway.machine import Choice, Machine
from lbsh.gateway.notices import Notices, notices_of
from lbsh.gateway.outcome import Outcome
from lbsh.store.protocol import Act, Record, Store, StoreError, Writer
from lbsh_lang.site.model import Site


class Keeper:
    """Keeps deadlines. All methods raise `StoreError`."""

    def __init__(self, store: Store, machine: Machine, loader: Loader, confirmations: Confirmations) -> None:
        self._store = store
        self._machine = machine
        self._loader = loader
        self._confirmations = confirmations

    def notices(self) -> Notices:
        """What waits for confirmation, and what was put back."""
        return notices_of(self._store, self._confirmations.now())

    @contextmanager
    def locked(self, act: Act, wait: float) -> Iterator[tuple[Writer, Confirmation | None]]:
        """The lock, after what was not confirmed in time is put back, and the change that still waits."""
        with self._store.lock(act.way, wait) as writer:
            pending, _ = self._confirmations.settle(writer)
            yield writer, pending

    def confirm(self, act: Act, wait: float = 0.0) -> Confirmation | None:
        """Keeps the change that waits for confirmation; None if none does, also if it came too late."""
        with self.locked(act, wait) as (writer, pending):
            if pending is not None:
                writer.note_record(Record.CONFIRMATION, None)
                self._machine.audit(audit_lines(act, pending.revision, ()))
                self._clear(writer)
            return pending

    def keep_deadline(self, wait: float = 0.0) -> float | None:
        """Puts back a change that nobody has confirmed in time; the seconds until then, None if nothing waits.

        For the guard and others that live long. Raises `StoreError` if that fails, or if the lock is held: try again later.
        """
        pending = self._confirmations.pending(self._store)
        if pending is None:
            return None
        now = self._confirmations.now()
        if state_of(pending, self._store.revision(), now) is State.OPEN:
            return left(pending, now) / 1000
        with self._store.lock("put back", wait) as writer:
            waiting, trouble = self._confirmations.settle(writer)
            if trouble:
                raise StoreError(trouble)
            return None if waiting is None else left(waiting, self._confirmations.now()) / 1000

    def put_back_now(self, wait: float = 0.0) -> None:
        """Puts back a change that waits, before its time, since nobody could keep its deadline. Raises `StoreError`."""
        with self._store.lock("put back", wait) as writer:
            waiting, trouble = self._confirmations.settle(writer)
            if waiting is not None:
                act = self._confirmations.act()
                trouble = self._confirmations.put_back(writer, waiting, act, UNGUARDED)
            if trouble:
                raise StoreError(trouble)

    def prepare(self) -> None:
        """Imports what putting back takes, while it can be imported. Raises `StoreError` and `DriverError`."""
        loaded, pending = self._store.loaded(), self._confirmations.pending(self._store)
        former = chosen_in(pending) if pending is not None else None
        present = Choice.of_json(loaded.driver, loaded.options) if loaded is not None else None
        for chosen in filter(None, (former, present)):
            self._loader.driver(chosen)
            self._loader.backend(chosen).render(Site(), chosen.options)

    def change(self, act: Act, wait: float, change: Callable[[Writer], Outcome]) -> Outcome:
        """Makes a change under the lock, unless another one waits for confirmation."""
        with self.locked(act, wait) as (writer, pending):
            return self.changed(writer, pending, change)

    def changed(self, writer: Writer, pending: Confirmation | None, change: Callable[[Writer], Outcome]) -> Outcome:
        if pending is not None:
            raise self._confirmations.refuse(pending)
        told = notices_of(writer, self._confirmations.now()).lines
        outcome = change(writer)
        if told and outcome.revision and not outcome.trouble:
            self._clear(writer)
        return outcome._replace(notices=told)

    def _clear(self, writer: Writer) -> None:
        """Nobody needs to be told any more of what was put back."""
        with suppress(StoreError):
            if writer.record(Record.PUT_BACK) is not None:
                writer.note_record(Record.PUT_BACK, None)
