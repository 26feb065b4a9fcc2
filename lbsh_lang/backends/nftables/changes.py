"""Changes: they turn the tables of one site into those of another while they are in use, in one transaction.

The problem. Loading all rules anew would lose the state in them: turn counters, and the records of sticky clients. So a
change must name the differing parts alone.

Theory of operation. Services share their maps and chains (`layout`), so an added or removed server changes a few elements.
A chain is added only for a scheme without one, and chains and maps that are no longer used are removed at the end. Parts
that a change does not name keep their state. For the example in `layout`, another second server is

    delete counter ip lbsh rules-05ca4fbc4bf22737                           the mark of the table before
    delete element ip lbsh servers-2 { 203.0.113.10 . tcp . 80 . 1 }
    add element ip lbsh servers-2 { 203.0.113.10 . tcp . 80 . 1 : 10.0.0.3 }
    add counter ip lbsh rules-749962b1ab6f0219                              the mark of the table after

A service with one server less goes from a chain of two turns to a chain of one: its element in `services` is replaced,
and its elements move from `servers-2` to `servers-1`.

*Order.* Maps come before the chains that use them, chains before the elements that lead to them. Elements are deleted
before others are added, since a place may go from one service to another. Unused chains are removed after that, and
unused maps last.

*Cost.* Farms that are equal on both sides are left out before any of their elements is made. Between two sites that were
loaded as a whole, an added or removed service shifts the turn counters of the services below it; a change then names each of
their places once. Rules in use keep their counters (`kept`).

*Safety.* nft carries out a change as a whole or not at all. Since it begins by deleting the mark of the table that it was
made for, nft refuses it on any other table, and a second time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from lbsh_lang.backends.base import Line
from lbsh_lang.backends.nftables.carriers import named
from lbsh_lang.backends.nftables.farms import Farm
from lbsh_lang.backends.nftables.layout import Layout, layout_of, mark_of, table_of
from lbsh_lang.backends.nftables.maps import batches_of, batches_to, block_of
from lbsh_lang.backends.nftables.tables import Batch, Chain, Element, Map, Verb, element_lines, table_lines
from lbsh_lang.site.model import Site
from lbsh_lang.site.uplinks import DEFAULT_MARKS, Marks
from lbsh_lang.values import BITS


class _ElementKey(NamedTuple):
    """The identity of an element: the name of its map, and its key there."""

    map: str
    key: str


def change_lines(old: Site, new: Site, name: str = "", marks: Marks = DEFAULT_MARKS) -> Iterator[Line]:
    """The commands that turn the tables of one site into those of another, under the same name.

    Both were loaded as a whole, or would be.
    """
    for family in BITS:
        before = layout_of(old, family, name, marks) if family in old.families() else None
        after = layout_of(new, family, name, marks) if family in new.families() else None
        yield from family_change_lines(before, after)


def family_change_lines(old: Layout | None, new: Layout | None) -> Iterator[Line]:
    """The commands for the table of one family; None stands for no table."""
    if old is not None and new is not None:
        yield from table_change_lines(old, new, mark_of(old.sum()), mark_of(new.sum()))
    elif old is not None:
        yield Line(f"delete counter {old.expressions.table} {mark_of(old.sum())}")
        yield Line(f"delete table {old.expressions.table}")
    elif new is not None:
        yield Line(f"create table {new.expressions.table}")
        yield from table_lines(table_of(new))


def table_change_lines(old: Layout, new: Layout, before: str, after: str) -> Iterator[Line]:
    """The commands for a table between two marks: additions before their users, removals after their users.

    The layouts may lack parts that are the same on both sides.
    """
    table = new.expressions.table
    if before == after:
        return
    yield Line(f"delete counter {table} {before}")
    yield from map(Line, _added_maps(old.maps, new.maps, table))
    yield from map(Line, _changed_chains(old.chains, new.chains, table))
    yield from _element_lines(old, new)
    yield from map(Line, _gone(old, new, table))
    yield Line(f"add counter {table} {after}")


def _added_maps(old: Iterable[Map], new: Iterable[Map], table: str) -> Iterator[str]:
    """The new maps. A map of the same name has the same properties, so no map ever changes."""
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


def _element_lines(old: Layout, new: Layout) -> Iterator[Line]:
    """The elements to delete, then those to add: a place may go from one service to another."""
    leaving, coming = _differing(old, new), _differing(new, old)
    had, has = _elements(leaving, old), _elements(coming, new)
    yield from _commands("delete", leaving, old, has)
    yield from _commands("add", coming, new, had)


def _commands(
    verb: Verb, farms: list[Farm], layout: Layout, others: Mapping[_ElementKey, str | None]
) -> Iterator[Line]:
    """The commands about the elements of these farms, except the elements that are the same on the other side."""
    maps = {part.name: part for part in layout.maps}
    for farm in farms:
        block = block_of(farm, layout.expressions)
        lines: list[Line] = []
        for batch in block.batches:
            for part in batches_to(maps[batch.map], _without(others, batch)):
                lines += element_lines(verb, layout.expressions.table, part, block.origin)
        if lines:
            yield Line(f"# {block.comment}", block.origin)
            yield from lines


def _differing(these: Layout, those: Layout) -> list[Farm]:
    """The farms of one layout that the other lacks, or has with other elements."""
    known = {(farm.service.name, farm.scheme.ranges): farm for farm in those.farms}
    return [farm for farm in these.farms if not _alike(farm, known.get((farm.service.name, farm.scheme.ranges)))]


def _alike(farm: Farm, other: Farm | None) -> bool:
    if other is None or farm.chain != other.chain or farm.scheme != other.scheme or farm.places != other.places:
        return False
    if farm.service is other.service:
        return True
    return (
        farm.service.reflect is other.service.reflect
        and farm.service.masquerade is other.service.masquerade
        and farm.service.clients == other.service.clients
        and farm.pool.common_ports == other.pool.common_ports
        and named(farm.pool, farm.turns) == named(other.pool, other.turns)
        and named(farm.pool, farm.service.kept()) == named(other.pool, other.service.kept())
    )


def _elements(farms: Iterable[Farm], layout: Layout) -> dict[_ElementKey, str | None]:
    return {
        _ElementKey(batch.map, element.key): element.value
        for farm in farms
        for batch in batches_of(farm, layout.expressions)
        for element in batch.elements
    }


def _without(others: Mapping[_ElementKey, str | None], batch: Batch) -> tuple[Element, ...]:
    """The elements of a batch without equal elements among the others; in a set, values are None."""
    keys = [(_ElementKey(batch.map, element.key), element) for element in batch.elements]
    return tuple([element for key, element in keys if key not in others or others[key] != element.value])


def _gone(old: Layout, new: Layout, table: str) -> Iterator[str]:
    """The removal of unused chains and maps. Rules use maps, so the chains go first."""
    chains, maps = {chain.name for chain in new.chains}, {part.name for part in new.maps}
    gone = [chain.name for chain in old.chains if chain.name not in chains]
    yield from (f"flush chain {table} {name}" for name in gone)
    yield from (f"delete chain {table} {name}" for name in gone)
    yield from (f"delete {part.kind} {table} {part.name}" for part in old.maps if part.name not in maps)
