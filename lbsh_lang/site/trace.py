"""What a site does to the first packet of a connection, and why: the tracer, a pure function of the site.

It follows the meaning of the language (docs/language.md, "What happens to a connection"), not the rules of any packet
filter; the tests of agreement hold every filter to it. By which interface a packet enters follows from its source: an
address of the device is the device itself, one of an internal net comes in by the internal interface, any other by the
external one. Knows no text for people and no packet filter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

from lbsh_lang.site import lookup
from lbsh_lang.site.model import Interface, Pool, Server, Service, Site
from lbsh_lang.values import Address, Algorithm, Network, Protocol

MOST_NEAR = 5
"""How many services are named that a packet may have been meant for."""


class Packet(NamedTuple):
    """The first packet of a connection; the source port plays no part in what happens to it, so it may be unknown."""

    protocol: Protocol
    source: Address
    destination: Address
    port: int
    source_port: int | None = None

    @property
    def target(self) -> lookup.Target:
        return lookup.Target(self.destination, self.protocol, self.port)


class Side(Enum):
    """Where a packet comes from or goes to, as seen from the device."""

    OUTSIDE = "outside"
    INSIDE = "inside"
    DEVICE = "device"


class Outcome(Enum):
    """What becomes of a packet. Only the first two concern a service's farm."""

    BALANCED = "balanced"
    NOBODY = "nobody"
    DEVICE = "device"
    FORWARDED = "forwarded"
    ASIDE = "aside"


class Reason(Enum):
    """Why a packet is not balanced."""

    OWN = "own"
    NO_SERVICE = "no-service"
    OTHER_PORT = "other-port"
    NOT_REFLECTED = "not-reflected"
    NO_POOL = "no-pool"
    EMPTY_POOL = "empty-pool"
    NONE_UP = "none-up"


class Standing(Enum):
    """Whether a server of the pool takes the connection, or why it does not."""

    SERVES = "serves"
    WAITS = "waits"
    DRAINED = "drained"
    DOWN = "down"


