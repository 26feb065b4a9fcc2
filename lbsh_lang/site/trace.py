"""The tracer: what a site does to the first packet of a connection, and why, as a pure function of the site.

It follows the meaning of the language (docs/language.md, "What happens to a connection"), not the rules of any packet
filter; tests compare every filter with it. It contains no text for people.

A trace has three parts, each of which depends on the one before:

1. The *entry*: the side from which the packet comes. If its interface is not stated, it is assumed by the source: an
   address of the device is the device itself, an address in an internal net comes in by an internal interface, any other by
   an external one. Where an interface is stated, it tells the side; the source does so on an interface of both sides.
2. The *verdict*: `Balanced` with the service and its pool, or the obstacle. If there are several obstacles, the first in
   this order counts, since the later ones do not matter then: the packet is the device's own, no service has its address,
   protocol and port, rules do not see the packet, the service is not reflected for a packet from inside, it is for other
   clients, it has no pool, its pool has no server to take connections.
3. The *outcome*: the destination of the packet. A balanced packet goes to a server. If only the server is missing, the
   packet reaches no machine (`NOBODY`). Any other packet goes to its own destination: it ends at the device, is forwarded,
   or stays within one internal net and does not pass the device (`ASIDE`).

For example, with the internal net 192.168.1.0/24, and a service at 203.0.113.1 with a pool and without `reflect`:

    packet from      entry                 verdict         outcome
    198.51.100.7     outside               Balanced        BALANCED, to a server of the pool
    192.168.1.99     inside                NotReflected    DEVICE, since the service's address is one of the device
    203.0.113.1      the device itself     Own             DEVICE

A trace takes time in the numbers of services, of internal nets, and of servers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Literal, NamedTuple, assert_never

from lbsh_lang.site import lookup
from lbsh_lang.site.model import Interface, Kept, Pool, Server, Service, Site, smallest
from lbsh_lang.site.sources import Translation, translation_of
from lbsh_lang.site.uplinks import first_hop, interface_to, uplink_of, ways_of
from lbsh_lang.values import Address, Algorithm, Network, Protocol

MOST_NEAR = 5
"""The most services that a trace names as the probable destination of a packet."""


class Packet(NamedTuple):
    """The first packet of a connection. Its source port may be unknown, since nothing depends on it."""

    protocol: Protocol
    source: Address
    destination: Address
    port: int
    source_port: int | None = None

    @property
    def target(self) -> lookup.Target:
        return lookup.Target(self.destination, self.protocol, self.port)


class Side(Enum):
    """The side of the device on which a packet comes from or goes to; `ELSEWHERE` is an interface that no script names."""

    OUTSIDE = "outside"
    INSIDE = "inside"
    DEVICE = "device"
    ELSEWHERE = "elsewhere"


class Outcome(Enum):
    """The destination of a packet. Only the first two depend on the pool of a service."""

    BALANCED = "balanced"
    NOBODY = "nobody"
    DEVICE = "device"
    FORWARDED = "forwarded"
    ASIDE = "aside"


class Unbalanced(Enum):
    """The reason why a packet is not balanced."""

    OWN = "own"
    NO_SERVICE = "no-service"
    OTHER_PORT = "other-port"
    OTHER_INTERFACE = "other-interface"
    NOT_REFLECTED = "not-reflected"
    OTHER_CLIENTS = "other-clients"
    NO_POOL = "no-pool"
    EMPTY_POOL = "empty-pool"
    NONE_UP = "none-up"


class Standing(Enum):
    """Whether a server of the pool takes the connection, or the reason why not."""

    SERVES = "serves"
    WAITS = "waits"
    DRAINED = "drained"
    DOWN = "down"


class Candidate(NamedTuple):
    """A server of the pool, and the source from which it would see the connection.

    `share` is its part of the connections (of the clients for source-hash), None if not fixed. `source` is None for the
    address of the interface by which the connection leaves: a site does not contain it. `port` is the port of the server.
    """

    server: Server
    standing: Standing
    share: Fraction | None
    source: Address | None
    port: int


class Balanced(NamedTuple):
    """The packet goes to a server of the pool."""

    service: Service
    pool: Pool


class Own(NamedTuple):
    """The packet is the device's own. `service` is the one at its destination."""

    service: Service | None


class NoService(NamedTuple):
    """There is no service for the packet, or only services with other ports or protocols at its destination."""

    reason: Literal[Unbalanced.NO_SERVICE, Unbalanced.OTHER_PORT]


class Unseen(NamedTuple):
    """Rules do not see the packet, by its interface or as one from no internal net; it is for this service."""

    service: Service


class NotReflected(NamedTuple):
    """The packet comes from inside, and its service is not reflected."""

    service: Service


class OtherClients(NamedTuple):
    """The service of the packet is for other clients."""

    service: Service


