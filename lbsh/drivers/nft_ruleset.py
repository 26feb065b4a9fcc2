"""The text of `nft list ruleset` as tables and blocks (nft(8)), so that it can be written without states, and compared.

A block is a chain, a set, a map or an object of a table. nft writes a line for each rule, and lists of elements over several
lines; a text in quotes may hold anything but a quote, so a line ends only outside of quotes. Starts no program.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

_QUOTED = re.compile(r'"[^"]*"')
_ELEMENT = re.compile(r'(?:"[^"]*"|[^,"])+')
_ELEMENTS = "elements = {"
_LONE = re.compile(r'"[^"]*"|\{ (?P<element>[^{},"]+) \}')
"""A set of one element, which nft loads as the element itself. It lists such sets where it has merged several ranges."""


class RulesetError(Exception):
    """The text is not what nft lists."""


class Block(NamedTuple):
    """A part of a table: its first words, as `chain input`, the lines in it, and the elements of a set or map."""

    head: str
    lines: tuple[str, ...]
    elements: tuple[str, ...] = ()


class ListedTable(NamedTuple):
    """A table by its name, as `ip lbsh`, with lines of its own (`flags dormant`) and its blocks in their order."""

    name: str
    lines: tuple[str, ...]
    blocks: tuple[Block, ...]


def read_ruleset(text: str) -> tuple[ListedTable, ...]:
    """The tables in what nft lists. Raises `RulesetError`."""
    lines = _logical_lines(text)
    return tuple([_table(line, lines) for line in lines if line and not line.startswith("#")])


def _logical_lines(text: str) -> Iterator[str]:
    """The lines without the white space around them; a text in quotes may go over several."""
    rest = iter(text.split("\n"))
    for line in rest:
        while line.count('"') % 2:
            following = next(rest, None)
            if following is None:
                raise RulesetError("a text in quotes does not end")
            line += "\n" + following  # noqa: PLW2901 -- the line goes on
        yield line.strip()


def _table(first: str, lines: Iterator[str]) -> ListedTable:
    if not (first.startswith("table ") and first.endswith(" {")):
        raise RulesetError(f"no table begins with `{first}`")
    own: list[str] = []
    blocks: list[Block] = []
    for line in lines:
        if line == "}":
            return ListedTable(first.removeprefix("table ").removesuffix(" {"), tuple(own), tuple(blocks))
        if line.endswith(" {"):
            blocks.append(_block(line.removesuffix(" {"), lines))
        elif line:
            own.append(line)
    raise RulesetError(f"`{first}` does not end")


def _block(head: str, lines: Iterator[str]) -> Block:
    own: list[str] = []
    elements: tuple[str, ...] = ()
    for line in lines:
        if line == "}":
            return Block(head, tuple(own), elements)
        if line.startswith(_ELEMENTS):
            elements = _elements(line, lines)
        elif line:
            own.append(line)
    raise RulesetError(f"`{head}` does not end")


def _elements(first: str, lines: Iterator[str]) -> tuple[str, ...]:
    parts = [first]
    while not _QUOTED.sub("", parts[-1]).endswith("}"):
        following = next(lines, None)
        if following is None:
            raise RulesetError("a list of elements does not end")
        parts.append(following)
    inside = " ".join(parts).removeprefix(_ELEMENTS).removesuffix("}")
    return tuple([one.strip() for one in _ELEMENT.findall(inside) if one.strip()])


def without_states(tables: Iterable[ListedTable]) -> tuple[ListedTable, ...]:
    """The tables without elements that packets bring and that end by themselves: remembered clients, for instance."""
    return tuple([table._replace(blocks=tuple(map(_without_states, table.blocks))) for table in tables])


def _without_states(block: Block) -> Block:
    if not block.elements:
        return block
    if any(line.startswith("timeout ") or "dynamic" in _flags(line) for line in block.lines):
        return block._replace(elements=())
    lasting = [one for one in block.elements if not re.search(r" (timeout|expires) ", _QUOTED.sub("", one))]
    return block._replace(elements=tuple(lasting))


def _flags(line: str) -> list[str]:
    return line.removeprefix("flags ").split(",") if line.startswith("flags ") else []


def ruleset_text(tables: Iterable[ListedTable]) -> Iterator[str]:
    """The lines that make nft load these tables."""
    for table in tables:
        yield f"table {table.name} {{"
        yield from (f"\t{line}" for line in table.lines)
        for block in table.blocks:
            yield f"\t{block.head} {{"
            yield from (f"\t\t{line}" for line in block.lines)
            if block.elements:
                yield "\t\telements = {"
                yield from (f"\t\t\t{one}," for one in block.elements)
                yield "\t\t}"
            yield "\t}"
        yield "}"


def lacking(old: Iterable[ListedTable], new: Iterable[ListedTable], own: Collection[str]) -> Iterator[str]:
    """What is in the old tables and not in the new ones, in words. Tables of the names `own` may differ."""
    there = Counter(_contents(new, own))
    for words in _contents(old, own):
        if there[words] > 0:
            there[words] -= 1
        else:
            yield words


def _contents(tables: Iterable[ListedTable], own: Collection[str]) -> Iterator[str]:
    """All that tables hold, in words; equal words are equal content."""
    for table in tables:
        if table.name in own:
            continue
        name = f"table {table.name}"
        yield name
        yield from (f"{name}: {line}" for line in table.lines)
        for block in table.blocks:
            yield f"{name}, {block.head}"
            yield from (f"{name}, {block.head}: {_LONE.sub(_bare, line)}" for line in (*block.lines, *block.elements))


def _bare(found: re.Match[str]) -> str:
    return found["element"] or found[0]
