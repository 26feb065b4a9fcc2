"""The rules of a service: those that lead to its chain, and those of the chain, which choose a server and translate.

A service has a single chain, or a chain for each of its protocols if the servers have a port of their own: iptables
takes a port to translate to only in a rule of a known protocol. The rules of a long list of servers stand in chains
below (`balance`).

A sticky service has a list of clients for each server. The rules for these lists stand first: a client that is on a
list goes to that server. Other clients get a server by the rules below, which put them on its list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from lbsh_lang.backends.base import Line, farm_comment
from lbsh_lang.backends.iptables.balance import MOST_TURNS, Step, at_random, round_robin, takes_turns
from lbsh_lang.backends.iptables.departures import Departure, masquerade, reflection
from lbsh_lang.backends.iptables.dispatch import Destination, Notation, Tree, dispatch_tree, port_matches, port_text
from lbsh_lang.backends.iptables.names import (
    EXTERNAL,
    INTERNAL,
    MASQUERADED,
    REFLECTED,
    client_list,
    service_chain,
)
from lbsh_lang.backends.iptables.source_hash import by_source
from lbsh_lang.site.model import Pool, Server, Service, Site, length_of_round
from lbsh_lang.values import Algorithm, Family, PortRange, netmask

_NO_SERVER = "# No server: connections are left to the device (a daemon of its own on that port would answer them)."

_OF_PACKET = ("-d", "-p", "--dport")
_OF_CONNECTION = ("-m conntrack --ctorigdst", "-m conntrack --ctproto", "--ctorigdstport")
"""The options that match the destination of a packet, and those for its connection's destination before translation."""


class Farm(NamedTuple):
    """A service with its pool, and its rank in the site."""

    rank: int
    service: Service
    pool: Pool

    @property
    def has_chain(self) -> bool:
        """Whether any connection goes to a server: without one that serves, at most those of remembered clients."""
        return bool(self.pool.serving() or self.service.kept())


@dataclass(frozen=True, slots=True)
class Trees:
    """The dispatch trees of a family: for connections from outside, from inside, and for those that leave with a new source.

    `reflection` is for connections between neighbours, `masquerade` for all connections of some services. Either is None
    if no service needs it.
    """

    external: Tree
    internal: Tree
    reflection: Departure | None
    masquerade: Departure | None

    @property
    def departures(self) -> tuple[Departure, ...]:
        return tuple(one for one in (self.reflection, self.masquerade) if one is not None)

    def departure_of(self, service: Service) -> Departure | None:
        """The departure that gives a service's connections another source, all of them or those between neighbours."""
        if service.masquerade:
            return self.masquerade
        return self.reflection if service.reflect else None

    def all(self) -> tuple[Tree, ...]:
        return (self.external, self.internal, *(one.tree for one in self.departures))


class ServiceRules(NamedTuple):
    """The chains that belong to a service, by name, and its rules under a comment."""

    chains: tuple[str, ...]
    lines: tuple[Line, ...]


class _Entry(NamedTuple):
    """An entry of connections into a service: the suffix of the chain, its destinations, the match of its rules, and the
    ports of the servers, with the first of the ports that clients ask for; None if they are the same."""

    suffix: str
    destinations: tuple[Destination, ...]
    match: str
    ports: tuple[PortRange, int] | None


def farms_of(site: Site) -> list[Farm]:
    """The services that have a pool, in the order of the site."""
    ranked = enumerate(site.services)
    return [Farm(rank, one, one.pool) for rank, one in ranked if one.pool is not None and one.listeners]


def trees_of(site: Site, family: Family, farms: list[Farm]) -> Trees:
    """The trees that lead to the services of a family; a service without a serving server is in none."""
    served = [farm for farm in farms if farm.service.address.family == family and farm.has_chain]
    inside = [farm for farm in served if farm.service.reflect]
    reflected = [farm for farm in inside if not farm.service.masquerade]
    masked = [farm for farm in served if farm.service.masquerade]
    return Trees(
        dispatch_tree(EXTERNAL, Notation(family, "-E-", *_OF_PACKET), _all_destinations(served)),
        dispatch_tree(INTERNAL, Notation(family, "-I-", *_OF_PACKET), _all_destinations(inside)),
        reflection(site, family, connection_tree(REFLECTED, "-R-", family, reflected)) if reflected else None,
        masquerade(site, family, connection_tree(MASQUERADED, "-M-", family, masked)) if masked else None,
    )


