"""The chains of a table: the balancing chains, by scheme and turn counter, and the two that the kernel calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from lbsh_lang.backends.nftables.carriers import OWN_ADDRESSES, OWN_PORTS
from lbsh_lang.backends.nftables.expressions import Expressions
from lbsh_lang.backends.nftables.farms import Farm, Scheme, VerdictMap
from lbsh_lang.backends.nftables.stickiness import CARRIER, sticky_rules
from lbsh_lang.backends.nftables.tables import Chain, helper_name
from lbsh_lang.backends.nftables.uplinks import uplink_chains
from lbsh_lang.site.model import Interface, Site
from lbsh_lang.site.sources import kept_nets, translations
from lbsh_lang.site.uplinks import Marks, Way, not_led
from lbsh_lang.values import PROTOCOLS_OF_HELPER, Algorithm, Family, Network

_HASH_SEED = "0x6c627368"
"""The seed of source-hash. Without it the kernel takes a random seed at every load, which would move all clients."""

_FIRST = "- 5"
"""The priority: before the nat chains of others. At equal priority, the chain that was loaded last would win."""


def balancing_chains(farms: tuple[Farm, ...], expressions: Expressions) -> Iterator[Chain]:
    """The chains that choose a server, in the order of their first use. Without a server, a service needs none."""
    schemes = {farm.chain: farm.scheme for farm in farms if farm.has_chain}
    for name, scheme in schemes.items():
        rules = _plain_rules(scheme, expressions) if scheme.sticky is None else _sticky_rules(scheme, expressions)
        yield Chain(name, _purpose(scheme), (*_client_rules(scheme, expressions), *_helper_rules(scheme), *rules))


def _client_rules(scheme: Scheme, expressions: Expressions) -> Iterator[str]:
    """The end of the chain for connections of other clients, which are nobody's then."""
    if scheme.networks:
        yield f"{expressions.client} != {_set(scheme.networks)} return"


def _helper_rules(scheme: Scheme) -> Iterator[str]:
    """The statements that make the kernel follow a session; it takes those for another protocol as nothing.

    They stand before the translation, which is then prepared for texts that change their length.
    """
    if scheme.helper is not None:
        for protocol in PROTOCOLS_OF_HELPER[scheme.helper]:
            yield f'ct helper set "{helper_name(scheme.helper, protocol)}"'


def _purpose(scheme: Scheme) -> str:
    """The comment on a chain."""
    choice = _choice(scheme)
    if scheme.helper is not None:
        choice += f" Connections that belong to a session follow it ({scheme.helper.value})."
    if scheme.sticky is None:
        return choice
    return f"{choice} Clients stay until {scheme.sticky} s after the end of their last connection."


def _choice(scheme: Scheme) -> str:
    if not scheme.turns:
        return "No server for new clients."
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
    if scheme.own_ports:
        return CARRIER, f"{expressions.server} set {server}", _dnat_to_carried(expressions)
    return (_dnat(scheme, expressions, server, expressions.place),)


def _sticky_rules(scheme: Scheme, expressions: Expressions) -> tuple[str, ...]:
    dnat = _dnat(scheme, expressions, expressions.server, expressions.original_place)
    if scheme.own_ports:
        dnat = _dnat_to_carried(expressions)
    return sticky_rules(scheme, expressions, _turn(scheme, expressions) if scheme.turns else None, dnat)


def _dnat_to_carried(expressions: Expressions) -> str:
    """The translation to the server that the packet's destination carries, with a port of its own."""
    server = f"{expressions.original_place} . {expressions.server}"
    to = f"{server} map @{OWN_ADDRESSES} : {server} map @{OWN_PORTS}"
    return f"meta l4proto {{ tcp, udp }} dnat {expressions.family} to {to}"


def _dnat(scheme: Scheme, expressions: Expressions, server: str, place: str) -> str:
    if not scheme.ports:
        return f"dnat {expressions.family} to {server}"
    # nft takes a port only in a rule that requires a protocol with ports.
    return f"meta l4proto {{ tcp, udp }} dnat {expressions.family} to {server} : {place} map @ports"


def hooks(
    site: Site, family: Family, farms: tuple[Farm, ...], expressions: Expressions, marks: Marks
) -> Iterator[Chain]:
    """The chains that see each new connection. The device's own connections arrive by neither interface."""
    arriving = _arrival_rules(site, family, farms, expressions)
    if arriving:
        hook = f"type nat hook prerouting priority dstnat {_FIRST}"
        yield Chain("prerouting", "Arriving connections: the service they are for.", arriving, hook)
    leaving = _departure_rules(site, family, farms, expressions)
    if leaving:
        hook = f"type nat hook postrouting priority srcnat {_FIRST}"
        yield Chain("postrouting", "Leaving connections: the source that brings the answers back.", leaving, hook)
    arrivals = partial(_on_external, site, family=family, direction="iifname", other=expressions.client)
    yield from uplink_chains(site, family, marks, arrivals, partial(_led, site, expressions))


def _arrival_rules(site: Site, family: Family, farms: tuple[Farm, ...], expressions: Expressions) -> tuple[str, ...]:
    rules: list[str] = []
    for entry in _on_external(site, site.external, family, "iifname", expressions.client):
        rules += [f"{entry} {look_up}" for look_up in _look_ups(farms, "services", expressions)]
    nets = site.nets_inside(family)
    if site.internal and nets:
        entry = f"iifname {_names(site.internal)} {expressions.client} {_blocks(nets)}"
        reflected = [farm for farm in farms if farm.service.reflect]
        rules += [f"{entry} {look_up}" for look_up in _look_ups(reflected, "reflected", expressions)]
    return tuple(rules)


