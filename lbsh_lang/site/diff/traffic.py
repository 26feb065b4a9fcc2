"""The traffic of services as sets of ports: the traffic of a service, the rest of it, and the services that take a part.

Sets of ports are sorted tuples of ranges without neighbours: equal sets are equal values, and a difference takes one pass.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from operator import itemgetter

from lbsh_lang.site.diff.plain import Traffic
from lbsh_lang.site.model import Service
from lbsh_lang.values import Address, PortRange, Ports, Protocol


def traffic_of(service: Service) -> Traffic:
    """The traffic that a service takes."""
    parts = {protocol: merge_ports(ports) for protocols, ports in service.listeners for protocol in protocols}
    return Traffic(service.address, tuple([(one, parts[one]) for one in service.protocols if one in parts]))


def merge_ports(ports: Iterable[PortRange]) -> Ports:
    """The ports as a set: sorted, neighbours joined, so that `81,80` and `80-81` are equal."""
    merged: list[PortRange] = []
    for first, last in sorted(ports):
        if merged and first <= merged[-1].last + 1:
            merged[-1] = PortRange(merged[-1].first, max(last, merged[-1].last))
        else:
            merged.append(PortRange(first, last))
    return tuple(merged)


def intersection(ports: Ports, others: Ports) -> Ports:
    """The ports that are in both sets."""
    return _subtract(ports, _subtract(ports, others))


def without(traffic: Traffic, taken: Traffic | None) -> Traffic | None:
    """The traffic that remains without another, None if nothing remains."""
    if taken is None or taken.address != traffic.address:
        return traffic
    gone = dict(taken.parts)
    left = [(protocol, _subtract(ports, gone.get(protocol, ()))) for protocol, ports in traffic.parts]
    parts = tuple((protocol, ports) for protocol, ports in left if ports)
    return Traffic(traffic.address, parts) if parts else None


def _subtract(ports: Ports, taken: Ports) -> Ports:
    left: list[PortRange] = []
    rank = 0
    for first, last in ports:
        while rank < len(taken) and taken[rank].last < first:
            rank += 1
        start, other = first, rank
        while other < len(taken) and taken[other].first <= last:
            if start < taken[other].first:
                left.append(PortRange(start, taken[other].first - 1))
            start = taken[other].last + 1
            other += 1
        if start <= last:
            left.append(PortRange(start, last))
    return tuple(left)


class Owners:
    """The services of a site by their traffic: for each address and protocol the ranges of ports, sorted.

    Built once for a difference, then only read.
    """

    def __init__(self, services: Iterable[Service]) -> None:
        self._ranges: dict[tuple[Address, Protocol], list[tuple[int, int, int]]] = {}
        self._services = tuple(services)
        for rank, service in enumerate(self._services):
            for protocols, ports in service.listeners:
                for protocol in protocols:
                    found = self._ranges.setdefault((service.address, protocol), [])
                    found += [(first, last, rank) for first, last in ports]
        for ranges in self._ranges.values():
            ranges.sort()

    def among(self, traffic: Traffic | None) -> Iterator[tuple[Service, Traffic]]:
        """The services that take a part of the traffic, with that part, in the order of the site."""
        if traffic is None:
            return
        parts: dict[int, dict[Protocol, list[PortRange]]] = {}
        for protocol, ports in traffic.parts:
            for rank, shared in self._meet(traffic.address, protocol, ports):
                parts.setdefault(rank, {}).setdefault(protocol, []).append(shared)
        for rank in sorted(parts):
            shares = tuple((protocol, merge_ports(ranges)) for protocol, ranges in parts[rank].items())
            yield self._services[rank], Traffic(traffic.address, shares)

    def _meet(self, address: Address, protocol: Protocol, ports: Ports) -> Iterator[tuple[int, PortRange]]:
        known = self._ranges.get((address, protocol), [])
        for first, last in ports:
            start = max(0, bisect_right(known, first, key=itemgetter(0)) - 1)
            for index in range(start, len(known)):
                low, high, rank = known[index]
                if low > last:
                    break
                if high >= first:
                    yield rank, PortRange(max(first, low), min(last, high))