def connection_tree(root: str, label: str, family: Family, farms: Iterable[Farm]) -> Tree:
    """The tree that finds the service of a connection by its original destination."""
    destinations = [destination for farm in farms for destination in _single_destinations(farm)]
    return dispatch_tree(root, Notation(family, label, *_OF_CONNECTION), destinations)


def _all_destinations(farms: list[Farm]) -> list[Destination]:
    return [destination for farm in farms for destination in _destinations(farm)]


def service_rules(farm: Farm, trees: Trees) -> ServiceRules:
    """The rules of a service under a comment that names it."""
    service, pool = farm.service, farm.pool
    title = Line(f"# {farm_comment(service, pool)}", service.origin)
    if not farm.has_chain:
        return ServiceRules((), (title, Line(_NO_SERVER, service.origin)))
    steps = tuple(_steps(pool)) if pool.serving() else ()
    below = dict.fromkeys(["", *[step.chain for step in steps]])
    entries = _entries(farm)
    chains = [service_chain(service, entry.suffix + suffix) for entry in entries for suffix in below]
    return ServiceRules(tuple(chains), (title, *_rule_lines(farm, trees, entries, steps)))


def _rule_lines(farm: Farm, trees: Trees, entries: list[_Entry], steps: tuple[Step, ...]) -> Iterator[Line]:
    for entry in entries:
        yield from _leaf_lines(farm, entry, trees)
    departure = trees.departure_of(farm.service)
    if departure is not None:
        yield from connection_lines(farm, departure.tree, departure.target)
    yield from [Line(f"# {reason}", farm.service.origin) for reason in _reasons(farm)]
    for entry in entries:
        yield from _sticky_lines(farm.service, farm.pool, entry)
        yield from _choice_lines(farm.service, entry, steps)


def _reasons(farm: Farm) -> Iterator[str]:
    """Comments on rules of the chain that need an explanation."""
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


def _parts(farm: Farm) -> Iterator[tuple[Destination, PortRange | None]]:
    """The destinations of a service, each with the ports of the servers; None if these are the ports of the destination."""
    service = farm.service
    for protocols, ports in service.listeners:
        portions = service.portions(ports)
        for protocol in protocols:
            for asked, own in portions:
                yield Destination(service.address.value, protocol.value, asked, farm.rank), own


def _destinations(farm: Farm) -> list[Destination]:
    return [destination for destination, _ in _parts(farm)]


def _single_destinations(farm: Farm) -> list[Destination]:
    """The same for each port or range by itself: no match takes a list of a connection's original ports."""
    return [destination._replace(ports=(port,)) for destination in _destinations(farm) for port in destination.ports]


def _steps(pool: Pool) -> Iterator[Step]:
    match pool.algorithm:
        case Algorithm.ROUND_ROBIN:
            return round_robin(pool.serving())
        case Algorithm.RANDOM:
            return at_random(pool.serving())
        case Algorithm.SOURCE_HASH:
            return by_source(pool)
        case Algorithm.LEAST_CONNECTIONS:
            raise AssertionError("LEAST_CONNECTIONS is no capability of iptables")


def _entries(farm: Farm) -> list[_Entry]:
    """The entries of a service: one for all destinations, or one for each if the servers have ports of their own."""
    parts = list(_parts(farm))
    if not farm.pool.has_own_ports and all(own is None for _, own in parts):
        return [_Entry("", tuple([destination for destination, _ in parts]), "", None)]
    many = len(parts) > len(farm.service.protocols)
    found: list[_Entry] = []
    for destination, own in parts:
        protocol, first = destination.protocol, destination.ports[0].first
        suffix = f"/{protocol}-{first}" if many else f"/{protocol}"
        ports = None if own is None else (own, first)
        found.append(_Entry(suffix if found else "", (destination,), f"-p {protocol} ", ports))
    return found


