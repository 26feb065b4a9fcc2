"""The sources of connections from the internal nets to the world: which of them a connection gets, and where.

Theory of operation. Each `external addr` is for connections that leave by certain interfaces, from certain addresses inside.
Of those that fit a connection, the most specific counts: an exception for its single address, then one for a pool with its
address, then the one for the smallest block that holds it, then the address for all internal nets. `translations` sorts
them in this order, so that the first that fits is the right one: for packet filters, whose rules are tried in order, and for
the tracer. For example,

    external addr 203.0.113.1                         4. from all internal nets
    external addr 203.0.113.9 for 10.1.0.0/24         3. from 10.1.0.0/24
    external addr 203.0.113.25 for mail, 10.1.0.77    1. from 10.1.0.77,  2. from the servers of the pool `mail`

A range counts as the blocks of which it consists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import NamedTuple

from lbsh_lang.site.model import Interface, Site, Source
from lbsh_lang.values import BITS, Address, AddressRange, Family, Network

_SINGLE, _POOL, _BLOCK = 0, 1, 2
"""The ranks of exceptions. That of a block is this number and the length of its host part."""

_ALL = _BLOCK + max(BITS.values()) + 1
"""The rank of a source that is no exception."""


class Translation(NamedTuple):
    """Connections from addresses `inside` that leave by some interfaces, and the source that they get."""

    interfaces: tuple[Interface, ...]
    inside: tuple[Network, ...]
    source: Source


class Part(NamedTuple):
    """Blocks of addresses with equally specific exceptions."""

    rank: int
    inside: tuple[Network, ...]


def translations(site: Site, family: Family) -> tuple[Translation, ...]:
    """All translations of a family: the first that fits a connection is the right one."""
    nets = site.nets_inside(family)
    if not nets:
        return ()
    parts = [
        (part.rank, Translation(interfaces_of(site, source), part.inside, source))
        for source in site.sources
        if source.family == family
        for part in _parts(site, source)
    ]
    parts.sort(key=lambda pair: pair[0])
    return tuple(translation for _, translation in parts if translation.interfaces and translation.inside)


def interfaces_of(site: Site, source: Source) -> tuple[Interface, ...]:
    """The external interfaces by which connections with this source leave."""
    if source.interface is not None:
        return tuple(one for one in site.external if one.name == source.interface)
    return site.external if source.address is None else site.outside_of(source.address)


def kept_nets(site: Site, family: Family) -> tuple[Network, ...]:
    """The networks to which connections keep their source, without those that lie in another one."""
    nets = sorted(one.net for one in site.kept if one.net.family == family)
    return tuple(net for net in nets if not any(one.overlaps(net) and one.length < net.length for one in nets))


def translation_of(site: Site, inside: Address, interface: Interface) -> Translation | None:
    """The translation of a connection from an address inside that leaves by an interface."""
    for one in translations(site, inside.family):
        if any(block.holds(inside) for block in one.inside) and any(
            way.name == interface.name for way in one.interfaces
        ):
            return one
    return None


class Leaving(NamedTuple):
    """An external interface with the source of connections from some address inside that leave by it."""

    interface: Interface
    source: Source


def leaving(site: Site, inside: Network, is_server_of: Callable[[str], bool]) -> tuple[Leaving, ...]:
    """The sources of connections from a whole block inside, for each external interface that gives them one.

    `is_server_of` tells whether the block is the address of a server of a pool, so that a site without services will do.
    """
    ranked = [
        (_rank(source, inside, is_server_of), source) for source in site.sources if source.family == inside.family
    ]
    fitting = [
        source for _, source in sorted([(rank, one) for rank, one in ranked if rank is not None], key=itemgetter(0))
    ]
    ways = [(source, {one.name for one in interfaces_of(site, source)}) for source in fitting]
    found = [(way, next((source for source, names in ways if way.name in names), None)) for way in site.external]
    return tuple(Leaving(way, source) for way, source in found if source is not None)


def _rank(source: Source, inside: Network, is_server_of: Callable[[str], bool]) -> int | None:
    """The rank of a source for connections from a whole block, None if it is not for all of them."""
    if not source.is_exception:
        return _ALL
    parts = parts_of(source.targets, (), source.family)
    ranks = [
        part.rank for part in parts if any(one.length <= inside.length and one.overlaps(inside) for one in part.inside)
    ]
    ranks += [_POOL] * any(map(is_server_of, source.pools))
    return min(ranks, default=None)


def _parts(site: Site, source: Source) -> Iterator[Part]:
    if not source.is_exception:
        yield Part(_ALL, site.nets_inside(source.family))
        return
    yield from parts_of(source.targets, (_servers(site, name) for name in source.pools), source.family)


def parts_of(targets: Iterable[AddressRange], pools: Iterable[Iterable[Address]], family: Family) -> Iterator[Part]:
    """The parts of an exception for these targets, and for pools with these servers."""
    bits = BITS[family]
    found: dict[int, list[Network]] = {}
    for target in targets:
        if target.size == 1:
            found.setdefault(_SINGLE, []).append(Network(family, target.first, bits))
        else:
            for block in target.blocks():
                found.setdefault(_BLOCK + bits - block.length, []).append(block)
    for servers in pools:
        found.setdefault(_POOL, []).extend(Network(family, server.value, bits) for server in sorted(servers))
    for rank in sorted(found):
        yield Part(rank, tuple(dict.fromkeys(found[rank])))


def _servers(site: Site, name: str) -> Iterator[Address]:
    """The addresses of the servers of a pool."""
    pool = next((one.pool for one in site.services if one.pool is not None and one.pool.name == name), None)
    return (server.address for server in (pool.servers if pool is not None else ()))