class NoPool(NamedTuple):
    """The service of the packet has no pool."""

    service: Service


class NoServer(NamedTuple):
    """No server of the pool takes connections."""

    service: Service
    pool: Pool
    reason: Literal[Unbalanced.EMPTY_POOL, Unbalanced.NONE_UP]


Obstacle = Own | NoService | Unseen | NotReflected | OtherClients | NoPool | NoServer
Verdict = Balanced | Obstacle


class Ingress(NamedTuple):
    """The side on which a packet comes in, and its interfaces: it comes in by one of these. `net` contains the source.

    `stated` is the name of the interface if it is no assumption by the source.
    """

    side: Side
    interfaces: tuple[Interface, ...]
    net: Network | None
    stated: str | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """The full result of tracing a packet.

    `port` is the port that the receiver sees, None if it depends on the server. `towards` is the side of the untranslated
    destination. `leaves` are the interfaces there: the packet goes on by one of these; none if it does not go on.
    `translations` are those of a connection to the world, for each of these interfaces the one that applies there, none if
    the connection keeps its source (`kept`); the source of a balanced packet depends on the server (`Candidate`). `answers`
    are the uplinks by which answers leave, those by which the packet may have come in; none if routes decide. `near` are
    the services that were probably meant; `farms` are the services of which the destination is a server; `outer` are the
    services that state the destination too, but leave it to a more specific one.
    """

    packet: Packet
    down: tuple[Address, ...]
    entry: Ingress
    verdict: Verdict
    outcome: Outcome
    candidates: tuple[Candidate, ...]
    port: int | None
    towards: Side
    leaves: tuple[Interface, ...]
    translations: tuple[Translation | None, ...] = ()
    kept: Kept | None = None
    answers: tuple[Interface, ...] = ()
    near: tuple[Service, ...] = ()
    farms: tuple[Service, ...] = ()
    outer: tuple[Service, ...] = ()

    @property
    def reason(self) -> Unbalanced | None:
        """The reason why the packet is not balanced."""
        match self.verdict:
            case Balanced():
                return None
            case Own():
                return Unbalanced.OWN
            case Unseen():
                return Unbalanced.OTHER_INTERFACE
            case NotReflected():
                return Unbalanced.NOT_REFLECTED
            case OtherClients():
                return Unbalanced.OTHER_CLIENTS
            case NoPool():
                return Unbalanced.NO_POOL
            case NoService(reason=reason) | NoServer(reason=reason):
                return reason
            case _:
                assert_never(self.verdict)

    @property
    def service(self) -> Service | None:
        """The service at the packet's destination, whether balanced or not."""
        return None if isinstance(self.verdict, NoService) else self.verdict.service

    @property
    def pool(self) -> Pool | None:
        return self.service.pool if self.service is not None else None

    @property
    def servers(self) -> tuple[Server, ...]:
        """The servers that may get the packet."""
        if self.outcome is not Outcome.BALANCED:
            return ()
        return tuple(one.server for one in self.candidates if one.standing is Standing.SERVES)

    @property
    def keeping(self) -> tuple[Server, ...]:
        """The servers to which the packet goes if its client is remembered there, but no new client."""
        return self.pool.keeping(self.down) if self.service and self.service.sticky is not None and self.pool else ()

    @property
    def sources(self) -> tuple[Address | None, ...]:
        """The sources that a receiver may see, each once: for a balanced packet, in the order of the servers.

        None is the address of the interface by which the packet leaves.
        """
        if self.outcome is not Outcome.BALANCED:
            seen = [self.packet.source if one is None else one.source.address for one in self.translations]
            return tuple(dict.fromkeys(seen)) or (self.packet.source,)
        return tuple(dict.fromkeys(one.source for one in self.candidates if one.standing is Standing.SERVES))

    @property
    def is_translated(self) -> bool:
        """Whether the packet leaves with a changed source, at least on its way to one of the servers."""
        return self.sources != (self.packet.source,)


class _Question(NamedTuple):
    """A packet on a site, and its entry."""

    site: Site
    packet: Packet
    down: frozenset[Address]
    entry: Ingress


def trace_packet(site: Site, packet: Packet, down: Collection[Address] = (), *, arrives_by: str | None = None) -> Trace:
    """The trace of a packet on a site without errors, while the servers with these addresses are down.

    `arrives_by` is the interface by which the packet comes in; without it the source tells the side.
    """
    assert packet.source.family == packet.destination.family
    entry = _entry(site, packet.source) if arrives_by is None else _entry_by(site, packet.source, arrives_by)
    question = _Question(site, packet, frozenset(down), entry)
    verdict = _verdict(question)
    if isinstance(verdict, Balanced):
        return _balanced(question, verdict)
    return _not_balanced(question, verdict)


