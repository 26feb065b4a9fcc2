"""The maps of a table and their elements. Every service has elements in a few of them, and no map of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from lbsh_lang.backends.nftables.farms import Farm
from lbsh_lang.backends.nftables.tables import Block, Element, Map
from lbsh_lang.backends.nftables.words import Words
from lbsh_lang.site.model import Stated

CLIENTS = 262_144
"""How many clients of sticky services a map remembers; beyond it, new ones are served without being remembered.

As many as the kernel tracks connections by default. It sets aside 16 bytes for each at once, a hundred or so when used.
"""


class Shape(NamedTuple):
    """A map as it is before any service: its purpose and type, the services that need it, and their elements in it."""

    name: str
    purpose: str
    typeof: str
    is_for: Callable[[Farm], bool]
    elements: Callable[[Farm], Iterable[Element]]


def maps_of(farms: tuple[Farm, ...], words: Words) -> Iterator[Map]:
    """All maps that these services need, in the order of their use by the rules."""
    target = f"{words.server} . th dport"
    yield from _filled(_shapes(words, target), [farm for farm in farms if not farm.kind.ranges], "")
    ranges = [farm for farm in farms if farm.kind.ranges]
    yield from _filled(_shapes(words, words.server), ranges, "-ranges", "flags interval")
    yield from _reflected_addresses(farms, words)
    yield from _clients(farms, words)


def clients_name(group: int | None) -> str:
    """The map that remembers the clients of sticky services of this group."""
    return "clients" if group is None else f"clients-{group}"


def _shapes(words: Words, target: str) -> tuple[Shape, ...]:
    turn = "numgen inc mod 2"  # stands for any number
    return (
        Shape("services", "Connections from outside: the chain.", f"{words.place} : verdict", _is_any, _dispatch),
        Shape("reflected", "Connections from inside: the chain.", f"{words.place} : verdict", _is_reflected, _dispatch),
        Shape("servers", "Turn to server.", f"{words.place} . {turn} : {target}", _is_not_sticky, _servers),
        Shape("turns", "Sticky: turn to server.", f"{words.place} . {turn} : {words.server}", _is_sticky, _turns),
        Shape(
            "members",
            "Sticky: the servers that serve.",
            f"{words.place} . {words.server} : {target}",
            _is_sticky,
            _members,
        ),
    )


def _filled(shapes: tuple[Shape, ...], farms: list[Farm], suffix: str, *properties: str) -> Iterator[Map]:
    """The maps that any of these services needs, even if none of its servers is up: one may come."""
    for shape in shapes:
        users = [farm for farm in farms if shape.is_for(farm)]
        if users:
            blocks = tuple([_block(farm, shape.elements(farm)) for farm in users if farm.turns])
            yield Map("map", shape.name + suffix, shape.purpose, shape.typeof, properties, blocks)


def _is_any(farm: Farm) -> bool:
    return True


def _is_reflected(farm: Farm) -> bool:
    return farm.service.reflect


def _is_sticky(farm: Farm) -> bool:
    return farm.service.sticky is not None


def _is_not_sticky(farm: Farm) -> bool:
    return farm.service.sticky is None


def _dispatch(farm: Farm) -> Iterator[Element]:
    for place in farm.places:
        yield Element(place.key, f"goto {farm.chain}", farm.service.origin)


def _servers(farm: Farm) -> Iterator[Element]:
    addresses = [str(server.address) for server in farm.turns]
    for place in farm.places:
        port = _port_suffix(place.port)
        for turn, server in enumerate(farm.turns):
            yield Element(f"{place.key} . {turn}", addresses[turn] + port, server.origin)


def _turns(farm: Farm) -> Iterator[Element]:
    addresses = [str(server.address) for server in farm.turns]
    for place in farm.places:
        for turn, server in enumerate(farm.turns):
            yield Element(f"{place.key} . {turn}", addresses[turn], server.origin)


def _members(farm: Farm) -> Iterator[Element]:
    for place in farm.places:
        port = _port_suffix(place.port)
        for server in farm.pool.serving():
            yield Element(f"{place.key} . {server.address}", f"{server.address}{port}", server.origin)


def _port_suffix(port: int | None) -> str:
    return "" if port is None else f" . {port}"


def _reflected_addresses(farms: tuple[Farm, ...], words: Words) -> Iterator[Map]:
    """What tells the connections that our own rules sent back inside from those that somebody else's did."""
    first = {farm.service.address: farm for farm in reversed(farms) if farm.service.reflect}
    if first:
        blocks = tuple(
            [
                _block(farm, [Element(str(farm.service.address), None, farm.service.origin)])
                for farm in reversed(first.values())
            ]
        )
        purpose = "Addresses with connections from inside."
        yield Map("set", "reflected-addresses", purpose, words.server, (), blocks)


def _clients(farms: tuple[Farm, ...], words: Words) -> Iterator[Map]:
    groups = {farm.kind.group for farm in farms if farm.kind.sticky is not None}
    for group in sorted(groups, key=lambda group: -1 if group is None else group):
        if group is None:
            purpose, service = "Sticky: the server that each client has met.", words.place
        else:
            purpose, service = "Sticky: the same for services with several ports or protocols.", words.server
        typeof = f"{words.client} . {service} : {words.server}"
        yield Map("map", clients_name(group), purpose, typeof, ("flags dynamic,timeout", f"size {CLIENTS}"))


def _block(farm: Farm, elements: Iterable[Element]) -> Block:
    service, pool = farm.service, farm.pool
    comment = f"service {service.name} ({_shown(service.origin)}), pool {pool.name} ({_shown(pool.origin)})"
    return Block(comment, service.origin, tuple(elements))


def _shown(statement: Stated) -> str:
    """The statement's file and line. A file may be called anything, but no part of its name may end the comment."""
    place = statement.place
    return place if place.isprintable() else "".join([letter if letter.isprintable() else "?" for letter in place])
