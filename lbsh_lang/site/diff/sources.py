"""Differences in the sources of connections to the world."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

from lbsh_lang.site.diff import fields
from lbsh_lang.site.diff.changes import Change, Setting
from lbsh_lang.site.model import NextHop, Site, Source
from lbsh_lang.site.uplinks import first_hop, uplinks_of
from lbsh_lang.values import BITS, Address, Family

_Value = Address | str | None


class _Use(NamedTuple):
    """Connections that a source is for: from a target or a pool, or from all internal nets, by an interface or by any."""

    family: Family
    interface: str | None
    inside: str


def diff_sources(old: Site, new: Site) -> Iterator[Change]:
    """The changes of sources, except addresses for all connections by any interface, which each family has once.

    Connections that go from one source to the same other one are one change.
    """
    before, after = dict(_uses(old)), dict(_uses(new))
    together: dict[tuple[_Value, _Value], list[_Use]] = {}
    for use in dict.fromkeys([*before, *after]):
        values = _plain(before.get(use)), _plain(after.get(use))
        if values[0] != values[1]:
            together.setdefault(values, []).append(use)
    for values, uses in together.items():
        origins = [tuple(dict.fromkeys(side[use].origin for use in uses if use in side)) for side in (before, after)]
        yield Change(Setting(fields.SOURCE, *values), None, origins[0], origins[1], others=tuple(map(_words, uses)))


def diff_kept(old: Site, new: Site) -> Iterator[Change]:
    """The changes of the networks to which connections keep their source."""
    before, after = ({one.net: one for one in site.kept} for site in (old, new))
    for net in sorted(before.keys() - after.keys()):
        yield Change(Setting(fields.KEPT, net, None), None, (before[net].origin,), ())
    for net in sorted(after.keys() - before.keys()):
        yield Change(Setting(fields.KEPT, None, net), None, (), (after[net].origin,))


def diff_next_hops(old: Site, new: Site) -> Iterator[Change]:
    """The changes of next hops by interface and family, of the first of a family, and of the numbers of uplinks."""
    before, after = (_hops_by_interface(site) for site in (old, new))
    for key in dict.fromkeys([*before, *after]):
        was, is_now = before.get(key, {}), after.get(key, {})
        gone = [hop for address, hop in was.items() if address not in is_now]
        come = [hop for address, hop in is_now.items() if address not in was]
        for one, other in zip_longest(gone, come):
            yield _of_hop(fields.NEXT_HOP, one, other, key[0] or "its net")
    for family in BITS:
        one, other = first_hop(old, family), first_hop(new, family)
        if one is not None and other is not None and one.address != other.address:
            yield _of_hop(fields.FIRST_HOP, one, other, f"IPv{family}")
    yield from _diff_numbers(old, new)


def _hops_by_interface(site: Site) -> dict[tuple[str | None, Family], dict[Address, NextHop]]:
    found: dict[tuple[str | None, Family], dict[Address, NextHop]] = {}
    for hop in site.next_hops:
        found.setdefault((hop.interface, hop.address.family), {})[hop.address] = hop
    return found


def _of_hop(words: fields.SettingWords, old: NextHop | None, new: NextHop | None, other: str) -> Change:
    values = [None if hop is None else hop.address for hop in (old, new)]
    origins = [() if hop is None else (hop.origin,) for hop in (old, new)]
    return Change(Setting(words, *values), None, origins[0], origins[1], others=(other,))


def _diff_numbers(old: Site, new: Site) -> Iterator[Change]:
    """The uplinks whose number changes, and so the mark and the routing table of their answers."""
    before, after = ({one.interface.name: one for one in uplinks_of(site)} for site in (old, new))
    for name in sorted(before.keys() & after.keys()):
        was, is_now = before[name], after[name]
        if was.number != is_now.number:
            what = Setting(fields.UPLINK_NUMBER, was.number, is_now.number)
            yield Change(what, None, (was.hops[0].origin,), (is_now.hops[0].origin,), others=(name,))


def plain_sources(site: Site) -> tuple[Source, ...]:
    """The addresses for all connections by any interface."""
    return tuple(one for one in site.sources if not one.is_exception and one.interface is None)


def _uses(site: Site) -> Iterator[tuple[_Use, Source]]:
    plain = plain_sources(site)
    for source in site.sources:
        if source in plain:
            continue
        inside = [*map(str, source.targets), *source.pools] if source.is_exception else ["all internal nets"]
        for one in inside:
            yield _Use(source.family, source.interface, one), source


def _plain(source: Source | None) -> _Value:
    return None if source is None else source.address or f"the address of {source.interface}"


def _words(use: _Use) -> str:
    return use.inside if use.interface is None else f"{use.inside} by {use.interface}"
