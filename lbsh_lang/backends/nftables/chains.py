"""The chains of a table: one for each kind of service, and the two that the kernel calls."""

from __future__ import annotations

from collections.abc import Iterator

from lbsh_lang.backends.nftables.farms import Farm, Kind
from lbsh_lang.backends.nftables.tables import Chain
from lbsh_lang.backends.nftables.words import Words
from lbsh_lang.site.model import Site
from lbsh_lang.values import Algorithm, Family, Network

_HASH_SEED = "0x6c627368"
"""Without a seed of ours the kernel takes a random one, and every load of the rules would move all clients."""

_FIRST = "- 5"
"""Before the nat chains of others: at one priority with them, it would depend on who loaded last whose rules win."""


def balancing_chains(farms: tuple[Farm, ...], words: Words) -> Iterator[Chain]:
    """The chains that choose a server, in the order of their first use; none for a service that nobody serves."""
    kinds = {farm.chain: farm.kind for farm in farms if farm.turns}
    for name, kind in kinds.items():
        rules = _plain_rules(kind, words) if kind.sticky is None else _sticky_rules(kind, words)
        yield Chain(name, _purpose(kind), rules)


def _purpose(kind: Kind) -> str:
    choice = {
        Algorithm.ROUND_ROBIN: f"Round-robin; turns in a round: {kind.turns}.",
        Algorithm.RANDOM: f"Turns at random, out of {kind.turns}.",
        Algorithm.SOURCE_HASH: f"Slots by the client's address, out of {kind.turns}.",
    }[kind.algorithm]
    if kind.sticky is None:
        return choice
    return f"{choice} Clients stay until {kind.sticky} s after their last connection began."


def _turn(kind: Kind, words: Words) -> str:
    return {
        Algorithm.ROUND_ROBIN: f"numgen inc mod {kind.turns}",
        Algorithm.RANDOM: f"numgen random mod {kind.turns}",
        Algorithm.SOURCE_HASH: f"jhash {words.client} mod {kind.turns} seed {_HASH_SEED}",
    }[kind.algorithm]


def _plain_rules(kind: Kind, words: Words) -> tuple[str, ...]:
    return (_dnat(kind, words, f"{words.place} . {_turn(kind, words)} map @{kind.servers}", words.place),)


def _sticky_rules(kind: Kind, words: Words) -> tuple[str, ...]:
    where, originally = words.place, words.original_place
    if kind.group is not None:
        where, originally = words.server, words.original_address
    known = words.recorded(f"{words.client} . {where}")
    client = words.recorded(f"{words.client} . {originally}")
    record = f"update @{kind.clients} {{ {client} timeout {kind.sticky}s : {words.server} }}"
    dnat = _dnat(kind, words, words.server, words.original_place)
    return (
        "# The destination of the packet carries the server to dnat, which is about to overwrite it.",
        f"{words.server} set {known} map @{kind.clients}",
        f"{words.original_place} . {words.server} @{kind.members} {record} {dnat}",
        "# The client is new, or its server is gone. An update alone would leave the old server in place.",
        f"delete @{kind.clients} {{ {client} : {words.server} }}",
        f"{words.server} set {words.original_place} . {_turn(kind, words)} map @{kind.servers} {record}",
        dnat,
    )


def _dnat(kind: Kind, words: Words, server: str, place: str) -> str:
    if not kind.ports:
        return f"dnat {words.family} to {server}"
    # nft wants to be told that the protocol has ports.
    return f"meta l4proto {{ tcp, udp }} dnat {words.family} to {server} : {place} map @ports"


def hooks(site: Site, family: Family, farms: tuple[Farm, ...], words: Words) -> Iterator[Chain]:
    """The chains that see each new connection; the device's own pass neither of the first one's interfaces."""
    inside = _sources(site.nets_inside(family), words)
    arriving = _arrival_rules(site, farms, words, inside)
    if arriving:
        hook = f"type nat hook prerouting priority dstnat {_FIRST}"
        yield Chain("prerouting", "Arriving connections: the service they are for.", arriving, hook)
    leaving = _departure_rules(site, family, farms, words, inside)
    if leaving:
        hook = f"type nat hook postrouting priority srcnat {_FIRST}"
        yield Chain("postrouting", "Leaving connections: the source that brings the answers back.", leaving, hook)


def _arrival_rules(site: Site, farms: tuple[Farm, ...], words: Words, inside: str) -> tuple[str, ...]:
    rules: list[str] = []
    if site.external is not None:
        maps = sorted({farm.kind.services for farm in farms})
        rules += [f'iifname "{site.external.name}" {words.place} vmap @{name}' for name in maps]
    if site.internal is not None and inside:
        maps = sorted({farm.kind.reflected for farm in farms if farm.service.reflect})
        rules += [f'iifname "{site.internal.name}" {inside} {words.place} vmap @{name}' for name in maps]
    return tuple(rules)


def _departure_rules(site: Site, family: Family, farms: tuple[Farm, ...], words: Words, inside: str) -> tuple[str, ...]:
    rules = []
    gateway, outside = site.gateway(family), site.external_address(family)
    if site.internal is not None and inside and gateway and any(farm.service.reflect for farm in farms):
        # The first interface matters: what enters by another with a source of an internal net keeps its source.
        back = f'iifname "{site.internal.name}" oifname "{site.internal.name}" {inside} ct status dnat'
        rules += [f"{back} {place} snat to {gateway}" for place in _reflected_places(farms, words)]
    if site.external is not None and inside and outside:
        rules.append(f'oifname "{site.external.name}" {inside} snat to {outside}')
    return tuple(rules)


def _reflected_places(farms: tuple[Farm, ...], words: Words) -> list[str]:
    """Matches the connections that our rules sent back inside, whatever their packets look like by now."""
    reflected = [farm for farm in farms if farm.service.reflect]
    kinds = sorted({(farm.kind.reflected_places, p.value) for farm in reflected for p in farm.service.protocols})
    return [f"meta l4proto {protocol} {words.translated_place} @{name}" for name, protocol in kinds]


def _sources(nets: tuple[Network, ...], words: Words) -> str:
    """Matches what comes from these networks; empty if there are none. A set takes no two that overlap."""
    largest = [
        net
        for net in nets
        if not any(other != net and other.overlaps(net) and other.length < net.length for other in nets)
    ]
    texts = list(dict.fromkeys(map(str, largest)))
    if not texts:
        return ""
    return f"{words.client} {texts[0]}" if len(texts) == 1 else f"{words.client} {{ {', '.join(texts)} }}"
