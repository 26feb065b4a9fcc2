"""Checks of pools and their servers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from lbsh_lang.checks.base import MOST_LABELS, Context, Finding, Findings, label, other_place
from lbsh_lang.site.faults import AlreadyMember, NotMember, Thing
from lbsh_lang.site.pools import Member, PoolLife, address_of, offset_of
from lbsh_lang.site.script import Found
from lbsh_lang.syntax.nodes import AddStatement, DrainStatement, RemoveStatement, ResumeStatement, Stated, Token
from lbsh_lang.values import AddressRange, Family


def family_differs(life: PoolLife, context: Context) -> Findings:
    """Address families differ where they must be the same.

    IPv4 and IPv6 do not translate into each other here: a server has the family of its service, a gateway that of its
    net, and both ends of a range are of one family. A service for both families is two services, one of each.

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
    border = offset_of(6)
    if not life.members or (max(life.members) < border if family == 4 else min(life.members) >= border):
        return
    strangers = [member for member in life.members if (member < border) != (family == 4)]
    for stated, token, member in _once_per_target(life, strangers):
        address = address_of(member)
        message = f"{address} is an IPv{address.family} address, the service has an IPv{family} address"
        labels = (label(life.service.defined, life.service.node.address, "the service's address"),)
        yield Finding(stated, token, message, labels)


def server_outside(life: PoolLife, context: Context) -> Findings:
    """A server lies in no internal net.

    Its answers would not return through the device, so that clients never saw them. Where no internal net of a family is
    given, nothing is known of it and nothing is said.

    Wrong:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.2.2 to mx_pool

    Right:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
    """
    if Thing.INTERNAL_NET in context.device.blurred:
        return
    for stated, token, member in _once_per_target(life, context.nets.outside(life.members)):
        address = address_of(member)
        known = context.device.nets_inside(address.family)[:MOST_LABELS]
        labels = tuple(label(net.at, net.token, "an internal net") for net in known)
        yield Finding(stated, token, f"the server {address} is in no internal net", labels)


def server_unfit(life: PoolLife, context: Context) -> Findings:
    """A server's address is that of the network, of its broadcast, of the gateway, or of a service.

    None of these is a machine of the farm. A CIDR block adds its host addresses only, but a gateway among them is still
    meant: add a range without it.

    Wrong:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.1 to mx_pool

    Right:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
    """
    unfit, services = context.unfit_members, context.service_at
    clashes = life.members.keys() & unfit.keys() | life.members.keys() & services.keys()
    for stated, token, member in _once_per_target(life, clashes):
        if member in services:
            service = services[member]
            name = service.node.name.text if service.node.name else ""
            what = f"the address of the service `{name}`"
            place = label(service.defined, service.node.address, "the service")
        else:
            what, place = unfit[member]
        yield Finding(stated, token, f"{address_of(member)} cannot be a server: it is {what}", (place,))


def server_twice(found: Found[AlreadyMember], context: Context) -> Findings:
    """A server is added to a pool in which it is already.

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
    pool = node.pool.text if isinstance(node, AddStatement) and node.pool else ""
    message = f"{found.fault.address} is in `{pool}` already"
    yield Finding(found.at, found.fault.token, message, other_place(found, found.fault.first, "added here"))


def server_not_there(found: Found[NotMember], context: Context) -> Findings:
    """A server is to leave a pool, to be drained or resumed, but is not in that pool.

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
    pool = node.pool if isinstance(node, RemoveStatement | DrainStatement | ResumeStatement) else None
    life = context.resolution.pools[pool.text].uses.get(found.at.rank) if pool else None
    labels = (label(life.defined, life.node.name, "the pool"),) if life else ()
    message = f"{found.fault.address} is not in `{pool.text if pool else ''}`"
    if not context.missed(AddStatement, pool.value if pool else None) and not context.unread_files:
        yield Finding(found.at, found.fault.token, message, labels)


def empty_pool(life: PoolLife, context: Context) -> Findings:
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


def only_backups(life: PoolLife, context: Context) -> Findings:
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
    if all(stated.node.backup for stated in life.members.values()):
        yield Finding(life.defined, life.node.name, f"the pool `{life.node.name.text}` has only backups")


def port_of_many(life: PoolLife, context: Context) -> Findings:
    """A pool has a `port`, but its service has a range or a list of ports.

    One port of the servers cannot stand for several of the service: the servers could not tell them apart.

    Wrong:

        service WWW is 62.103.127.154 tcp 80,443
        pool www_pool for WWW port 8080
        add 192.168.1.2 to www_pool

    Right:

        service WWW is 62.103.127.154 tcp 80
        pool www_pool for WWW port 8080
        add 192.168.1.2 to www_pool
    """
    if life.node.port is None or life.service is None:
        return
    ports = life.service.node.ports
    if len(ports) > 1 or any(token.value is not None and not token.value.is_single for token in ports):
        labels = (label(life.service.defined, ports[0], "the service's ports"),)
        message = "`port` fits only a service with a single port"
        yield Finding(life.defined, life.node.port, message, labels)


def _family(life: PoolLife) -> Family | None:
    """The family of the service that a pool serves."""
    address = life.service.node.address if life.service else None
    return address.value.family if address is not None and address.value is not None else None


def _once_per_target(
    life: PoolLife, members: Iterable[Member]
) -> Iterator[tuple[Stated[AddStatement], Token[AddressRange], Member]]:
    """The first of the members that each target of an `add` brought in."""
    brought: dict[Stated[AddStatement], list[Member]] = {}
    for member in sorted(members):
        brought.setdefault(life.members[member], []).append(member)
    for stated, found in brought.items():
        for token in stated.node.targets:
            if token.value is not None:
                first = token.value.first + offset_of(token.value.family)
                index = bisect_left(found, first)
                if index < len(found) and found[index] < first + token.value.size:
                    yield stated, token, found[index]
