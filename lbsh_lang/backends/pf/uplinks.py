"""PF's filter rules for uplinks: answers leave by the way their connection came in.

Only a filter rule can say so: `reply-to`, which PF keeps with the connection (pf.conf(5) of FreeBSD 14 and 15, "ROUTING").
Such a rule must let the connection through. Of filter rules the last one that matches decides; so exceptions stand behind:
clients on the link itself are answered there, and on an interface of both sides, machines of the internal nets too.
"""

from __future__ import annotations

from collections.abc import Iterator

from lbsh_lang.backends.base import Line
from lbsh_lang.backends.pf.names import interface_name
from lbsh_lang.backends.pf.notation import family_word, list_text
from lbsh_lang.site.model import NextHop, Site, smallest
from lbsh_lang.site.uplinks import Uplink, not_led, uplinks_of, ways_of
from lbsh_lang.values import BITS, Family, Network


def uplink_lines(site: Site) -> Iterator[Line]:
    """The rules for all uplinks, under a heading."""
    uplinks = uplinks_of(site)
    if uplinks:
        yield Line("")
        yield Line(
            "# Uplinks: answers leave by the way their connection came in. These rules let all connections in there"
        )
    for uplink in uplinks:
        for hop in uplink.hops:
            yield from _hop_lines(site, uplink, hop)
    for family in BITS:
        yield from _way_lines(site, family)


def _hop_lines(site: Site, uplink: Uplink, hop: NextHop) -> Iterator[Line]:
    name, kind = interface_name(uplink.interface), family_word(hop.address.family)
    yield Line(f"pass in on {name} reply-to ({name} {hop.address}) {kind} from any to any", hop.origin)
    near = list(_near(site, uplink, hop))
    if near:
        yield Line(f"pass in on {name} {kind} from {list_text([str(net) for net in near])} to any", hop.origin)


def _way_lines(site: Site, family: Family) -> Iterator[Line]:
    """The rules for connections to the world that an exception leads to its uplink: the most specific stands last.

    Behind them stand the destinations that are no part of the world: the device, and the networks that it reaches otherwise.
    """
    ways, kind = ways_of(site, family), family_word(family)
    inside = list_text([interface_name(interface) for interface in site.internal])
    for way in reversed(ways):
        name, hop = interface_name(way.uplink.interface), way.uplink.hop(family)
        assert hop is not None
        blocks = list_text([str(block) for block in way.inside])
        head = f"pass in on {inside} route-to ({name} {hop.address}) {kind}"
        yield Line(f"{head} from {blocks} to any", way.source.origin)
    if ways:
        blocks = list_text([str(block) for block in dict.fromkeys(block for way in ways for block in way.inside)])
        others = list_text([*map(str, not_led(site, family)), "(self)"])
        yield Line(f"pass in on {inside} {kind} from {blocks} to {others}")


def _near(site: Site, uplink: Uplink, hop: NextHop) -> Iterator[Network]:
    """The networks that the device reaches on the link itself."""
    net = smallest(site.external_nets, hop.address)
    if net is not None:
        yield net
    if uplink.interface in site.one_armed:
        yield from site.nets_inside(hop.address.family)
