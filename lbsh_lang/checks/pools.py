"""Checks of pools and their servers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from lbsh_lang.checks.base import ERROR, MOST_LABELS, WARNING, Finding, Findings, label, other_place
from lbsh_lang.checks.scopes import FAULT, POOL
from lbsh_lang.checks.views import DeviceOfPools, FaultContext, PoolContext
from lbsh_lang.codes import Code
from lbsh_lang.diagnostics import Label
from lbsh_lang.site.faults import AlreadyMember, NotMember, Thing
from lbsh_lang.site.pool_lives import PoolLife, target_with
from lbsh_lang.site.script import Found
from lbsh_lang.site.server_keys import ServerKey, address_of, offset_of
from lbsh_lang.site.services import ServiceLife
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.nodes import AddStatement, DrainStatement, RemoveStatement, ResumeStatement, Token
from lbsh_lang.syntax.statement import Stated
from lbsh_lang.values import AddressRange, Family, PortRange


@POOL.check(
    Code.LB207,
    ERROR,
    "address families differ",
    met_by=(nodes.InternalGwStatement, nodes.PoolStatement, nodes.AddStatement, nodes.RemoveStatement),
)
def family_differs(life: PoolLife, context: PoolContext) -> Findings:
    """Address families differ where they must be the same.

    IPv4 and IPv6 do not translate into each other here: a server has the family of its service, a gateway that of its
    net, both ends of a range are of one family, and so are the services of a pool. A service for both families is two
    services with two pools, one of each.

    Wrong:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add fd00:1::2 to mx_pool

    Right:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
    """
    family = _family(life)
    if family is None or life.service is None:
        return
    for service in life.served:
        own = service.node.address
        if own is not None and own.value is not None and own.value.family != family:
            message = f"{own.text} is an IPv{own.value.family} address, the first service has an IPv{family} address"
            labels = (label(service.defined, own, "the address of this service"),)
            yield Finding(life.defined, _word_of(life, service), message, labels)
    border = offset_of(6)
    addresses = life.addresses
    if not addresses or (max(addresses) < border if family == 4 else min(addresses) >= border):
        return
    strangers = [member for member in addresses if (member < border) != (family == 4)]
    for stated, token, member in _once_per_target(life, strangers):
        address = address_of(member)
        message = f"{address} is an IPv{address.family} address, the service has an IPv{family} address"
        labels = (label(life.service.defined, life.service.node.address, "the service's address"),)
        yield Finding(stated, token, message, labels)


@POOL.check(Code.LB301, ERROR, "server outside every internal net", met_by=(nodes.AddStatement,))
def server_outside(life: PoolLife, context: PoolContext) -> Findings:
    """A server lies in no internal net.

    Its answers would not return through the device, so clients would never see them. A family without an internal net
    is not checked.

    Wrong:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.2.2 to mx_pool

    Right:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
    """
    nets = context.device.internal_nets
    if Thing.INTERNAL_NET in context.device.blurred:
        return
    for stated, token, member in _once_per_target(life, nets.outside(life.addresses)):
        address = address_of(member)
        known = nets.of_family(address.family)[:MOST_LABELS]
        labels = tuple(label(net.at, net.token, "an internal net") for net in known)
        yield Finding(stated, token, f"the server {address} is in no internal net", labels)


@POOL.check(Code.LB302, ERROR, "address that no server can have", met_by=(nodes.AddStatement,))
def server_unfit(life: PoolLife, context: PoolContext) -> Findings:
    """A server's address is that of the network, of its broadcast, of the gateway, or of a service.

    None of these is a machine of the farm. A CIDR block adds its host addresses only, but the gateway may be among
    them: add a range without it.

    Wrong:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.1 to mx_pool

    Right:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
    """
    services, gateways, edges = (
        context.services_among(life),
        context.device.gateways,
        context.device.internal_nets.edges,
    )
    members = life.addresses
    if not services and members.isdisjoint(gateways.keys()) and members.isdisjoint(edges.keys()):
        return  # the usual case, kept short
    clashes = services.keys() | members & gateways.keys() | members & edges.keys()
    for stated, token, member in _once_per_target(life, clashes):
        what, place = _taken(services[member]) if member in services else _unfit(member, context.device)
        yield Finding(stated, token, f"{address_of(member)} cannot be a server: it is {what}", (place,))


@FAULT.check(Code.LB309, ERROR, "server is in the pool already", met_by=(nodes.AddStatement, nodes.SetStatement))
def server_twice(found: Found[AlreadyMember], context: FaultContext) -> Findings:
    """A server is added to a pool in which it is already, or gets the port of another one with its address.

    For a larger share of the connections give it a `weight`.

    Wrong:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
        add 192.168.1.2 to mx_pool

    Right:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool weight 2
        add 192.168.1.3 to mx_pool
    """
    node = found.at.node
    pool = node.pool.text if isinstance(node, AddStatement | nodes.SetStatement) and node.pool else ""
    message = f"{found.fault.address} is in `{pool}` already"
    yield Finding(found.at, found.fault.token, message, other_place(found, found.fault.first, "added here"))


@FAULT.check(
    Code.LB310,
    ERROR,
    "server is not in that pool",
    met_by=(
        nodes.RemoveStatement,
        nodes.DrainStatement,
        nodes.DrainEverywhereStatement,
        nodes.ResumeStatement,
        nodes.ResumeEverywhereStatement,
        nodes.DownStatement,
        nodes.DownEverywhereStatement,
        nodes.UpStatement,
        nodes.UpEverywhereStatement,
        nodes.SetStatement,
    ),
)
def server_not_there(found: Found[NotMember], context: FaultContext) -> Findings:
    """A statement about a server that is not in the pool, or, if it names none, in no pool.

    Of a network or a range, `drain`, `resume`, `down`, `up` and `set` take the addresses that are there; this is reported
    only if there are none.

    Wrong:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
        drain 192.168.1.3 from mx_pool

    Right:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2, 192.168.1.3 to mx_pool
        drain 192.168.1.3 from mx_pool
    """
    node = found.at.node
    if isinstance(node, nodes.EverywhereFact):
        token = found.fault.token
        doubtful = context.missed_server() or context.unread_files or context.unread(found.at, token.text)
        if not doubtful:
            yield Finding(found.at, token, f"{found.fault.address} is in no pool")
        return
    pool = node.pool if isinstance(node, _OF_MEMBERS) else None
    labels = other_place(found, found.fault.pool, "the pool")
    message = f"{found.fault.address} is not in `{pool.text if pool else ''}`"
    if not context.missed(AddStatement, pool.value if pool else None) and not context.unread_files:
        yield Finding(found.at, found.fault.token, message, labels)


_OF_MEMBERS = (
    RemoveStatement | DrainStatement | ResumeStatement | nodes.DownStatement | nodes.UpStatement | nodes.SetStatement
)
"""The statements about servers of a pool that they name."""


@POOL.check(Code.LB312, WARNING, "pool without a server", of_absence=True, met_by=(nodes.PoolStatement,))
def empty_pool(life: PoolLife, context: PoolContext) -> Findings:
    """A pool has no server.

    New connections to its service are forwarded to nobody.

    Wrong:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP

    Right:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
    """
    name = life.node.name if life.service else None
    if not life.members and not life.blurred and name and not context.missed(AddStatement, name.value):
        yield Finding(life.defined, name, f"the pool `{name.text}` has no server")


@POOL.check(Code.LB318, WARNING, "all servers drained or down by hand", met_by=(nodes.PoolStatement,))
def all_drained(life: PoolLife, context: PoolContext) -> Findings:
    """All servers of a pool are drained or down by hand, its backups too.

    New connections to its service are forwarded to nobody, as for an empty pool.

    Wrong:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
        drain 192.168.1.2 from mx_pool

    Right:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2, 192.168.1.3 to mx_pool
        drain 192.168.1.2 from mx_pool
    """
    name = life.node.name if life.service else None
    if life.members and not life.blurred and name and all(map(life.is_out, life.members)):
        out = [*life.drained.items(), *life.downed.items()]
        member, last = max(out, key=lambda one: one[1].rank)
        words = {True: "drained", False: "down by hand"}
        labels = (label(last, target_with(last, member), f"the last one is {words[member in life.drained]} here"),)
        how = " or ".join(word for word, wished in (("drained", life.drained), ("down by hand", life.downed)) if wished)
        yield Finding(life.defined, name, f"all servers of the pool `{name.text}` are {how}: nobody serves", labels)


@POOL.check(Code.LB315, WARNING, "only backups in a pool", met_by=(nodes.PoolStatement,))
def only_backups(life: PoolLife, context: PoolContext) -> Findings:
    """All servers of a pool are backups.

    A backup serves while no other server is up. Where all are backups they serve all the time, which the word hides.

    Wrong:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool backup

    Right:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
        add 192.168.1.3 to mx_pool backup
    """
    if not life.members or life.blurred or life.node.name is None or life.service is None:
        return
    if all(map(life.is_backup, life.members)):
        yield Finding(life.defined, life.node.name, f"the pool `{life.node.name.text}` has only backups")


@POOL.check(
    Code.LB317,
    ERROR,
    "server ports that do not fit those of the service",
    met_by=(nodes.PoolStatement, nodes.AddStatement, nodes.SetStatement),
)
def port_of_many(life: PoolLife, context: PoolContext) -> Findings:
    """The `port` of a pool has not as many ports as its service, or a server of a service with several ports has a `port`.

    The ports of a pool stand for those of the service, item by item, a range for a range of the same length. Otherwise the
    servers could not tell the ports apart. With several ports, the servers of a pool have no ports of their own.

    Wrong:

        service WWW is 62.103.127.154 tcp 80,443
        pool www_pool for WWW port 8080
        add 192.168.1.2 to www_pool

    Right:

        service WWW is 62.103.127.154 tcp 80,443
        pool www_pool for WWW port 8080,8443
        add 192.168.1.2 to www_pool
    """
    own = life.node.ports
    is_read = bool(own) and all(token.value is not None for token in own)
    for service in life.served if is_read else ():
        if _is_read(service) and not _fit(service.node.ports, own):
            token, message = _misfit(life, service), _misfit_text(service, own)
            yield Finding(
                life.defined, token, message, _ports_label(service, _first_misfit(life, service)), help=(_HOW_MANY,)
            )
    several = [one for one in life.served if _has_several_ports(one)]
    for stated in _giving_ports(life) if several else ():
        node = stated.node
        port = node.new_port if isinstance(node, nodes.SetStatement) else node.port
        yield Finding(stated, port, _ONE_PORT, _ports_label(several[0]))


def _giving_ports(life: PoolLife) -> Iterable[Stated[AddStatement] | Stated[nodes.SetStatement]]:
    """The statements that give servers ports of their own, also those that a later `set` replaces."""
    members = (member for members in life.ported.values() for member in members)
    return dict.fromkeys([*life.moving.values(), *(life.stated(member, "port") for member in members)])


_HOW_MANY = "the servers have a port for each item of the service's ports, and for a range a range of the same length"
_MOST_ITEMS = 8
_ONE_PORT = "`port` of a server fits only a service with a single port"


def _is_read(service: ServiceLife) -> bool:
    return bool(service.node.ports) and all(token.value is not None for token in service.node.ports)


def _fit(asked: Sequence[Token[PortRange]], own: Sequence[Token[PortRange]]) -> bool:
    """Whether the ports of a service and of servers are as many, item by item."""
    return [_size(token) for token in asked] == [_size(token) for token in own]


def _size(token: Token[PortRange]) -> int:
    return 0 if token.value is None else token.value.last - token.value.first + 1


def _misfit(life: PoolLife, service: ServiceLife) -> Token[PortRange] | Token[str] | None:
    """The word to look at: the first item that does not fit, or of several services the name of the one that does not."""
    if len(life.services) > 1:
        return _word_of(life, service)
    return life.node.ports[min(_first_misfit(life, service), len(life.node.ports) - 1)]


def _first_misfit(life: PoolLife, service: ServiceLife) -> int:
    """The place of the first item that does not fit, in both lists; behind the shorter one if all of that fit."""
    pairs = list(zip(life.node.ports, service.node.ports, strict=False))
    return next((place for place, (own, asked) in enumerate(pairs) if _size(own) != _size(asked)), len(pairs))


def _misfit_text(service: ServiceLife, own: Sequence[Token[PortRange]]) -> str:
    name = service.node.name
    has = f"the service `{name.text}` has" if name is not None else "the service has"
    return f"`port {_items(own)}` does not fit: {has} `{_items(service.node.ports)}`"


def _items(ports: Sequence[Token[PortRange]]) -> str:
    """A list of ports, cut where it is long: a pool of many services has a finding for each of them."""
    return ",".join([*(token.text for token in ports[:_MOST_ITEMS]), *["…"] * (len(ports) > _MOST_ITEMS)])


def _ports_label(service: ServiceLife, place: int = 0) -> tuple[Label, ...]:
    """The item at a place of the service's ports, or the last if there are fewer."""
    ports = service.node.ports
    return (label(service.defined, ports[min(place, len(ports) - 1)], "the service's ports"),)


