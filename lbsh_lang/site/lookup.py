"""Look-ups of services by the destination of a packet: the exact service, and similar ones."""

from __future__ import annotations

from typing import NamedTuple

from lbsh_lang.site.model import Listener, Service, Site
from lbsh_lang.values import BITS, Address, PortRange, Protocol

_NEIGHBOURHOOD = {4: 24, 6: 64}
"""The lengths of the prefixes by which near addresses agree."""


class Target(NamedTuple):
    """The destination of a packet."""

    address: Address
    protocol: Protocol
    port: int


def service_at(site: Site, target: Target) -> Service | None:
    """The service that takes an address, a protocol and a port; checks ensure that there is at most one (LB304)."""
    there = (one for one in site.services if one.address == target.address)
    return next((one for one in there if _takes(one, target)), None)


def services_without(site: Site, target: Target) -> list[Service]:
    """The services that state an address, a protocol and a port, but do not take it."""
    there = (one for one in site.services if one.address == target.address)
    return [one for one in there if _states(one, target) and not _takes(one, target)]


def services_near(site: Site, target: Target) -> list[Service]:
    """The services at the address, or at near addresses if it has none; the most similar first."""
    there = target.address
    found = [one for one in site.services if one.address == there]
    return _sorted(found or [one for one in site.services if _are_near(one.address, there)], target)


def services_alike(site: Site, target: Target) -> list[Service]:
    """The services with the same protocol and port at any address of the family; the nearest first."""
    family = target.address.family
    return _sorted([one for one in site.services if one.address.family == family and _takes(one, target)], target)


def _takes(service: Service, target: Target) -> bool:
    """Whether a service states a protocol and a port, and no more specific service takes it."""
    return _states(service, target) and not any(_holds(one, target) for one in service.taken)


def _states(service: Service, target: Target) -> bool:
    return _holds(Listener(service.protocols, service.ports), target)


def _holds(listener: Listener, target: Target) -> bool:
    wanted = PortRange(target.port, target.port)
    return target.protocol in listener.protocols and any(map(wanted.overlaps, listener.ports))


def _are_near(one: Address, other: Address) -> bool:
    host = BITS[one.family] - _NEIGHBOURHOOD[one.family]
    return one.family == other.family and one.value >> host == other.value >> host


def _sorted(services: list[Service], target: Target) -> list[Service]:
    def rank(one: Service) -> tuple[bool, int, int]:
        return not _takes(one, target), abs(one.address.value - target.address.value), _distance(one, target.port)

    return sorted(services, key=rank)


def _distance(service: Service, port: int) -> int:
    """The distance of a port from those of a service."""
    return min(max(one.first - port, port - one.last, 0) for one in service.ports)
