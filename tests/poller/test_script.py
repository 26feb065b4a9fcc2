"""The running script, as what a poller is to probe."""

from __future__ import annotations

from lbsh.gateway.known import NOTHING
from lbsh.gateway.shadows import NONE, Shadows
from lbsh.poll.script import Script
from lbsh.store.memory import Memory, MemoryStore


class Changing(MemoryStore):
    """A store that others change all the time."""

    def wait_for_change(self, seconds: float) -> bool:
        return True


class Overtaken(Script):
    """A script that becomes another one while a record of shadow probes is read for the first."""

    reads = 0

    def shadows(self) -> Shadows:
        self.reads += 1
        if self.reads == 2:
            self.changed(NOTHING._replace(revision=2))
            return Shadows({"WEB": None})
        return NONE


def test_a_site_is_not_followed_by_an_older_one() -> None:
    script, found = Overtaken(Changing(Memory())), list[int]()
    script.then = lambda known: found.append(known.revision)
    script.changed(NOTHING)
    script.wait(0)
    assert found == [0, 2]
