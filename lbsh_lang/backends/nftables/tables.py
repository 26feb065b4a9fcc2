"""The parts of an nft table as values, and how nft writes them. Knows nothing of sites or services.

A table is written first with all of its maps and chains, then its elements are added. The kernel holds each element of a
map against each rule that uses the map; elements that come last cost it least.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from lbsh_lang.backends.base import Line
from lbsh_lang.site.model import Origin as Stated


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
    """A chain and its rules in order; `#` begins a comment. `hook` is where the kernel calls it, if it does."""

    name: str
    purpose: str
    rules: tuple[str, ...]
    hook: str | None = None


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
    """A table of one family, `ip` or `ip6`. `mark` is the name of a counter that counts nothing: it tells tables apart."""

    family: str
    mark: str
    maps: tuple[Map, ...]
    chains: tuple[Chain, ...]
    blocks: tuple[Block, ...]


def table_lines(table: Table) -> Iterator[Line]:
    """The table as `nft -f` reads it."""
    yield Line(f"table {table.family} lbsh {{")
    yield Line("\t# Which rules these are: a change made for others is refused.")
    yield Line(f"\tcounter {table.mark} {{ packets 0 bytes 0 }}")
    yield Line("")
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
            yield from element_lines("add", table.family, addition, block.origin)


def _map_lines(part: Map) -> Iterator[Line]:
    yield Line(f"\t# {part.purpose}")
    yield Line(f"\t{part.kind} {part.name} {{")
    for item in part.properties:
        yield Line(f"\t\t{item}")
    yield Line("\t}")


def _chain_lines(chain: Chain) -> Iterator[Line]:
    yield Line(f"\t# {chain.purpose}")
    yield Line(f"\tchain {chain.name} {{")
    if chain.hook:
        yield Line(f"\t\t{chain.hook}")
    for rule in chain.rules:
        yield Line(f"\t\t{rule}")
    yield Line("\t}")


def element_lines(verb: str, family: str, addition: Addition, origin: Stated) -> Iterator[Line]:
    """A command about elements of a map: `add` them, or `delete` them, for which nft wants the keys alone."""
    texts = [element.text if verb == "add" else element.key for element in addition.elements]
    opening = f"{verb} element {family} lbsh {addition.map} {{"
    if len(texts) == 1:
        yield Line(f"{opening} {texts[0]} }}", addition.elements[0].origin)
        return
    yield Line(opening, origin)
    for element, text in zip(addition.elements, texts, strict=True):
        yield Line(f"\t{text},", element.origin)
    yield Line("}", origin)
