"""Passive signs as part of a poller: their rules in the kernel, and who listens."""

from __future__ import annotations

from collections.abc import Callable

from lbsh.drivers.probing import Table
from lbsh.drivers.values import DriverError
from lbsh.gateway.known import Known
from lbsh.poller.parts import Reactor
from lbsh.poller.readings import Reading
from lbsh.poller.signs.places import Places, address_of, places_of
from lbsh.poller.signs.watching import Signs


class Signing:
    """The signs of a poller, which goes on without them. `said` gets why there are none."""

    def __init__(self, table: Table, said: Callable[[str], None]) -> None:
        self._table, self._said = table, said
        self._signs: Signs | None = None
        self._loaded: Places | None = None
        self._trouble = ""

    def start(self, reactor: Reactor, lost: Callable[[str], None]) -> None:
        """Listens, in the loop."""
        try:
            self._signs = Signs(reactor, self._table.name, self._table.group, lost)
        except OSError as error:
            self._complain(f"{error.strerror or error}")

    def heed(self, known: Known, reading: Reading) -> None:
        """Loads rules for another script; by the handler's thread."""
        if self._signs is None:
            return
        servers = [target.server for target in reading.targets]
        places = places_of(known.site, servers, reading.interfaces)
        try:
            if self._loaded is None or places.doors != self._loaded.doors:
                self._table.load((address_of(packed), port) for packed, port in sorted(places.doors))
            self._loaded, self._trouble = places, ""
        except DriverError as error:
            self._complain(str(error))
        self._signs.places = places

    def stop(self) -> None:
        """Listens no longer, and takes the rules back."""
        if self._signs is not None:
            self._signs.close()
        if self._loaded is not None:
            try:
                self._table.remove()
            except DriverError as error:
                self._complain(str(error))

    def _complain(self, why: str) -> None:
        if why != self._trouble:
            self._trouble = why
            self._said(f"no passive signs, so servers are out a little later: {why}")
