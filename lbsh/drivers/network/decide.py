"""The steps from the network that is there to the one that a site asks for. Pure.

Theory of operation. Three things are compared: what is wanted, what is there, and the record of what lbsh made. A wanted
part that is there, but not in the record, was found: it stays unrecorded, and is never taken back. A part that is missing
is made, and recorded before. A part of the record that is not wanted any more is taken back, if it is still there. So
nothing is taken that somebody else made, and nothing that lbsh made is forgotten.

New parts come before rules are loaded, old ones go afterwards: connections that the old rules serve keep their addresses as
long as these rules. Where the kernel has place for one of two (a slot), the new part takes the place of the old one of lbsh
at once; a part of somebody else in that place is a conflict, and stays.

Settings go the same way, with their value before in the record. It is put back only if the setting still has the value that
lbsh gave it: otherwise somebody else has decided since.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, assert_never

from lbsh.drivers.network.items import Item, Name, OnLink, Record, Route, Set, Subject, plain, slot
from lbsh.drivers.network.wanted import Wanted, Wish


class Observed(NamedTuple):
    """What is there: interfaces, parts of the network as far as they matter, settings; and words about what is wrong."""

    interfaces: frozenset[str]
    items: frozenset[Item]
    settings: Mapping[Name, str]
    wrong: tuple[str, ...] = ()


class Add(NamedTuple):
    """Makes a part that is not there."""

    item: Item


class Remove(NamedTuple):
    """Takes a part away."""

    item: Item


class Exchange(NamedTuple):
    """Puts a part in the place of another one."""

    old: Item
    new: Item


class Put(NamedTuple):
    """Gives a setting a value; `old` is the one that it has."""

    name: Name
    old: str
    value: str


Step: TypeAlias = Add | Remove | Exchange | Put


class Change(NamedTuple):
    """The steps before rules are loaded, those afterwards, and the record: before the first of the steps, and after all.

    `lacking` says in words what cannot be made, because an interface is missing or something of others is in the way.
    """

    first: tuple[Step, ...]
    last: tuple[Step, ...]
    noted: Record
    left: Record
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Items:
    steps: list[Step]
    record: list[Item]
    lacking: list[str]


def decide(wanted: Wanted, seen: Observed, record: Record) -> Change:
    """The steps that bring the network in line."""
    made = {plain(item) for item in record.items}
    parts = _items(wanted, seen, made)
    links, kernel = (_settings(wishes, seen, record) for wishes in (wanted.links, wanted.settings))
    replaced = {slot(step.old) for step in parts.steps if isinstance(step, Exchange)}
    names = {wish.name for wish in (*wanted.links, *wanted.settings)}
    kept = set(parts.record)
    gone = [item for item in reversed(record.items) if plain(item) not in kept and plain(item) in seen.items]
    removals: list[Step] = [Remove(item) for item in gone if slot(item) not in replaced]
    restored = [one for one in record.settings if one.name not in names and _is_restored(one, seen)]
    settings = (*links.settings, *kernel.settings)
    last = (*removals, *[Put(one.name, one.value, one.old) for one in restored])
    return Change(
        first=(*links.steps, *parts.steps, *kernel.steps),
        last=last,
        noted=Record((*parts.record, *gone), (*settings, *restored)),
        left=Record(tuple(parts.record), settings),
        lacking=(*dict.fromkeys((*parts.lacking, *links.lacking, *kernel.lacking)), *seen.wrong),
    )


def _items(wanted: Wanted, seen: Observed, made: set[Item]) -> _Items:
    found = _Items([], [], [])
    in_slot = {slot(item): item for item in seen.items}
    for item in dict.fromkeys(wanted.items):
        there = in_slot.get(slot(item))
        missing = _interface_of(item)
        if missing and missing not in seen.interfaces:
            found.lacking.append(f"the interface `{missing}` is not there")
        elif there is None:
            found.steps.append(Add(item))
            found.record.append(plain(item))
        elif there == plain(item):
            found.record.extend([there] if there in made else [])
        elif there in made:
            found.steps.append(Exchange(there, item))
            found.record.append(plain(item))
        else:
            found.lacking.append(f"{item} would take the place of {there}, which lbsh did not make")
    return found


def _interface_of(item: Item) -> str:
    return item.interface if isinstance(item, OnLink | Route) else ""


@dataclass(frozen=True, slots=True)
class _Settings:
    steps: list[Step]
    settings: list[Set]
    lacking: list[str]


def _settings(wishes: tuple[Wish, ...], seen: Observed, record: Record) -> _Settings:
    found = _Settings([], [], [])
    known = {one.name: one for one in record.settings}
    for wish in wishes:
        now, before = seen.settings.get(wish.name), known.get(wish.name)
        is_set_along = wish.set_by is not None and any(one.name == wish.set_by for one in found.settings)
        if wish.interface and wish.interface not in seen.interfaces:
            found.lacking.append(f"the interface `{wish.interface}` is not there")
            continue
        if now is None:
            found.lacking.extend([] if wish.set_by else [f"the setting `{wish.name}` is not there"])
            continue
        if now != wish.value:
            found.steps.append(Put(wish.name, now, wish.value))
        if now != wish.value or before is not None or is_set_along:
            found.settings.append(Set(wish.name, now if before is None else before.old, wish.value))
    return found


def _is_restored(one: Set, seen: Observed) -> bool:
    """Whether the old value is put back: if the setting still has the value that lbsh gave it."""
    return one.name.subject is not Subject.STATE and seen.settings.get(one.name) == one.value


def is_carried_out(step: Step, seen: Observed) -> bool:
    """Whether what is there is as a step makes it."""
    match step:
        case Add(item) | Exchange(_, item):
            return plain(item) in seen.items
        case Remove(item):
            return plain(item) not in seen.items
        case Put(name, _, value):
            return seen.settings.get(name) == value
        case _:
            assert_never(step)


def inverse(step: Step) -> Step:
    """The step that takes a step back."""
    match step:
        case Add(item):
            return Remove(item)
        case Remove(item):
            return Add(item)
        case Exchange(old, new):
            return Exchange(new, old)
        case Put(name, old, value):
            return Put(name, value, old)
        case _:
            assert_never(step)
