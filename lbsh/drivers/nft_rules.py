"""What rules for nftables should have in the kernel: read from the text that the backend made (`tables_in`).

Only its elements, names and declarations are read. What its rules say is not: nft writes rules in other words than it
reads, so the rules of a chain are compared with what the kernel had when they were loaded (`nft_listing`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from ipaddress import ip_network
from typing import NamedTuple

Part = tuple[int, int] | str
"""A part of a key, or a value: the first and last of some numbers or addresses, or a word."""


class Entry(NamedTuple):
    """An element of a map or set: its value, None in a set, and its text for people."""

    value: Part | None
    text: str


Elements = dict[tuple[Part, ...], Entry]


class Table(NamedTuple):
    """A table: names of its objects (counters and helpers), the number of rules of each chain, and its maps and sets with
    their elements. `dynamic` are the maps that packets fill.
    """

    objects: frozenset[str]
    chains: Mapping[str, int]
    maps: Mapping[str, Elements]
    dynamic: frozenset[str]


_PROTOCOLS = {"tcp": 6, "udp": 17}
_TABLE = re.compile(r"table (ip6? \S+) \{")
_PART = re.compile(r"\t(counter|map|set|ct helper|chain) (\S+) \{")
_ELEMENTS = re.compile(r"add element (ip6? \S+) (\S+) \{ ?(.*?)(?: \})?")


def tables_in(lines: Iterable[str]) -> dict[str, Table]:
    """The tables of whole rules by name (`ip lbsh`). A table without declarations of its own is none."""
    found: dict[str, _Reader] = {}
    reader, current = _Reader(), None
    for line in lines:
        if opening := _TABLE.fullmatch(line):
            reader = found.setdefault(opening[1], _Reader())
        elif part := _PART.match(line):
            reader.declare(part[1], part[2])
        elif line.startswith("\t\t"):
            reader.read(line.strip())
        elif adding := _ELEMENTS.fullmatch(line):
            elements = found.setdefault(adding[1], _Reader()).maps.setdefault(adding[2], {})
            _add(elements, adding[3])
            current = None if adding[3] else elements
        elif line == "}":
            current = None
        elif current is not None and line.startswith("\t"):
            _add(current, line.strip().removesuffix(","))
    return {name: one.table() for name, one in found.items()}


def declarations(lines: Iterable[str]) -> Iterator[str]:
    """The lines but for elements, which are nearly all lines of a large site."""
    inside = False
    for line in lines:
        if inside:
            inside = line != "}"
        elif line.startswith("add element "):
            inside = not line.endswith("}")
        else:
            yield line


def number_of_commands(lines: Iterable[str]) -> int:
    """The number of lines that do something."""
    return sum(1 for line in lines if line.strip() and not line.lstrip().startswith("#"))


_OF_TABLE = re.compile(r"delete table (ip6? \S+)")
_OF_CHAIN = re.compile(r"(flush|add|delete) (chain|rule) (ip6? \S+) (\S+)")


class Touched(NamedTuple):
    """What a change does to chains: the tables that it removes, and for each chain that it touches, by table and name, the
    number of rules that it has then, None if it is gone."""

    tables: frozenset[str]
    chains: Mapping[str, int | None]


def touched_by(lines: Sequence[str]) -> Touched:
    """The chains that a change touches; of a new table all of them."""
    tables, chains = set(), dict[str, int | None]()
    for line in lines:
        if gone := _OF_TABLE.match(line):
            tables.add(gone[1])
        elif found := _OF_CHAIN.match(line):
            key, before = f"{found[3]} {found[4]}", chains.get(f"{found[3]} {found[4]}")
            if found[2] == "rule":
                chains[key] = (before or 0) + 1
            else:
                chains[key] = None if found[1] == "delete" else 0
    new = tables_in(lines)
    chains.update({f"{name} {chain}": count for name, one in new.items() for chain, count in one.chains.items()})
    return Touched(frozenset(tables), chains)


class _Reader:
    """A table while its text is read; `name` is the part that was declared last."""

    def __init__(self) -> None:
        self.name = ""
        self.objects: set[str] = set()
        self.chains: dict[str, int] = {}
        self.maps: dict[str, Elements] = {}
        self.dynamic: set[str] = set()

    def declare(self, kind: str, name: str) -> None:
        self.name = name
        if kind in {"map", "set"}:
            self.maps[name] = {}
        elif kind == "chain":
            self.chains[name] = 0
        else:
            self.objects.add(name)

    def read(self, text: str) -> None:
        """Reads a line of the part: of a map its properties, of a chain its hook and its rules."""
        if text.startswith("flags ") and "dynamic" in text:
            self.dynamic.add(self.name)
        if self.name in self.chains and not text.startswith(("#", "type ")):
            self.chains[self.name] += 1

    def table(self) -> Table:
        return Table(frozenset(self.objects), self.chains, self.maps, frozenset(self.dynamic))


def _add(elements: Elements, text: str) -> None:
    if not text:
        return
    key, separator, value = text.partition(" : ")
    elements[tuple(_parts(key))] = Entry(part_of(value) if separator else None, text)


def _parts(key: str) -> Iterator[Part]:
    return (part_of(word) for word in key.split(" . "))


@lru_cache(maxsize=1 << 16)
def part_of(word: str) -> Part:
    """A number, a range of numbers, an address, a network or a name as a part."""
    if word.isdecimal():
        return int(word), int(word)
    if word in _PROTOCOLS:
        return _PROTOCOLS[word], _PROTOCOLS[word]
    first, separator, last = word.partition("-")
    if separator and first.isdecimal() and last.isdecimal():
        return int(first), int(last)
    try:
        net = ip_network(word)
    except ValueError:
        return word
    return int(net.network_address), int(net.broadcast_address)
