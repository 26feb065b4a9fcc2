"""Servers that return gradually (`add ... ramp DURATION`) after they were down: their steps at a moment. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from lbsh.gateway.known import Known
from lbsh_lang.site.ramps import WHOLE, next_step, step_at
from lbsh_lang.site.status import ServerId, State, Status


class Returning:
    """Remembers since when servers return, in milliseconds since 1970; those that have their whole share are forgotten."""

    def __init__(self) -> None:
        self._since: dict[ServerId, int] = {}

    def found(
        self, known: Known, now: int, before: Mapping[ServerId, Status], after: Mapping[ServerId, Status]
    ) -> None:
        """Takes statuses over: a server that was down and is up returns, one that is down does not."""
        for server, status in after.items():
            was = before.get(server)
            if status.state is State.DOWN:
                self._since.pop(server, None)
            elif was is not None and was.state is State.DOWN and known.ramp_of(server) is not None:
                self._since[server] = now

    def steps(self, known: Known, now: int) -> Mapping[ServerId, int]:
        """The steps of the servers that do not have their whole share."""
        found = {}
        for server, since in [*self._since.items()]:
            ramp = known.ramp_of(server)
            step = WHOLE if ramp is None else step_at(ramp, now - since)
            if step == WHOLE:
                del self._since[server]
            else:
                found[server] = step
        return found

    def next_time(self, known: Known, now: int) -> float | None:
        """Seconds until a server takes its next step, None if none returns."""
        ramps = [(known.ramp_of(server), since) for server, since in self._since.items()]
        return min([next_step(ramp, now - since) / 1000 for ramp, since in ramps if ramp is not None], default=None)
