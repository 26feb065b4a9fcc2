"""The chains that send answers back by the uplink that their connection came in by.

A connection is marked when its first packet comes in by an uplink; its answers get the mark, by which a routing table is
chosen (`lbsh_lang.site.uplinks`). The expressions change the bits of these marks alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from lbsh_lang.backends.nftables.tables import Chain
from lbsh_lang.site.model import Interface, Site
from lbsh_lang.site.uplinks import Marks, Uplink, Way, uplinks_for, ways_of
from lbsh_lang.values import Family

Arrivals = Callable[[Sequence[Interface]], Iterable[str]]
"""The matches for packets that come in by some external interfaces from outside."""


def uplink_chains(
    site: Site, family: Family, marks: Marks, arrivals: Arrivals, leading: Callable[[Way], str]
) -> Iterator[Chain]:
    """The chains for packets that arrive and for those of the device itself; none without uplinks.

    `leading` matches the packets of connections to the world that a way leads to its uplink.
    """
    uplinks = uplinks_for(site, family)
    if not uplinks:
        return
    answering = [_answer(marks, uplink) for uplink in uplinks]
    arriving = [
        f"{way} ct state new {_marked('ct', marks, uplink)}"
        for uplink in uplinks
        for way in arrivals([uplink.interface])
    ]
    # Behind the translation of destinations, so that `ip daddr` is the server.
    hook = "type filter hook prerouting priority dstnat + 5"
    led = [
        f"{leading(way)} ct direction original {_marked('meta', marks, way.uplink)} return"
        for way in ways_of(site, family)
    ]
    yield Chain("uplinks", "New connections by an uplink, and their answers.", (*arriving, *answering, *led), hook)
    hook = "type route hook output priority mangle"
    yield Chain("uplinks-of-device", "Answers of the device itself.", tuple(answering), hook)


def _answer(marks: Marks, uplink: Uplink) -> str:
    """The rule that gives an answer the mark of its connection."""
    mark = f"ct mark and {_hex(marks.mask)} == {_hex(marks.of(uplink))}"
    return f"ct direction reply {mark} {_marked('meta', marks, uplink)}"


def _marked(kind: str, marks: Marks, uplink: Uplink) -> str:
    """The statement that sets the bits of a mark, and leaves the others."""
    return f"{kind} mark set {kind} mark and {_hex(marks.others)} or {_hex(marks.of(uplink))}"


def _hex(value: int) -> str:
    return f"0x{value:08x}"
