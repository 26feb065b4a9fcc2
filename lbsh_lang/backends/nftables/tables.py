"""The parts of an nft table as values, and how nft writes them. Knows nothing of sites or services.

A table is written first with all of its maps and chains, then its elements are added. The kernel holds each element of a
map against each rule that uses the map; elements that come last cost it least.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from lbsh_lang.backends.base import Line
from lbsh_lang.site.model import Stated


class Element(NamedTuple):
    """An element of a map, or of a set where it has no value, and the statement that asks for it."""

    key: str
    value: str | None
    origin: Stated

    @property
    def text(self) -> str:
        return self.key if self.value is None else f"{self.key} : {self.value}"


class Map(NamedTuple):
    """A named map or set: what it is for, and the statements that declare its type."""

    kind: str
    name: str
    purpose: str
    properties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain and its rules in order; `#` begins a comment."""

    name: str
    purpose: str
    rules: tuple[str, ...]


class Addition(NamedTuple):
    """Elements for one map."""

    map: str
    elements: tuple[Element, ...]


class Block(NamedTuple):
    """All elements that serve one statement, under one comment."""

    comment: str
    origin: Stated
    additions: tuple[Addition, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of one family, `ip` or `ip6`."""

    family: str
    maps: tuple[Map, ...]
    chains: tuple[Chain, ...]
    blocks: tuple[Block, ...]


def table_lines(table: Table) -> Iterator[Line]:
    """The table as `nft -f` reads it."""
    yield Line(f"table {table.family} lbsh {{")
    parts = [*map(_map_lines, table.maps), *map(_chain_lines, table.chains)]
    for number, lines in enumerate(parts):
        if number:
            yield Line("")
        yield from lines
    yield Line("}")
    for block in table.blocks:
        yield Line("")
        yield Line(f"# {block.comment}", block.origin)
        for addition in block.additions:
            yield from _addition_lines(table, addition, block.origin)


def _map_lines(part: Map) -> Iterator[Line]:
    yield Line(f"\t# {part.purpose}")
    yield Line(f"\t{part.kind} {part.name} {{")
    for item in part.properties:
        yield Line(f"\t\t{item}")
    yield Line("\t}")


def _chain_lines(chain: Chain) -> Iterator[Line]:
    yield Line(f"\t# {chain.purpose}")
    yield Line(f"\tchain {chain.name} {{")
    for rule in chain.rules:
        yield Line(f"\t\t{rule}")
    yield Line("\t}")


def _addition_lines(table: Table, addition: Addition, origin: Stated) -> Iterator[Line]:
    opening = f"add element {table.family} lbsh {addition.map} {{"
    if len(addition.elements) == 1:
        element = addition.elements[0]
        yield Line(f"{opening} {element.text} }}", element.origin)
        return
    yield Line(opening, origin)
    for element in addition.elements:
        yield Line(f"\t{element.text},", element.origin)
    yield Line("}", origin)
