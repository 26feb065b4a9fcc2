"""The table mangle: it sends answers back by the uplink that their connection came in by.

A connection is marked when its first packet comes in by an uplink; its answers get the mark, by which a routing table is
chosen (`lbsh_lang.site.uplinks`). The rules change the bits of these marks alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from lbsh_lang.backends.base import Line
from lbsh_lang.backends.iptables.names import OUTPUT, PREROUTING
from lbsh_lang.site.model import Site
from lbsh_lang.site.uplinks import Marks, Uplink, uplinks_for
from lbsh_lang.values import BITS, Family

HOOKS = {PREROUTING: "PREROUTING", OUTPUT: "OUTPUT"}
"""The chains of the table mangle, and the built-in chains that lead to them."""


def uplink_lines(site: Site, marks: Marks, *, hook: bool) -> Iterator[Line]:
    """The table mangle, nothing without uplinks."""
    if not any(uplinks_for(site, family) for family in BITS):
        return
    yield from [Line(""), Line("*mangle")]
    for chain in HOOKS:
        yield Line(f"-N {chain}" if hook else f":{chain} - [0:0]")
    for chain, builtin in HOOKS.items() if hook else ():
        yield Line(f"-I {builtin} -j {chain}")
    for family in BITS:
        uplinks = uplinks_for(site, family)
        for chain in HOOKS:
            yield from (_answer(family, chain, marks, uplink) for uplink in uplinks)
        for uplink in uplinks:
            yield from _arrivals(site, family, marks, uplink)
    yield Line("COMMIT")


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
