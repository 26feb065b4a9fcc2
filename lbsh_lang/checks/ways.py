"""Checks of ways: whether neighbours reach a service, answers come back through the device, and ports are free."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from lbsh_lang.checks.base import INFORMATION, WARNING, Finding, Findings, append, label
from lbsh_lang.checks.scopes import POOL, SERVICE
from lbsh_lang.checks.views import DeviceOfPools, PoolContext, ServiceContext
from lbsh_lang.codes import Code
from lbsh_lang.diagnostics import Fix, Label
from lbsh_lang.site.device import Given
from lbsh_lang.site.faults import Thing
from lbsh_lang.site.pool_lives import PoolLife
from lbsh_lang.site.server_keys import ServerKey, address_of, offset_of, without_port
from lbsh_lang.site.services import ServiceLife
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.nodes import Token
from lbsh_lang.syntax.statement import Stated
from lbsh_lang.values import BITS, Address, AddressRange, Network, Protocol

_LINK_LENGTHS = {4: 24, 6: 64}
"""The usual lengths of the prefix of a link."""

_OWN_PORTS: Mapping[tuple[Protocol, int], str] = {
    (Protocol.TCP, 22): "ssh",
    (Protocol.TCP, 53): "dns",
    (Protocol.UDP, 53): "dns",
    (Protocol.UDP, 67): "dhcp",
    (Protocol.UDP, 68): "dhcp",
    (Protocol.UDP, 123): "ntp",
    (Protocol.UDP, 161): "snmp",
    (Protocol.TCP, 179): "bgp",
    (Protocol.UDP, 500): "ike",
    (Protocol.UDP, 520): "rip",
    (Protocol.UDP, 546): "dhcp",
    (Protocol.UDP, 547): "dhcp",
    (Protocol.UDP, 4500): "ike",
}
"""The ports that programs of a router itself use, by the IANA registry, each with its protocol in a word."""


@SERVICE.check(Code.LB321, WARNING, "neighbours that cannot use a service", met_by=(nodes.ServiceStatement,))
def neighbours_unserved(life: ServiceLife, context: ServiceContext) -> Findings:
    """A service without `reflect` has clients and servers behind one interface.

    On an interface that is external and internal, clients of internal nets send their connections to the device too. Without
    `reflect` they are not balanced. If such clients are not meant to use the service, `from` says for whom it is.

    Wrong:

        interface external em0
        interface internal em0
        internal net 192.168.1.0/24
        internal gw 192.168.1.1
        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool

    Right:

        interface external em0
        interface internal em0
        internal net 192.168.1.0/24
        internal gw 192.168.1.1
        service SMTP is 62.103.127.154 tcp 25 reflect
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
    """
    node = life.node
    if node.reflect is not None or node.address is None or node.address.value is None or node.name is None:
        return
    nets, address = context.device.internal_nets, node.address.value
    armed = next(iter(context.device.one_armed), None)
    if armed is None or nets.holder(address) is not None:  # LB305 speaks of neighbours of the address
        return
    clients = [token.value for token in node.clients if token.value is not None]
    if not any(not clients or any(map(net.value.overlaps, clients)) for net in nets.of_family(address.family)):
        return
    where = f"internal nets behind `{armed.value}`"
    place = label(armed.at, armed.token, "external and internal")
    message = f"clients in {where} cannot use the service `{node.name.text}`: it has no `reflect`"
    helps = ("write `reflect`, or `from` with the networks of its clients",)
    yield Finding(life.defined, node.name, message, (place,), help=helps, fixes=append(life.defined, "reflect"))


class _Shared(NamedTuple):
    """A network that servers may share with clients: its words, its statement, and what else may help."""

    net: Network
    where: str
    place: Label
    more: str = ""


@POOL.check(Code.LB322, WARNING, "answers that go past the device", met_by=(nodes.AddStatement,))
def answers_past_device(life: PoolLife, context: PoolContext) -> Findings:
    """Servers share a network with the clients of their service.

    A server answers a neighbour straight, and a client elsewhere through the router of the network. Either answer goes past
    the device, with the server's address as its source, and the client drops it. With `masquerade` servers see an address of
    the device in place of the client, and answer to the device.

    Servers in an internal net are not reported: there `reflect` sees to clients that are their neighbours.

    Wrong:

        interface external em0
        external net 62.103.127.144/28
        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 62.103.127.146 to mx_pool

    Right:

        interface external em0
        external net 62.103.127.144/28
        service SMTP is 62.103.127.154 tcp 25 masquerade
        pool mx_pool for SMTP
        add 62.103.127.146 to mx_pool
    """
    device = context.device
    service = next((one for one in life.served if one.node.masquerade is None), None)
    if service is None or service.node.address is None:
        return
    address = service.node.address.value
    if address is None or Thing.INTERNAL_NET in device.blurred or device.internal_nets.of_family(address.family):
        return
    for shared in _shared_nets(service, address, device):
        member = _member_in(life, shared.net)
        if member is not None:
            stated, server = life.members[member], address_of(member)
            message = f"the server {server} is in {shared.where}: its answers go past the device"
            helps = (f"`masquerade` behind the service lets servers answer to the device{shared.more}",)
            token, fixes = _target_of(stated.node, server), _with_masquerade(service)
            yield Finding(stated, token, message, (shared.place,), help=helps, fixes=fixes)
            return


_MOST_OF_LINK = 8
"""The most addresses of a network that only connects routers: two pairs of them, an address of each pair, and its edges."""


@POOL.check(Code.LB325, WARNING, "router among the clients", met_by=(nodes.AddStatement,))
def router_among_clients(life: PoolLife, context: PoolContext) -> Findings:
    """Servers of a reflected service are behind a router that stands in a network of clients.

    A client in another network than the server keeps its address. If the router is its neighbour, it sends the server's
    answers straight to the client: past the device, with the server's address as their source, so that the client drops
    them. With `masquerade` the answers go to the device.

    A network without an `internal gw` of its own is behind a router. Nothing is reported if the router may stand in several
    networks, if its network has eight addresses at most, or if `from` leaves out the clients there.

    Wrong:

        interface external em0
        interface internal em1
        internal net 192.168.1.0/24
        internal gw 192.168.1.1
        internal net 10.8.0.0/16
        service SMTP is 62.103.127.154 tcp 25 reflect
        pool mx_pool for SMTP
        add 10.8.0.2 to mx_pool

    Right:

        interface external em0
        interface internal em1
        internal net 192.168.1.0/24
        internal gw 192.168.1.1
        internal net 10.8.0.0/16
        service SMTP is 62.103.127.154 tcp 25 reflect masquerade
        pool mx_pool for SMTP
        add 10.8.0.2 to mx_pool
    """
    device = context.device
    routers = device.gateways.router_nets
    if not routers or {Thing.GATEWAY, Thing.INTERNAL_NET} & device.blurred:
        return
    reflected = [one for one in life.served if one.node.reflect is not None and one.node.masquerade is None]
    for member, net in device.internal_nets.first_of_each(life.members.keys()).items() if reflected else ():
        place = routers.get(net.value)
        service = next((one for one in reflected if place and _has_clients(one, place.value)), None)
        if place is not None and service is not None:
            yield _past_device(life.members[member], address_of(member), net, place, service)
            return


def _past_device(
    stated: Stated[nodes.AddStatement],
    server: Address,
    net: Given[Network],
    place: Given[Network],
    service: ServiceLife,
) -> Finding:
    """The finding about a server behind a router in a net of clients (`place`)."""
    message = (
        f"the server {server} is behind a router in {place.value}: its answers to clients there go past the device"
    )
    labels = (label(net.at, net.token, "a net without a gateway"), label(place.at, place.token, "the router's net"))
    helps = (
        "`masquerade` behind the service lets servers answer to the device",
        f"if no client is in {place.value}, say `from` with the networks of the clients",
        f"if the device has an address in {net.value}, give the `internal gw`",
    )
    fixes = _with_masquerade(service)
    return Finding(stated, _target_of(stated.node, server), message, labels, helps, fixes)


def _with_masquerade(service: ServiceLife) -> tuple[Fix, ...]:
    """The fix that gives a service `masquerade`; none if a `set` took it away, which its definition cannot undo."""
    return () if "masquerade" in service.changed else append(service.defined, "masquerade")


def _has_clients(service: ServiceLife, net: Network) -> bool:
    """Whether clients of a reflected service may be in an internal net."""
    if net.last - net.value < _MOST_OF_LINK:
        return False
    clients = service.node.clients
    return not clients or any(token.value is not None and token.value.overlaps(net) for token in clients)


def _shared_nets(service: ServiceLife, address: Address, device: DeviceOfPools) -> Iterator[_Shared]:
    """The networks that servers may share with clients of a service, the surest first."""
    outside = device.external_nets.of_family(address.family)
    for net in outside:
        yield _Shared(net.value, f"the external net {net.value}", label(net.at, net.token, "an external net"))
    for token in service.node.clients:
        if token.value is not None:
            place = label(service.stated("from"), token, "the clients")
            yield _Shared(token.value, f"a network of clients, {token.text}", place)
    if not outside:
        place = label(service.defined, service.node.address, "the service's address")
        more = "; if this is another one, give the `internal net`"
        yield _Shared(_link_of(address), "the network of the service's address", place, more)


def _link_of(address: Address) -> Network:
    """The network that is probably on the link of an address."""
    length = _LINK_LENGTHS[address.family]
    host = BITS[address.family] - length
    return Network(address.family, address.value >> host << host, length)


def _member_in(life: PoolLife, net: Network) -> ServerKey | None:
    """A server in a network. Most pools lie outside of it as a whole, which two look-ups tell."""
    if not life.members:
        return None
    members = life.members.keys() if not life.ported else {without_port(member): member for member in life.members}
    first, last = offset_of(net.family) + net.value, offset_of(net.family) + net.last
    if max(members) < first or last < min(members):
        return None
    return next((one for one in life.members if first <= without_port(one) <= last), None)


def _target_of(node: nodes.AddStatement, server: Address) -> Token[AddressRange] | None:
    """The word that adds a server."""
    return next((token for token in node.targets if token.value is not None and _holds(token.value, server)), None)


def _holds(target: AddressRange, address: Address) -> bool:
    return target.family == address.family and target.first <= address.value <= target.last


@SERVICE.check(Code.LB323, INFORMATION, "port that the device may need itself", met_by=(nodes.ServiceStatement,))
def own_port(life: ServiceLife, context: ServiceContext) -> Findings:
    """A service at an external address of the device takes a port that programs of the device itself often use.

    Connections from outside to this port go to the servers, so that for example nobody can log in to the device over its
    external address any more. That may be what is wanted: then a comment can allow the finding.

    Wrong:

        external addr 62.103.127.153
        service SHELL is 62.103.127.153 tcp ssh
        pool shell_pool for SHELL
        add 192.168.1.2 to shell_pool

    Right:

        external addr 62.103.127.153
        service SHELL is 62.103.127.154 tcp ssh
        pool shell_pool for SHELL
        add 192.168.1.2 to shell_pool
    """
    node = life.node
    address = node.address.value if node.address is not None else None
    own = next((one for one in context.device.external_addresses if one.value == address), None)
    protocols = node.protocol.value if node.protocol is not None else None
    if own is None or protocols is None:
        return
    for token in node.ports:
        ports = token.value
        taken = [
            f"{port} ({name})"
            for (protocol, port), name in _OWN_PORTS.items()
            if protocol in protocols and ports is not None and ports.first <= port <= ports.last
        ]
        if taken:
            message = f"connections to port {', '.join(dict.fromkeys(taken))} of {address} go to the servers"
            labels = (label(own.at, own.token, "the device's own address"),)
            yield Finding(life.defined, token, f"{message}, no longer to the device itself", labels)
