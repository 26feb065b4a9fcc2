"""The chains of a table: one for each kind of service, and the two that the kernel calls."""

from __future__ import annotations

from collections.abc import Iterator

from lbsh_lang.backends.nftables.farms import Farm, Kind
from lbsh_lang.backends.nftables.maps import clients_name
from lbsh_lang.backends.nftables.tables import Chain
from lbsh_lang.backends.nftables.words import Words
from lbsh_lang.site.model import Site
from lbsh_lang.values import Algorithm, Family, Network

_HASH_SEED = "0x6c627368"
"""Without a seed of ours the kernel takes a random one, and every load of the rules would move all clients."""


def balancing_chains(farms: tuple[Farm, ...], words: Words) -> Iterator[Chain]:
    """The chains that choose a server, in the order of their first use; none for a service that nobody serves."""
    kinds = {farm.chain: farm.kind for farm in farms if farm.turns}
    for name, kind in kinds.items():
        rules = _plain_rules(kind, words) if kind.sticky is None else _sticky_rules(kind, words)
        yield Chain(name, _purpose(kind), rules)


def _purpose(kind: Kind) -> str:
    choice = {
        Algorithm.ROUND_ROBIN: f"Round-robin, {kind.turns} turns a round.",
        Algorithm.RANDOM: f"One of {kind.turns} turns at random.",
        Algorithm.SOURCE_HASH: f"One of {kind.turns} slots by the client's address.",
    }[kind.algorithm]
    return (
        choice if kind.sticky is None else f"{choice} Clients stay until {kind.sticky} s after their last connection."
    )


def _turn(kind: Kind, words: Words) -> str:
    return {
        Algorithm.ROUND_ROBIN: f"numgen inc mod {kind.turns}",
        Algorithm.RANDOM: f"numgen random mod {kind.turns}",
        Algorithm.SOURCE_HASH: f"jhash {words.client} mod {kind.turns} seed {_HASH_SEED}",
    }[kind.algorithm]


def _plain_rules(kind: Kind, words: Words) -> tuple[str, ...]:
    servers = "servers-ranges" if kind.ranges else "servers"
    return (_dnat(words, f"{words.place} . {_turn(kind, words)} map @{servers}"),)


def _sticky_rules(kind: Kind, words: Words) -> tuple[str, ...]:
    suffix = "-ranges" if kind.ranges else ""
    clients = clients_name(kind.group)
    service = "" if kind.group is not None else " . meta l4proto . th dport"
    client = f"{words.client} . {words.original_address}{service}"
    record = f"update @{clients} {{ {client} timeout {kind.sticky}s : {words.server} }}"
    to_member = _dnat(words, f"{words.original_place} . {words.server} map @members{suffix}")
    return (
        "# The packet's destination holds the chosen server on the way to dnat, which overwrites it anyway.",
        "# A client that is known goes on to its server, if that still serves.",
        f"{words.server} set {words.client} . {words.server}{service} map @{clients} {record}",
        to_member,
        "# One that is new, or whose server is gone, takes a turn. (An update alone would keep the old server.)",
        f"delete @{clients} {{ {client} : {words.server} }}",
        f"{words.server} set {words.original_place} . {_turn(kind, words)} map @turns{suffix}",
        record,
        to_member,
        "# Only if the server left between these rules; the client asks again.",
        "drop",
    )


def _dnat(words: Words, target: str) -> str:
    # nft wants to know that there are ports, though no other protocol comes here.
    return f"meta l4proto {{ tcp, udp }} dnat {words.family} to {target}"


def hooks(site: Site, family: Family, farms: tuple[Farm, ...], words: Words) -> Iterator[Chain]:
    """The chains that see each new connection; the device's own pass neither of the first one's interfaces."""
    inside = _sources(site.nets_inside(family), words)
    arriving = _arrival_rules(site, farms, words, inside)
    if arriving:
        hook = "type nat hook prerouting priority dstnat"
        yield Chain("prerouting", "Arriving connections: the service they are for.", (hook, *arriving))
    leaving = _departure_rules(site, family, farms, words, inside)
    if leaving:
        hook = "type nat hook postrouting priority srcnat"
        yield Chain("postrouting", "Leaving connections: the source that brings the answers back.", (hook, *leaving))


def _arrival_rules(site: Site, farms: tuple[Farm, ...], words: Words, inside: str) -> tuple[str, ...]:
    rules = []
    for suffix, alike in _by_form(farms):
        if alike and site.external is not None:
            rules.append(f'iifname "{site.external.name}" {words.place} vmap @services{suffix}')
    for suffix, alike in _by_form(farms):
        if site.internal is not None and inside and any(farm.service.reflect for farm in alike):
            rules.append(f'iifname "{site.internal.name}" {inside} {words.place} vmap @reflected{suffix}')
    return tuple(rules)


def _by_form(farms: tuple[Farm, ...]) -> tuple[tuple[str, list[Farm]], ...]:
    return (
        ("", [farm for farm in farms if not farm.kind.ranges]),
        ("-ranges", [farm for farm in farms if farm.kind.ranges]),
    )


def _departure_rules(site: Site, family: Family, farms: tuple[Farm, ...], words: Words, inside: str) -> tuple[str, ...]:
    rules = []
    gateway, outside = site.gateway(family), site.external_address(family)
    if site.internal is not None and inside and gateway and any(farm.service.reflect for farm in farms):
        ours = f"ct status dnat {words.original_address} @reflected-addresses"
        rules.append(f'oifname "{site.internal.name}" {inside} {ours} snat to {gateway}')
    if site.external is not None and inside and outside:
        rules.append(f'oifname "{site.external.name}" {inside} snat to {outside}')
    return tuple(rules)


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
