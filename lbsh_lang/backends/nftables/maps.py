"""The maps of a table, and the elements of each farm in them. No service has a map of its own.

Each map is made by a function of a farm, listed in `_PARTS`, which returns whether the farm uses the map, the declaration of
the map, and the farm's elements in it. The maps of a table are those that any of its farms uses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from lbsh_lang.backends.base import farm_comment
from lbsh_lang.backends.nftables.carriers import OWN_ADDRESSES, OWN_PORTS, carried
from lbsh_lang.backends.nftables.expressions import Expressions
from lbsh_lang.backends.nftables.farms import Farm, Scheme, VerdictMap, translated_places
from lbsh_lang.backends.nftables.tables import Batch, Block, Element, Map, helper_name
from lbsh_lang.site.model import Server, length_of_round, longest_round
from lbsh_lang.values import PROTOCOLS_OF_HELPER, Protocol, usual_port

CLIENTS = 262_144
"""The number of clients that a map of sticky clients remembers. Beyond it, new clients are served but not remembered.

By default the kernel tracks as many connections. A map takes 16 bytes for each client from the start, and about a
hundred for each remembered client.
"""

_INTERVALS = "flags interval"

_LONGEST_LIST = 256
"""The most elements that a command adds to a map of intervals.

nft 1.0.6 sends a longer list in several messages of about a thousand elements, and reverses the bytes of the number in
the last key of each message: that turn would have no server.
"""


class Use(NamedTuple):
    """A map that a farm uses, and the farm's elements there."""

    map: Map
    elements: tuple[Element, ...] = ()


def maps_of(farms: Iterable[Farm], expressions: Expressions) -> tuple[Map, ...]:
    """The maps that these farms use, in the order of `_PARTS`."""
    alike: dict[tuple[Scheme, bool, bool, bool, bool], Farm] = {}
    for farm in farms:
        service = farm.service
        kind = (farm.scheme, service.reflect, service.masquerade, bool(service.clients), farm.has_chain)
        alike.setdefault(kind, farm)
    rows = [[part(farm, expressions) for part in _PARTS] for farm in alike.values()]
    return tuple({use.map.name: use.map for column in zip(*rows, strict=True) for use in column if use}.values())


def maps_used(farm: Farm, expressions: Expressions) -> list[Map]:
    """The maps that one farm uses."""
    return [use.map for part in _PARTS if (use := part(farm, expressions))]


def batches_of(farm: Farm, expressions: Expressions) -> Iterator[Batch]:
    """All elements of a farm. Without a server it has none, and its connections are left to the device."""
    if farm.has_chain:
        for part in _PARTS:
            use = part(farm, expressions)
            if use:
                yield from batches_to(use.map, use.elements)


def batches_to(part: Map, elements: tuple[Element, ...]) -> Iterator[Batch]:
    """Elements of a map, in batches of the size that nft takes."""
    length = _LONGEST_LIST if _INTERVALS in part.properties else len(elements)
    for start in range(0, len(elements), max(length, 1)):
        yield Batch(part.name, elements[start : start + length])


def block_of(farm: Farm, expressions: Expressions) -> Block:
    """The elements of a farm under a comment that names its service and pool."""
    service, pool = farm.service, farm.pool
    comment = farm_comment(service, pool)
    comment += ": port ranges" if farm.scheme.ranges else ""
    comment += "" if farm.turns else ": no server for new clients" if farm.has_chain else ": no server"
    comment += _rounding(pool.serving())
    return Block(comment, service.origin, tuple(batches_of(farm, expressions)))


def _rounding(servers: tuple[Server, ...]) -> str:
    """The end of a comment on a farm whose weights are rounded."""
    length, most = length_of_round(servers), longest_round(servers)
    return f"; weights are rounded: a round of {length} turns is longer than {most}" if length > most else ""


def _services(farm: Farm, expressions: Expressions) -> Use:
    return _verdict_map(farm, expressions, "services", "Connections from outside: the chain that serves them.")