class Candidate(NamedTuple):
    """A server of the pool; its share of the connections (source-hash: of the clients), None where it is not fixed."""

    server: Server
    standing: Standing
    share: Fraction | None


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a packet comes in. The interface is None where the script names none; `net` holds a source inside."""

    side: Side
    interface: Interface | None
    net: Network | None


@dataclass(frozen=True, slots=True)
class Trace:
    """All that a site does to a packet.

    `service` is the one that the packet is for, balanced or not. `port` and `source` are what the other end sees;
    `towards` is where its destination lies before it is translated;
    `leaves` is the interface by which the packet goes on, None if it does not or if the script does not name it. `near`
    holds services that it may have been meant for, `farms` those of which its destination is itself a server.
    """

    packet: Packet
    down: tuple[Address, ...]
    entry: Entry
    outcome: Outcome
    reason: Reason | None
    service: Service | None
    candidates: tuple[Candidate, ...]
    port: int
    source: Address
    towards: Side
    leaves: Interface | None
    near: tuple[Service, ...] = ()
    farms: tuple[Service, ...] = ()

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
    def is_translated(self) -> bool:
        """Whether the packet leaves with another source than it came with."""
        return self.source != self.packet.source


def trace_packet(site: Site, packet: Packet, down: Collection[Address] = ()) -> Trace:
    """What happens to a packet on a site without errors, while the servers with these addresses are down."""
    assert packet.source.family == packet.destination.family
    entry = _entry(site, packet.source)
    service = lookup.service_at(site, packet.target)
    question = _Question(site, packet, frozenset(down), entry, service)
    reason = _reason(question)
    return _balanced(question) if reason is None else _not_balanced(question, reason)


class _Question(NamedTuple):
    """What was asked, and what is known before any server is chosen."""

    site: Site
    packet: Packet
    down: frozenset[Address]
    entry: Entry
    service: Service | None


def device_addresses(site: Site) -> frozenset[Address]:
    """The addresses of the device that the site knows of."""
    services = [service.address for service in site.services]
    return frozenset([*services, *site.external_addresses, *site.gateways])


def _entry(site: Site, source: Address) -> Entry:
    net = _net_of(site, source)
    if source in device_addresses(site):
        return Entry(Side.DEVICE, None, net)
    return Entry(Side.OUTSIDE, site.external, None) if net is None else Entry(Side.INSIDE, site.internal, net)


def _net_of(site: Site, address: Address) -> Network | None:
    """The smallest internal net that holds an address."""
    holding = [net for net in site.internal_nets if net.holds(address)]
    return max(holding, key=lambda net: net.length, default=None)


def _reason(question: _Question) -> Reason | None:
    """Why the packet is not balanced; of several reasons, the one without which the others would not matter."""
    site, packet, down, entry, service = question
    if entry.side is Side.DEVICE:
        return Reason.OWN
    if service is None:
        known = any(one.address == packet.destination for one in site.services)
        return Reason.OTHER_PORT if known else Reason.NO_SERVICE
    if entry.side is Side.INSIDE and not service.reflect:
        return Reason.NOT_REFLECTED
    if service.pool is None:
        return Reason.NO_POOL
    if not service.pool.serving(down):
        return Reason.NONE_UP if service.pool.servers else Reason.EMPTY_POOL
    return None


def _balanced(question: _Question) -> Trace:
    site, packet, down, entry, service = question
    assert service is not None
    pool = service.pool
    assert pool is not None
    source = packet.source
    if entry.side is Side.INSIDE:
        gateway = site.gateway(source.family)
        assert gateway is not None, "LB306 refuses reflect without a gateway"
        source = gateway
    return Trace(
        packet=packet,
        down=tuple(sorted(down)),
        entry=entry,
        outcome=Outcome.BALANCED,
        reason=None,
        service=service,
        candidates=tuple(_candidates(pool, down)),
        port=pool.port or packet.port,
        source=source,
        towards=Side.DEVICE,
        leaves=site.internal,
    )


def _candidates(pool: Pool, down: frozenset[Address]) -> Iterator[Candidate]:
    """Every server of the pool, in the order of the script."""
    serving = pool.serving(down)
    total = sum(server.weight for server in serving)
    chosen = {server.address for server in serving}
    fixed = pool.algorithm is not Algorithm.LEAST_CONNECTIONS or len(serving) == 1
    for server in pool.servers:
        if server.address in chosen:
            yield Candidate(server, Standing.SERVES, Fraction(server.weight, total) if fixed else None)
        elif server.address in down:
            yield Candidate(server, Standing.DOWN, None)
        else:
            yield Candidate(server, Standing.DRAINED if server.drained else Standing.WAITS, None)


# What is not balanced


def _not_balanced(question: _Question, reason: Reason) -> Trace:
    site, packet, down, entry, service = question
    outcome = _outcome(question, reason)
    source, leaves = _departure(question) if outcome is Outcome.FORWARDED else (packet.source, None)
    farms = tuple(one for one in site.services if one.pool is not None and _has(one.pool, packet.destination))
    pool = service.pool if service is not None and outcome is Outcome.NOBODY else None
    return Trace(
        packet=packet,
        down=tuple(sorted(down)),
        entry=entry,
        outcome=outcome,
        reason=reason,
        service=service,
        candidates=tuple(_candidates(pool, down)) if pool is not None else (),
        port=packet.port,
        source=source,
        towards=_side_of(site, packet.destination),
        leaves=leaves,
        near=() if service is not None or farms else tuple(_near(site, packet, entry)),
        farms=farms,
    )


def _outcome(question: _Question, reason: Reason) -> Outcome:
    if reason in (Reason.NONE_UP, Reason.EMPTY_POOL):
        return Outcome.NOBODY
    site, there, entry = question.site, question.packet.destination, question.entry
    if _side_of(site, there) is Side.DEVICE:
        return Outcome.DEVICE
    neighbours = entry.side is Side.INSIDE and entry.net == _net_of(site, there)
    return Outcome.ASIDE if neighbours else Outcome.FORWARDED


def _departure(question: _Question) -> tuple[Address, Interface | None]:
    """The source with which a packet goes on that is not balanced, and the interface."""
    site, source = question.site, question.packet.source
    if _side_of(site, question.packet.destination) is Side.INSIDE:
        return source, site.internal
    if question.entry.net is None or site.external is None:
        return source, site.external
    return site.external_address(source.family) or source, site.external


def _side_of(site: Site, address: Address) -> Side:
    if address in device_addresses(site):
        return Side.DEVICE
    return Side.OUTSIDE if _net_of(site, address) is None else Side.INSIDE


def _has(pool: Pool, address: Address) -> bool:
    return any(server.address == address for server in pool.servers)


def _near(site: Site, packet: Packet, entry: Entry) -> list[Service]:
    """Services that the packet may have been meant for.

    From outside, that may be one far away with the same protocol and port; connections from inside go anywhere, and mean
    nothing by it.
    """
    target = packet.target
    near = lookup.services_near(site, target)
    if not near and entry.side is Side.OUTSIDE:
        near = lookup.services_alike(site, target)
    return near[:MOST_NEAR]
