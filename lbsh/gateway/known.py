"""The running script as a process that lives long knows it: its site, not its statements, which take much more memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from lbsh.gateway.appended import Extent, extent_of
from lbsh.gateway.confirm import trouble_in
from lbsh.gateway.expiry import next_end
from lbsh.gateway.loader import Before, Loader
from lbsh.store.protocol import Reader
from lbsh_lang.site.model import Server, Service, Site
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.status import ServerId
from lbsh_lang.values import Address


class Known(NamedTuple):
    """A site with its revision, its services by their names, why its rules cannot be made (empty if they can), and when the
    next drain ends by itself, in milliseconds since 1970."""

    revision: int
    site: Site
    services: Mapping[str, Service]
    trouble: str
    next_end: int | None
    places: dict[str, Mapping[tuple[Address, int], Server]]
    """The servers of a service by their identity, made when one of them is asked for."""
    extent: Extent = Extent()
    """What tells whether a later script goes beyond this one by statements alone."""

    def services_of(self, servers: Iterable[ServerId]) -> Sequence[Service]:
        """The services of servers, in the order of the script; servers that the site does not have are passed over."""
        found = {server.service: self.services[server.service] for server in servers if self.has(server)}
        return sorted(found.values(), key=lambda one: one.origin.rank)

    def has(self, server: ServerId) -> bool:
        """Whether the site has this server."""
        return self._server(server) is not None

    def ramp_of(self, server: ServerId) -> int | None:
        """The time over which a server returns, in milliseconds, None if it does at once, or is not there."""
        found = self._server(server)
        return found.ramp if found is not None else None

    def _server(self, server: ServerId) -> Server | None:
        service = self.services.get(server.service)
        pool = service.pool if service is not None else None
        if pool is None or pool.name != server.pool:
            return None
        if server.service not in self.places:
            self.places[server.service] = {one.identity: one for one in pool.servers}
        return self.places[server.service].get((server.address, server.port))


NOTHING = Known(0, Site(), {}, "", None, {})
"""What is known before anything is read."""


def known_of(reader: Reader, loader: Loader, before: Before) -> Known:
    """The running script. Where its rules are loaded, it has no error: to check it takes as long as to read it."""
    running = before.running
    resolution = Resolution(loader.read(running))
    site = resolution.site
    applied = max([entry.act.time for entry in reader.history()[:1]], default=0)
    trouble = "" if before.is_current else trouble_in(resolution)
    services = {service.name: service for service in site.services}
    return Known(running.revision, site, services, trouble, next_end(site, running, applied), {}, extent_of(running))