def device_addresses(site: Site) -> frozenset[Address]:
    """The addresses of the device that the site contains."""
    services = [service.address for service in site.services]
    return frozenset([*services, *site.external_addresses, *site.gateways])


def _entry(site: Site, source: Address) -> Ingress:
    net = site.net_of(source)
    if source in device_addresses(site):
        return Ingress(Side.DEVICE, (), net)
    if net is None:
        return Ingress(Side.OUTSIDE, site.outside_of(source), None)
    return Ingress(Side.INSIDE, site.inside_of(net), net)


def _entry_by(site: Site, source: Address, name: str) -> Ingress:
    """The entry by an interface. A net behind another interface changes nothing: rules hold for all of a side."""
    net = site.net_of(source)
    external, internal = (
        tuple(one for one in interfaces if one.name == name) for interfaces in (site.external, site.internal)
    )
    if not external and not internal:
        return Ingress(Side.ELSEWHERE, (), net, name)
    if internal and (net is not None or not external):
        return Ingress(Side.INSIDE, internal, net, name)
    return Ingress(Side.OUTSIDE, external, net, name)


def _verdict(question: _Question) -> Verdict:
    """Balanced, or the first obstacle."""
    site, packet, down, entry = question
    service = lookup.service_at(site, packet.target)
    if entry.side is Side.DEVICE:
        return Own(service)
    if service is None:
        known = any(one.address == packet.destination for one in site.services)
        return NoService(Unbalanced.OTHER_PORT if known else Unbalanced.NO_SERVICE)
    if entry.side is Side.ELSEWHERE or (entry.side is Side.INSIDE and entry.net is None):
        return Unseen(service)
    if entry.side is Side.INSIDE and not service.reflect:
        return NotReflected(service)
    if not service.is_for(packet.source):
        return OtherClients(service)
    pool = service.pool
    if pool is None:
        return NoPool(service)
    if not pool.serving(down):
        return NoServer(service, pool, Unbalanced.NONE_UP if pool.servers else Unbalanced.EMPTY_POOL)
    return Balanced(service, pool)


def _balanced(question: _Question, verdict: Balanced) -> Trace:
    site, packet, down, entry = question
    pool = verdict.pool
    candidates = tuple(_candidates(question, verdict.service, pool))
    ports = {one.port for one in candidates if one.standing is Standing.SERVES}
    return Trace(
        packet=packet,
        down=tuple(sorted(down)),
        entry=entry,
        verdict=verdict,
        outcome=Outcome.BALANCED,
        candidates=candidates,
        port=ports.pop() if len(ports) == 1 else None,
        towards=Side.DEVICE,
        leaves=_ways_to_servers(site, [server.address for server in pool.serving(down)]),
        answers=_answers(question),
        outer=tuple(lookup.services_without(site, packet.target)),
    )


def _ways_to_servers(site: Site, servers: list[Address]) -> tuple[Interface, ...]:
    """The interfaces by which servers are reached. A family without internal nets may have servers outside."""
    first = servers[0]
    if site.nets_inside(first.family) or not site.external:
        return _towards(site, servers)
    if any(net.holds(first) for net in site.external_nets):
        return site.outside_of(first)
    return site.internal or site.external


def _towards(site: Site, inside: list[Address]) -> tuple[Interface, ...]:
    """The internal interfaces behind which these addresses may be; all of them for an address in no internal net."""
    if not site.bindings:
        return site.internal
    nets = {site.net_of(address) for address in inside}
    near = {interface.name for net in nets for interface in (site.internal if net is None else site.inside_of(net))}
    return tuple(interface for interface in site.internal if interface.name in near)


def _candidates(question: _Question, service: Service, pool: Pool) -> Iterator[Candidate]:
    """Every server of the pool, in the order of the script."""
    down, serving = question.down, pool.serving(question.down)
    total = sum(server.weight for server in serving)
    chosen = {server.identity for server in serving}
    fixed = pool.algorithm is not Algorithm.LEAST_CONNECTIONS or len(serving) == 1
    for server in pool.servers:
        source = _source_seen_by(question, service, server)
        standing, share = Standing.DRAINED if server.drained else Standing.WAITS, None
        if server.identity in chosen:
            standing, share = Standing.SERVES, Fraction(server.weight, total) if fixed else None
        elif server.address in down:
            standing = Standing.DOWN
        yield Candidate(server, standing, share, source, pool.port_of(server) or question.packet.port)


def _source_seen_by(question: _Question, service: Service, server: Server) -> Address | None:
    """The source of a balanced packet on its way to a server: the gateway if both are in one internal net.

    With `masquerade` it is an address of the device for every packet.
    """
    site, source, net = question.site, question.packet.source, question.entry.net
    if service.masquerade:
        return site.masked_source(server.address)
    if question.entry.side is not Side.INSIDE or net is None or net != site.net_of(server.address):
        return source
    gateway = site.gateway(net)
    assert gateway is not None, "LB306 refuses reflect without a gateway"
    return gateway


