"""The rules of one service: those that lead to its chain, and the chain, which chooses a server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from lbsh_lang.backends.base import Line, farm_comment
from lbsh_lang.backends.iptables.balance import MOST_TURNS, Step, at_random, length_of_round, round_robin, takes_turns
from lbsh_lang.backends.iptables.dispatch import Style, Tree, Way, dispatch_tree, port_matches, port_text
from lbsh_lang.backends.iptables.lots import by_source
from lbsh_lang.backends.iptables.names import EXTERNAL, INTERNAL, REFLECTED, client_list, service_chain
from lbsh_lang.site.model import Pool, Server, Service, Site
from lbsh_lang.values import Address, Algorithm, Family, Protocol

_NO_SERVER = "# No server: connections are left to the device (a daemon of its own on that port would answer them)."

_OF_PACKET = ("-d", "-p", "--dport")
_OF_CONNECTION = ("-m conntrack --ctorigdst", "-m conntrack --ctproto", "--ctorigdstport")
"""How a tree's rules match where a packet goes to, and where its connection went to before it was translated."""


class Farm(NamedTuple):
    """A service with its pool, and its rank in the site."""

    rank: int
    service: Service
    pool: Pool


@dataclass(frozen=True, slots=True)
class Entrances:
    """The ways to the services of one family: from outside, from inside, and for the answers to those inside."""

    external: Tree
    internal: Tree
    reflected: Tree
    gateway: Address | None

    @property
    def trees(self) -> tuple[Tree, ...]:
        return self.external, self.internal, self.reflected


class Block(NamedTuple):
    """What belongs to one service: its chains by name, and a comment with the rules."""

    chains: tuple[str, ...]
    lines: tuple[Line, ...]


class _Variant(NamedTuple):
    """The chain of a service for some of its protocols."""

    suffix: str
    protocols: tuple[Protocol, ...]
    match: str


def farms_of(site: Site) -> list[Farm]:
    """The services that have a pool, in the order of the site."""
    return [Farm(rank, service, service.pool) for rank, service in enumerate(site.services) if service.pool is not None]


def entrances(site: Site, family: Family, farms: list[Farm]) -> Entrances:
    """The ways to those services of a family that someone serves."""
    served = [farm for farm in farms if farm.service.address.family == family and farm.pool.serving()]
    inside = [farm for farm in served if farm.service.reflect]
    return Entrances(
        dispatch_tree(EXTERNAL, Style(family, "-E-", *_OF_PACKET), [way for farm in served for way in _ways(farm)]),
        dispatch_tree(INTERNAL, Style(family, "-I-", *_OF_PACKET), [way for farm in inside for way in _ways(farm)]),
        dispatch_tree(
            REFLECTED, Style(family, "-R-", *_OF_CONNECTION), [way for farm in inside for way in _single_ways(farm)]
        ),
        site.gateway(family),
    )


def service_block(farm: Farm, ways: Entrances) -> Block:
    """The rules of a service, and why they are there."""
    service, pool = farm.service, farm.pool
    title = Line(f"# {farm_comment(service, pool)}", service.origin)
    if not pool.serving():
        return Block((), (title, Line(_NO_SERVER, service.origin)))
    steps = tuple(_steps(pool))
    below = dict.fromkeys([step.chain for step in steps])
    variants = _variants(service, pool)
    chains = [service_chain(service, variant.suffix + suffix) for variant in variants for suffix in below]
    return Block(tuple(chains), (title, *_rules(farm, ways, variants, steps)))


def _rules(farm: Farm, ways: Entrances, variants: list[_Variant], steps: tuple[Step, ...]) -> Iterator[Line]:
    for variant in variants:
        yield from _entry_lines(farm, variant, ways)
    yield from _reflection_lines(farm, ways)
    yield from [Line(f"# {reason}", farm.service.origin) for reason in _reasons(farm)]
    for variant in variants:
        yield from _sticky_lines(farm.service, farm.pool, variant)
        yield from _choice_lines(farm.service, farm.pool, variant, steps)


