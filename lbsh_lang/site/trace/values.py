"""A trace as a value: a packet, its ingress, the verdict with its reason, and the outcome. Knows no way to make one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Literal, NamedTuple, assert_never

from lbsh_lang.site import lookup
from lbsh_lang.site.model import Interface, Kept, Pool, Server, Service
from lbsh_lang.site.sources import Translation
from lbsh_lang.values import Address, Network, Protocol


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
