"""The device's poller in a laboratory: started by a command, and waited for until its rules are loaded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from lbsh.lab.errors import LabError
from lbsh.lab.machines import Toy
from lbsh.store.protocol import Store
from lbsh_lang.site.status import ServerId, State, Status

LOOK, LOOKS = 1.0, 120
"""Seconds of a wait for news from the store, and the number of such waits in a row, without any, after which it is over.

A script may probe a server as seldom as once in a minute.
"""


@dataclass(slots=True)
class Poller:
    """The poller of a device. `launch` starts its process, and returns what tells whether that still runs; `probed` are the
    servers that it probes."""

    store: Store
    probed: Callable[[], Collection[ServerId]]
    launch: Callable[[], Callable[[], bool]]
    runs: Callable[[], bool] | None = None

    def start(self) -> str:
        """Starts it, and waits until it has probed every server that is probed; a line about them. Raises `LabError`."""
        before = "the poller runs already" if self.runs is not None and self.runs() else "the poller runs"
        if before == "the poller runs":
            self.runs = self.launch()
        statuses = self._wait(lambda found: State.UNKNOWN not in {status.state for status in found.values()})
        states = [status.state for status in statuses.values()]
        counts = ", ".join(f"{states.count(state)} {state.value}" for state in State if state in states)
        return f"{before}: {counts or 'no server is probed'}"

    def wait_for(self, toy: Toy, service: str | None, wanted: State) -> Iterator[str]:
        """Waits until a server has a state in a service, or in all that are probed, and the rules say so; a line for each.

        Raises `LabError`.
        """
        if self.runs is None or not self.runs():
            raise LabError("no poller runs here: start it with `poll`")
        if not _of(toy, service, self._statuses()):
            raise LabError(f"{toy.name} is in no pool of {service or 'a service'} that is probed")

        def is_so(found: Mapping[ServerId, Status]) -> bool:
            mine = _of(toy, service, found)
            loaded = self.store.loaded()
            down = loaded.down if loaded is not None and not loaded.trouble else frozenset()
            return all(
                status.state is wanted and (server in down) is (wanted is State.DOWN) for server, status in mine.items()
            )

        for server, status in _of(toy, service, self._wait(is_so)).items():
            why = f" ({status.reason})" if status.state is State.DOWN and status.reason else ""
            yield f"{toy.name} ({server.address}) in {server.pool} for {server.service} is {status.state.value}{why}"

    def _wait(self, is_so: Callable[[Mapping[ServerId, Status]], bool]) -> dict[ServerId, Status]:
        """Waits until the statuses of probed servers are so."""
        looks = 0
        while not is_so(found := self._statuses()):
            if self.runs is None or not self.runs():
                raise LabError("the poller has ended")
            looks = 0 if self.store.wait_for_change(LOOK) else looks + 1
            if looks == LOOKS:
                raise LabError("the poller finds nothing new")
        return found

    def _statuses(self) -> dict[ServerId, Status]:
        probed = self.probed()
        return {server: status for server, status in self.store.statuses().items() if server in probed}


def _of(toy: Toy, service: str | None, statuses: Mapping[ServerId, Status]) -> dict[ServerId, Status]:
    return {
        server: status
        for server, status in statuses.items()
        if toy.address in (server.address, None) and service in (server.service, None)
    }
