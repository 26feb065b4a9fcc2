"""Packets to try on a site: to its services from all sides, near them, past them, and away from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from hypothesis import strategies as st

from lbsh_lang.site.model import Service, Site
from tests.agreement.topology import (
    BESIDE_ADDRESS,
    CLIENT_NET,
    EXTERNAL_ADDRESS,
    GATEWAYS,
    NEIGHBOURS,
    OUTSIDE_ADDRESS,
    PORTS,
    SERVICE_ADDRESSES,
    SOURCES,
    Family,
    Probe,
    Protocol,
    Sender,
    family_of,
    far_beside,
    server_address,
)

FEWEST, MOST = 5, 24
PROTOCOLS: tuple[Protocol, ...] = ("tcp", "udp")
OUTSIDERS: tuple[Sender, ...] = ("outside", "beside")


@st.composite
def probes(draw: st.DrawFn, site: Site, nets: dict[Family, int]) -> tuple[Probe, ...]:
    """Some different packets. `nets` is the number of the site's internal nets of each family."""
    return tuple(draw(st.lists(_probe(site, nets), min_size=FEWEST, max_size=MOST, unique=True)))


@st.composite
def _probe(draw: st.DrawFn, site: Site, nets: dict[Family, int]) -> Probe:
    service = draw(st.sampled_from(site.services)) if site.services else None
    family: Family = service.address.family if service is not None else draw(st.sampled_from((4, 6)))
    sender, source = draw(_senders(site, family, nets[family]))
    kind = draw(st.sampled_from(_KINDS))
    protocol, destination, port = kind(draw, site, service, family, nets[family], sender)
    return Probe(sender, source, protocol, destination, port)


@st.composite
def _senders(draw: st.DrawFn, site: Site, family: Family, nets: int) -> tuple[Sender, str | None]:
    both: tuple[Sender, ...] = ("inner1", "inner2")
    # Without internal nets, machines there are neighbours of the servers, whose answers would go past the device.
    inside = both[:nets] if site.nets_inside(family) else ()
    farm: tuple[Sender | Literal["farm"], ...] = ("farm",) if inside else ()
    beside: tuple[Sender, ...] = ("beside", "beside", "beside") if site.one_armed else ("beside",)
    sender = draw(st.sampled_from(("outside", "outside", "outside", *beside, *inside, *inside, *farm, "device")))
    if sender == "device":
        known = [one for one in _known(site) if family_of(one) == family]
        gateway = [one for one in known if one == GATEWAYS[family][0]]
        if not known:
            return "outside", None
        return sender, draw(st.sampled_from([*gateway * 4, *known]))
    if sender not in SOURCES:
        net = draw(st.integers(0, nets - 1))
        servers = [
            one for one in _servers(site, family) if one in {server_address(family, net, n) for n in range(2, 16)}
        ]
        return ("farm1", "farm2")[net], draw(st.sampled_from(servers or [server_address(family, net, 2)]))
    return sender, None


def _servers(site: Site, family: Family) -> list[str]:
    pools = [service.pool for service in site.services if service.pool is not None]
    return sorted({str(one.address) for pool in pools for one in pool.servers if one.address.family == family})


# Kinds of packets: a function for each, which draws a protocol, a destination and a port

_Kind = Callable[[st.DrawFn, Site, Service | None, Family, int, Sender], tuple[Protocol, str, int]]


def _for_service(
    draw: st.DrawFn, site: Site, service: Service | None, family: Family, nets: int, sender: Sender
) -> tuple[Protocol, str, int]:
    if service is None:
        return _to_device(draw, site, service, family, nets, sender)
    protocols = [one.value for one in service.protocols]
    return draw(st.sampled_from(protocols)), str(service.address), draw(st.sampled_from(_ports(service)))


def _next_to_service(
    draw: st.DrawFn, site: Site, service: Service | None, family: Family, nets: int, sender: Sender
) -> tuple[Protocol, str, int]:
    """The address is right; port and protocol may be those of another service, or of none."""
    if service is None:
        return _to_device(draw, site, service, family, nets, sender)
    near = {edge + step for port in service.ports for edge in port for step in (-1, 0, 1)} & set(PORTS)
    return draw(st.sampled_from(PROTOCOLS)), str(service.address), draw(st.sampled_from(sorted(near)))


def _to_device(
    draw: st.DrawFn, site: Site, service: Service | None, family: Family, nets: int, sender: Sender
) -> tuple[Protocol, str, int]:
    """Another address of the device, or one next to it, on a port that the service has elsewhere.

    Not every script has all of these addresses. The tracer takes an unknown one for an address in the world, which matters
    for a packet from inside.
    """
    addresses = [one for one in _known(site) if family_of(one) == family]
    if sender in OUTSIDERS:
        addresses += [*SERVICE_ADDRESSES[family], EXTERNAL_ADDRESS[family], *GATEWAYS[family]]
    else:
        addresses += NEIGHBOURS[family]
    ports = _ports(service) if service is not None else PORTS
    return draw(st.sampled_from(PROTOCOLS)), draw(st.sampled_from(addresses)), draw(st.sampled_from(ports))


def _known(site: Site) -> list[str]:
    """The device's addresses in the site."""
    return [str(one) for one in (*(one.address for one in site.services), *site.external_addresses, *site.gateways)]


def _to_server(
    draw: st.DrawFn, site: Site, service: Service | None, family: Family, nets: int, sender: Sender
) -> tuple[Protocol, str, int]:
    """A server's own address, on the port of its service."""
    if service is None or service.pool is None or not service.pool.servers:
        return draw(st.sampled_from(PROTOCOLS)), server_address(family, 0, 2), draw(st.sampled_from(PORTS))
    server = draw(st.sampled_from(service.pool.servers))
    protocol: Protocol = draw(st.sampled_from([one.value for one in service.protocols]))
    return protocol, str(server.address), service.port_of(server, draw(st.sampled_from(_ports(service))))


def _to_world(
    draw: st.DrawFn, site: Site, service: Service | None, family: Family, nets: int, sender: Sender
) -> tuple[Protocol, str, int]:
    if sender in OUTSIDERS:
        return _to_server(draw, site, service, family, nets, sender)
    far = CLIENT_NET[family].partition("/")[0]
    world = [OUTSIDE_ADDRESS[family], far[:-1] + "7" if family == 4 else f"{far}7"]
    world += [BESIDE_ADDRESS[family], far_beside(family)] if site.one_armed else []
    destination = draw(st.sampled_from(world))
    return draw(st.sampled_from(PROTOCOLS)), destination, draw(st.sampled_from(PORTS))


_KINDS: tuple[_Kind, ...] = (
    *(_for_service,) * 12,
    *(_next_to_service,) * 2,
    _to_device,
    *(_to_server,) * 2,
    *(_to_world,) * 2,
)


def _ports(service: Service) -> list[int]:
    return [port for port in PORTS if any(one.first <= port <= one.last for one in service.ports)]
