"""On which ports each server of a site answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lbsh.lab.machines import Door
from lbsh_lang.site.model import Server, Service, Site
from lbsh_lang.values import Address, PortRange, Ports


def doors_of(site: Site) -> Mapping[Address, tuple[Door, ...]]:
    """The servers of a site in the order of the script, each with its doors."""
    found: dict[Address, dict[Door, None]] = {}
    for service in site.services:
        for server in service.pool.servers if service.pool is not None else ():
            found.setdefault(server.address, {}).update(dict.fromkeys(_doors(service, server)))
    return {address: tuple(doors) for address, doors in found.items()}


def _doors(service: Service, server: Server) -> Iterator[Door]:
    for protocol in service.protocols:
        yield from (Door(protocol, ports) for ports in own_ports(service, server))


def own_ports(service: Service, server: Server) -> Ports:
    """The ports of a server for a service."""
    if server.port is not None:
        return (PortRange(server.port, server.port),)
    return tuple(pair.own for pair in service.pairs) or service.ports
