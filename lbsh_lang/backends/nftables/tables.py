"""The parts of an nft table as values, and how nft writes them. Knows nothing of sites or services."""

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


class Block(NamedTuple):
    """The elements that serve one statement, under one comment."""

    comment: str
    origin: Stated
    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Map:
    """A named map or set: what it is for, the type of its elements, further properties, and the elements."""

    kind: str
    name: str
    purpose: str
    typeof: str
    properties: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain and its rules in order; `#` begins a comment."""

    name: str
    purpose: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of one family, `ip` or `ip6`."""

    family: str
    maps: tuple[Map, ...]
    chains: tuple[Chain, ...]


def table_lines(table: Table) -> Iterator[Line]:
    """The table as `nft -f` reads it."""
    yield Line(f"table {table.family} lbsh {{")
    parts = [*map(_map_lines, table.maps), *map(_chain_lines, table.chains)]
    for number, lines in enumerate(parts):
        if number:
            yield Line("")
        yield from lines
    yield Line("}")


def _map_lines(part: Map) -> Iterator[Line]:
    yield Line(f"\t# {part.purpose}")
    yield Line(f"\t{part.kind} {part.name} {{")
    yield Line(f"\t\ttypeof {part.typeof}")
    for item in part.properties:
        yield Line(f"\t\t{item}")
    if part.blocks:
        # nft takes no empty list, but a comma after the last element and comments between any two.
        yield Line("\t\telements = {")
        for block in part.blocks:
            yield Line(f"\t\t\t# {block.comment}", block.origin)
            for element in block.elements:
                yield Line(f"\t\t\t{element.text},", element.origin)
        yield Line("\t\t}")
    yield Line("\t}")


def _chain_lines(chain: Chain) -> Iterator[Line]:
    yield Line(f"\t# {chain.purpose}")
    yield Line(f"\tchain {chain.name} {{")
    for rule in chain.rules:
        yield Line(f"\t\t{rule}")
    yield Line("\t}")
