"""A copy of what runs, for a poller that only says what it would do: `lbsh poll --shadow`."""

from __future__ import annotations

import io

from lbsh import device
from lbsh.drivers.choice import NO_DRIVER
from lbsh.gateway.machine import Choice
from lbsh.gateway.resident import Resident
from lbsh.gateway.writer import Gateway
from lbsh.poll.script import Script
from lbsh.store.memory import Memory, MemoryStore
from lbsh.store.protocol import Act, Store


class Model(Script):
    """A copy of what runs, in memory, which the driver `none` has: for a poller that only says what it would do."""

    def __init__(self, origin: Store) -> None:
        super().__init__(MemoryStore(Memory()))
        self._origin = origin
        chosen = device.open_gateway(origin).choice()
        machine = device.machine(io.StringIO())
        choice = Choice(NO_DRIVER, chosen.backend, chosen.options)
        self._gateway = Gateway(self._store, machine, choice)
        self.device = Resident(self._store, self._gateway, machine, self.changed)
        self._copy()

    def wait(self, seconds: float) -> bool:
        is_changed = self._origin.wait_for_change(seconds)
        if is_changed and self._origin.running() != self._copied:
            self._copy()
            self.look()
        return is_changed

    def _copy(self) -> None:
        """Makes what runs the script of the model, with the statuses of its servers, and loads it without a word."""
        self._copied, act = self._origin.running(), Act(0, "", "", "poll --shadow")
        if not self._copied.revision:
            return
        with self._store.lock(act.way) as writer:
            writer.replace(self._copied.files, act, self._copied.statements)
        known = self._store.statuses()
        self._gateway.settle(act)
        found = self._origin.statuses()
        self._store.set_statuses({server: status for server, status in found.items() if server not in known})
        self._gateway.settle(act)
