"""Farms for nftables: the places and turns of a service, and the chain that it shares with others of its scheme.

Theory of operation. Services that differ in nothing but their servers have one *scheme*, and share chains (`layout`): those
of round-robin many, each with a turn counter (`seats`), others a single chain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

from lbsh_lang.backends.nftables.expressions import Expressions
from lbsh_lang.backends.nftables.slots import slots_of
from lbsh_lang.site.model import Pool, Server, Service, turns
from lbsh_lang.values import Algorithm, Family, Helper, Network, PortRange, Protocol


class Scheme(NamedTuple):
    """The balancing of a service: everything that affects the rules of its chain. Its properties are names of maps.

    `turns` is the length of a round, or the number of slots. `ranges` tells whether the places are port ranges, `ports`
    whether the servers have a port of their own. `sticky` is in seconds, and `prefix` the length of the networks of clients
    that are sticky together, None if they are single addresses. `group` is for a sticky service of several places: a name
    that no other service of the address has. It is None for a service with a single place, which distinguishes its clients
    from those of others. `helper` is the application protocol of its sessions. `own_ports` tells whether servers have
    different ports. `networks` are those of the clients that the chain serves; it serves all if there are none.
    """

    algorithm: Algorithm
    turns: int
    ranges: bool
    ports: bool
    sticky: int | None
    prefix: int | None
    group: str | None
    helper: Helper | None
    own_ports: bool
    networks: tuple[Network, ...]

    @property
    def counts(self) -> bool:
        """Whether its chains have turn counters."""
        return self.algorithm is Algorithm.ROUND_ROBIN

    @property
    def reflected_places(self) -> str:
        return f"reflected-places{self.suffix}"

    @property
    def masked_places(self) -> str:
        return f"masqueraded-places{self.suffix}"

    @property
    def servers(self) -> str:
        """The map for rounds of this length. The kernel would take long to load a map for all of them (`layout`)."""
        return f"servers-{self.turns}{self.suffix}"

    @property
    def members(self) -> str:
        return f"members{self.suffix}"

    @property
    def clients(self) -> str:
        return "clients" if self.group is None else f"clients-{self.group}"

    @property
    def connected(self) -> str:
        """The map of clients with open connections, under the keys of `clients`."""
        return "connected" if self.group is None else f"connected-{self.group}"

    @property
    def sticky_places(self) -> str:
        return f"sticky-places{self.suffix}"

    @property
    def renewal(self) -> str:
        """The chain that renews the records of clients."""
        prefix = "" if self.prefix is None else f"-prefix-{self.prefix}"
        return f"renewal-{self.sticky}s{prefix}" + ("" if self.group is None else f"-group-{self.group}")

    @property
    def suffix(self) -> str:
        return "-ranges" if self.ranges else ""


class Draft(NamedTuple):
    """A farm before its chain is known."""

    service: Service
    pool: Pool
    places: tuple[str, ...]
    turns: tuple[Server, ...]
    scheme: Scheme

    @property
    def key(self) -> str:
        """A word that no other farm has, whatever becomes of its servers."""
        return f"{self.service.name} ranges" if self.scheme.ranges else self.service.name


@dataclass(frozen=True, slots=True)
class Farm:
    """A service with its pool. A service with both single ports and port ranges makes two farms.

    `places` are the keys of the service in maps. `turns` has the server of each turn, and is empty if no server serves.
    """

    service: Service
    pool: Pool
    places: tuple[str, ...]
    turns: tuple[Server, ...]
    scheme: Scheme
    chain: str

    @property
    def has_chain(self) -> bool:
        """Whether any connection goes to a server: without a turn, at most those of remembered clients."""
        return bool(self.turns or self.service.kept())


MOST_LISTS = 32
"""The number of different lists of client networks up to which a chain looks at them, once the service is known.

