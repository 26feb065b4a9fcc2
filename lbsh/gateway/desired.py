"""The site that should be loaded, and what the kernel should forget on the way there. Pure.

Rules follow from the site and from the servers that are down; nothing queues differences. States of connections in the
kernel outlive rules, so some must go: those of a server that died, those of UDP to a server that left, since a client that
goes on sending would keep them for good, and those that went nowhere while a pool was empty.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from lbsh.drivers.protocol import Place, Target
from lbsh_lang.site.down import with_down
from lbsh_lang.site.model import Server, Service, Site
from lbsh_lang.site.ramps import with_steps
from lbsh_lang.site.status import ServerId, State, Status
from lbsh_lang.values import Protocol

NO_STEPS: Mapping[ServerId, int] = {}


def down_of(statuses: Mapping[ServerId, Status]) -> frozenset[ServerId]:
    """The servers that are down."""
    return frozenset(server for server, status in statuses.items() if status.state is State.DOWN)


def desired(site: Site, down: Collection[ServerId], steps: Mapping[ServerId, int] = NO_STEPS) -> Site:
    """A site as it should be loaded; `steps` are those of servers that return gradually."""
    if not down and not steps:
        return site
    return replace(site, services=tuple([with_steps(with_down(one, down), steps) for one in site.services]))


def servers_of(services: Iterable[Service]) -> Iterator[ServerId]:
    """All servers of services."""
    for service in services:
        pool = service.pool
        if pool is not None:
            yield from (ServerId(pool.name, service.name, *server.identity) for server in pool.servers)


def places_of(services: Iterable[Service]) -> dict[ServerId, Place]:
    """All servers of services, each with the place where clients ask for it."""
    return {
        server: Place(service.address, service.protocols, service.ports)
        for service in services
        for server in servers_of((service,))
    }


def gone(before: Mapping[str, Service], after: Mapping[str, Service]) -> tuple[Target, ...]:
    """The states to forget when services, by their names, become others."""
    found = (one for name, service in before.items() for one in _gone(service, after.get(name)))
    return tuple(dict.fromkeys(found))


def _gone(before: Service, after: Service | None) -> Iterator[Target]:
    if before.pool is None:
        return
    if after is not None and after.pool is not None and not before.pool.serving() and after.pool.serving():
        asked = tuple([(port, port) for port in _asked(before)])
        yield from (Target(before.address, protocol, asked, None) for protocol in before.protocols)
    for server in before.pool.servers:
        now = _same(server, after)
        if now is not None and now.down and not server.down:
            yield from _targets(before, server, before.protocols)
        elif now is None or after is None or _place(before, server) != _place(after, now):
            yield from _targets(before, server, tuple(one for one in before.protocols if one is Protocol.UDP))


def _place(service: Service, server: Server) -> tuple[object, ...]:
    """Where clients ask for a service by UDP, and the ports on which a server gets their datagrams."""
    return service.address, Protocol.UDP in service.protocols, _ways(service, server)


def _same(server: Server, service: Service | None) -> Server | None:
    """The server of a service with the same identity."""
    servers = service.pool.servers if service is not None and service.pool is not None else ()
    return next((one for one in servers if one.identity == server.identity), None)


def _targets(service: Service, server: Server, protocols: Iterable[Protocol]) -> Iterator[Target]:
    ways = _ways(service, server)
    yield from (Target(service.address, protocol, ways, server.address) for protocol in protocols)


def _ways(service: Service, server: Server) -> tuple[tuple[int, int], ...]:
    """The ports that clients ask for, each with that of the server."""
    return tuple([(port, service.port_of(server, port)) for port in _asked(service)])


def _asked(service: Service) -> Iterable[int]:
    """The ports that clients ask for, each once."""
    return dict.fromkeys(
        port for listener in service.listeners for item in listener.ports for port in range(item.first, item.last + 1)
    )
