"""Farms for nftables: the places and turns of a service, and the chain that it shares with others of its scheme.

Theory of operation. Services that differ in nothing but their servers have one *scheme*, and share chains (`layout`). For
round-robin one chain would not do: its rule holds the turn counter. Two services on one counter advance each other, and if
their connections alternate, as those of a web site and its database do, each always gets the same server:

    counter    0         1         0         1
    goes to    WEB a     DB y      WEB a     DB y      of the servers a, b of WEB and x, y of DB

So a scheme of round-robin has many chains, each with a counter, and its services are dealt over them in the order of the
script. In the second pass over the chains the first service gets the second chain, and so on: services often come in blocks
of a round number, which would otherwise meet at one counter.

The cost of many chains is the time to load: the kernel compares each element of a map with each chain that uses the map. So
there are as many chains as load in about 0.2 s, but at least 64 and at most 1,024. Other schemes have a single chain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

from lbsh_lang.backends.nftables.expressions import Expressions
from lbsh_lang.backends.nftables.slots import slots_of
from lbsh_lang.site.model import Pool, Server, Service, Site, shares_of, turns
from lbsh_lang.values import Address, Algorithm, Family, Helper, Network, PortRange, Protocol

FEWEST_COUNTERS, MOST_COUNTERS = 64, 1024
"""The bounds on the number of chains of a scheme, each with a turn counter. Services beyond that share counters."""

_COMPARISONS = 10_000_000
"""The most comparisons of a map's element with a chain that uses the map; they take the kernel about 0.2 s."""


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


class _Draft(NamedTuple):
    """A farm before its chain is known."""

    service: Service
    pool: Pool
    places: tuple[str, ...]
    turns: tuple[Server, ...]
    scheme: Scheme


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


def farms_of(site: Site, family: Family) -> Iterator[Farm]:
    """The farms of one family, in the order of the site.

    Neighbours in the script get different turn counters, since connections to services that belong together often alternate.
    A server's change of state must neither give another counter to a service nor bring two services to one counter, so a
    counter's number does not depend on the length of the round.
    """
    drafts = list(_drafts(site, family))
    counters = _counters(drafts)
    alike: Counter[Scheme] = Counter()
    for draft in drafts:
        whole = draft.scheme._replace(turns=0)
        rank = alike[whole]
        alike[whole] += 1
        # Each pass over the counters begins one further on.
        yield Farm(*draft, _chain_name(draft.scheme, (rank + rank // counters) % counters))


def _drafts(site: Site, family: Family) -> Iterator[_Draft]:
    groups: Counter[tuple[Address, str]] = Counter()
    lists = {one.clients for one in site.services if one.address.family == family}
    for service in site.services:
        pool = service.pool
        if pool is None or service.address.family != family or not service.listeners:
            continue
        group = _group(service, groups) if service.sticky is not None and _has_several_places(service) else None
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
                yield _Draft(service, pool, places, order, scheme)


def _counters(drafts: list[_Draft]) -> int:
    """The number of turn counters of each scheme: as many as the kernel loads quickly.

    Another number gives new counters to every service. So it is computed with all servers up, in any state, and is a
    power of two, which an added server rarely changes.
    """
    schemes = {draft.scheme._replace(turns=0) for draft in drafts if draft.scheme.algorithm is Algorithm.ROUND_ROBIN}
    elements = sum(
        len(draft.places) * _whole_round(draft.pool)
        for draft in drafts
        if draft.scheme.algorithm is not Algorithm.SOURCE_HASH
    )
    affordable = _COMPARISONS // max(elements * len(schemes), 1)
    return min(max(1 << affordable.bit_length() - 1 if affordable else 0, FEWEST_COUNTERS), MOST_COUNTERS)


def _whole_round(pool: Pool) -> int:
    """The length of a round with all servers up."""
    return sum(shares_of(tuple([server for server in pool.servers if not server.backup])))


def _group(service: Service, known: Counter[tuple[Address, str]]) -> str:
    """The first place of a service, stated or kept, so that clients keep their server when others take ports from it.

    Of services with the same first place, which lie inside each other, those after the first have a number.
    """
    place = f"{service.protocols[0].value}-{min(port.first for port in service.ports)}"
    known[service.address, place] += 1
    rank = known[service.address, place]
    return place if rank == 1 else f"{place}-{rank}"


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


def _chain_name(scheme: Scheme, counter: int) -> str:
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
    if scheme.algorithm is Algorithm.ROUND_ROBIN:
        parts.append(f"counter-{counter}")
    return "-".join(parts)