def _reflected(farm: Farm, expressions: Expressions) -> Use | None:
    if not farm.service.reflect:
        return None
    return _verdict_map(farm, expressions, "reflected", "Connections from inside: the chain that serves them.")


def _verdict_map(farm: Farm, expressions: Expressions, side: str, purpose: str) -> Use:
    """The map that leads connections to the farm's chain. Where their clients are part of the key, with their networks."""
    verdict_map, verdict, origin = VerdictMap.of(farm, side), f"goto {farm.chain}", farm.service.origin
    if not verdict_map.of_clients:
        part = _map(farm, verdict_map.name, purpose, f"typeof {verdict_map.key(expressions)} : verdict")
        return Use(part, tuple([Element(place, verdict, origin) for place in farm.places]))
    ranges = " Port ranges." if farm.scheme.ranges else ""
    properties = (f"typeof {verdict_map.key(expressions)} : verdict", _INTERVALS)
    keys = [f"{place} . {net}" for place in farm.places for net in farm.service.clients]
    part = Map("map", verdict_map.name, f"{purpose} For some clients.{ranges}", properties)
    return Use(part, tuple([Element(key, verdict, origin) for key in keys]))


def _reflected_places(farm: Farm, expressions: Expressions) -> Use | None:
    """The set that distinguishes reflected connections from those that the rules of others sent back inside."""
    if not farm.service.reflect or farm.service.masquerade:
        return None
    purpose = "Places whose connections from inside get the gateway as their source."
    return _places(farm, expressions, farm.scheme.reflected_places, purpose)


def _masked_places(farm: Farm, expressions: Expressions) -> Use | None:
    """The set of services whose connections all get an address of the device as their source."""
    if not farm.service.masquerade:
        return None
    purpose = "Places whose connections all get an address of the device as their source."
    return _places(farm, expressions, farm.scheme.masked_places, purpose)


def _places(farm: Farm, expressions: Expressions, name: str, purpose: str) -> Use:
    part = _map(farm, name, purpose, f"typeof {expressions.place}")
    elements = tuple([Element(place, None, farm.service.origin) for place in farm.places])
    return Use(part._replace(kind="set"), elements)


def _servers(farm: Farm, expressions: Expressions) -> Use | None:
    if not farm.turns:
        return None
    # Addresses alone: nft 1.0.6 takes no rule that gives addresses *and* ports from one map to dnat once the map is in
    # the kernel, and a server's change of state may need such a rule.
    type_ = f"typeof {expressions.place} . numgen inc mod {farm.scheme.turns} : {expressions.server}"
    named = carried(farm.pool)
    turns = [(turn, named(server), server.origin) for turn, server in enumerate(farm.turns)]
    elements = [Element(f"{place} . {turn}", server, origin) for place in farm.places for turn, server, origin in turns]
    return Use(_map(farm, farm.scheme.servers, "Turn by turn: the server.", type_), tuple(elements))


def _ports(farm: Farm, expressions: Expressions) -> Use | None:
    if not farm.scheme.ports:
        return None
    purpose = "The port on the servers, where it differs."
    elements = tuple([Element(place, str(port), farm.pool.origin) for place, port in translated_places(farm)])
    return Use(Map("map", "ports", purpose, (f"type {expressions.place_type} : inet_service",)), elements)


def _own_addresses(farm: Farm, expressions: Expressions) -> Use | None:
    if not farm.scheme.own_ports:
        return None
    purpose = "Servers with ports of their own: the address."
    type_ = f"typeof {expressions.place} . {expressions.server} : {expressions.server}"
    return Use(Map("map", OWN_ADDRESSES, purpose, (type_,)), _of_servers(farm, lambda server: str(server.address)))


def _own_ports(farm: Farm, expressions: Expressions) -> Use | None:
    if not farm.scheme.own_ports:
        return None
    purpose = "Servers with ports of their own: the port."
    type_ = f"type {expressions.place_type} . {expressions.address_type} : inet_service"
    port = usual_port(farm.service.ports, farm.pool.ports)  # a service with such a pool has a single one
    return Use(Map("map", OWN_PORTS, purpose, (type_,)), _of_servers(farm, lambda one: str(one.port or port)))


