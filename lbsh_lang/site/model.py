"""The meaning of a script: the site, as plain values. `resolve` computes it from statements; nothing here depends on them.

A part keeps its `origin`, the statement that made it, so that rules and findings can refer to its line.

A new field needs decisions in several places, and the type checker or a test names each: its value (`resolve`), whether a
different value is a different meaning (`diff/fields`, or code beside it), its part in a trace, and its rules in each packet
filter (`backends`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from math import gcd
from typing import NamedTuple

from lbsh_lang.site import precedence
from lbsh_lang.site.precedence import Listener
from lbsh_lang.syntax.nodes import (
    AddStatement,
    DownFact,
    DrainFact,
    PoolStatement,
    ProbeStatement,
    ServiceStatement,
    SetServiceStatement,
    SetStatement,
)
from lbsh_lang.syntax.statement import AnyStated, Stated
from lbsh_lang.values import Address, AddressRange, Algorithm, Family, Helper, Network, PortRange, Ports, Protocol

__all__ = [
    "Binding",
    "Device",
    "DownByHand",
    "Drain",
    "Failover",
    "Interface",
    "Kept",
    "Listener",
    "NextHop",
    "Origin",
    "Pool",
    "PortPair",
    "Probe",
    "Server",
    "Service",
    "Site",
    "Source",
    "length_of_round",
    "longest_round",
    "settled",
    "shares_of",
    "turns",
]


Origin = AnyStated
"""The statement that made a part of the site."""


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface of the device; `params` is what configures it (`parameters.py`); no rule comes of it."""

    name: str
    params: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Drain:
    """The state of a server without new connections: whether its remembered clients still come, its time in milliseconds,
    after which it ends by itself, and its reason, in the user's words."""

    keeps_clients: bool
    time: int | None
    reason: str | None
    origin: Stated[DrainFact]


@dataclass(frozen=True, slots=True)
class DownByHand:
    """The state of a server that is down since a statement says so, and the reason, in the user's words."""

    reason: str | None
    origin: Stated[DownFact]


@dataclass(frozen=True, slots=True)
class Server:
    """A machine of a farm, as a member of one pool; `port` is its own port, None if it has that of the pool.

    `ramp` is the time in milliseconds over which it gets its share by steps after it comes up, None if it has all at once.

    `changes` are the statements that set what its `add` says otherwise. `failed` is no part of a script's meaning:
    probes found it (`status`), and a site that is resolved from a script has no server that has failed.
    """

    address: Address
    weight: int
    backup: bool
    drain: Drain | None
    origin: Stated[AddStatement]
    port: int | None = None
    changes: tuple[Stated[SetStatement], ...] = ()
    failed: bool = False
    ramp: int | None = None
    down_by_hand: DownByHand | None = None

    @property
    def identity(self) -> tuple[Address, int]:
        """What distinguishes it from the other servers of its pool; 0 stands for no port of its own."""
        return self.address, self.port or 0

    @property
    def origins(self) -> tuple[Origin, ...]:
        """The statements that added and changed it."""
        return self.origin, *self.changes

    @property
    def drained(self) -> bool:
        return self.drain is not None

    @property
    def down(self) -> bool:
        """Whether it serves nobody and keeps no connection: it has failed, or is down by hand."""
        return self.failed or self.down_by_hand is not None


class PortPair(NamedTuple):
    """Ports on which clients ask for a service, and as many ports on which its servers listen."""

    asked: PortRange
    own: PortRange

    def part(self, asked: PortRange) -> PortPair:
        """The part of the pair for some of the ports that clients ask for."""
        offset = self.own.first - self.asked.first
        first, last = max(asked.first, self.asked.first), min(asked.last, self.asked.last)
        return PortPair(PortRange(first, last), PortRange(first + offset, last + offset))


class Portion(NamedTuple):
    """Ports on which clients ask for a service, and those of its servers, None if these are the same."""

    asked: Ports
    own: PortRange | None


@dataclass(frozen=True, slots=True)
class Pool:
    """The farm of a service. `ports` are those of its servers, item by item for the ports of each of its services; none if
    the port of the servers is that of the client's request."""

    name: str
    ports: Ports
    algorithm: Algorithm
    servers: tuple[Server, ...]
    origin: Stated[PoolStatement]

    @property
    def has_own_ports(self) -> bool:
        """Whether its servers have different ports, drained ones included, so that this does not change with their state."""
        return len({server.port for server in self.servers}) > 1

    @property
    def common_ports(self) -> Ports:
        """The ports of the servers, if they all have the same: those of the pool, or one of their own."""
        own = self.servers[0].port if self.servers else None
        return self.ports if own is None or self.has_own_ports else (PortRange(own, own),)

    def serving(self, down: Collection[Address] = ()) -> tuple[Server, ...]:
        """The servers for new connections: those neither drained nor down; backups only if there is no other."""
        ready = [server for server in self.servers if server.drain is None and not server.down]
        if down:
            ready = [server for server in ready if server.address not in down]
        return tuple([server for server in ready if not server.backup] or ready)

    def keeping(self, down: Collection[Address] = ()) -> tuple[Server, ...]:
        """The servers for new connections of remembered clients alone: those drained with `keep clients`, unless down."""
        kept = [one for one in self.servers if one.drain and one.drain.keeps_clients and not one.down]
        return tuple([server for server in kept if server.address not in down])


