"""What is kept of loaded tables, and changes of a few services that are worked out from it alone.

The problem. A layout of ten thousand services takes long to make. A change of one service should cost what it changes.

Theory of operation. Farms share maps and chains, so for one farm it is enough to know how many others use each (`uses`).
For each table is kept

    mark     the sum of the terms of its farms, maps and chains (`layout`)
    seats    the turn counter of each service
    uses     how often each part is used
    lists    how often each list of client networks is used, since chains look at lists only while these are few

An exchange names the services that differ, as they were and as they are. The farms of both sides are laid out; maps and
chains that have other users count as present on both. What remains is a change between two small tables (`changes`). The
terms of the first are taken from the mark, those of the second added. For a server that leaves a farm of two turns:

    uses     servers-2 had 7, has 6     stays               servers-1 had 0, has 1     is added
    mark     - the farm with two turns  + the farm with one turn, the map servers-1, its chain

*Limits.* Where an exchange changes rules that serve no service alone, only the whole site tells. So it is with the first
reflected service: then connections from inside are looked up. A whole change of kept tables keeps their counters, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, cast

from lbsh_lang.backends.base import Kept, Line
from lbsh_lang.backends.nftables.chains import balancing_chains
from lbsh_lang.backends.nftables.changes import family_change_lines, table_change_lines
from lbsh_lang.backends.nftables.expressions import Expressions
from lbsh_lang.backends.nftables.farms import MOST_LISTS, Draft, Farm, drafts_of
from lbsh_lang.backends.nftables.layout import Layout, all_drafts, layout_of, mark_of
from lbsh_lang.backends.nftables.maps import maps_of
from lbsh_lang.backends.nftables.seats import Seats, farms_of, reseated, seats_of
from lbsh_lang.backends.nftables.uses import is_decided_anew, use_of_chain, use_of_map, uses_of
from lbsh_lang.site.exchange import Exchange
from lbsh_lang.site.model import Service, Site
from lbsh_lang.site.uplinks import Marks
from lbsh_lang.values import BITS, Family


class KeptTable(NamedTuple):
    """What is kept of one table; its values are those of JSON, in which a tuple is a list."""

    mark: int
    seats: Seats
    uses: Mapping[str, int]
    lists: Mapping[str, int]


class KeptChange(NamedTuple):
    """The commands of a change, and what is kept of the tables afterwards."""

    lines: tuple[Line, ...]
    kept: Kept


def kept_of(site: Site, name: str, marks: Marks) -> Kept:
    """What is kept of tables that were loaded as a whole."""
    found: dict[str, object] = {}
    for family in site.families():
        seats = seats_of(all_drafts(site, family))
        found[_word(family)] = _table_of(site, family, layout_of(site, family, name, marks, seats), seats)
    return found


def kept_exchange(kept: Kept, change: Exchange, name: str) -> KeptChange | None:
    """The change for some services, None if only the whole site tells."""
    lines: list[Line] = []
    tables = {**kept}
    for family in BITS:
        before, after = ([one for one in side if one.address.family == family] for side in change)
        if not before and not after:
            continue
        table = _read(kept, family)
        if table is None:
            if any(one.pool is not None for one in (*before, *after)):
                return None
            continue
        found = _exchange_in(table, before, after, Expressions(family, name))
        if found is None:
            return None
        tables[_word(family)] = found.table
        lines += found.lines
    return KeptChange(tuple(lines), tables)


def kept_change(kept: Kept, old: Site, new: Site, name: str, marks: Marks) -> KeptChange | None:
    """The change from one site to another, None if the kept tables are not those of the first."""
    layouts = kept_layouts(kept, old, name, marks)
    if layouts is None or len(layouts) != len(kept):
        return None
    known = {layout.expressions.family: layout for layout in layouts}
    lines: list[Line] = []
    tables: dict[str, object] = {}
    for family in BITS:
        before, after = known.get(_word(family)), None
        if family in new.families():
            seats = _seats_in(kept, old, new, family)
            after = layout_of(new, family, name, marks, seats)
            tables[_word(family)] = _table_of(new, family, after, seats)
        lines += family_change_lines(before, after)
    return KeptChange(tuple(lines), tables)


def _seats_in(kept: Kept, old: Site, new: Site, family: Family) -> Seats:
    """The turn counters of a table after a change of the whole site; those of a new table are dealt anew."""
    table, drafts = _read(kept, family), all_drafts(new, family)
    return seats_of(drafts) if table is None else reseated(table.seats, all_drafts(old, family), drafts)


def kept_layouts(kept: Kept, site: Site, name: str, marks: Marks) -> tuple[Layout, ...] | None:
    """The tables of a site with the turn counters that are kept, None if these are of another site."""
    found = []
    for family in site.families():
        table = _read(kept, family)
        if table is None or not _has_seats(table.seats, all_drafts(site, family)):
            return None
        layout = layout_of(site, family, name, marks, table.seats)
        if layout.sum() != table.mark:
            return None
        found.append(layout)
    return tuple(found)


class _Exchanged(NamedTuple):
    lines: tuple[Line, ...]
    table: KeptTable


def _exchange_in(
    table: KeptTable, before: Sequence[Service], after: Sequence[Service], expressions: Expressions
) -> _Exchanged | None:
    """The change of one table, None if only the whole site tells."""
    lists = _counted(table.lists, _lists(before), _lists(after))
    if lists is None or (len(lists) <= MOST_LISTS) != (len(table.lists) <= MOST_LISTS):
        return None
    drafts = [tuple(drafts_of(side, _family(expressions), table.lists)) for side in (before, after)]
    if not _has_seats(table.seats, drafts[0]):
        return None
    seats = reseated(table.seats, *drafts)
    farms = [tuple(farms_of(side, taken)) for side, taken in zip(drafts, (table.seats, seats), strict=True)]
    had, has = (uses_of(side, own, expressions) for side, own in zip((before, after), farms, strict=True))
    uses = _counted(table.uses, had, has)
    if uses is None or is_decided_anew(table.uses, uses, had | has):
        return None
    old, new = _layouts(farms[0], farms[1], table.uses, uses, expressions)
    mark = table.mark - old.sum() + new.sum()
    mark %= 1 << 64
    lines = tuple(table_change_lines(old, new, mark_of(table.mark), mark_of(mark)))
    return _Exchanged(lines, KeptTable(mark, seats, uses, lists))


def _layouts(
    before: tuple[Farm, ...],
    after: tuple[Farm, ...],
    had: Mapping[str, int],
    has: Mapping[str, int],
    expressions: Expressions,
) -> Iterator[Layout]:
    """The part of the table on both sides that the farms of either use."""
    farms = (*before, *after)
    maps = maps_of(farms, expressions)
    chains = tuple(balancing_chains(farms, expressions))
    for own, uses in ((before, had), (after, has)):
        yield Layout(
            expressions,
            own,
            tuple([part for part in maps if use_of_map(part.name) in uses]),
            tuple([chain for chain in chains if use_of_chain(chain.name) in uses]),
        )


def _counted(counts: Mapping[str, int], less: Mapping[str, int], more: Mapping[str, int]) -> Mapping[str, int] | None:
    """Counts without some and with others, None if they do not have those; nothing is counted as 0."""
    if less == more:
        return counts
    found = {**counts}
    for key in less.keys() | more.keys():
        number = counts.get(key, 0) - less.get(key, 0) + more.get(key, 0)
        if number < 0 or counts.get(key, 0) < less.get(key, 0):
            return None
        if number:
            found[key] = number
        else:
            found.pop(key, None)
    return found


def _lists(services: Iterable[Service]) -> Counter[str]:
    """The lists of client networks; no list is the empty word."""
    return Counter(" ".join(map(str, service.clients)) for service in services)


def _has_seats(seats: Seats, drafts: Iterable[Draft]) -> bool:
    """Whether the farms that need a turn counter have one."""
    return all(draft.key in seats.taken for draft in drafts if draft.scheme.counts)


def _table_of(site: Site, family: Family, layout: Layout, seats: Seats) -> KeptTable:
    services = [service for service in site.services if service.address.family == family]
    uses = uses_of(services, layout.farms, layout.expressions)
    return KeptTable(layout.sum(), seats, {use: number for use, number in uses.items() if number}, _lists(services))


def _word(family: Family) -> str:
    return Expressions(family, "").family


def _family(expressions: Expressions) -> Family:
    return 4 if expressions.family == "ip" else 6


def _read(kept: Kept, family: Family) -> KeptTable | None:
    """What is kept of the table of a family, None if there was none."""
    found = kept.get(_word(family))
    if found is None:
        return None
    mark, seats, uses, lists = cast("tuple[int, Seats, Mapping[str, int], Mapping[str, int]]", found)
    return KeptTable(mark, Seats(*seats), uses, lists)
