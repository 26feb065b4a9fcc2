"""PF's translation rules: `no nat`, `nat`, `no rdr` and `rdr`, in an order in which the first match is the right one.

The rule for the device's own connections stands before every `nat`. Masquerading follows, then outbound translation, then
the rules of the services, which do not compete with each other: no two services share a destination. On an interface of both
sides, outbound translation stands last, since reflected connections leave by it, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lbsh_lang.backends.base import Line, farm_comment
from lbsh_lang.backends.pf.farms import Farm
from lbsh_lang.backends.pf.names import TAG, interface_name
from lbsh_lang.backends.pf.notation import family_word, list_text, port_list, protocol_match
from lbsh_lang.site.model import Interface, Portion, Service, Site, Source
from lbsh_lang.site.sources import kept_nets, translations
from lbsh_lang.values import Address, Family, Network, PortRange, Protocol

_SOURCE_PORTS = "1024:65535"
"""The source ports of reflected connections. Without them PF takes 50001 to 65535: 15,535 connections for each server and
port, those that are closing included."""


def site_lines(site: Site, farms: Sequence[Farm]) -> Iterator[Line]:
    """The rules that serve no single service: for the device's own connections, then outbound translation."""
    own = list(_own_lines(site, farms))
    if own:
        yield Line("")
        yield Line("# The device's own connections to the farms are not translated; this stands before every nat there")
        yield from own
    masked = list(_masquerade_lines(site, farms))
    if masked:
        yield Line("")
        yield Line("# Masquerading: servers see an address of the device in place of the clients of these services")
        yield from masked
    yield from _outbound(_outbound_lines(site, [one for one in site.external if one not in site.one_armed]))


def last_lines(site: Site) -> Iterator[Line]:
    """Outbound translation on interfaces of both sides."""
    yield from _outbound(_outbound_lines(site, site.one_armed))


def _outbound(lines: Iterator[Line]) -> Iterator[Line]:
    found = list(lines)
    if found:
        yield Line("")
        yield Line("# Outbound: traffic of the internal nets leaves with the external address")
        yield from found


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
        nets = _nets_text(site, family)
        for interface in site.internal if protocols else ():
            name = interface_name(interface)
            head = f"no nat on {name} {family_word(family)} {protocol_match(protocols)}"
            # In brackets the interface stands for the addresses it has now, not for those it had at the load.
            yield Line(f"{head} from ({name}) to {nets}", interface.origin)


def _reflected(farms: Sequence[Farm], family: Family) -> Iterator[Service]:
    return (farm.service for farm in farms if farm.service.reflect and farm.service.address.family == family)


def _masquerade_lines(site: Site, farms: Sequence[Farm]) -> Iterator[Line]:
    """The rules for connections that carry the tag of masqueraded services."""
    for family in site.families():
        masked = [farm.service for farm in farms if farm.service.masquerade and farm.service.address.family == family]
        if not masked:
            continue
        protocols = {protocol for service in masked for protocol in service.protocols}
        kind, nets = f"{family_word(family)} {protocol_match(protocols)}", site.smallest_first(family)
        for net in nets:
            there = list_text([str(block) for block in net.without(site.nets_within(net))])
            yield from _masked_lines(site, kind, there, site.own_gateway(net))
        if not nets:
            yield from _masked_lines(site, kind, "any", None)


def _masked_lines(site: Site, kind: str, there: str, gateway: Address | None) -> Iterator[Line]:
    """The rules by which servers in some networks see the gateway, or without one the address of the interface to them."""
    interfaces = list({interface.name: interface for interface in (*site.external, *site.internal)}.values())
    match, ports = f"{kind} from any to {there} tagged {TAG}", f"port {_SOURCE_PORTS}"
    if gateway is not None:
        yield Line(f"nat on {_names(interfaces)} {match} -> {gateway} {ports}")
        return
    for interface in interfaces:
        # `:0` leaves aliases out, such as addresses of services, and IPv6 addresses of the link.
        source = f"({interface.name}:0)"
        yield Line(f"nat on {interface_name(interface)} {match} -> {source} {ports}", interface.origin)