@dataclass(frozen=True, slots=True)
class Probe:
    """The method and the timing by which the poller probes the servers of a service. Times are in milliseconds.

    `port` is the port that is asked, None if it is the server's port for the first port of the service. `recheck` tells that
    further probes start at once beside one that is late or fails; without it, failures are an interval apart.
    """

    method: str
    argument: str | None
    options: tuple[tuple[str, str], ...]
    port: int | None
    every: int
    timeout: int
    rise: int
    fall: int
    origin: Stated[ProbeStatement | ServiceStatement]
    recheck: bool = True


@dataclass(frozen=True, slots=True)
class Service:
    """A virtual server: an address, one or two protocols, one or more ports.

    `sticky` is the time in seconds for which a client stays with its server after its last connection, None if it does not.
    `masquerade` tells that servers see an address of the device in place of every client. `clients` are the networks of the
    clients that it is for, none in another; it is for all if there are none. `helper` is the application protocol of its
    sessions if connections that belong to a session follow it. `taken` are those of its ports that more specific services of
    its address take. `changes` are the statements that set options which its definition says otherwise.
    """

    name: str
    address: Address
    protocols: tuple[Protocol, ...]
    ports: Ports
    sticky: int | None
    prefix: int | None
    reflect: bool
    masquerade: bool
    clients: tuple[Network, ...]
    helper: Helper | None
    pool: Pool | None
    probe: Probe | None
    origin: Stated[ServiceStatement]
    taken: tuple[Listener, ...] = ()
    changes: tuple[Stated[SetServiceStatement], ...] = ()

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """The ports on which it gets connections, by protocol; of most services all ports on all protocols."""
        whole = Listener(self.protocols, self.ports)
        return precedence.without(whole, self.taken) if self.taken else (whole,)

    @property
    def pairs(self) -> tuple[PortPair, ...]:
        """The ports on which clients ask, with those of the servers; none if these are the same."""
        ports = self.pool.common_ports if self.pool is not None else ()
        return tuple([PortPair(asked, own) for asked, own in zip(self.ports, ports, strict=False)])

    def translated(self, ports: Ports) -> tuple[PortPair, ...]:
        """Some of its ports, each with that of the servers; none if these are the same."""
        whole = self.pairs
        if not whole or ports == self.ports:
            return whole
        pairs = sorted(whole)
        starts, found = [pair.asked.first for pair in pairs], []
        for port in ports:
            first, end = bisect_right(starts, port.first) - 1, bisect_right(starts, port.last)
            found += [pair.part(port) for pair in pairs[max(first, 0) : end] if pair.asked.overlaps(port)]
        return tuple(found)

    def portions(self, ports: Ports) -> tuple[Portion, ...]:
        """Some of its ports in portions: one for each that has ports of the servers for it, or a single one for all."""
        return tuple([Portion((pair.asked,), pair.own) for pair in self.translated(ports)]) or (Portion(ports, None),)

    def port_of(self, server: Server, asked: int) -> int:
        """The port on which a server gets a connection to a port of the service."""
        return server.port if server.port is not None else self.usual_port(asked)

    def usual_port(self, asked: int) -> int:
        """The port of servers without one of their own, for a port of the service."""
        found = self.translated((PortRange(asked, asked),))
        return found[0].own.first if found else asked

    @property
    def origins(self) -> tuple[Origin, ...]:
        """The statements that defined and changed it."""
        return self.origin, *self.changes

    def kept(self) -> tuple[Server, ...]:
        """The servers to which only clients go that are remembered (`keep clients`)."""
        return self.pool.keeping() if self.sticky is not None and self.pool is not None else ()

    def is_for(self, client: Address) -> bool:
        return not self.clients or any(net.holds(client) for net in self.clients)