# Packets that are not balanced


def _not_balanced(question: _Question, obstacle: Obstacle) -> Trace:
    site, packet, down, entry = question
    outcome = _outcome(question, obstacle)
    leaves = _departure(question) if outcome is Outcome.FORWARDED else ()
    kept = _kept(question) if leaves else None
    farms = tuple(one for one in site.services if one.pool is not None and _has(one.pool, packet.destination))
    is_lost = isinstance(obstacle, NoService) or (isinstance(obstacle, Own) and obstacle.service is None)
    return Trace(
        packet=packet,
        down=tuple(sorted(down)),
        entry=entry,
        verdict=obstacle,
        outcome=outcome,
        candidates=(
            tuple(_candidates(question, obstacle.service, obstacle.pool)) if isinstance(obstacle, NoServer) else ()
        ),
        port=packet.port,
        towards=_side_of(site, packet.destination),
        leaves=leaves,
        translations=() if kept is not None else tuple(_translations(question, leaves)),
        kept=kept,
        near=tuple(_near(site, packet, entry)) if is_lost and not farms else (),
        farms=farms,
        answers=_answers(question),
        outer=tuple(lookup.services_without(site, packet.target)),
    )


def _outcome(question: _Question, obstacle: Obstacle) -> Outcome:
    if isinstance(obstacle, NoServer):
        return Outcome.NOBODY
    site, there, entry = question.site, question.packet.destination, question.entry
    if _side_of(site, there) is Side.DEVICE:
        return Outcome.DEVICE
    neighbours = entry.side is Side.INSIDE and entry.net == site.net_of(there) and entry.stated is None
    return Outcome.ASIDE if neighbours else Outcome.FORWARDED


def _answers(question: _Question) -> tuple[Interface, ...]:
    """The uplinks by which the answers of a connection from outside leave."""
    site, entry, source = question.site, question.entry, question.packet.source
    if entry.side is not Side.OUTSIDE:
        return ()
    return tuple(one for one in entry.interfaces if uplink_of(site, one, source) is not None)


def _departure(question: _Question) -> tuple[Interface, ...]:
    """The interfaces by which an unbalanced packet may go on."""
    site, there = question.site, question.packet.destination
    if _side_of(site, there) is Side.INSIDE:
        return _towards(site, [there])
    led = _way(question)
    if led is not None:
        return (led,)
    hop = first_hop(site, there.family) if smallest(site.external_nets, there) is None else None
    way = interface_to(site, hop) if hop is not None else None
    return site.outside_of(there) if way is None else (way,)


def _way(question: _Question) -> Interface | None:
    """The uplink to which the exception for a source leads a connection from inside to the world."""
    site, packet = question.site, question.packet
    if question.entry.side is not Side.INSIDE or _kept(question) is not None:
        return None
    ways = ways_of(site, packet.source.family)
    found = (way for way in ways if any(block.holds(packet.source) for block in way.inside))
    return next((way.uplink.interface for way in found), None)


def _kept(question: _Question) -> Kept | None:
    """The network by which a connection from inside to the world keeps its source."""
    site, packet = question.site, question.packet
    if question.entry.net is None or _side_of(site, packet.destination) is not Side.OUTSIDE:
        return None
    if not any(source.family == packet.source.family for source in site.sources):
        return None
    return next((one for one in site.kept if one.net.holds(packet.destination)), None)


def _translations(question: _Question, leaves: tuple[Interface, ...]) -> Iterator[Translation | None]:
    """The translation of a packet that is not balanced, for each interface by which it may leave."""
    site, packet = question.site, question.packet
    if question.entry.net is None or _side_of(site, packet.destination) is not Side.OUTSIDE:
        return
    for interface in leaves:
        yield translation_of(site, packet.source, interface)


def _side_of(site: Site, address: Address) -> Side:
    if address in device_addresses(site):
        return Side.DEVICE
    return Side.OUTSIDE if site.net_of(address) is None else Side.INSIDE


def _has(pool: Pool, address: Address) -> bool:
    return any(server.address == address for server in pool.servers)


def _near(site: Site, packet: Packet, entry: Ingress) -> list[Service]:
    """The services that were probably meant by the packet.

    For a packet from outside, that may be a service at a distant address with the same protocol and port. Connections from
    inside go to any address of the world, so that a distant service means nothing for them.
    """
    target = packet.target
    near = lookup.services_near(site, target)
    if not near and entry.side is Side.OUTSIDE:
        near = lookup.services_alike(site, target)
    return near[:MOST_NEAR]
