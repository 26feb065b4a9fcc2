"""Where clients' packets meet the servers that are probed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeVar

from lbsh_lang.site.model import Site
from lbsh_lang.site.probing import effective_probe
from lbsh_lang.site.status import ServerId
from lbsh_lang.values import BITS, Address, Ports, Protocol

MOST_PORTS = 16
"""So many ports of a service are watched, the first ones."""


class Places(NamedTuple):
    """Servers by packed address and port, by packed address, and by interface; `doors` get connections of TCP."""

    at: Mapping[tuple[bytes, int], tuple[ServerId, ...]]
    on: Mapping[bytes, tuple[ServerId, ...]]
    behind: Mapping[str, tuple[ServerId, ...]]
    doors: frozenset[tuple[Address, int]]


_Key = TypeVar("_Key")

NOWHERE = Places({}, {}, {}, frozenset())


def places_of(site: Site, servers: Iterable[ServerId], interfaces: Iterable[str]) -> Places:
    """The places of a site's servers that are probed; `interfaces` are those behind which these are, empty if unknown."""
    at: dict[tuple[bytes, int], list[ServerId]] = {}
    on: dict[bytes, list[ServerId]] = {}
    behind: dict[str, list[ServerId]] = {}
    doors = set()
    for service in site.services:
        if service.pool is None or effective_probe(service) is None:
            continue
        for server in service.pool.servers:
            one, key = ServerId(service.pool.name, service.name, *server.identity), _packed(server.address)
            on.setdefault(key, []).append(one)
            for port in {service.port_of(server, asked) for asked in _first(service.ports)}:
                at.setdefault((key, port), []).append(one)
                if Protocol.TCP in service.protocols:
                    doors.add((server.address, port))
    for one, interface in zip(servers, interfaces, strict=True):
        if interface:
            behind.setdefault(interface, []).append(one)
    return Places(_frozen(at), _frozen(on), _frozen(behind), frozenset(doors))


def _packed(address: Address) -> bytes:
    return address.value.to_bytes(BITS[address.family] // 8)


def _first(ports: Ports) -> list[int]:
    found: list[int] = []
    for one in ports:
        found += range(one.first, min(one.last + 1, one.first + MOST_PORTS - len(found)))
    return found


def _frozen(found: Mapping[_Key, list[ServerId]]) -> Mapping[_Key, tuple[ServerId, ...]]:
    return {key: tuple(servers) for key, servers in found.items()}