def settled(services: Iterable[Service]) -> tuple[Service, ...]:
    """Services that know which of their ports others take."""
    found = list(services)
    sharing: dict[Address, list[int]] = {}
    for index, service in enumerate(found):
        sharing.setdefault(service.address, []).append(index)
    for indices in sharing.values():
        if len(indices) > 1:
            standings = precedence.standings([Listener(found[one].protocols, found[one].ports) for one in indices])
            for index, standing in zip(indices, standings, strict=True):
                if standing.lost:
                    found[index] = replace(found[index], taken=precedence.listeners(standing.lost))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Device:
    """One of the two devices of a highly available pair; `addresses` are its own on the links, in their order."""

    name: str
    addresses: tuple[Address, ...]
    skew: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class Failover:
    """The highly available pair: its devices, the link between them, and the next hops that they watch.

    The password stands in the announcements of both devices, the key secures the channel between them; both are in files.
    """

    devices: tuple[Device, ...]
    sync: str | None
    watched: tuple[Address, ...]
    password_file: str | None
    key_file: str | None


@dataclass(frozen=True, slots=True)
class Binding:
    """A net of the device that lies behind a single interface of its side."""

    net: Network
    interface: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class NextHop:
    """The router to which an external interface leads; without `interface`, the address decides (`uplinks`)."""

    address: Address
    interface: str | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class Kept:
    """A network to which connections keep their source."""

    net: Network
    origin: Origin


@dataclass(frozen=True, slots=True)
class Source:
    """A source of connections from the internal nets to the world.

    `address` is None for the address that the interface has. `interface` is the one by which the connections leave; without
    it, the address decides (`sources`). With `targets` or `pools` it is an exception for connections from these alone.
    """

    address: Address | None
    interface: str | None
    targets: tuple[AddressRange, ...]
    pools: tuple[str, ...]
    origin: Origin

    @property
    def is_exception(self) -> bool:
        return bool(self.targets or self.pools)

    @property
    def family(self) -> Family:
        """The address family; the address of an interface is one of IPv4."""
        return 4 if self.address is None else self.address.family


def may_share(one: str | None, other: str | None) -> bool:
    """Whether two nets may lie behind the same interface; None stands for any interface of their side."""
    return one is None or other is None or one == other


def _bound(bindings: Iterable[Binding], net: Network, interfaces: tuple[Interface, ...]) -> tuple[Interface, ...]:
    """The one of these interfaces that a net is bound to; all of them for a net that is bound to none."""
    name = next((one.interface for one in bindings if one.net == net), None)
    return tuple(interface for interface in interfaces if name in (None, interface.name))


def smallest(nets: Iterable[Network], address: Address) -> Network | None:
    """The smallest of the networks that hold an address."""
    return max((net for net in nets if net.holds(address)), key=lambda net: net.length, default=None)


@dataclass(frozen=True, slots=True)
class Site:
    """The meaning of a whole script.

    An interface may be external and internal; the side of a packet there follows from its source. There is at most one
    gateway for each internal net.
    """

    external: tuple[Interface, ...] = ()
    internal: tuple[Interface, ...] = ()
    sources: tuple[Source, ...] = ()
    external_nets: tuple[Network, ...] = ()
    internal_nets: tuple[Network, ...] = ()
    gateways: tuple[Address, ...] = ()
    next_hops: tuple[NextHop, ...] = ()
    bindings: tuple[Binding, ...] = ()
    kept: tuple[Kept, ...] = ()
    services: tuple[Service, ...] = ()
    failover: Failover | None = None

    def families(self) -> tuple[Family, ...]:
        """The address families in which the site needs any translation, IPv4 first."""
        used = {service.address.family for service in self.services if service.pool is not None}
        used |= {source.family for source in self.sources if self.nets_inside(source.family)}
        used |= {hop.address.family for hop in self.next_hops if self.has_uplinks}
        return tuple(sorted(used))

    @property
    def external_addresses(self) -> tuple[Address, ...]:
        """The external addresses of the device that the script gives, each once."""
        return tuple(dict.fromkeys(source.address for source in self.sources if source.address is not None))

    @property
    def has_uplinks(self) -> bool:
        """Whether answers have a choice: there are several external interfaces, and next hops."""
        return bool(self.next_hops) and len(self.external) > 1

    def nets_inside(self, family: Family) -> tuple[Network, ...]:
        return tuple(net for net in self.internal_nets if net.family == family)

    def net_of(self, address: Address) -> Network | None:
        """The smallest internal net that holds an address."""
        return smallest(self.internal_nets, address)

    def smallest_first(self, family: Family) -> list[Network]:
        """The internal nets of a family: the first that holds an address is the net of the address."""
        return sorted(self.nets_inside(family), key=lambda net: -net.length)

    def nets_within(self, net: Network) -> tuple[Network, ...]:
        """The smaller internal nets in an internal net: their addresses have another net."""
        return tuple(other for other in self.internal_nets if other.overlaps(net) and other.length > net.length)

    @property
    def one_armed(self) -> tuple[Interface, ...]:
        """The external interfaces that are internal, too: there, the side of a packet follows from its source."""
        inside = {interface.name for interface in self.internal}
        return tuple(interface for interface in self.external if interface.name in inside)

    def gateway(self, net: Network) -> Address | None:
        """The device's address among the hosts of an internal net.

        A net without a gateway of its own lies behind a router of another net; the first gateway of the family stands for
        it that may lie behind the same interface.
        """
        own = self.own_gateway(net)
        if own is not None:
            return own
        gateways = [(self.net_of(address), address) for address in self.gateways if address.family == net.family]
        bound: dict[Network | None, str] = {one.net: one.interface for one in self.bindings}
        here = bound.get(net)
        return next((address for its_net, address in gateways if may_share(here, bound.get(its_net))), None)

    def inside_of(self, net: Network) -> tuple[Interface, ...]:
        """The internal interfaces behind which an internal net may lie."""
        return _bound(self.bindings, net, self.internal)

    def outside_of(self, address: Address) -> tuple[Interface, ...]:
        """The external interfaces behind which an address outside may lie."""
        net = smallest(self.external_nets, address)
        return self.external if net is None else _bound(self.bindings, net, self.external)

    def own_gateway(self, net: Network) -> Address | None:
        """The device's address among the hosts of an internal net, None if it has no gateway of its own."""
        inside = (address for address in self.gateways if net.holds(address))
        return next((address for address in inside if self.net_of(address) == net), None)

    def masked_source(self, server: Address) -> Address | None:
        """The source of masqueraded connections to a server: the gateway of its net.

        None if it has none: then it is the address of the interface by which they leave.
        """
        net = self.net_of(server)
        return None if net is None else self.own_gateway(net)


