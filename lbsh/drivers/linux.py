"""The kernel of Linux as a witness, whichever program changes its rules: their generation, and the connections it tracks."""

from __future__ import annotations

from collections.abc import Mapping

from lbsh.drivers import generation
from lbsh.drivers.conntrack import Conntrack
from lbsh.drivers.generation import moment_in
from lbsh.drivers.values import Connections, Place
from lbsh_lang.site.status import ServerId


class Linux:
    """Asks the kernel of this network namespace."""

    def __init__(self) -> None:
        self._states = Conntrack()

    def unchanged(self, notes: Mapping[str, object]) -> bool:
        return generation.now().is_same(moment_in(notes))

    def connections(self, servers: Mapping[ServerId, Place]) -> Mapping[ServerId, Connections]:
        return self._states.connections(servers)
