"""Differences in the ports on which servers get connections: those of the pool, for the ports on which clients ask."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from lbsh_lang import values
from lbsh_lang.site.diff.plain import ServerPorts
from lbsh_lang.site.diff.traffic import intersection, merge_ports
from lbsh_lang.site.model import PortPair, Service
from lbsh_lang.values import PortRange, Ports


def server_port(service: Service) -> ServerPorts | None:
    """The ports of the servers, None if it is the port of the client's request and there are several."""
    usual = usual_port(service)
    if usual is not None:
        return ServerPorts(((None, PortRange(usual, usual)),))
    pairs = _joined(_pairs_for(service, _listened(service)))
    return ServerPorts(pairs) if any(asked != own for asked, own in pairs) else None


def usual_port(service: Service) -> int | None:
    """The port of servers without one of their own, None if it depends on that of the client's request."""
    return values.usual_port(service.ports, () if service.pool is None else service.pool.ports)


def _listened(service: Service) -> Ports:
    """The ports of a service that no other one takes, of any of its protocols."""
    return merge_ports(port for _, ports in service.listeners for port in ports)


def _pairs_for(service: Service, ports: Ports) -> list[tuple[PortRange, PortRange]]:
    """The pairs of ports of a service and its servers for some ports of clients."""
    pairs = sorted(zip(service.ports, () if service.pool is None else service.pool.ports, strict=False))
    starts = [asked.first for asked, _ in pairs]
    found = []
    for port in ports:
        first, end = max(bisect_right(starts, port.first) - 1, 0), bisect_right(starts, port.last)
        found += [PortPair(*pair).part(port) for pair in pairs[first:end] if pair[0].overlaps(port)]
    return [(asked, own) for asked, own in found]


def is_mapped_anew(old: Service, new: Service) -> bool:
    """Whether servers get the connections of some port on another one than before.

    What becomes of ports that the service has no longer is a change of its traffic.
    """
    if server_port(old) == server_port(new):
        return False
    if usual_port(old) is not None and usual_port(new) is not None:
        return True
    had, has = _listened(old), _listened(new)
    both = intersection(had, has)
    if both == has and _shifts(old, both) == _shifts(new, both):
        return False
    return not (None in (server_port(old), server_port(new)) and not _shifts(old, had) and not _shifts(new, has))


def _shifts(service: Service, ports: Ports) -> tuple[tuple[PortRange, PortRange], ...]:
    """The pairs of different ports, for some ports of clients."""
    return tuple([(asked, own) for asked, own in _joined(_pairs_for(service, ports)) if asked != own])


def _joined(pairs: Iterable[tuple[PortRange, PortRange]]) -> tuple[tuple[PortRange, PortRange], ...]:
    """Pairs of ports, sorted, neighbours on both sides joined: equal for lists that mean the same."""
    found: list[tuple[PortRange, PortRange]] = []
    for asked, own in sorted(pairs):
        before = found[-1] if found else None
        if before is not None and (before[0].last + 1, before[1].last + 1) == (asked.first, own.first):
            found[-1] = PortRange(before[0].first, asked.last), PortRange(before[1].first, own.last)
        else:
            found.append((asked, own))
    return tuple(found)
