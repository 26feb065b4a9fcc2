"""The egress of a packet: the interfaces by which it goes on, its source there, and the uplinks by which answers leave."""

from __future__ import annotations

from collections.abc import Iterator

from lbsh_lang.site.model import Interface, Kept, Site, smallest
from lbsh_lang.site.sources import Translation, translation_of
from lbsh_lang.site.trace.ingress import Question, side_of
from lbsh_lang.site.trace.values import Side
from lbsh_lang.site.uplinks import first_hop, interface_to, uplink_of, ways_of
from lbsh_lang.values import Address


def ways_to_servers(site: Site, servers: list[Address]) -> tuple[Interface, ...]:
    """The interfaces by which servers are reached. A family without internal nets may have servers outside."""
    first = servers[0]
    if site.nets_inside(first.family) or not site.external:
        return towards(site, servers)
    if any(net.holds(first) for net in site.external_nets):
        return site.outside_of(first)
    return site.internal or site.external


def towards(site: Site, inside: list[Address]) -> tuple[Interface, ...]:
    """The internal interfaces behind which these addresses may be; all of them for an address in no internal net."""
    if not site.bindings:
        return site.internal
    nets = {site.net_of(address) for address in inside}
    near = {interface.name for net in nets for interface in (site.internal if net is None else site.inside_of(net))}
    return tuple(interface for interface in site.internal if interface.name in near)


def departure(question: Question) -> tuple[Interface, ...]:
    """The interfaces by which an unbalanced packet may go on."""
    site, there = question.site, question.packet.destination
    if side_of(site, there) is Side.INSIDE:
        return towards(site, [there])
    led = _way(question)
    if led is not None:
        return (led,)
    hop = first_hop(site, there.family) if smallest(site.external_nets, there) is None else None
    way = interface_to(site, hop) if hop is not None else None
    return site.outside_of(there) if way is None else (way,)


def _way(question: Question) -> Interface | None:
    """The uplink to which the exception for a source leads a connection from inside to the world."""
    site, packet = question.site, question.packet
    if question.entry.side is not Side.INSIDE or kept_by(question) is not None:
        return None
    ways = ways_of(site, packet.source.family)
    found = (way for way in ways if any(block.holds(packet.source) for block in way.inside))
    return next((way.uplink.interface for way in found), None)


def kept_by(question: Question) -> Kept | None:
    """The network by which a connection from inside to the world keeps its source."""
    site, packet = question.site, question.packet
    if question.entry.net is None or side_of(site, packet.destination) is not Side.OUTSIDE:
        return None
    if not any(source.family == packet.source.family for source in site.sources):
        return None
    return next((one for one in site.kept if one.net.holds(packet.destination)), None)


def translations_of(question: Question, leaves: tuple[Interface, ...]) -> Iterator[Translation | None]:
    """The translation of a packet that is not balanced, for each interface by which it may leave."""
    site, packet = question.site, question.packet
    if question.entry.net is None or side_of(site, packet.destination) is not Side.OUTSIDE:
        return
    for interface in leaves:
        yield translation_of(site, packet.source, interface)


def answering(question: Question) -> tuple[Interface, ...]:
    """The uplinks by which the answers of a connection from outside leave."""
    site, entry, source = question.site, question.entry, question.packet.source
    if entry.side is not Side.OUTSIDE:
        return ()
    return tuple(one for one in entry.interfaces if uplink_of(site, one, source) is not None)
