"""Servers in statements: the port that tells one from others at its address, and which ones a drain names. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from lbsh_lang.site.model import Pool, Server, Service, Site
from lbsh_lang.site.status import ServerId
from lbsh_lang.syntax.nodes import DrainFact, DrainStatement
from lbsh_lang.values import usual_port


def servers_of(site: Site) -> Iterator[tuple[Pool, Server, int | None]]:
    """All servers of a site, each with the port that a statement must say to mean this server alone, None if none.

    An address alone means all servers there. One without a port of its own goes by the usual one.
    """
    usual = _usual_ports(site.services)
    for pool in {service.pool.name: service.pool for service in site.services if service.pool is not None}.values():
        ported = {server.address for server in pool.servers if server.port is not None}
        for server in pool.servers:
            yield pool, server, server.port or (usual[pool.name] if server.address in ported else None)


def drained_by(site: Site, nodes: Iterable[DrainFact]) -> frozenset[ServerId]:
    """The servers that statements name and that are drained at the end, by these or, already before, by others."""
    usual = _usual_ports(site.services)
    return frozenset(
        ServerId(service.pool.name, service.name, *server.identity)
        for node in nodes
        for service in site.services
        if service.pool is not None
        and not (isinstance(node, DrainStatement) and (node.pool is None or node.pool.value != service.pool.name))
        for server in service.pool.servers
        if server.drain is not None and _is_named(node, server, usual[service.pool.name])
    )


def _is_named(node: DrainFact, server: Server, usual: int | None) -> bool:
    address = server.address
    ranges = [target.value for target in node.targets if target.value is not None]
    if not any(one.family == address.family and one.first <= address.value <= one.last for one in ranges):
        return False
    return node.port is None or (node.port.value is not None and node.port.value.first == (server.port or usual))


def _usual_ports(services: Iterable[Service]) -> Mapping[str, int | None]:
    """By pool, the port of servers without one of their own; None if it depends on the request."""
    found: dict[str, set[int | None]] = {}
    for service in services:
        if service.pool is not None:
            found.setdefault(service.pool.name, set()).add(usual_port(service.ports, service.pool.ports))
    return {pool: next(iter(ports)) if len(ports) == 1 else None for pool, ports in found.items()}