def _of_servers(farm: Farm, value: Callable[[Server], str]) -> tuple[Element, ...]:
    """An element for each server that serves or keeps clients, at each place."""
    named, servers = carried(farm.pool), (*farm.pool.serving(), *farm.service.kept())
    places = [(place, server) for place in farm.places for server in servers]
    return tuple([Element(f"{place} . {named(one)}", value(one), one.origin) for place, one in places])


def _members(farm: Farm, expressions: Expressions) -> Use | None:
    if farm.scheme.sticky is None:
        return None
    named = carried(farm.pool)
    servers = [(named(server), server.origin) for server in (*farm.pool.serving(), *farm.service.kept())]
    elements = [Element(f"{place} . {server}", None, origin) for place in farm.places for server, origin in servers]
    type_ = f"typeof {expressions.place} . {expressions.server}"
    part = _map(farm, farm.scheme.members, "The servers of sticky services.", type_)
    return Use(part._replace(kind="set"), tuple(elements))


def _client_key(scheme: Scheme, expressions: Expressions) -> str:
    """The key of a client, before it is recorded: with the place of its connection, or with the address of its service."""
    return f"{expressions.client} . {expressions.place if scheme.group is None else expressions.server}"


def _clients(farm: Farm, expressions: Expressions) -> Use | None:
    if farm.scheme.sticky is None:
        return None
    sort = "with one port" if farm.scheme.group is None else "with several ports or protocols"
    purpose = f"Clients of sticky services {sort}: the server that each has met."
    type_ = f"typeof {expressions.recorded_type(_client_key(farm.scheme, expressions))} : {expressions.server}"
    return Use(Map("map", farm.scheme.clients, purpose, (type_, "flags dynamic,timeout", f"size {CLIENTS}")))


def _helper(protocol: Protocol) -> Callable[[Farm, Expressions], Use | None]:
    """The part of a farm that names the kernel's helper for its sessions by a protocol."""

    def part(farm: Farm, expressions: Expressions) -> Use | None:
        helper = farm.scheme.helper
        if helper is None or protocol not in PROTOCOLS_OF_HELPER[helper] or not farm.has_chain:
            return None
        purpose = f"Sessions of {helper.value} by {protocol.value}: the kernel's part that follows them."
        properties = (f'type "{helper.value}" protocol {protocol.value}',)
        return Use(Map("ct helper", helper_name(helper, protocol), purpose, properties))

    return part


def _connected(farm: Farm, expressions: Expressions) -> Use | None:
    if farm.scheme.sticky is None:
        return None
    purpose = (
        "Clients of sticky services with open connections: their server. The kernel counts, and removes what is gone."
    )
    key = expressions.recorded_type(_client_key(farm.scheme, expressions))
    properties = (f"typeof {key} : {expressions.server}", "flags dynamic", f"size {CLIENTS}")
    return Use(Map("map", farm.scheme.connected, purpose, properties))


def _sticky_places(farm: Farm, expressions: Expressions) -> Use | None:
    if farm.scheme.sticky is None:
        return None
    purpose = "Sticky services: the chain that renews the records of their clients."
    part = _map(farm, farm.scheme.sticky_places, purpose, f"typeof {expressions.place} : verdict")
    verdict, origin = f"goto {farm.scheme.renewal}", farm.service.origin
    return Use(part, tuple([Element(place, verdict, origin) for place in farm.places]))


_PARTS: tuple[Callable[[Farm, Expressions], Use | None], ...] = (
    _services,
    _reflected,
    _reflected_places,
    _masked_places,
    _servers,
    _ports,
    _own_addresses,
    _own_ports,
    _members,
    _clients,
    _connected,
    _sticky_places,
    *map(_helper, Protocol),
)


def _map(farm: Farm, name: str, purpose: str, type_: str) -> Map:
    if farm.scheme.ranges:
        return Map("map", name, f"{purpose} Port ranges.", (type_, _INTERVALS))
    return Map("map", name, purpose, (type_,))
