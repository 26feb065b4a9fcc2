"""The maps of a table, and the elements that each service has in a few of them. No service has a map of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from lbsh_lang.backends.base import farm_comment
from lbsh_lang.backends.nftables.farms import Farm, Kind
from lbsh_lang.backends.nftables.tables import Addition, Block, Element, Map
from lbsh_lang.backends.nftables.words import Words

CLIENTS = 262_144
"""How many clients of sticky services a map remembers; beyond it, new ones are served without being remembered.

As many as the kernel tracks connections by default. It sets aside 16 bytes for each at once, a hundred or so when used.
"""


_INTERVALS = "flags interval"

_LONGEST_LIST = 256
"""Elements that go into a map of intervals by one command.

nft 1.0.6 sends a longer list in several messages, about a thousand elements each, and turns the bytes of the number in
the last key of each the wrong way round: that turn would have no server.
"""


class Use(NamedTuple):
    """A map that a service needs, and its elements there."""

    map: Map
    elements: tuple[Element, ...] = ()


def maps_of(farms: Iterable[Farm], words: Words) -> tuple[Map, ...]:
    """All maps that these services need, sorted by what they are for."""
    alike: dict[tuple[Kind, bool, bool], Farm] = {}
    for farm in farms:
        alike.setdefault((farm.kind, farm.service.reflect, not farm.turns), farm)
    rows = [[part(farm, words) for part in _PARTS] for farm in alike.values()]
    return tuple({use.map.name: use.map for column in zip(*rows, strict=True) for use in column if use}.values())


def additions_of(farm: Farm, words: Words) -> Iterator[Addition]:
    """All elements of a service. Without any server it has none, and the device meets its connections itself."""
    if farm.turns:
        for part in _PARTS:
            use = part(farm, words)
            if use:
                yield from additions_to(use.map, use.elements)


def additions_to(part: Map, elements: tuple[Element, ...]) -> Iterator[Addition]:
    """Elements of a map, in as many commands as nft takes them."""
    length = _LONGEST_LIST if _INTERVALS in part.properties else len(elements)
    for start in range(0, len(elements), max(length, 1)):
        yield Addition(part.name, elements[start : start + length])


def block_of(farm: Farm, words: Words) -> Block:
    """A service with its elements, and a comment that says whose they are."""
    service, pool = farm.service, farm.pool
    comment = farm_comment(service, pool)
    comment += ": port ranges" if farm.kind.ranges else ""
    comment += "" if farm.turns else ": no server"
    return Block(comment, service.origin, tuple(additions_of(farm, words)))


def _services(farm: Farm, words: Words) -> Use:
    purpose = "Connections from outside: the chain that serves them."
    return Use(_map(farm, farm.kind.services, purpose, f"typeof {words.place} : verdict"), _dispatch(farm))


def _reflected(farm: Farm, words: Words) -> Use | None:
    if not farm.service.reflect:
        return None
    purpose = "Connections from inside: the chain that serves them."
    return Use(_map(farm, farm.kind.reflected, purpose, f"typeof {words.place} : verdict"), _dispatch(farm))


def _dispatch(farm: Farm) -> tuple[Element, ...]:
    return tuple([Element(place, f"goto {farm.chain}", farm.service.origin) for place in farm.places])


def _reflected_places(farm: Farm, words: Words) -> Use | None:
    """What tells connections that our rules sent back inside from those that somebody else's did."""
    if not farm.service.reflect:
        return None
    purpose = "Places whose connections from inside get the gateway as their source."
    part = _map(farm, farm.kind.reflected_places, purpose, f"typeof {words.place}")
    elements = tuple([Element(place, None, farm.service.origin) for place in farm.places])
    return Use(part._replace(kind="set"), elements)


def _servers(farm: Farm, words: Words) -> Use | None:
    if not farm.turns:
        return None
    # Addresses alone: nft 1.0.6 takes no rule that gives addresses *and* ports from one map to dnat once the map is in
    # the kernel, and a server's change of state may need such a rule.
    type_ = f"typeof {words.place} . numgen inc mod {farm.kind.turns} : {words.server}"
    turns = [(turn, str(server.address), server.origin) for turn, server in enumerate(farm.turns)]
    elements = [Element(f"{place} . {turn}", server, origin) for place in farm.places for turn, server, origin in turns]
    return Use(_map(farm, farm.kind.servers, "Turn by turn: the server.", type_), tuple(elements))


def _ports(farm: Farm, words: Words) -> Use | None:
    if farm.pool.port is None:
        return None
    purpose = "The port on the servers, where it differs."
    elements = tuple([Element(place, str(farm.pool.port), farm.pool.origin) for place in farm.places])
    return Use(Map("map", "ports", purpose, (f"type {words.place_type} : inet_service",)), elements)


def _members(farm: Farm, words: Words) -> Use | None:
    if farm.kind.sticky is None:
        return None
    servers = [(str(server.address), server.origin) for server in farm.pool.serving()]
    elements = [Element(f"{place} . {server}", None, origin) for place in farm.places for server, origin in servers]
    part = _map(farm, farm.kind.members, "The servers of sticky services.", f"typeof {words.place} . {words.server}")
    return Use(part._replace(kind="set"), tuple(elements))


def _clients(farm: Farm, words: Words) -> Use | None:
    if farm.kind.sticky is None:
        return None
    key, sort = f"{words.client} . {words.place}", "with one port"
    if farm.kind.group is not None:
        key, sort = f"{words.client} . {words.server}", "with several ports or protocols"
    purpose = f"Clients of sticky services {sort}: the server that each has met."
    type_ = f"typeof {words.recorded_type(key)} : {words.server}"
    return Use(Map("map", farm.kind.clients, purpose, (type_, "flags dynamic,timeout", f"size {CLIENTS}")))


_PARTS: tuple[Callable[[Farm, Words], Use | None], ...] = (
    _services,
    _reflected,
    _reflected_places,
    _servers,
    _ports,
    _members,
    _clients,
)


def _map(farm: Farm, name: str, purpose: str, type_: str) -> Map:
    if farm.kind.ranges:
        return Map("map", name, f"{purpose} Port ranges.", (type_, _INTERVALS))
    return Map("map", name, purpose, (type_,))
