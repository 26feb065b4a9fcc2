"""The table mangle: it sends answers back by the uplink that their connection came in by.

A connection is marked when its first packet comes in by an uplink; its answers get the mark, by which a routing table is
chosen (`lbsh_lang.site.uplinks`). The rules change the bits of these marks alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from lbsh_lang.backends.base import Line
from lbsh_lang.backends.iptables.names import OUTPUT, PREROUTING, WAYS
from lbsh_lang.backends.iptables.tables import Part
from lbsh_lang.site.model import Site
from lbsh_lang.site.uplinks import Marks, Uplink, not_led, uplinks_for, ways_of
from lbsh_lang.values import BITS, Family

_HOOKS = {PREROUTING: "PREROUTING", OUTPUT: "OUTPUT"}


def uplink_part(site: Site, marks: Marks) -> Part | None:
    """The part of the table mangle for uplinks, if there are any."""
    rules = tuple(_rules(site, marks))
    return Part(_HOOKS, _way_chains(site), rules) if rules else None


def _rules(site: Site, marks: Marks) -> Iterator[Line]:
    for family in BITS:
        uplinks = uplinks_for(site, family)
        for chain in _HOOKS:
            yield from (_answer(family, chain, marks, uplink) for uplink in uplinks)
        yield from _further_lines(site, family)
        for uplink in uplinks:
            yield from _arrivals(site, family, marks, uplink)
    yield from _way_rules(site, marks)


# Connections to the world that an exception leads to an uplink. Each of their packets gets a mark. The first one must not
# get it before the table nat: it may be for a service, whose server no uplink leads to. There, a translation ends the rules
# of the table, and what comes to the end of them is marked. Further packets do not pass that table, but conntrack knows.


def way_lines(site: Site, marks: Marks, *, hook: bool) -> Iterator[Line]:
    """The chains of the table nat for first packets; the jump to them stands at the end, behind all translations."""
    chains = _way_chains(site)
    yield from [Line(f"-N {chain}" if hook and chain == WAYS else f":{chain} - [0:0]") for chain in chains]
    if chains and hook:
        yield Line(f"-A PREROUTING -j {WAYS}")
    yield from _way_rules(site, marks)


def _way_chains(site: Site) -> tuple[str, ...]:
    """The chains for ways: one that finds the way, and one for each uplink."""
    numbers = sorted({way.uplink.number for family in BITS for way in ways_of(site, family)})
    return (WAYS, *(f"{WAYS}-{number}" for number in numbers)) if numbers else ()


def _way_rules(site: Site, marks: Marks) -> Iterator[Line]:
    """The rules of these chains."""
    for family in BITS:
        ways = ways_of(site, family)
        for interface in site.external if ways else ():
            if interface not in site.one_armed:
                yield Line(f"-{family} -A {WAYS} -i {interface.name} -j RETURN", interface.origin)
        for net in not_led(site, family) if ways else ():
            yield Line(f"-{family} -A {WAYS} -d {net} -j RETURN")
        for way in ways:
            chain = f"{WAYS}-{way.uplink.number}"
            yield from (Line(f"-{family} -A {WAYS} -s {block} -g {chain}", way.source.origin) for block in way.inside)
        bits = {way.uplink.number: _bits(marks, way.uplink) for way in ways}
        for number in sorted(bits):
            yield Line(f"-{family} -A {WAYS}-{number} -j MARK --set-xmark {bits[number]}")


def _further_lines(site: Site, family: Family) -> Iterator[Line]:
    """The rules that lead the further packets of connections from inside to the chain that finds their way."""
    match = "-m conntrack ! --ctstate DNAT --ctstatus CONFIRMED --ctdir ORIGINAL"
    for interface in site.internal if ways_of(site, family) else ():
        yield Line(f"-{family} -A {PREROUTING} -i {interface.name} {match} -j {WAYS}", interface.origin)


def _answer(family: Family, chain: str, marks: Marks, uplink: Uplink) -> Line:
    """The rule that gives an answer the mark of its connection."""
    bits = _bits(marks, uplink)
    match = f"-m conntrack --ctdir REPLY -m connmark --mark {bits}"
    return Line(f"-{family} -A {chain} {match} -j MARK --set-xmark {bits}", uplink.hops[0].origin)


def _arrivals(site: Site, family: Family, marks: Marks, uplink: Uplink) -> Iterator[Line]:
    """The rules that mark new connections by an uplink; on an interface that is internal, too, not those from inside."""
    head, interface = f"-{family} -A {PREROUTING} -i {uplink.interface.name}", uplink.interface
    for net in site.nets_inside(family) if interface in site.one_armed else ():
        yield Line(f"{head} -s {net} -j RETURN", interface.origin)
    mark = f"-j CONNMARK --set-xmark {_bits(marks, uplink)}"
    yield Line(f"{head} -m conntrack --ctstate NEW {mark}", uplink.hops[0].origin)


def _bits(marks: Marks, uplink: Uplink) -> str:
    """The mark of an uplink and the mask of all marks, in the notation of matches and targets."""
    return f"0x{marks.of(uplink):08x}/0x{marks.mask:08x}"
