"""What `nft -j list` says (libnftables-json(5)): tables, and the differences from what should be.

Maps are compared element by element, chains by the digests of `nft_kernel`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from lbsh.drivers.nft_kernel import LoadedChain
from lbsh.drivers.nft_rules import Elements, Entry, Part, Table, part_of
from lbsh.drivers.protocol import Drift

Json = Mapping[str, object]

_MOST_NAMED = 5
"""Differing elements of a map that are named; of more, the number is given."""


class ListingError(Exception):
    """The text is not what nft lists."""


class Listed(NamedTuple):
    """A table in the kernel, and a digest of each chain with its rules in order."""

    table: Table
    rules: Mapping[str, str]


class Item(NamedTuple):
    """A thing that nft lists: `table`, `chain`, `rule`, `map`, and its fields."""

    kind: str
    fields: Json

    @property
    def of(self) -> str:
        """Its table, as `ip lbsh`."""
        return f"{self.fields.get('family')} {self.fields.get('table')}"


def items_in(text: str) -> tuple[Item, ...]:
    """All that one or several commands listed. Raises `ListingError`."""
    found: list[Item] = []
    decoder, at = json.JSONDecoder(), 0
    try:
        while at < len(text.rstrip()):
            document, at = decoder.raw_decode(text, at + len(text[at:]) - len(text[at:].lstrip()))
            for entry in document["nftables"]:
                ((kind, fields),) = entry.items()
                found.append(Item(kind, {**fields}))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ListingError(str(error)) from error
    return tuple(found)


def table_names(items: Iterable[Item]) -> frozenset[str]:
    return frozenset(f"{item.fields.get('family')} {item.fields.get('name')}" for item in items if item.kind == "table")


def listed_tables(items: Sequence[Item], loaded: Mapping[str, LoadedChain]) -> dict[str, Listed]:
    """The tables that were listed with their content; `loaded` are their chains. Raises `ListingError`."""
    try:
        return {name: _listed(name, items, loaded) for name in table_names(items)}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ListingError(str(error)) from error


def _listed(name: str, items: Iterable[Item], loaded: Mapping[str, LoadedChain]) -> Listed:
    objects, maps, dynamic, chains = set(), {}, set(), set()
    for item in items:
        if item.of != name:
            continue
        own = str(item.fields.get("name"))
        if item.kind in {"map", "set"}:
            maps[own] = _elements(item.fields.get("elem", ()))
            if "flags" in item.fields and {"timeout", "dynamic"} & {*_sequence(item.fields["flags"])}:
                dynamic.add(own)
        elif item.kind == "chain":
            chains.add(own)
        elif item.kind != "rule":
            objects.add(own)
    counts = {chain: loaded[f"{name} {chain}"].rules for chain in chains if f"{name} {chain}" in loaded}
    digests = {chain: loaded[f"{name} {chain}"].digest for chain in counts}
    return Listed(Table(frozenset(objects), counts, maps, frozenset(dynamic)), digests)


def _elements(listed: object) -> Elements:
    found: Elements = {}
    for element in _sequence(listed):
        key, value = element if isinstance(element, list) and len(element) == 2 else (element, None)
        key = _plain(key)
        parts = _sequence(key["concat"]) if isinstance(key, dict) and "concat" in key else [key]
        text = " . ".join(map(_word, parts))
        if value is None:
            found[tuple(map(_part, parts))] = Entry(None, text)
        else:
            found[tuple(map(_part, parts))] = Entry(_part(value), f"{text} : {_word(value)}")
    return found


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else [value] if value != () else ()


def _plain(key: object) -> object:
    """A key without what an element says besides, such as a timeout."""
    return key["elem"]["val"] if isinstance(key, dict) and "elem" in key else key


def _part(value: object) -> Part:
    if isinstance(value, dict) and "range" in value:
        first, last = map(_part, value["range"])
        return (int(first[0]), int(last[1]))
    return part_of(_word(value))


def _word(value: object) -> str:
    """A part as nft writes it in rules."""
    if isinstance(value, dict):
        ((kind, inner),) = value.items()
        if kind == "range":
            return "-".join(map(_word, inner))
        if kind == "prefix":
            return f"{inner['addr']}/{inner['len']}"
        return f"{kind} {inner['target']}" if isinstance(inner, dict) else str(kind)
    return str(value)


def differences(
    wanted: Mapping[str, Table], own: Iterable[str], listed: Mapping[str, Listed], rules: Mapping[str, str] | None
) -> Iterator[Drift]:
    """What differs in the tables of these names. `rules` are the digests of when they were loaded, by table and chain.

    Without them nothing can be said of the rules, so they should be loaded again.
    """
    for name in own:
        if name not in wanted:
            if name in listed:
                yield Drift(f"the table `{name}` is loaded, and should not be", is_ours=True)
        elif name not in listed:
            yield Drift(f"the table `{name}` is gone", is_ours=True)
        else:
            yield from (
                Drift(f"{words} (table `{name}`)", is_ours=True) for words in _in_table(wanted[name], listed[name])
            )
            if rules is not None:
                yield from _in_rules(name, wanted[name], listed[name], rules)
    if rules is None:
        yield Drift(
            "others changed rules while those of lbsh were loaded, so it is unknown what they are", is_ours=True
        )


def _in_table(wanted: Table, listed: Listed) -> Iterator[str]:
    there = listed.table
    marks = {name for name in wanted.objects if name.startswith("rules-")} - there.objects
    if marks:
        yield "the rules there are of another site, or of another version of it"
    named = {"chain": ({*wanted.chains}, {*there.chains}), "map": ({*wanted.maps}, {*there.maps})}
    for kind, (these, those) in named.items():
        yield from (f"the {kind} `{name}` is gone" for name in sorted(these - those))
        yield from (f"the {kind} `{name}` is not of lbsh" for name in sorted(those - these) if name[:5] != "__set")
    yield from (f"`{name}` is gone" for name in sorted(wanted.objects - there.objects - marks))
    for name in sorted(wanted.maps.keys() & there.maps.keys()):
        if name not in wanted.dynamic:
            yield from _in_map(name, wanted.maps[name], there.maps[name])


def _in_map(name: str, wanted: Elements, there: Elements) -> Iterator[str]:
    missing = [entry.text for key, entry in wanted.items() if key not in there or there[key].value != entry.value]
    strange = [entry.text for key, entry in there.items() if key not in wanted or wanted[key].value != entry.value]
    for texts, words in ((missing, "lacks"), (strange, "has, and should not have,")):
        if texts:
            more = f", and {len(texts) - _MOST_NAMED} more" if len(texts) > _MOST_NAMED else ""
            yield f"the map `{name}` {words} {', '.join(f'`{text}`' for text in islice(texts, _MOST_NAMED))}{more}"


def _in_rules(name: str, wanted: Table, listed: Listed, rules: Mapping[str, str] | None) -> Iterator[Drift]:
    for chain in sorted(wanted.chains.keys() & listed.rules.keys()):
        noted = listed.rules[chain] if rules is None else rules.get(f"{name} {chain}")
        if listed.rules[chain] != noted or listed.table.chains[chain] != wanted.chains[chain]:
            yield Drift(f"the rules of chain `{chain}` were changed (table `{name}`)", is_ours=True)
