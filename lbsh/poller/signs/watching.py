"""All passive signs together, in the poller's loop."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from lbsh.poller.parts import Reactor
from lbsh.poller.signs.counters import Dump
from lbsh.poller.signs.counts import Counts
from lbsh.poller.signs.links import Links, LostLink
from lbsh.poller.signs.logged import Logged
from lbsh.poller.signs.places import NOWHERE, Places

PERIOD = 0.25
"""Seconds from one look at the counters to the next, of up to five hundred servers; of more, longer."""
PER_DOOR = 0.000_5


class Signs:
    """Has servers probed of which there is a sign. `lost` is told of each link of this machine that carries nothing.

    `places` may be exchanged by any thread. Raises `OSError` if the kernel does not let it listen.
    """

    def __init__(self, reactor: Reactor, table: str, group: int, lost: Callable[[str], None]) -> None:
        self.places: Places = NOWHERE
        self._reactor, self._lost = reactor, lost
        self._counts = Counts()
        self._links = Links()
        self._logged = Logged(group)
        self._dump = Dump(table, self._counts, self._counted)
        reactor.watch(self._links.fileno(), self._heed_links)
        reactor.watch(self._logged.fileno(), self._heed_log)
        reactor.watch(self._dump.fileno(), self._dump.read)
        self._is_open = True
        self._look()

    def close(self) -> None:
        self._is_open = False
        for one in (self._links, self._logged, self._dump):
            with closing(one):
                self._reactor.forget(one.fileno())

    def _look(self) -> None:
        """Asks for counters, now and again."""
        if not self._is_open:
            return
        places = self.places
        self._reactor.after(max(PERIOD, PER_DOOR * len(places.doors)), self._look)
        if places.versions:
            self._dump.start(places.versions)

    def _counted(self) -> None:
        for place in self._counts.silent():
            self._suspect(place[:-4], int.from_bytes(place[-4:-2]), "clients get no answer from it")

    def _heed_log(self) -> None:
        for address, port, sign in self._logged.hints():
            self._suspect(address, port, sign)

    def _heed_links(self) -> None:
        for loss in self._links.losses():
            if isinstance(loss, LostLink):
                servers = self.places.behind.get(loss.interface, ())
                if servers:
                    self._lost(loss.interface)
                    self._reactor.suspect(servers, "its link is lost")
            else:
                self._reactor.suspect(self.places.on.get(loss.address, ()), "its neighbour does not answer")

    def _suspect(self, address: bytes, port: int, sign: str) -> None:
        servers = self.places.at.get((address, port))
        if servers:
            self._reactor.suspect(servers, sign)