MOST_TURNS = 4096
TURNS_OF_SERVER = 16
"""The bounds on a round of turns: this many in all, or on average this many for each server if that is more."""


def length_of_round(servers: tuple[Server, ...]) -> int:
    """The number of turns after which all servers have had connections in exact proportion to their weights."""
    weights = [server.weight for server in servers]
    return sum(weights) // gcd(*weights) if weights else 0


def longest_round(servers: tuple[Server, ...]) -> int:
    """The length of a round beyond which weights are rounded."""
    return max(MOST_TURNS, TURNS_OF_SERVER * len(servers))


def shares_of(servers: tuple[Server, ...]) -> tuple[int, ...]:
    """The turns of each server in a round: its weight, divided by the common divisor of all weights.

    If that round would be longer than `longest_round`, the shares are rounded to a round of about that length, in which each
    server has at least one turn: 800 servers of all weights from 1 to 256 have some 12,800 turns instead of 102,000. The
    round exceeds the bound by less than one turn for each server.
    """
    divisor, length, most = (
        gcd(*(server.weight for server in servers)),
        length_of_round(servers),
        longest_round(servers),
    )
    shares = [server.weight // divisor for server in servers]
    if length > most:
        shares = [max((2 * share * most + length) // (2 * length), 1) for share in shares]
    return tuple(shares)


def turns(servers: tuple[Server, ...]) -> tuple[Server, ...]:
    """A full round of round-robin: each server occurs as often as its share says (`shares_of`).

    The turns of a heavy server are spread over the round, as in nginx's smooth weighted round-robin: weights 3 and 1 give
    `a a b a`, not `a a a b`. Each turn goes to the server that is furthest behind its share. With total weight T, a server
    of weight w should have had t*w/T of the first t turns; in units of 1/T its lead is T*taken - t*w, and the lowest lead
    gets the turn, of equals the first server in the script. For weights 3 and 1:

        turn    lead of a       lead of b     gets the turn
        1       0 - 3 = -3      0 - 1 = -1    a
        2       4 - 6 = -2      0 - 2 = -2    a
        3       8 - 9 = -1      0 - 3 = -3    b
        4       8 - 12 = -4     4 - 4 = 0     a

    Of servers with equal weight, the one with the longest wait has the lowest lead, so only that one enters the comparison:
    a turn costs time in the number of different shares, not in the number of servers. These are few, since a round is
    bounded: n different shares make a round of n * (n + 1) / 2 turns at least, so that 4,096 turns have at most 90.
    """
    if len({server.weight for server in servers}) <= 1:
        return servers
    alike: dict[int, list[int]] = {}
    for rank, share in enumerate(shares_of(servers)):
        alike.setdefault(share, []).append(rank)
    total = sum(share * len(ranks) for share, ranks in alike.items())
    taken = dict.fromkeys(alike, 0)
    order = []
    for turn in range(1, total + 1):
        behind = [
            (total * (taken[share] // len(ranks)) - turn * share, ranks[taken[share] % len(ranks)], share)
            for share, ranks in alike.items()
        ]
        _, rank, share = min(behind)
        taken[share] += 1
        order.append(servers[rank])
    return tuple(order)
