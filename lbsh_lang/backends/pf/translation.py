"""PF's translation rules: `no nat`, `nat` and `rdr`, in an order in which the first match is the right one.

The rule for the device's own connections stands before every `nat`. Outbound translation follows, then the rules of the
services, which do not compete with each other: no two services share a destination.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lbsh_lang.backends.base import Line, farm_comment
from lbsh_lang.backends.pf.farms import Farm
from lbsh_lang.backends.pf.names import TAG, interface_name
from lbsh_lang.backends.pf.notation import family_word, list_text, port_list, protocol_match
from lbsh_lang.site.model import Interface, Service, Site
from lbsh_lang.values import Address, Family

_SOURCE_PORTS = "1024:65535"
"""The source ports of reflected connections. Without them PF takes 50001 to 65535: 15,535 connections for each server and
port, those that are closing included."""


class _Inside(NamedTuple):
    """The internal side of the device in one family. `nets` is in PF's notation, `several` tells whether it is a list."""

    interface: Interface
    nets: str
    several: bool
    gateway: Address


def site_lines(site: Site, farms: Sequence[Farm]) -> Iterator[Line]:
    """The rules that serve no single service: for the device's own connections, then outbound translation."""
    own = list(_own_lines(site, farms))
    if own:
        yield Line("")
        yield Line("# The device's own connections to the farms are not translated; this stands before every nat there")
        yield from own
    outbound = list(_outbound_lines(site))
    if outbound:
        yield Line("")
        yield Line("# Outbound: traffic of the internal nets leaves with the external address")
        yield from outbound


def service_lines(site: Site, farms: Sequence[Farm], rdr: str) -> Iterator[Line]:
    """The rules of each service under a comment; `rdr` is the word, or the two words, with which its `rdr` rules begin."""
    for farm in farms:
        yield Line("")
        yield Line(f"# {farm_comment(farm.service, farm.pool)}")
        for rule in _service_rules(site, farm, rdr):
            yield Line(rule, farm.service.origin)


def _own_lines(site: Site, farms: Sequence[Farm]) -> Iterator[Line]:
    for family in site.families():
        protocols = {protocol for service in _reflected(farms, family) for protocol in service.protocols}
        if protocols:
            inside = _inside(site, family)
            name = interface_name(inside.interface)
            head = f"no nat on {name} {family_word(family)} {protocol_match(protocols)}"
            # In brackets the interface stands for the addresses it has now, not for those it had at the load.
            yield Line(f"{head} from ({name}) to {inside.nets}", inside.interface.origin)


def _reflected(farms: Sequence[Farm], family: Family) -> Iterator[Service]:
    return (farm.service for farm in farms if farm.service.reflect and farm.service.address.family == family)


def _outbound_lines(site: Site) -> Iterator[Line]:
    if site.external is None:
        return
    name = interface_name(site.external)
    for family in site.families():
        address, nets = site.external_address(family), site.nets_inside(family)
        if address is not None and nets:
            source = list_text([str(net) for net in nets])
            yield Line(f"nat on {name} {family_word(family)} from {source} to any -> {address}", site.external.origin)


def _service_rules(site: Site, farm: Farm, rdr: str) -> Iterator[str]:
    assert site.external is not None, "LB307 refuses services without an external interface"
    service, port = farm.service, farm.pool.port
    kind = f"{family_word(service.address.family)} {protocol_match(service.protocols)}"
    ports = port_list(service.ports)
    # Without a target port PF keeps the port of the request, in a range or a list too. A target port for a range would
    # squeeze it into that one port, or shift it (`port 30000:*`): the language has neither.
    target_port = "" if port is None else f" port {port}"
    sticky = "" if service.sticky is None else " sticky-address"
    place = f"to {service.address} port {ports}"
    target = f"-> {farm.address}{target_port}{farm.choice}{sticky}"
    yield f"{rdr} on {interface_name(site.external)} {kind} from any {place} {target}"
    if service.reflect:
        inside = _inside(site, service.address.family)
        on = f"on {interface_name(inside.interface)} {kind} from {inside.nets}"
        tag, tagged = (f" tag {TAG}", f" tagged {TAG}") if inside.several else ("", "")
        yield f"{rdr} {on} {place}{tag} {target}"
        # By the time the connection goes out, rdr has changed its destination to the server and the server's port.
        server_ports = ports if port is None else str(port)
        yield f"nat {on} to {farm.address} port {server_ports}{tagged} -> {inside.gateway} port {_SOURCE_PORTS}"


def _inside(site: Site, family: Family) -> _Inside:
    """The internal side that a reflected service of this family needs."""
    gateway, nets = site.gateway(family), site.nets_inside(family)
    assert site.internal is not None, "LB306 refuses reflect without an internal interface"
    assert gateway is not None, "LB306 refuses reflect without a gateway"
    return _Inside(site.internal, list_text([str(net) for net in nets]), len(nets) > 1, gateway)
