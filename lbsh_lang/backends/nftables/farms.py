"""Services as nft knows them: their places, whose turn it is when, and the chain that they share with others alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import gcd
from typing import NamedTuple

from lbsh_lang.backends.nftables.slots import slots_of
from lbsh_lang.site.model import Pool, Server, Service, Site, turns
from lbsh_lang.values import Algorithm, Family, PortRange

FEWEST_COUNTERS, MOST_COUNTERS = 64, 1024
"""How many chains of one kind there may be, each with a turn counter of its own. Services beyond that share them."""

_COMPARISONS = 10_000_000
"""How often the kernel may hold an element of a map against a chain that uses it; it takes about 0.2 s for as many."""


class Kind(NamedTuple):
    """What services have in common that share a chain.

    `turns` is the length of a round, or the number of slots. `ports` is whether servers have a port of their own.
    `sticky` is in seconds. `group` tells apart the sticky services of one address that have several places, by the first
    of these, whatever other services there are; None for one that its place tells apart. The properties are the names
    of the maps that such a service uses.
    """

    algorithm: Algorithm
    turns: int
    ranges: bool
    ports: bool
    sticky: int | None
    group: str | None

    @property
    def services(self) -> str:
        return f"services{self._suffix}"

    @property
    def reflected(self) -> str:
        return f"reflected{self._suffix}"

    @property
    def reflected_places(self) -> str:
        return f"reflected-places{self._suffix}"

    @property
    def servers(self) -> str:
        """A map for each length of a round: the kernel holds each element of a map against each rule that uses it."""
        return f"servers-{self.turns}{self._suffix}"

    @property
    def members(self) -> str:
        return f"members{self._suffix}"

    @property
    def clients(self) -> str:
        return "clients" if self.group is None else f"clients-{self.group}"

    @property
    def _suffix(self) -> str:
        return "-ranges" if self.ranges else ""


class _Member(NamedTuple):
    """All of a farm but its chain."""

    service: Service
    pool: Pool
    places: tuple[str, ...]
    turns: tuple[Server, ...]
    kind: Kind


@dataclass(frozen=True, slots=True)
class Farm:
    """A service and its pool; one for its single ports and one for its port ranges, where it has both.

    `places` are keys of maps; `turns` is empty when no server is there to serve.
    """

    service: Service
    pool: Pool
    places: tuple[str, ...]
    turns: tuple[Server, ...]
    kind: Kind
    chain: str


def farms_of(site: Site, family: Family) -> Iterator[Farm]:
    """The farms of one family, in the order of the site.

    Neighbours in the script get different counters: connections to services that belong together often alternate, and on
    one counter each of the two would always meet the same server. A server's change of state must not give another
    counter to any service, nor bring two to one counter; so the length of a round plays no part in the numbers.
    """
    members = list(_members(site, family))
    counters = _counters(members)
    alike: Counter[Kind] = Counter()
    for member in members:
        whole = member.kind._replace(turns=0)
        rank = alike[whole]
        alike[whole] += 1
        # Each time around one further on: services often come in blocks of a round number.
        yield Farm(*member, _chain_name(member.kind, (rank + rank // counters) % counters))


def _members(site: Site, family: Family) -> Iterator[_Member]:
    for service in site.services:
        pool = service.pool
        if pool is None or service.address.family != family:
            continue
        group = _first_place(service) if service.sticky is not None and _has_several_places(service) else None
        order = slots_of(pool) if pool.algorithm is Algorithm.SOURCE_HASH else turns(pool.serving())
        for ranges in (False, True):
            places = _places(service, [port for port in service.ports if port.is_single is not ranges])
            if places:
                kind = Kind(pool.algorithm, len(order), ranges, pool.port is not None, service.sticky, group)
                yield _Member(service, pool, places, order, kind)


def _counters(members: list[_Member]) -> int:
    """As many as the kernel loads quickly, as a power of two.

    Counted with all servers up, so that no change of state changes it; and as a power of two, so that hardly any server
    that is added does, which would give new counters to every service.
    """
    kinds = {member.kind._replace(turns=0) for member in members if member.kind.algorithm is Algorithm.ROUND_ROBIN}
    elements = sum(
        len(member.places) * _whole_round(member.pool)
        for member in members
        if member.kind.algorithm is not Algorithm.SOURCE_HASH
    )
    affordable = _COMPARISONS // max(elements * len(kinds), 1)
    return min(max(1 << affordable.bit_length() - 1 if affordable else 0, FEWEST_COUNTERS), MOST_COUNTERS)


def _whole_round(pool: Pool) -> int:
    """How many turns a round has when all servers are up."""
    weights = [server.weight for server in pool.servers if not server.backup]
    return sum(weights) // gcd(*weights) if weights else 0


def _first_place(service: Service) -> str:
    """The protocol and port that no other service of the address can have; two that overlap are an error (LB304)."""
    return f"{service.protocols[0].value}-{min(port.first for port in service.ports)}"


def _has_several_places(service: Service) -> bool:
    return len(service.protocols) > 1 or len(service.ports) > 1 or not service.ports[0].is_single


def _places(service: Service, ports: Iterable[PortRange]) -> tuple[str, ...]:
    address = str(service.address)
    return tuple([f"{address} . {protocol.value} . {port}" for protocol in service.protocols for port in ports])


def _chain_name(kind: Kind, counter: int) -> str:
    """The name begins with an algorithm and a number, so it is no word of nft's grammar."""
    parts = [f"{kind.algorithm.value}-{kind.turns}"]
    if kind.ranges:
        parts.append("ranges")
    if kind.ports:
        parts.append("ports")
    if kind.sticky is not None:
        parts.append(f"sticky-{kind.sticky}s")
    if kind.group is not None:
        parts.append(f"group-{kind.group}")
    if kind.algorithm is Algorithm.ROUND_ROBIN:
        parts.append(f"counter-{counter}")
    return "-".join(parts)
