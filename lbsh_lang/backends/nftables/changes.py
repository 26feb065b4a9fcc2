"""From the rules of one site to those of another while they are in use: only what differs, in one transaction.

Theory of operation. Services share their maps and chains, so a server that comes or goes is a matter of a few elements;
chains are added only for a kind of service that had none yet. What nobody uses any more goes at the end. What is named
nowhere in a change keeps its state: turn counters, and the record of sticky clients. Services below one that comes or goes
get other turn counters, as a whole load would give them; so their places are named.

nft carries out all or nothing. A change begins by deleting the mark of the table that it was made for, so that it is refused
where the device has any other, and a second time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from lbsh_lang.backends.base import Line
from lbsh_lang.backends.nftables.farms import Farm
from lbsh_lang.backends.nftables.layout import Plan, layout_of, plan_of
from lbsh_lang.backends.nftables.maps import additions_of, additions_to, block_of
from lbsh_lang.backends.nftables.tables import Chain, Element, Map, element_lines, table_lines
from lbsh_lang.site.model import Site
from lbsh_lang.values import BITS


class _Place(NamedTuple):
    """Where an element is: its map and its key."""

    map: str
    key: str


def change_lines(old: Site, new: Site) -> Iterator[Line]:
    """The commands that make the tables of one site those of another."""
    for family in BITS:
        if family not in new.families():
            if family in old.families():
                plan = plan_of(old, family)
                yield Line(f"delete counter {plan.words.family} lbsh {plan.mark()}")
                yield Line(f"delete table {plan.words.family} lbsh")
        elif family not in old.families():
            table = layout_of(new, family)
            yield Line(f"create table {table.family} lbsh")
            yield from table_lines(table)
        else:
            yield from _table_change_lines(plan_of(old, family), plan_of(new, family))


def _table_change_lines(old: Plan, new: Plan) -> Iterator[Line]:
    """Additions before what uses them, and removals after what used them."""
    table = f"{new.words.family} lbsh"
    before, after = old.mark(), new.mark()
    if before == after:
        return
    yield Line(f"delete counter {table} {before}")
    yield from map(Line, _added_maps(old.maps, new.maps, table))
    yield from map(Line, _changed_chains(old.chains, new.chains, table))
    yield from _element_lines(old, new)
    yield from map(Line, _gone(old, new, table))
    yield Line(f"add counter {table} {after}")


def _added_maps(old: Iterable[Map], new: Iterable[Map], table: str) -> Iterator[str]:
    """A map's name says all about it, so that none ever changes."""
    known = {part.name for part in old}
    for part in new:
        if part.name not in known:
            yield f"add {part.kind} {table} {part.name} {{ {'; '.join(part.properties)}; }}"


def _changed_chains(old: Iterable[Chain], new: Iterable[Chain], table: str) -> Iterator[str]:
    known = {chain.name: chain.rules for chain in old}
    for chain in new:
        if chain.rules == known.get(chain.name):
            continue
        if chain.name in known:
            yield f"flush chain {table} {chain.name}"
        else:
            yield f"add chain {table} {chain.name}" + (f" {{ {chain.hook}; }}" if chain.hook else "")
        for rule in chain.rules:
            yield rule if rule.startswith("#") else f"add rule {table} {chain.name} {rule}"


def _element_lines(old: Plan, new: Plan) -> Iterator[Line]:
    """What leaves before what comes: a place may go from one service to another."""
    leavers, comers = _differing(old, new), _differing(new, old)
    had, has = _elements(leavers, old), _elements(comers, new)
    yield from _side("delete", leavers, old, has)
    yield from _side("add", comers, new, had)


def _side(verb: str, farms: list[Farm], plan: Plan, others: Mapping[_Place, str | None]) -> Iterator[Line]:
    """The elements of these services that are not the same on the other side."""
    maps = {part.name: part for part in plan.maps}
    for farm in farms:
        block = block_of(farm, plan.words)
        lines: list[Line] = []
        for addition in block.additions:
            elements = tuple(
                [one for one in addition.elements if others.get(_place(addition.map, one), ()) != one.value]
            )
            for part in additions_to(maps[addition.map], elements):
                lines += element_lines(verb, plan.words.family, part, block.origin)
        if lines:
            yield Line(f"# {block.comment}", block.origin)
            yield from lines


def _differing(these: Plan, those: Plan) -> list[Farm]:
    """The services of one plan that are not in the other as they are."""
    known = {(farm.service.name, farm.kind.ranges): farm for farm in those.farms}
    return [farm for farm in these.farms if not _alike(farm, known.get((farm.service.name, farm.kind.ranges)))]


def _alike(farm: Farm, other: Farm | None) -> bool:
    if other is None or farm.chain != other.chain or farm.kind != other.kind or farm.places != other.places:
        return False
    if farm.service is other.service:
        return True
    return (
        farm.service.reflect is other.service.reflect
        and farm.pool.port == other.pool.port
        and [server.address for server in farm.turns] == [server.address for server in other.turns]
    )


def _elements(farms: Iterable[Farm], plan: Plan) -> dict[_Place, str | None]:
    return {
        _place(addition.map, element): element.value
        for farm in farms
        for addition in additions_of(farm, plan.words)
        for element in addition.elements
    }


def _place(part: str, element: Element) -> _Place:
    return _Place(part, element.key)


def _gone(old: Plan, new: Plan, table: str) -> Iterator[str]:
    """Chains and maps that nobody needs any more: rules use maps, so the chains go first."""
    chains, maps = {chain.name for chain in new.chains}, {part.name for part in new.maps}
    gone = [chain.name for chain in old.chains if chain.name not in chains]
    yield from (f"flush chain {table} {name}" for name in gone)
    yield from (f"delete chain {table} {name}" for name in gone)
    yield from (f"delete {part.kind} {table} {part.name}" for part in old.maps if part.name not in maps)
