"""The ingress of a packet: the side and the interfaces by which it comes in."""

from __future__ import annotations

from typing import NamedTuple

from lbsh_lang.site.model import Site
from lbsh_lang.site.trace.values import Ingress, Packet, Side
from lbsh_lang.values import Address


class Question(NamedTuple):
    """A packet on a site with its ingress, while the servers with the addresses `down` are down."""

    site: Site
    packet: Packet
    down: frozenset[Address]
    entry: Ingress


def ingress_of(site: Site, source: Address) -> Ingress:
    """The ingress that is assumed by the source."""
    net = site.net_of(source)
    if source in device_addresses(site):
        return Ingress(Side.DEVICE, (), net)
    if net is None:
        return Ingress(Side.OUTSIDE, site.outside_of(source), None)
    return Ingress(Side.INSIDE, site.inside_of(net), net)


def ingress_by(site: Site, source: Address, name: str) -> Ingress:
    """The ingress by an interface. A net behind another interface changes nothing: rules hold for all of a side."""
    net = site.net_of(source)
    external, internal = (
        tuple(one for one in interfaces if one.name == name) for interfaces in (site.external, site.internal)
    )
    if not external and not internal:
        return Ingress(Side.ELSEWHERE, (), net, name)
    if internal and (net is not None or not external):
        return Ingress(Side.INSIDE, internal, net, name)
    return Ingress(Side.OUTSIDE, external, net, name)


def side_of(site: Site, address: Address) -> Side:
    """The side on which an address is."""
    if address in device_addresses(site):
        return Side.DEVICE
    return Side.OUTSIDE if site.net_of(address) is None else Side.INSIDE


def device_addresses(site: Site) -> frozenset[Address]:
    """The addresses of the device that the site contains."""
    services = [service.address for service in site.services]
    return frozenset([*services, *site.external_addresses, *site.gateways])