That is faster than to look for place and client in one map of intervals, which serves any number of lists.
"""


class VerdictMap(NamedTuple):
    """A map that leads connections to chains: its name, and whether its keys end in the client."""

    name: str
    of_clients: bool

    @staticmethod
    def of(farm: Farm, side: str) -> VerdictMap:
        """The map of a farm for one side, `services` or `reflected`."""
        of_clients = bool(farm.service.clients) and not farm.scheme.networks
        return VerdictMap(f"{side}{'-from' if of_clients else ''}{farm.scheme.suffix}", of_clients)

    def key(self, expressions: Expressions) -> str:
        return f"{expressions.place} . {expressions.client}" if self.of_clients else expressions.place


def drafts_of(services: Iterable[Service], family: Family, lists: Collection[object]) -> Iterator[Draft]:
    """The farms of one family without their chains, in the order of the services.

    `lists` are the different lists of client networks of all services of the family.
    """
    groups: Counter[str] = Counter()
    for service in services:
        pool = service.pool
        if pool is None or service.address.family != family or not service.listeners:
            continue
        group = _group(service, groups)
        order = slots_of(pool) if pool.algorithm is Algorithm.SOURCE_HASH else turns(pool.serving())
        for ranges in (False, True):
            places = _places(service, ranges)
            if places:
                scheme = Scheme(
                    algorithm=pool.algorithm,
                    turns=len(order),
                    ranges=ranges,
                    ports=bool(pool.common_ports) and not pool.has_own_ports,
                    sticky=service.sticky,
                    prefix=service.prefix,
                    group=group,
                    helper=service.helper,
                    own_ports=pool.has_own_ports,
                    networks=service.clients if len(lists) <= MOST_LISTS else (),
                )
                yield Draft(service, pool, places, order, scheme)


def _group(service: Service, known: Counter[str]) -> str | None:
    """The group of a sticky service of several places, None for others.

    Of services with the same first place, which lie inside each other, those after the first have a number.
    """
    place = first_place(service)
    if place is None:
        return None
    known[place] += 1
    group = place.partition(" ")[2]
    return group if known[place] == 1 else f"{group}-{known[place]}"


def first_place(service: Service) -> str | None:
    """The address and the first place of a sticky service of several places, None for others.

    The place is one that is stated, whether kept or not, so that clients keep their server when others take ports from it.
    """
    if service.pool is None or service.sticky is None or not _has_several_places(service) or not service.listeners:
        return None
    return f"{service.address} {service.protocols[0].value}-{min(port.first for port in service.ports)}"


def _has_several_places(service: Service) -> bool:
    return len(service.protocols) > 1 or len(service.ports) > 1 or not service.ports[0].is_single


def _places(service: Service, ranges: bool) -> tuple[str, ...]:
    """The places of a service: either its single ports, or its port ranges."""
    found = [
        (protocols, [one for one in ports if one.is_single is not ranges]) for protocols, ports in service.listeners
    ]
    return tuple([place(service, one, port) for protocols, ports in found for one in protocols for port in ports])


def place(service: Service, protocol: Protocol, port: PortRange | int) -> str:
    """The key of a service in maps, for some of its ports."""
    return f"{service.address} . {protocol.value} . {port}"


def translated_places(farm: Farm) -> Iterator[tuple[str, int]]:
    """The places of a farm by single ports, ranges port by port, each with the port of the servers: a map cannot count."""
    for protocols, ports in farm.service.listeners:
        mine = tuple([port for port in ports if port.is_single is not farm.scheme.ranges])
        for asked, own in farm.service.translated(mine):
            shift = own.first - asked.first
            yield from (
                (place(farm.service, protocol, port), port + shift)
                for protocol in protocols
                for port in range(asked.first, asked.last + 1)
            )


def chain_name(scheme: Scheme, counter: int) -> str:
    """The name of a chain. It begins with an algorithm and a number, so it is no word of nft's grammar."""
    parts = [f"{scheme.algorithm.value}-{scheme.turns}"]
    if scheme.ranges:
        parts.append("ranges")
    if scheme.ports:
        parts.append("ports")
    if scheme.own_ports:
        parts.append("own-ports")
    if scheme.sticky is not None:
        parts.append(f"sticky-{scheme.sticky}s")
    if scheme.prefix is not None:
        parts.append(f"prefix-{scheme.prefix}")
    if scheme.group is not None:
        parts.append(f"group-{scheme.group}")
    if scheme.helper is not None:
        parts.append(f"helper-{scheme.helper.value}")
    if scheme.networks:
        digest = blake2b(" ".join(map(str, scheme.networks)).encode(), digest_size=5)
        parts.append(f"from-{digest.hexdigest()}")
    if scheme.counts:
        parts.append(f"counter-{counter}")
    return "-".join(parts)