def _has_several_ports(service: ServiceLife) -> bool:
    ports = service.node.ports
    return len(ports) > 1 or any(token.value is not None and not token.value.is_single for token in ports)


def _word_of(life: PoolLife, service: ServiceLife) -> Token[str] | None:
    """The name of a service in the definition of its pool."""
    name = service.node.name.value if service.node.name is not None else None
    return next((word for word in life.node.services if word.value == name), None)


def _taken(service: ServiceLife) -> tuple[str, Label]:
    """The role of a service's address, and the statement that gives it."""
    name = service.node.name.text if service.node.name else ""
    return f"the address of the service `{name}`", label(service.defined, service.node.address, "the service")


def _unfit(member: ServerKey, device: DeviceOfPools) -> tuple[str, Label]:
    """The role of an address that no server can have, and the statement that gives it."""
    gateway = device.gateways.get(member)
    if gateway is not None:
        return "the internal gateway", label(gateway.at, gateway.token, "the gateway")
    what, net = device.internal_nets.edges[member]
    return what, label(net.at, net.token, "the network")


def _family(life: PoolLife) -> Family | None:
    """The family of the services that a pool serves: that of the first one."""
    address = life.service.node.address if life.service else None
    return address.value.family if address is not None and address.value is not None else None


def _once_per_target(
    life: PoolLife, members: Iterable[ServerKey]
) -> Iterator[tuple[Stated[AddStatement], Token[AddressRange], ServerKey]]:
    """The first of some addresses in each target of an `add`."""
    brought: dict[Stated[AddStatement], list[ServerKey]] = {}
    for address in sorted(members):
        for member in life.at(address):
            brought.setdefault(life.members[member], []).append(address)
    for stated, found in brought.items():
        for token in stated.node.targets:
            if token.value is not None:
                first = token.value.first + offset_of(token.value.family)
                index = bisect_left(found, first)
                if index < len(found) and found[index] < first + token.value.size:
                    yield stated, token, found[index]
