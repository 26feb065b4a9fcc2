"""The parts of an nft table as values, and their text. Knows nothing of sites or services.

A table is written with all of its maps and chains first, and its elements are added afterwards: the kernel loads it
fastest in this order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from lbsh_lang.backends.base import Line
from lbsh_lang.site.model import Origin
from lbsh_lang.values import Helper, Protocol

Verb = Literal["add", "delete"]


class Element(NamedTuple):
    """An element of a map, or of a set if it has no value, and the statement that requires it."""

    key: str
    value: str | None
    origin: Origin

    @property
    def text(self) -> str:
        return self.key if self.value is None else f"{self.key} : {self.value}"


class Map(NamedTuple):
    """A named map or set: its purpose, and the statements that declare its type; also the name of a session's helper."""

    kind: Literal["map", "set", "ct helper"]
    name: str
    purpose: str
    properties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain and its rules in order; `#` begins a comment. `hook` is its place in the kernel, None if it has none."""

    name: str
    purpose: str
    rules: tuple[str, ...]
    hook: str | None = None


class Batch(NamedTuple):
    """Elements of one map, for a single command."""

    map: str
    elements: tuple[Element, ...]


class Block(NamedTuple):
    """All elements that serve a service, under one comment."""

    comment: str
    origin: Origin
    batches: tuple[Batch, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table. `name` has its family too, as in `ip lbsh`; `mark` names the counter that distinguishes it (`layout`)."""

    name: str
    mark: str
    maps: tuple[Map, ...]
    chains: tuple[Chain, ...]
    blocks: tuple[Block, ...]


def helper_name(helper: Helper, protocol: Protocol) -> str:
    """The name in a table of a helper for sessions by one protocol."""
    return f"{helper.value}-{protocol.value}"


def table_lines(table: Table) -> Iterator[Line]:
    """The table as `nft -f` reads it."""
    yield Line(f"table {table.name} {{")
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
        for batch in block.batches:
            yield from element_lines("add", table.name, batch, block.origin)


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


def element_lines(verb: Verb, table: str, batch: Batch, origin: Origin) -> Iterator[Line]:
    """The command that adds or deletes elements of a map. To delete them, nft takes their keys alone."""
    texts = [element.text if verb == "add" else element.key for element in batch.elements]
    opening = f"{verb} element {table} {batch.map} {{"
    if len(texts) == 1:
        yield Line(f"{opening} {texts[0]} }}", batch.elements[0].origin)
        return
    yield Line(opening, origin)
    for element, text in zip(batch.elements, texts, strict=True):
        yield Line(f"\t{text},", element.origin)
    yield Line("}", origin)