def _outbound_lines(site: Site, interfaces: Sequence[Interface]) -> Iterator[Line]:
    for family in site.families():
        kind, every, kept = family_word(family), translations(site, family), kept_nets(site, family)
        for interface in interfaces:
            name, here = interface_name(interface), [one for one in every if interface in one.interfaces]
            if here and interface in site.one_armed:
                yield Line(f"no nat on {name} {kind} from any to {_nets_text(site, family)}", interface.origin)
            if here and kept:
                there = list_text([str(net) for net in kept])
                yield Line(f"no nat on {name} {kind} from {_nets_text(site, family)} to {there}", interface.origin)
            for one in here:
                origin = one.source.origin if one.source.is_exception else interface.origin
                inside = list_text([str(block) for block in one.inside])
                yield Line(
                    f"nat on {name} {kind} from {inside} to any -> {_source_text(one.source, interface)}", origin
                )


def _source_text(source: Source, interface: Interface) -> str:
    """An address; or, in brackets, the address that the interface has now. `:0` leaves out aliases, such as services."""
    return f"({interface.name}:0)" if source.address is None else str(source.address)


def _nets_text(site: Site, family: Family) -> str:
    return list_text([str(net) for net in site.nets_inside(family)])


def _service_rules(site: Site, farm: Farm, rdr: str) -> Iterator[str]:
    for protocols, ports in farm.service.listeners:
        for part in farm.service.portions(ports):
            yield from _part_rules(site, farm, protocols, part, rdr)


def _target_port(own: PortRange | None) -> str:
    """The ports of the servers. Without any, PF keeps the port of the request, in a range or a list too.

    A single port would squeeze a range into itself. With `:*` the range is shifted: pf.conf(5), `rdr`.
    """
    if own is None:
        return ""
    return f" port {own.first}" if own.is_single else f" port {own.first}:*"


def _part_rules(site: Site, farm: Farm, protocols: tuple[Protocol, ...], ports: Portion, rdr: str) -> Iterator[str]:
    service = farm.service
    kind = f"{family_word(service.address.family)} {protocol_match(protocols)}"
    sticky = "" if service.sticky is None else " sticky-address"
    place = f"to {service.address} port {port_list(ports.asked)}"
    tag = f"tag {TAG} " if service.masquerade else ""
    target = f"{tag}-> {farm.address}{_target_port(ports.own)}{farm.choice}{sticky}"
    nets = site.nets_inside(service.address.family)
    if nets and site.one_armed and not service.reflect:
        yield f"no rdr on {_names(site.one_armed)} {kind} from {_nets_text(site, service.address.family)} {place}"
    clients = list_text([str(net) for net in service.clients]) if service.clients else "any"
    yield f"{rdr} on {_names(site.external)} {kind} from {clients} {place} {target}"
    if service.reflect:
        shared = {interface.name for interface in site.one_armed}  # the rule above holds there for both sides
        only_inside = [interface for interface in site.internal if interface.name not in shared]
        inside = list(_common(nets, service.clients))
        if only_inside and inside:
            yield f"{rdr} on {_names(only_inside)} {kind} from {list_text(inside)} {place} {target}"
        if not service.masquerade:
            yield from _reflection_rules(site, farm, kind, ports)


def _common(nets: Sequence[Network], clients: Sequence[Network]) -> Iterator[str]:
    """The part of the internal nets in which these clients are, each block once; all of it without clients."""
    if not clients:
        yield from map(str, nets)
        return
    pairs = [(net, client) for net in nets for client in clients if net.overlaps(client)]
    yield from dict.fromkeys(str(max(pair, key=lambda one: one.length)) for pair in pairs)


def _reflection_rules(site: Site, farm: Farm, kind: str, translated: Portion) -> Iterator[str]:
    """The rules by which the servers of a net see neighbours come from the gateway."""
    service, servers = farm.service, farm.pool.servers
    # By the time the connection goes out, rdr has changed its destination to the server and the server's port.
    ports = port_list(translated.asked if translated.own is None else (translated.own,))
    for net in site.nets_inside(service.address.family):
        members = [server.address for server in servers if site.net_of(server.address) == net]
        there = farm.address if len(members) == len(servers) else list_text([str(member) for member in members])
        if members or not servers:
            neighbours = list_text([str(block) for block in net.without(site.nets_within(net))])
            on = f"on {_names(site.internal)} {kind} from {neighbours}"
            yield f"nat {on} to {there} port {ports} -> {site.gateway(net)} port {_SOURCE_PORTS}"


def _names(interfaces: Sequence[Interface]) -> str:
    return list_text([interface_name(interface) for interface in interfaces])
