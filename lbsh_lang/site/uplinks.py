"""The uplinks of the device, and the marks by which the answers of a connection find the uplink that it came in by.

Theory of operation. A device with several uplinks has a default route by one of them. Without further ado the answers of a
connection that came in by another uplink would leave by the default route, with a source that the provider there does not
know. PF remembers the way back with a connection. Linux does not; there, marks do:

1. A new connection that comes in by an uplink gets the uplink's mark, which the kernel keeps with the connection.
2. Each answer of such a connection, be it of a server or of the device itself, gets the connection's mark.
3. A routing table for each mark leads packets with the mark to the next hop of the uplink (`ip rule add fwmark ...`).

Connections to the world whose source is an exception for an uplink get its mark as well (`ways_of`).

A mark is the uplink's number in a range of bits (`Marks`); all other bits belong to others, and stay. Numbers begin at 1, in
the order in which the script gives the next hops, so that a further uplink leaves the numbers of others as they are.
"""

from __future__ import annotations

from typing import NamedTuple

from lbsh_lang.site.model import Interface, NextHop, Site, Source
from lbsh_lang.site.sources import kept_nets, translations
from lbsh_lang.values import Address, Family, Network

_BITS = 32


class Marks(NamedTuple):
    """The bits of packet and connection marks that stand for uplinks, as a mask of neighbouring bits."""

    mask: int

    @property
    def most(self) -> int:
        """The highest number of an uplink for which there is room."""
        return self.mask >> self._shift

    @property
    def others(self) -> int:
        """The mask of all other bits."""
        return ~self.mask & (1 << _BITS) - 1

    @property
    def is_usable(self) -> bool:
        """Whether the mask is one range of bits of a mark, which has 32."""
        return 0 < self.mask < 1 << _BITS and self.most & self.most + 1 == 0

    def of(self, uplink: Uplink) -> int:
        """The mark of an uplink."""
        return uplink.number << self._shift

    @property
    def _shift(self) -> int:
        return (self.mask & -self.mask).bit_length() - 1


DEFAULT_MARKS = Marks(0xFF000000)


class Uplink(NamedTuple):
    """An external interface with next hops: at most one for each family."""

    interface: Interface
    number: int
    hops: tuple[NextHop, ...]

    def hop(self, family: Family) -> NextHop | None:
        """The next hop of a family."""
        return next((hop for hop in self.hops if hop.address.family == family), None)


def uplinks_of(site: Site) -> tuple[Uplink, ...]:
    """The uplinks of a site, in the order of their numbers. With a single external interface, answers have no choice."""
    hops: dict[str, list[NextHop]] = {}
    for hop in site.next_hops if site.has_uplinks else ():
        interface = interface_to(site, hop)
        if interface is not None:
            hops.setdefault(interface.name, []).append(hop)
    known = {interface.name: interface for interface in site.external}
    return tuple(Uplink(known[name], number, tuple(some)) for number, (name, some) in enumerate(hops.items(), start=1))


def uplinks_for(site: Site, family: Family) -> tuple[Uplink, ...]:
    """The uplinks with a next hop of a family."""
    return tuple(uplink for uplink in uplinks_of(site) if uplink.hop(family) is not None)


class Way(NamedTuple):
    """Connections from some addresses inside that leave by an uplink, because their exception names it (`for` with `on`)."""

    inside: tuple[Network, ...]
    uplink: Uplink
    source: Source


def ways_of(site: Site, family: Family) -> tuple[Way, ...]:
    """All ways of a family: the first that fits a connection is the right one."""
    uplinks = {uplink.interface.name: uplink for uplink in uplinks_for(site, family)}
    ways = []
    for inside, source in ((one.inside, one.source) for one in translations(site, family) if one.source.is_exception):
        uplink = uplinks.get(source.interface) if source.interface is not None else None
        if uplink is not None and source.address is not None:
            ways.append(Way(inside, uplink, source))
    return tuple(ways)


def not_led(site: Site, family: Family) -> tuple[Network, ...]:
    """The destinations from inside to which no way leads: internal nets, and those of `keep source`."""
    nets = (*site.nets_inside(family), *kept_nets(site, family))
    return tuple(net for net in nets if not any(one.overlaps(net) and one.length < net.length for one in nets))


def interface_to(site: Site, hop: NextHop) -> Interface | None:
    """The interface that leads to a next hop; None if several may do so, which checks refuse."""
    if hop.interface is not None:
        return next((one for one in site.external if one.name == hop.interface), None)
    ways = site.outside_of(hop.address)
    return ways[0] if len(ways) == 1 else None


def first_hop(site: Site, family: Family) -> NextHop | None:
    """The next hop of new connections to the world."""
    return next((hop for hop in site.next_hops if hop.address.family == family), None)


def uplink_of(site: Site, interface: Interface, address: Address) -> Uplink | None:
    """The uplink by which answers to an address leave, if its connection came in by this interface."""
    found = uplinks_for(site, address.family)
    return next((uplink for uplink in found if uplink.interface.name == interface.name), None)