def _leaf_lines(farm: Farm, entry: _Entry, trees: Trees) -> Iterator[Line]:
    """The rules that lead from the trees to the chain of an entry."""
    return _arrivals(farm, entry.destinations, trees, f"-j {service_chain(farm.service, entry.suffix)}")


def arrival_lines(farm: Farm, trees: Trees, target: str) -> Iterator[Line]:
    """The rules of the trees for the connections to a service."""
    return _arrivals(farm, _destinations(farm), trees, target)


def _arrivals(farm: Farm, destinations: Iterable[Destination], trees: Trees, target: str) -> Iterator[Line]:
    service = farm.service
    clients = [f"-s {net} " for net in service.clients] or [""]
    for tree in (trees.external, trees.internal) if service.reflect else (trees.external,):
        for destination in destinations:
            for leaf in tree.leaves[destination]:
                for match in port_matches(destination.protocol, leaf.ports):
                    for client in clients:
                        rule = (
                            f"-{service.address.family} -A {leaf.chain} {client}-d {service.address} {match} {target}"
                        )
                        yield Line(rule, service.origin)


def connection_lines(farm: Farm, tree: Tree, target: str) -> Iterator[Line]:
    """The rules of a tree for the connections of a service, by their original destination."""
    service = farm.service
    for destination in _single_destinations(farm):
        match = f"-m conntrack --ctproto {destination.protocol} --ctorigdst {service.address} --ctorigdstport"
        for leaf in tree.leaves[destination]:
            start = f"-{service.address.family} -A {leaf.chain} {match}"
            for port in leaf.ports:
                yield Line(f"{start} {port_text(port)} {target}", service.origin)


def _sticky_lines(service: Service, pool: Pool, entry: _Entry) -> Iterator[Line]:
    """The rules that lead a remembered client to its server, and remember it for longer."""
    if service.sticky is None:
        return
    start = f"-{service.address.family} -A {service_chain(service, entry.suffix)} {entry.match}-m recent"
    for server in (*pool.serving(), *service.kept()):
        known = f"--update --seconds {service.sticky} {list_options(service, server)}"
        yield Line(f"{start} {known} {_translation(server, entry)}", server.origin)


def _choice_lines(service: Service, entry: _Entry, steps: tuple[Step, ...]) -> Iterator[Line]:
    """The rules that choose a server for the other clients, and put them on its list if the service is sticky."""
    starts = {
        chain: f"-{service.address.family} -A {service_chain(service, entry.suffix + chain)} {entry.match}"
        for chain in {step.chain for step in steps}
    }
    for chain, match, server, into in steps:
        if server is None:
            yield Line(f"{starts[chain]}{match}-g {service_chain(service, entry.suffix + into)}", service.origin)
        else:
            record = "" if service.sticky is None else f"-m recent --set {list_options(service, server)} "
            yield Line(f"{starts[chain]}{match}{record}{_translation(server, entry)}", server.origin)


def list_options(service: Service, server: Server) -> str:
    """The options of `recent` for the list of a server, and for the entry of a client, or of a network of clients, in it."""
    mask = f"--mask {netmask(service.address.family, service.prefix)} " if service.prefix is not None else ""
    return f"--name {client_list(service, server)} {mask}--rsource"


def _translation(server: Server, entry: _Entry) -> str:
    """The target that leads to a server. A range of ports is shifted: from its first port, which stands behind `/`."""
    address = server.address
    own, first = (PortRange(server.port, server.port), 0) if server.port is not None else entry.ports or (None, 0)
    if own is None:
        return f"-j DNAT --to-destination {address}"
    host = f"[{address}]" if address.family == 6 else str(address)
    return f"-j DNAT --to-destination {host}:{own}{'' if own.is_single else f'/{first}'}"