def _reasons(farm: Farm) -> Iterator[str]:
    """What the rules of the chain do, where that is not plain to see."""
    if farm.service.sticky is not None:
        yield "Clients that are remembered stay with their server; others get one by the rules below, and are remembered."
    if farm.pool.algorithm is Algorithm.ROUND_ROBIN and not takes_turns(farm.pool.serving()):
        length = length_of_round(farm.pool.serving())
        yield (
            f"The weights would make a round of {length} turns, more than {MOST_TURNS}: "
            "servers are chosen at random, by weight, instead."
        )
    if farm.pool.algorithm is Algorithm.SOURCE_HASH and len(farm.pool.serving()) > 1:
        yield "Source-hash: servers draw lots for the client's address, and the first that wins gets the client."
        if farm.service.address.family == 6:
            yield "(Each lot is a BPF program, since `cluster` hashes only the first 32 bits of an IPv6 address.)"


def _ways(farm: Farm) -> list[Way]:
    service = farm.service
    return [Way(service.address.value, protocol.value, service.ports, farm.rank) for protocol in service.protocols]


def _single_ways(farm: Farm) -> list[Way]:
    """A way for each port or range: of the original ports of a connection, no match takes a list."""
    return [way._replace(ports=(port,)) for way in _ways(farm) for port in way.ports]


def _steps(pool: Pool) -> Iterator[Step]:
    match pool.algorithm:
        case Algorithm.RANDOM:
            return at_random(pool.serving())
        case Algorithm.SOURCE_HASH:
            return by_source(pool)
        case _:
            return round_robin(pool.serving())


def _variants(service: Service, pool: Pool) -> list[_Variant]:
    """A new port can only be given to a known protocol, so that two protocols need a chain each then."""
    if pool.port is None:
        return [_Variant("", service.protocols, "")]
    return [
        _Variant("" if rank == 0 else f"/{protocol.value}", (protocol,), f"-p {protocol.value} ")
        for rank, protocol in enumerate(service.protocols)
    ]


def _entry_lines(farm: Farm, variant: _Variant, ways: Entrances) -> Iterator[Line]:
    service = farm.service
    chain = service_chain(service, variant.suffix)
    words = {protocol.value for protocol in variant.protocols}
    for tree in (ways.external, ways.internal):
        for way in _ways(farm):
            for leaf in tree.leaves.get(way, ()) if way.protocol in words else ():
                for match in port_matches(way.protocol, leaf.ports):
                    rule = f"-{service.address.family} -A {leaf.chain} -d {service.address} {match} -j {chain}"
                    yield Line(rule, service.origin)


def _reflection_lines(farm: Farm, ways: Entrances) -> Iterator[Line]:
    """What makes the gateway the source of reflected connections: of these alone, and not of what others translate."""
    service = farm.service
    for way in _single_ways(farm) if service.reflect else ():
        match = f"-m conntrack --ctproto {way.protocol} --ctorigdst {service.address} --ctorigdstport"
        for leaf in ways.reflected.leaves[way]:
            start = f"-{service.address.family} -A {leaf.chain} {match}"
            for port in leaf.ports:
                yield Line(f"{start} {port_text(port)} -j SNAT --to-source {ways.gateway}", service.origin)


def _sticky_lines(service: Service, pool: Pool, variant: _Variant) -> Iterator[Line]:
    if service.sticky is None:
        return
    start = f"-{service.address.family} -A {service_chain(service, variant.suffix)} {variant.match}-m recent"
    for server in pool.serving():
        known = f"--update --seconds {service.sticky} --name {client_list(service, server)} --rsource"
        yield Line(f"{start} {known} {_translation(server, pool)}", server.origin)


def _choice_lines(service: Service, pool: Pool, variant: _Variant, steps: tuple[Step, ...]) -> Iterator[Line]:
    starts = {
        chain: f"-{service.address.family} -A {service_chain(service, variant.suffix + chain)} {variant.match}"
        for chain in {step.chain for step in steps}
    }
    for chain, match, server, into in steps:
        if server is None:
            yield Line(f"{starts[chain]}{match}-g {service_chain(service, variant.suffix + into)}", service.origin)
        else:
            record = (
                "" if service.sticky is None else f"-m recent --set --name {client_list(service, server)} --rsource "
            )
            yield Line(f"{starts[chain]}{match}{record}{_translation(server, pool)}", server.origin)


def _translation(server: Server, pool: Pool) -> str:
    address = server.address
    if pool.port is None:
        return f"-j DNAT --to-destination {address}"
    host = f"[{address}]" if address.family == 6 else str(address)
    return f"-j DNAT --to-destination {host}:{pool.port}"
