"""Services as nft knows them: their places, whose turn it is when, and the chain that they share with others alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from lbsh_lang.backends.nftables.slots import slots_of
from lbsh_lang.site.model import Pool, Server, Service, Site, turns
from lbsh_lang.values import Algorithm, Family

COUNTERS = 64
"""How many chains of one kind there are at most, each with a turn counter of its own."""


class Kind(NamedTuple):
    """What services have in common that share a chain.

    `turns` is the length of a round, or the number of slots. `sticky` is in seconds. `group` tells apart the sticky
    services of one address for which a place is not enough, having several; None where it is.
    """

    algorithm: Algorithm
    turns: int
    ranges: bool
    sticky: int | None
    group: int | None


class Place(NamedTuple):
    """Where connections to a service go, as the key of a map; and the port of its servers, None if they keep theirs."""

    key: str
    port: int | None


@dataclass(frozen=True, slots=True)
class Farm:
    """A service and its pool. `turns` is empty when no server is there to serve."""

    service: Service
    pool: Pool
    places: tuple[Place, ...]
    turns: tuple[Server, ...]
    kind: Kind
    chain: str


def farms_of(site: Site, family: Family) -> Iterator[Farm]:
    """The farms of one family, in the order of the site."""
    users: Counter[Kind] = Counter()
    groups: Counter[int] = Counter()
    for service in site.services:
        pool = service.pool
        if pool is None or service.address.family != family:
            continue
        group = None
        if service.sticky is not None and _has_several_places(service):
            group = groups[service.address.value]
            groups[service.address.value] += 1
        order = slots_of(pool) if pool.algorithm is Algorithm.SOURCE_HASH else turns(pool.serving())
        kind = Kind(pool.algorithm, len(order), _has_ranges(service), service.sticky, group)
        # Neighbours in the script get different counters: connections to services that belong together often alternate,
        # and on one counter each of the two would always meet the same server.
        yield Farm(service, pool, _places(service, pool), order, kind, _chain_name(kind, users[kind] % COUNTERS))
        users[kind] += 1


def _has_ranges(service: Service) -> bool:
    return not all(port.is_single for port in service.ports)


def _has_several_places(service: Service) -> bool:
    return len(service.protocols) > 1 or len(service.ports) > 1 or _has_ranges(service)


def _places(service: Service, pool: Pool) -> tuple[Place, ...]:
    address = str(service.address)
    keeps_port = _has_ranges(service)
    return tuple(
        [
            Place(f"{address} . {protocol.value} . {port}", None if keeps_port else pool.port or port.first)
            for protocol in service.protocols
            for port in service.ports
        ]
    )


def _chain_name(kind: Kind, counter: int) -> str:
    """The name begins with an algorithm and a number, so it is no word of nft's grammar."""
    parts = [f"{kind.algorithm.value}-{kind.turns}"]
    if kind.ranges:
        parts.append("ranges")
    if kind.sticky is not None:
        parts.append(f"sticky-{kind.sticky}s")
    if kind.group is not None:
        parts.append(f"group-{kind.group}")
    if kind.algorithm is Algorithm.ROUND_ROBIN:
        parts.append(f"counter-{counter}")
    return "-".join(parts)
