"""Checks of the device: its interfaces, networks and gateways, and what services need of them."""

from __future__ import annotations

from lbsh_lang.checks import names, pools, services
from lbsh_lang.checks.base import ERROR, MOST_LABELS, WARNING, Finding, Findings, label
from lbsh_lang.checks.nets import edge_of
from lbsh_lang.checks.scopes import DEVICE, SERVICE
from lbsh_lang.checks.views import DeviceContext, ServiceContext
from lbsh_lang.codes import Code
from lbsh_lang.diagnostics import Label
from lbsh_lang.site.device import DeviceState, Given
from lbsh_lang.site.faults import Thing
from lbsh_lang.site.services import ServiceLife
from lbsh_lang.syntax import nodes
from lbsh_lang.values import Address, Network, holders_of


@DEVICE.check(Code.LB303, ERROR, "gateway in no internal net", met_by=(nodes.InternalGwStatement,))
def gateway_outside(device: DeviceState, context: DeviceContext) -> Findings:
    """The internal gateway lies in no internal net.

    The gateway is the device's own address in the network of the farms; servers could not reach one elsewhere.

    Wrong:

        interface external em0
        interface internal em1
        internal net 192.168.1.0/24
        internal gw 192.168.2.1

    Right:

        interface external em0
        interface internal em1
        internal net 192.168.1.0/24
        internal gw 192.168.1.1
    """
    if Thing.INTERNAL_NET in device.blurred:
        return
    for gateway in device.gateways:
        family = gateway.value.family
        if not device.nets_inside(family) and device.internal_nets:
            continue  # the families differ, which has a code of its own
        net = context.internal_nets.holder(gateway.value)
        if net is None:
            message = f"the gateway {gateway.value} is in no internal net"
            labels = tuple(net_label(net) for net in device.nets_inside(family)[:MOST_LABELS])
            yield Finding(gateway.at, gateway.token, message, labels)
        elif edge_of(net.value, gateway.value):
            message = f"{gateway.value} cannot be the gateway: it is {edge_of(net.value, gateway.value)}"
            yield Finding(gateway.at, gateway.token, message, (net_label(net),))


@DEVICE.part_of(pools.family_differs, (nodes.InternalGwStatement,))
def gateway_family(device: DeviceState, context: DeviceContext) -> Findings:
    """The gateways whose family no internal net has: a part of LB207, whose page stands at the servers' check."""
    if Thing.INTERNAL_NET in device.blurred or not device.internal_nets:
        return
    for gateway in device.gateways:
        family = gateway.value.family
        if not device.nets_inside(family):
            message = f"the gateway is an IPv{family} address, but no internal net is"
            labels = tuple(net_label(net) for net in device.internal_nets[:MOST_LABELS])
            yield Finding(gateway.at, gateway.token, message, labels)


@SERVICE.part_of(pools.family_differs, (nodes.ServiceStatement, nodes.SetServiceStatement))
def clients_family(life: ServiceLife, context: ServiceContext) -> Findings:
    """The clients of another family than the service: a part of LB207, whose page stands at the servers' check."""
    address = life.node.address
    if address is None or address.value is None:
        return
    for stated in life.statements_of("from"):
        for token in stated.node.clients:
            if token.value is not None and token.value.family != address.value.family:
                message = (
                    f"{token.text} is IPv{token.value.family}, the service has an IPv{address.value.family} address"
                )
                place = label(life.defined, address, "the service's address")
                yield Finding(stated, token, message, (place,))


@SERVICE.part_of(services.without_effect, (nodes.ServiceStatement, nodes.SetServiceStatement))
def clients_twice(life: ServiceLife, context: ServiceContext) -> Findings:
    """The networks of clients that lie within others of one list: a part of LB316, whose page stands at its check."""
    for stated in life.statements_of("from"):
        read = [(token.value, token) for token in stated.node.clients if token.value is not None]
        first = dict(reversed(read))
        holders = holders_of(first)
        for net, token in read:
            holder = first[holders[net]]
            if holder is not token:
                message = f"{token.text} has no effect: its addresses are in the list already"
                yield Finding(stated, token, message, (label(stated, holder, "they are given here"),))


@DEVICE.part_of(names.given_twice, (nodes.InternalGwStatement,))
def second_gateway(device: DeviceState, context: DeviceContext) -> Findings:
    """The gateways of nets that have another one above: a part of LB107, whose page stands at the folds' check."""
    if Thing.INTERNAL_NET in device.blurred:
        return
    first: dict[Given[Network], Given[Address]] = {}
    for gateway in device.gateways:
        net = context.internal_nets.holder(gateway.value)
        if net is not None and first.setdefault(net, gateway) is not gateway:
            labels = (label(first[net].at, first[net].token, "its gateway is given here"), net_label(net))
            message = f"the internal net {net.value} has a gateway already"
            yield Finding(gateway.at, gateway.token, message, labels)