def _look_ups(farms: Iterable[Farm], side: str, expressions: Expressions) -> list[str]:
    """The look-ups in the maps that lead to the chains of these farms."""
    maps = sorted({VerdictMap.of(farm, side) for farm in farms})
    return [f"{one.key(expressions)} vmap @{one.name}" for one in maps]


def _on_external(
    site: Site, interfaces: Sequence[Interface], family: Family, direction: str, other: str
) -> Iterator[str]:
    """The matches for packets on external interfaces whose `other` end, an address, is outside.

    Only on an interface that is internal, too, does that need a match of its own.
    """
    nets = site.nets_inside(family)
    shared = [one for one in interfaces if one in site.one_armed]
    plain = [one for one in interfaces if one not in shared or not nets]
    if plain:
        yield f"{direction} {_names(plain)}"
    if shared and nets:
        yield f"{direction} {_names(shared)} {other} != {_blocks(nets)}"


def _departure_rules(site: Site, family: Family, farms: tuple[Farm, ...], expressions: Expressions) -> tuple[str, ...]:
    nets = site.nets_inside(family)
    rules = [*_masquerade_rules(site, nets, farms, expressions)]
    rules += [rule for net in nets for rule in _reflection_rules(site, net, farms, expressions)]
    outbound, kept = translations(site, family), kept_nets(site, family)
    if outbound and kept:
        rules.append(f"{expressions.client} {_blocks(nets)} {expressions.server} {_set(kept)} return")
    for inside in outbound:
        address = inside.source.address
        verdict = "masquerade" if address is None else f"snat to {address}"
        ways = _on_external(site, inside.interfaces, family, "oifname", expressions.server)
        client = _set(inside.inside) if inside.source.is_exception else _blocks(nets)
        rules += [f"{way} {expressions.client} {client} {verdict}" for way in ways]
    return tuple(rules)


def _masquerade_rules(
    site: Site, nets: tuple[Network, ...], farms: tuple[Farm, ...], expressions: Expressions
) -> Iterator[str]:
    """The rules by which servers see an address of the device: the gateway of their net, or that of the interface."""
    masked = [farm for farm in farms if farm.service.masquerade]
    if not masked:
        return
    by = f"iifname {_names([*site.external, *site.internal])}"
    places = _original_places(masked, lambda scheme: scheme.masked_places, expressions)
    gateways = [(net, site.own_gateway(net)) for net in nets]
    for net, gateway in gateways:
        if gateway is not None:
            there = _only_in(site, net, expressions.server)
            yield from [f"{by} {there} ct status dnat {place} snat to {gateway}" for place in places]
    if not gateways or any(gateway is None for _, gateway in gateways):
        yield from [f"{by} ct status dnat {place} masquerade" for place in places]


def _led(site: Site, expressions: Expressions, way: Way) -> str:
    """The match for packets from inside to the world that a way leads to its uplink."""
    others = _set(not_led(site, way.source.family))
    client, server = expressions.client, expressions.server
    return f"iifname {_names(site.internal)} {client} {_set(way.inside)} {server} != {others}"


def _reflection_rules(site: Site, net: Network, farms: tuple[Farm, ...], expressions: Expressions) -> Iterator[str]:
    """The rules for reflected connections between neighbours of one net, whose answers would go past the device."""
    gateway = site.gateway(net)
    if not site.internal or gateway is None:
        return
    # By iifname, connections that enter by another interface with a source of an internal net keep that source.
    by = _names(site.internal)
    ends = _only_in(site, net, expressions.client)
    if len(site.nets_inside(net.family)) > 1:  # of one net, all servers are neighbours
        ends += f" {_only_in(site, net, expressions.server)}"
    reflected = [farm for farm in farms if farm.service.reflect and not farm.service.masquerade]
    for place in _original_places(reflected, lambda scheme: scheme.reflected_places, expressions):
        yield f"iifname {by} oifname {by} {ends} ct status dnat {place} snat to {gateway}"


def _only_in(site: Site, net: Network, address: str) -> str:
    """The match for an address that lies in a net, and in no smaller one."""
    within = site.nets_within(net)
    return f"{address} {net}" + (f" {address} != {_blocks(within)}" if within else "")


def _original_places(farms: list[Farm], set_of: Callable[[Scheme], str], expressions: Expressions) -> list[str]:
    """The matches for connections of these farms by their original destination, which translation does not change."""
    sets = sorted({(set_of(farm.scheme), protocol.value) for farm in farms for protocol in farm.service.protocols})
    return [f"meta l4proto {protocol} {expressions.translated_place} @{name}" for name, protocol in sets]


def _blocks(nets: Sequence[Network]) -> str:
    """The addresses of these networks: only the largest, since a set takes no overlaps."""
    return _set([net for net in nets if not any(other.overlaps(net) and other.length < net.length for other in nets)])


def _names(interfaces: Sequence[Interface]) -> str:
    return _set([f'"{interface.name}"' for interface in interfaces])


def _set(values: Iterable[object]) -> str:
    """A value, or an anonymous set of several."""
    texts = list(dict.fromkeys(map(str, values)))
    return texts[0] if len(texts) == 1 else f"{{ {', '.join(texts)} }}"
