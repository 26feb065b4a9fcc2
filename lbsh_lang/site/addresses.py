"""What the device must have for its site besides rules: addresses on interfaces, routes, and what its kernel must do.

Theory of operation. Rules translate connections that reach the device, so every address that they are for must lead there:
as an address that the device has on a link, or by a route of its neighbours. The script tells these apart. An address in a
net of the script is on the link of that net, with the length of its prefix, on the interface of the net. An address outside
all external nets of its family is routed to the device by others. A family without an external net leaves that open; there
the address stands by itself (/32, /128) on the only external interface, which serves both.

A routed address needs no place on a link, but a route that ends: what rules do not send to a server would else go back to
the neighbour by the default route, and forth, until its TTL is over.

Decides all of this from the site alone, and asks no system.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import NamedTuple

from lbsh_lang.site.model import Interface, Origin, Site, smallest
from lbsh_lang.site.parameters import parse_parameters
from lbsh_lang.site.uplinks import DEFAULT_MARKS, Marks, Uplink, first_hop, interface_to, uplinks_of
from lbsh_lang.values import BITS, Address, Family, Network


class Role(Enum):
    """What the device has an address for, in words of the language."""

    INTERFACE = "interface"
    EXTERNAL = "external addr"
    GATEWAY = "internal gw"
    SERVICE = "service"


class Purpose(NamedTuple):
    """A use of an address; `name` is that of a service, or of the interface whose parameters give it.

    A site holds gateways without their statements, so they have no origin.
    """

    role: Role
    name: str
    origin: Origin | None


class Held(NamedTuple):
    """An address that the device has on an interface, with the length of the prefix of its link."""

    address: Address
    length: int
    interface: str
    purposes: tuple[Purpose, ...]


class Routed(NamedTuple):
    """An address that neighbours route to the device. Packets for it that no rule takes are dropped."""

    address: Address
    purposes: tuple[Purpose, ...]


class Way(NamedTuple):
    """The next hop of an interface. `is_far` tells that it lies in no net of the script, so that no link is known for it."""

    hop: Address
    interface: str
    is_far: bool


class Table(NamedTuple):
    """The routing table of an uplink: the ways of its answers, by family, and the networks on its link.

    `mark` leads packets to the table, under `mask`. It is the number of the table too, so that two scripts with different
    marks share no table.
    """

    mark: int
    mask: int
    interface: str
    ways: tuple[Way, ...]
    links: tuple[Network, ...]


class Link(NamedTuple):
    """What the parameters of an interface say besides addresses: its MTU, and that it is up."""

    interface: str
    mtu: int | None
    is_up: bool


class Unplaced(NamedTuple):
    """An address that needs a place on an interface, and those that may be meant: none, or more than one."""

    address: Address
    interfaces: tuple[str, ...]
    purposes: tuple[Purpose, ...]


@dataclass(frozen=True, slots=True)
class DeviceLists:
    """The lists for a device. `forwarded` are the families of packets that its kernel must forward.

    `defaults` are the ways of new connections to the world, `tables` those of answers on a device with several uplinks.
    There, a strict test of sources (rp_filter, RFC 3704) would refuse what comes by any uplink but that of the default
    route; it must not look at marks, either.

    On the `quiet` interfaces connections may come in and leave by the same link; a redirect (RFC 1812, section 5.2.7.2)
    would send the neighbour past the device. `links` are settings of interfaces.
    """

    held: tuple[Held, ...]
    routed: tuple[Routed, ...]
    unplaced: tuple[Unplaced, ...]
    defaults: tuple[Way, ...]
    tables: tuple[Table, ...]
    forwarded: tuple[Family, ...]
    quiet: tuple[str, ...]
    links: tuple[Link, ...] = ()


class _Wish(NamedTuple):
    """An address that the device needs, and the interface that its statement names."""

    address: Address
    interface: str | None


def lists_of(site: Site, marks: Marks = DEFAULT_MARKS) -> DeviceLists:
    """The lists for the device of a site, whose uplinks have these marks."""
    uses: dict[_Wish, list[Purpose]] = {}
    for wish, purpose in _wishes(site):
        uses.setdefault(wish, []).append(purpose)
    placed = [_place(site, wish, tuple(purposes)) for wish, purposes in uses.items()]
    held = _merged(_own(site), [one for one in placed if isinstance(one, Held)])
    own = {one.address for one in held}
    return DeviceLists(
        held=held,
        routed=tuple(one for one in placed if isinstance(one, Routed) and one.address not in own),
        unplaced=tuple(one for one in placed if isinstance(one, Unplaced) and one.address not in own),
        defaults=tuple(_defaults(site)),
        tables=tuple(_table(site, uplink, marks) for uplink in uplinks_of(site)),
        forwarded=site.families(),
        quiet=tuple(dict.fromkeys(interface.name for interface in _both_ways(site))),
        links=tuple(_links(site)),
    )


def staying(lists: DeviceLists) -> DeviceLists:
    """The lists without addresses on links: those of a pair belong to the device that is master."""
    return replace(lists, held=(), unplaced=())


def _interfaces(site: Site) -> Iterator[Interface]:
    return (one for one in (*site.external, *site.internal) if one.params)


def _own(site: Site) -> Iterator[Held]:
    """The addresses that parameters of interfaces give."""
    for interface in _interfaces(site):
        purpose = Purpose(Role.INTERFACE, interface.name, interface.origin)
        for own in parse_parameters(interface.params).addresses:
            yield Held(own.address, own.length, interface.name, (purpose,))


def _links(site: Site) -> Iterator[Link]:
    for interface in _interfaces(site):
        found = parse_parameters(interface.params)
        if found.mtu is not None or found.is_up:
            yield Link(interface.name, found.mtu, found.is_up)


def _merged(own: Iterator[Held], held: list[Held]) -> tuple[Held, ...]:
    """Addresses of parameters, then those of statements. One that both give has the length that the parameters say."""
    merged: dict[tuple[str, Address], Held] = {}
    for one in (*own, *held):
        known = merged.setdefault((one.interface, one.address), one)
        if known is not one:
            merged[one.interface, one.address] = known._replace(purposes=(*known.purposes, *one.purposes))
    return tuple(merged.values())


def _wishes(site: Site) -> Iterator[tuple[_Wish, Purpose]]:
    """The device's own addresses come first: the first address of a link is the source of the device's own connections."""
    for source in site.sources:
        if source.address is not None:
            yield _Wish(source.address, source.interface), Purpose(Role.EXTERNAL, "", source.origin)
    for gateway in site.gateways:
        yield _Wish(gateway, None), Purpose(Role.GATEWAY, "", None)
    for service in site.services:
        yield _Wish(service.address, None), Purpose(Role.SERVICE, service.name, service.origin)


def _place(site: Site, wish: _Wish, purposes: tuple[Purpose, ...]) -> Held | Routed | Unplaced:
    address, named = wish
    net = smallest((*site.external_nets, *site.internal_nets), address)
    length = BITS[address.family] if net is None else net.length
    if named is not None:
        return Held(address, length, named, purposes)
    if net is None and any(other.family == address.family for other in site.external_nets):
        return Routed(address, purposes)
    interfaces = site.inside_of(net) if net in site.internal_nets else site.outside_of(address)
    if len(interfaces) == 1:
        return Held(address, length, interfaces[0].name, purposes)
    return Unplaced(address, tuple(interface.name for interface in interfaces), purposes)


def _defaults(site: Site) -> Iterator[Way]:
    for family in BITS:
        hop = first_hop(site, family)
        interface = None if hop is None else interface_to(site, hop)
        if hop is not None and interface is not None:
            yield _way(site, hop.address, interface)


def _way(site: Site, hop: Address, interface: Interface) -> Way:
    return Way(hop, interface.name, smallest(site.external_nets, hop) is None)


def _table(site: Site, uplink: Uplink, marks: Marks) -> Table:
    ways = tuple(_way(site, hop.address, uplink.interface) for hop in uplink.hops)
    families = {way.hop.family for way in ways}
    links = [net for net in site.external_nets if net.family in families and _is_behind(site, net, uplink.interface)]
    return Table(marks.of(uplink), marks.mask, uplink.interface.name, ways, tuple(links))


def _is_behind(site: Site, net: Network, interface: Interface) -> bool:
    """Whether an external net lies behind this interface, and no other may be meant."""
    return [one.name for one in site.outside_of(Address(net.family, net.value))] == [interface.name]


def _both_ways(site: Site) -> Iterator[Interface]:
    """The interfaces by which a balanced connection may leave as it came: for neighbours, and of one-armed devices."""
    if any(service.reflect for service in site.services):
        yield from site.internal
    if site.services:
        yield from site.one_armed