@SERVICE.check(Code.LB305, WARNING, "service address in an internal net", met_by=(nodes.ServiceStatement,))
def service_inside(life: ServiceLife, context: ServiceContext) -> Findings:
    """A service's address lies in an internal net.

    Machines of that net look for such an address on their own link. It works if the device itself has the address there, as
    with CARP and VRRP, and answers for it; an address that is only routed to the device is never reached from that net. No
    machine of the net may have it. Clients in that net are balanced with `reflect` only.

    Wrong:

        service SMTP is 192.168.1.20 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool

    Right:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
    """
    address = life.node.address
    net = context.device.internal_nets.holder(address.value if address else None)
    if net is not None and address is not None:
        message = (
            f"the service address {address.text} is in the internal net {net.value}: the device itself must have it"
        )
        helps = ("without `reflect`, clients in that net cannot use the service",) if life.node.reflect is None else ()
        yield Finding(life.defined, address, message, (net_label(net),), help=helps)


@SERVICE.check(Code.LB314, WARNING, "service address outside the external net", met_by=(nodes.ServiceStatement,))
def service_outside(life: ServiceLife, context: ServiceContext) -> Findings:
    """A service's address lies outside the external net.

    It works where another router sends that address to the device; more often one of the two is mistyped.

    Wrong:

        external net 62.103.127.144/28
        service SMTP is 62.103.172.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool

    Right:

        external net 62.103.127.144/28
        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
    """
    address = life.node.address
    if address is None or address.value is None:
        return
    there = address.value
    nets = [net for net in context.device.external_nets if net.value.family == there.family]
    if nets and not any(net.value.holds(there) for net in nets):
        what = "the external net" if len(nets) == 1 else "all external nets"
        labels = tuple(label(net.at, net.token, "an external net") for net in nets[:MOST_LABELS])
        yield Finding(life.defined, address, f"the service address {address.text} is outside {what}", labels)


@SERVICE.check(
    Code.LB306,
    ERROR,
    "reflection without an inner side",
    of_absence=True,
    met_by=(nodes.ServiceStatement, nodes.SetServiceStatement),
)
def reflection_impossible(life: ServiceLife, context: ServiceContext) -> Findings:
    """A service asks for `reflect`, but the inner side is not described.

    A reflected connection enters by the internal interface, comes from an internal net, and gets the internal gateway as
    its source: all three must be given, in the family of the service. With `masquerade` the gateway may be missing, since
    the address of the interface takes its place.

    Wrong:

        interface external em0
        service LDAP is 62.103.127.157 tcp 389 reflect
        pool ldap_pool for LDAP
        add 192.168.1.2 to ldap_pool

    Right:

        interface external em0
        interface internal em1
        internal net 192.168.1.0/24
        internal gw 192.168.1.1
        service LDAP is 62.103.127.157 tcp 389 reflect
        pool ldap_pool for LDAP
        add 192.168.1.2 to ldap_pool
    """
    node = life.node
    if node.reflect is None or node.address is None or node.address.value is None:
        return
    device, family = context.device, node.address.value.family
    needs = {
        Thing.INTERNAL_INTERFACE: (device.has_internal_interface, "`interface internal`"),
        Thing.INTERNAL_NET: (bool(device.internal_nets.of_family(family)), f"an IPv{family} `internal net`"),
        Thing.GATEWAY: (
            family in device.gateway_families or node.masquerade is not None,
            f"an IPv{family} `internal gw`",
        ),
    }
    missing = [words for what, (given, words) in needs.items() if not given and what not in device.blurred]
    if missing:
        name = node.name.text if node.name else ""
        yield Finding(life.stated("reflect"), node.reflect, f"reflecting `{name}` needs {' and '.join(missing)}")


@DEVICE.check(
    Code.LB307, ERROR, "services, but no external interface", of_absence=True, met_by=(nodes.ServiceStatement,)
)
def no_external_interface(device: DeviceState, context: DeviceContext) -> Findings:
    """There are services, but no external interface.

    Connections are balanced as they enter by the external interface; without one no client would be served.

    Wrong:

        interface internal em1
        internal net 192.168.1.0/24
        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool

    Right:

        interface external em0
        interface internal em1
        internal net 192.168.1.0/24
        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
    """
    first = context.services.first
    if not device.external and first is not None and Thing.EXTERNAL_INTERFACE not in device.blurred:
        helps = ("add a line such as `interface external em0`",)
        message = "there are services, but no external interface"
        yield Finding(first, first.node.name, message, help=helps)


@DEVICE.check(
    Code.LB313,
    ERROR,
    "internal and external nets overlap",
    met_by=(nodes.ExternalNetStatement, nodes.InternalNetStatement),
)
def nets_overlap(device: DeviceState, context: DeviceContext) -> Findings:
    """An internal and the external net overlap.

    An address in both would be a client and a server at once.

    Wrong:

        external net 192.168.0.0/16

    Right:

        external net 62.103.127.144/28
    """
    for external in device.external_nets:
        for internal in device.internal_nets:
            if external.value.overlaps(internal.value):
                first, second = sorted((external, internal), key=lambda given: given.at.rank)
                message = f"the external net {external.value} and the internal net {internal.value} overlap"
                yield Finding(second.at, second.token, message, (label(first.at, first.token, "overlaps with this"),))


def net_label(net: Given[Network]) -> Label:
    return label(net.at, net.token, "an internal net")
