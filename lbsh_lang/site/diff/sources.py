"""Differences in the sources of connections to the world."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lbsh_lang.site.diff import fields
from lbsh_lang.site.diff.changes import Change, Setting
from lbsh_lang.site.model import Site, Source
from lbsh_lang.values import Address, Family

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
