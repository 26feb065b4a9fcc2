"""Interfaces behind `on` and `of`: those of the statement's side that have no other address or next hop of its kind."""

from __future__ import annotations

from collections.abc import Iterator

from lbsh_lang.analysis.completion.items import CompletionItem, CompletionKind, Spot
from lbsh_lang.checks.sources import AnySource, family_of, ways_of
from lbsh_lang.syntax.faults import Problem
from lbsh_lang.syntax.lowering import lower_address
from lbsh_lang.syntax.nodes import ExternalAddrStatement
from lbsh_lang.values import Family


def bound_interfaces(spot: Spot) -> Iterator[CompletionItem]:
    """The interfaces on the side of a statement about the device, which begins with that side."""
    device, side, taken = spot.resolution.device, spot.cursor.words[0], _taken(spot)
    for given in device.external if side == "external" else device.internal:
        if given.value not in taken:
            yield CompletionItem(given.value, CompletionKind.INTERFACE, given.value, f"{side} interface")


def _taken(spot: Spot) -> set[str | None]:
    """The interfaces that an address like the line's has already, by other lines."""
    device, own, family = spot.resolution.device, spot.own, _family(spot)
    others: list[AnySource] = []
    if spot.cursor.words[1:2] == ("gw",):
        others = [hop for hop in device.next_hops if len(ways_of(device, hop)) == 1]
    elif spot.cursor.words[1:2] == ("addr",):
        others = [source for source in device.sources if _is_like(spot, source)]
    alike = [one for one in others if one.at.line != own and family in (None, family_of(one))]
    return {way for one in alike for way in ways_of(device, one)}


def _family(spot: Spot) -> Family | None:
    """The family of the line's address, None if it cannot be read; `of` is for IPv4."""
    if "OF" in spot.cursor.terminals:
        return 4
    text = next(iter([*spot.cursor.texts_of("DEVICE_ADDRESS"), *spot.cursor.texts_of("NEXT_HOP")]), "")
    address = lower_address(text)
    return None if isinstance(address, Problem) else address.family


def _is_like(spot: Spot, source: AnySource) -> bool:
    """Whether a source is for connections of the line's source too: both for all, or for the same word."""
    node = source.at.node
    theirs = {token.text for token in node.inside} if isinstance(node, ExternalAddrStatement) else set()
    ours = {*spot.cursor.texts_of("INSIDE")}
    if "for" in spot.cursor.after:
        ours.update(spot.cursor.after[spot.cursor.after.index("for") + 1 :])
    return bool(theirs & ours) if theirs or ours else True
