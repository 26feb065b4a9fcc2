"""Where clients' packets meet the servers that are probed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lbsh_lang.site.model import Site
from lbsh_lang.site.probing import effective_probe
from lbsh_lang.site.status import ServerId
from lbsh_lang.values import BITS, Address, Ports, Protocol

MOST_PORTS = 16
"""So many ports of a service are watched, the first ones."""


Door = tuple[bytes, int]
"""A packed address, and a port."""


class Places(NamedTuple):
    """Servers by packed address and port, by packed address, and by interface; `doors` get connections of TCP."""

    at: Mapping[Door, tuple[ServerId, ...]]
    on: Mapping[bytes, tuple[ServerId, ...]]
    behind: Mapping[str, Sequence[ServerId]]
    doors: frozenset[Door]
    versions: tuple[int, ...] = ()
    """Those of IP that the doors have."""


NOWHERE = Places({}, {}, {}, frozenset())


def places_of(site: Site, servers: Sequence[ServerId], interfaces: Sequence[str]) -> Places:
    """The places of a site's servers that are probed; `interfaces` are those behind which these are, empty if unknown.

    There may be a hundred thousand, so equal values are one object.
    """
    at: dict[Door, tuple[ServerId, ...]] = {}
    on: dict[bytes, tuple[ServerId, ...]] = {}
    behind: dict[str, list[ServerId]] = {}
    doors = set()
    same = {one: one for one in servers}
    for service in site.services:
        if service.pool is None or effective_probe(service) is None:
            continue
        for server in service.pool.servers:
            one, key = ServerId(service.pool.name, service.name, *server.identity), _packed(server.address)
            alone = (same.get(one, one),)
            on[key] = on[key] + alone if key in on else alone
            for port in {service.port_of(server, asked) for asked in _first(service.ports)}:
                door = key, port
                at[door] = at[door] + alone if door in at else alone
                if Protocol.TCP in service.protocols:
                    doors.add(door)
    for one, interface in zip(servers, interfaces, strict=True):
        if interface:
            behind.setdefault(interface, []).append(one)
    return Places(at, on, behind, frozenset(doors), tuple(sorted({address_of(packed).family for packed, _ in doors})))


def address_of(packed: bytes) -> Address:
    """The address that these bytes are."""
    return Address(4 if len(packed) == 4 else 6, int.from_bytes(packed))


def _packed(address: Address) -> bytes:
    return address.value.to_bytes(BITS[address.family] // 8)


def _first(ports: Ports) -> list[int]:
    found: list[int] = []
    for one in ports:
        found += range(one.first, min(one.last + 1, one.first + MOST_PORTS - len(found)))
    return found
