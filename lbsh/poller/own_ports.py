"""Which servers' tcp probes have source ports that are for probes alone."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from lbsh.poller.targets import Target
from lbsh_lang.values import Address

Door = tuple[Address, int]
"""Where a server gets probes: its address and port."""


class OwnPorts:
    """The ports, and a column of the present servers. Another thread says which servers are open to such probes."""

    def __init__(self, ports: Sequence[int]) -> None:
        self.ports = ports
        self._lock = threading.Lock()
        self._doors: frozenset[Door] = frozenset()
        self._targets: Sequence[Target] = ()
        self._column = bytearray()

    def column(self, targets: Sequence[Target]) -> bytearray:
        """For each server whether it is open now; follows `open`, until another one is asked for."""
        with self._lock:
            self._targets, self._column = targets, bytearray(len(targets))
            self._fill()
            return self._column

    def open(self, doors: frozenset[Door]) -> None:
        """Opens these servers, and closes all others."""
        with self._lock:
            self._doors = doors
            self._fill()

    def _fill(self) -> None:
        for index, target in enumerate(self._targets):
            self._column[index] = may_have_ports(target) and (target.address, target.port) in self._doors


def may_have_ports(target: Target) -> bool:
    """Whether the probes of a server may have such ports."""
    return target.probe.method == "tcp"
