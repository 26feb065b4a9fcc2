"""The chains of a table: the balancing chains, by scheme and turn counter, and the two that the kernel calls."""

from __future__ import annotations

from collections.abc import Iterator

from lbsh_lang.backends.nftables.expressions import Expressions
from lbsh_lang.backends.nftables.farms import Farm, Scheme
from lbsh_lang.backends.nftables.tables import Chain
from lbsh_lang.site.model import Site
from lbsh_lang.values import Algorithm, Family, Network

_HASH_SEED = "0x6c627368"
"""The seed of source-hash. Without it the kernel takes a random seed at every load, which would move all clients."""

_FIRST = "- 5"
"""The priority: before the nat chains of others. At equal priority, the chain that was loaded last would win."""


def balancing_chains(farms: tuple[Farm, ...], expressions: Expressions) -> Iterator[Chain]:
    """The chains that choose a server, in the order of their first use. Without a server, a service needs none."""
    schemes = {farm.chain: farm.scheme for farm in farms if farm.turns}
    for name, scheme in schemes.items():
        rules = _plain_rules(scheme, expressions) if scheme.sticky is None else _sticky_rules(scheme, expressions)
        yield Chain(name, _purpose(scheme), rules)


def _purpose(scheme: Scheme) -> str:
    """The comment on a chain."""
    choice = _choice(scheme)
    if scheme.sticky is None:
        return choice
    return f"{choice} Clients stay until {scheme.sticky} s after their last connection began."


def _choice(scheme: Scheme) -> str:
    match scheme.algorithm:
        case Algorithm.ROUND_ROBIN:
            return f"Round-robin; turns in a round: {scheme.turns}."
        case Algorithm.RANDOM:
            return f"Turns at random, out of {scheme.turns}."
        case Algorithm.SOURCE_HASH:
            return f"Slots by the client's address, out of {scheme.turns}."
        case Algorithm.LEAST_CONNECTIONS:
            raise AssertionError("LEAST_CONNECTIONS is no capability of nftables")


def _turn(scheme: Scheme, expressions: Expressions) -> str:
    """The expression for the number of a connection's turn."""
    match scheme.algorithm:
        case Algorithm.ROUND_ROBIN:
            return f"numgen inc mod {scheme.turns}"
        case Algorithm.RANDOM:
            return f"numgen random mod {scheme.turns}"
        case Algorithm.SOURCE_HASH:
            return f"jhash {expressions.client} mod {scheme.turns} seed {_HASH_SEED}"
        case Algorithm.LEAST_CONNECTIONS:
            raise AssertionError("LEAST_CONNECTIONS is no capability of nftables")


def _plain_rules(scheme: Scheme, expressions: Expressions) -> tuple[str, ...]:
    server = f"{expressions.place} . {_turn(scheme, expressions)} map @{scheme.servers}"
    return (_dnat(scheme, expressions, server, expressions.place),)


def _sticky_rules(scheme: Scheme, expressions: Expressions) -> tuple[str, ...]:
    """The rules of a chain that remembers clients: first for a client with a server, then for a new client."""
    where, originally = expressions.place, expressions.original_place
    if scheme.group is not None:
        where, originally = expressions.server, expressions.original_address
    known = expressions.recorded(f"{expressions.client} . {where}")
    client = expressions.recorded(f"{expressions.client} . {originally}")
    record = f"update @{scheme.clients} {{ {client} timeout {scheme.sticky}s : {expressions.server} }}"
    turn = f"{expressions.original_place} . {_turn(scheme, expressions)}"
    dnat = _dnat(scheme, expressions, expressions.server, expressions.original_place)
    return (
        "# The destination of the packet carries the server to dnat, which is about to overwrite it.",
        f"{expressions.server} set {known} map @{scheme.clients}",
        f"{expressions.original_place} . {expressions.server} @{scheme.members} {record} {dnat}",
        "# The client is new, or its server is gone. An update alone would leave the old server in place.",
        f"delete @{scheme.clients} {{ {client} : {expressions.server} }}",
        f"{expressions.server} set {turn} map @{scheme.servers} {record}",
        dnat,
    )


def _dnat(scheme: Scheme, expressions: Expressions, server: str, place: str) -> str:
    if not scheme.ports:
        return f"dnat {expressions.family} to {server}"
    # nft takes a port only in a rule that requires a protocol with ports.
    return f"meta l4proto {{ tcp, udp }} dnat {expressions.family} to {server} : {place} map @ports"


def hooks(site: Site, family: Family, farms: tuple[Farm, ...], expressions: Expressions) -> Iterator[Chain]:
    """The chains that see each new connection. The device's own connections arrive by neither interface."""
    inside = _sources(site.nets_inside(family), expressions)
    arriving = _arrival_rules(site, farms, expressions, inside)
    if arriving:
        hook = f"type nat hook prerouting priority dstnat {_FIRST}"
        yield Chain("prerouting", "Arriving connections: the service they are for.", arriving, hook)
    leaving = _departure_rules(site, family, farms, expressions, inside)
    if leaving:
        hook = f"type nat hook postrouting priority srcnat {_FIRST}"
        yield Chain("postrouting", "Leaving connections: the source that brings the answers back.", leaving, hook)


def _arrival_rules(site: Site, farms: tuple[Farm, ...], expressions: Expressions, inside: str) -> tuple[str, ...]:
    rules: list[str] = []
    if site.external is not None:
        maps = sorted({farm.scheme.services for farm in farms})
        rules += [f'iifname "{site.external.name}" {expressions.place} vmap @{name}' for name in maps]
    if site.internal is not None and inside:
        maps = sorted({farm.scheme.reflected for farm in farms if farm.service.reflect})
        rules += [f'iifname "{site.internal.name}" {inside} {expressions.place} vmap @{name}' for name in maps]
    return tuple(rules)


def _departure_rules(
    site: Site, family: Family, farms: tuple[Farm, ...], expressions: Expressions, inside: str
) -> tuple[str, ...]:
    rules = []
    gateway, outside = site.gateway(family), site.external_address(family)
    if site.internal is not None and inside and gateway and any(farm.service.reflect for farm in farms):
        # By iifname, connections that enter by another interface with a source of an internal net keep that source.
        back = f'iifname "{site.internal.name}" oifname "{site.internal.name}" {inside} ct status dnat'
        rules += [f"{back} {place} snat to {gateway}" for place in _reflected_places(farms, expressions)]
    if site.external is not None and inside and outside:
        rules.append(f'oifname "{site.external.name}" {inside} snat to {outside}')
    return tuple(rules)


def _reflected_places(farms: tuple[Farm, ...], expressions: Expressions) -> list[str]:
    """The matches for reflected connections by their original destination, which translation does not change."""
    reflected = [farm for farm in farms if farm.service.reflect]
    sets = sorted({(farm.scheme.reflected_places, p.value) for farm in reflected for p in farm.service.protocols})
    return [f"meta l4proto {protocol} {expressions.translated_place} @{name}" for name, protocol in sets]


def _sources(nets: tuple[Network, ...], expressions: Expressions) -> str:
    """The match for sources in these networks, empty without any: only the largest, since a set takes no overlaps."""
    largest = [
        net
        for net in nets
        if not any(other != net and other.overlaps(net) and other.length < net.length for other in nets)
    ]
    texts = list(dict.fromkeys(map(str, largest)))
    if not texts:
        return ""
    return f"{expressions.client} {texts[0]}" if len(texts) == 1 else f"{expressions.client} {{ {', '.join(texts)} }}"
