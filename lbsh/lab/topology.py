"""What a miniature of a site looks like: machines, cables, addresses and routes, decided from the site alone.

Theory of operation. Each interface of the device leads to a segment, an Ethernet of its own. An interface that is external
and internal has one, too, with both sides on it.

    clients ---(world)--- uplink1 --- em0  device  em1 ---+--- server1, server2, inside1
                    +---- uplink2 --- em2                 +--- router1 ---(net)--- server3, inside2

Outside, behind each external interface, a router of the provider leads to the world, where the clients are. In the world
nobody shares a net with anybody: each address stands by itself, behind a route, so that clients can have any address that a
`from` asks for. Inside, a net with a gateway is on the link of its interface; one without lies behind a router.

A server is a machine of its own. In a large site all servers of a pool that share a net are one machine, with many
addresses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from lbsh.lab.doors import doors_of
from lbsh.lab.inside import MOST_MACHINES, Inside
from lbsh.lab.machines import Kind, Machine, Plug, Topology
from lbsh.lab.outside import Outside
from lbsh.lab.spare import Spare
from lbsh_lang.renderings.lists.commands import render_ip
from lbsh_lang.reported import ReportedError
from lbsh_lang.site.addresses import DeviceLists, Held, lists_of
from lbsh_lang.site.model import Site, smallest
from lbsh_lang.values import BITS, Address, Family

LONGEST_NAME = 15
"""Bytes in the name of an interface of Linux (IFNAMSIZ)."""

MOST_PLUGS = 1023
"""The ports of a bridge of Linux (`BR_MAX_PORTS`, of which the first is not used)."""

FORWARDING = (
    ("net.ipv4.ip_forward", 1),
    ("net.ipv4.conf.all.send_redirects", 0),
    ("net.ipv4.conf.default.send_redirects", 0),
    ("net.ipv4.conf.all.rp_filter", 0),
    ("net.ipv4.conf.default.rp_filter", 0),
)
FORWARDING_6 = (("net.ipv6.conf.all.forwarding", 1),)
"""The settings of machines that forward. Redirects would lead neighbours past the device; a strict test of sources
(RFC 3704) would refuse what comes by another uplink than that of the default route."""

NO_NAMES: Mapping[Address, str] = {}


class TopologyError(ReportedError):
    """There can be no miniature of a site; the text says why."""


def topology_of(site: Site, names_of_servers: Mapping[Address, str] = NO_NAMES) -> Topology:
    """The miniature of a site without errors, in which some servers have names already. Raises `TopologyError`."""
    names = tuple(dict.fromkeys(one.name for one in (*site.external, *site.internal)))
    for name in names:
        if not is_name_here(name):
            raise TopologyError(
                f"no interface of Linux can be called `{name}`: there is no miniature of this site here"
            )
    given = lists_of(site)
    lists = _placed(site, given)
    spare, families = Spare(site, lists), families_of(site)
    outside = Outside(site, lists, spare, families)
    inside = Inside(site, lists, spare, outside, names_of_servers)
    doors = doors_of(site)
    inside.place(doors)
    outside.place_clients(inside)
    outside.finish()
    device = Machine(
        "device",
        Kind.DEVICE,
        tuple(Plug(name, name) for name in names),
        (*_device_lines(lists), *outside.device_lines, *inside.device_lines),
        tuple(dict.fromkeys(one.address for one in lists.held)),
        (*FORWARDING, *(FORWARDING_6 if 6 in families else ())),
        tuple(_rules_6(lists)),
    )
    machines = (device, *outside.machines, *inside.machines)
    segments = tuple(_segments(machines))
    findings = (*_device_findings(given), *_shown(site), *outside.findings, *inside.findings)
    return Topology(segments, machines, inside.toys, findings)


def grown(old: Topology, site: Site) -> Topology:
    """A topology with what a site has besides. What the site has no more stays, but for addresses that it gives others.

    Large sites do not grow: their servers share machines.
    """
    if len(old.toys) > MOST_MACHINES or len(doors_of(site)) > MOST_MACHINES:
        return old
    new = topology_of(site, {toy.address: toy.name for toy in old.toys if toy.address is not None})
    machines = {machine.name: machine for machine in (*old.machines, *new.machines)}
    toys = {toy.name: toy for toy in (*old.toys, *new.toys)}
    for toy in old.toys:
        doors = dict.fromkeys((*toy.doors, *toys[toy.name].doors))
        toys[toy.name] = replace(toy, doors=tuple(doors))
    segments = dict.fromkeys((*old.segments, *new.segments))
    return Topology(tuple(segments), tuple(machines.values()), tuple(toys.values()), new.findings)


def _segments(machines: Sequence[Machine]) -> Iterator[str]:
    """The segments of machines. Raises `TopologyError` where one would have too many."""
    for segment, number in Counter(plug.segment for machine in machines for plug in machine.plugs).items():
        if number > MOST_PLUGS:
            raise TopologyError(
                f"the miniature of this site would have {number} machines at `{segment}`, and Linux connects "
                f"{MOST_PLUGS} at most: try a part of the site"
            )
        yield segment


def is_name_here(name: str) -> bool:
    """Whether an interface of Linux can have a name, and none has it in every namespace (`dev_valid_name`)."""
    return len(name.encode()) <= LONGEST_NAME and not {*":/@"} & {*name} and name not in (".", "..", "lo")


def families_of(site: Site) -> tuple[Family, ...]:
    """The families of all that has an address in a site."""
    used = {*site.families()} | {net.family for net in site.internal_nets}
    used |= {service.address.family for service in site.services}
    return tuple(sorted(used)) or (4,)


def _placed(site: Site, lists: DeviceLists) -> DeviceLists:
    """The lists, with an interface for each address that may belong to several."""
    held = []
    for one in lists.unplaced:
        net = smallest((*site.external_nets, *site.internal_nets), one.address)
        length = BITS[one.address.family] if net is None else net.length
        held.append(Held(one.address, length, (*one.interfaces, "lo")[0], one.purposes))
    return replace(lists, held=(*lists.held, *held), unplaced=())


def _device_lines(lists: DeviceLists) -> Iterator[str]:
    """The lists for the device, for `ip -batch`."""
    yield from (line for line in render_ip(lists).splitlines() if not line.startswith("#"))


def _rules_6(lists: DeviceLists) -> Iterator[str]:
    """The rules that lead packets of IPv6 to the tables of uplinks."""
    for table in lists.tables:
        if any(way.hop.family == 6 for way in table.ways):
            yield f"rule add fwmark 0x{table.mark:08x}/0x{table.mask:08x} lookup 0x{table.mark:08x}"


def _device_findings(lists: DeviceLists) -> Iterator[str]:
    for one in lists.unplaced:
        if len(one.interfaces) > 1:
            yield f"{one.address} may belong to {' or '.join(one.interfaces)}: here it is on {one.interfaces[0]}"


def _shown(site: Site) -> Iterator[str]:
    """What no miniature shows."""
    tagged = [one.name for one in (*site.external, *site.internal) if one.name.rpartition(".")[2].isdecimal()]
    if tagged:
        yield f"{', '.join(dict.fromkeys(tagged))}: a cable of its own in place of a tagged VLAN"
    if site.failover is not None:
        yield "failover: one device, which never fails"
    if any(service.helper is not None for service in site.services):
        yield "helper: servers open no further connections"
