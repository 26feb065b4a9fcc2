"""What a site asks of the network of its device: the lists for the device as parts and settings, in the order of making.

Next hops follow the addresses on whose links they lie.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lbsh.drivers.network.items import Item, MarkRule, Name, OnLink, Record, Route, Subject
from lbsh_lang.site.addresses import DeviceLists, Table, Way
from lbsh_lang.site.kernel_settings import FORWARD_LINUX, linux_settings
from lbsh_lang.values import BITS, Network


class Wish(NamedTuple):
    """A setting and its value, of an interface or of all (empty). `set_by` is another setting whose change changes this
    one: its value before is noted whenever that one is set, and put back after it."""

    name: Name
    value: str
    interface: str = ""
    set_by: Name | None = None


class Wanted(NamedTuple):
    """The parts and settings that a device should have: `links` are settings of interfaces, which come first."""

    items: tuple[Item, ...] = ()
    links: tuple[Wish, ...] = ()
    settings: tuple[Wish, ...] = ()


def names_of(wanted: Wanted, record: Record) -> frozenset[Name]:
    """The settings that are wanted, or that lbsh made."""
    wishes = [wish.name for wish in (*wanted.links, *wanted.settings)]
    return frozenset([*wishes, *[one.name for one in record.settings]])


def wanted_on_linux(lists: DeviceLists) -> Wanted:
    """What the lists for a device mean on Linux."""
    items = [*_everywhere(lists), *(item for table in lists.tables for item in _of_table(table))]
    settings = [Wish(_kernel(name), value, _interface_in(name)) for name, value in linux_settings(lists)]
    if 4 in lists.forwarded:  # ip-sysctl: a change of ip_forward resets others
        settings.append(Wish(_kernel("net/ipv4/conf/all/accept_redirects"), "0", set_by=_kernel(FORWARD_LINUX[4])))
    return Wanted(tuple(items), tuple(_links(lists)), (*_promotions(lists), *settings))


def _kernel(name: str) -> Name:
    return Name(Subject.KERNEL, name)


def _interface_in(path: str) -> str:
    """The interface that a setting of Linux is about, as in `net/ipv4/conf/em0/rp_filter`; empty if it is about all."""
    parts = path.split("/")
    return parts[3] if parts[2] == "conf" and parts[3] != "all" else ""


def _everywhere(lists: DeviceLists) -> Iterator[Item]:
    for held in lists.held:
        yield OnLink(held.interface, held.address, held.length)
    for routed in lists.routed:
        family, value = routed.address
        yield Route(Network(family, value, BITS[family]), None, "")
    for way in lists.defaults:
        yield _default(way)


def _default(way: Way) -> Route:
    return Route(Network(way.hop.family, 0, 0), way.hop, way.interface, is_far=way.is_far)


def _of_table(table: Table) -> Iterator[Item]:
    for net in table.links:
        yield Route(net, None, table.interface, table.mark)
    for way in table.ways:
        yield _default(way)._replace(table=table.mark)
    for family in sorted({way.hop.family for way in table.ways}):
        yield MarkRule(family, table.mark, table.mask)


def _links(lists: DeviceLists) -> Iterator[Wish]:
    for link in lists.links:
        if link.mtu is not None:
            yield Wish(Name(Subject.MTU, link.interface), str(link.mtu), link.interface)
        if link.is_up:
            yield Wish(Name(Subject.STATE, link.interface), "up", link.interface)


def _promotions(lists: DeviceLists) -> Iterator[Wish]:
    """The settings without which the kernel removes addresses of others together with one of lbsh.

    An IPv4 address of a link on which there is another already is secondary, and goes with the first one unless it may
    take its place (promote_secondaries of ip-sysctl).
    """
    for interface in dict.fromkeys(held.interface for held in lists.held if held.address.family == 4):
        yield Wish(_kernel(f"net/ipv4/conf/{interface}/promote_secondaries"), "1", interface)
