"""Rewrites of a pool's servers: sorted, in fewer statements, in more. The pool's servers and their options stay the same.

All rewrites work on a *block*: consecutive lines that only add servers to one pool, and comments between them. Since nothing
else happens to the pool there, the statements of a block can change places, and statements with equal options can be joined
or split. A comment on a line of its own moves with the statement below it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from lbsh_lang.analysis.actions.base import Action, ActionKind, replace_lines
from lbsh_lang.analysis.lines.folding import Row, row_of
from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.analysis.live.regions import Region, TextEdit, touched_lines
from lbsh_lang.checks.allowances import allowances_in
from lbsh_lang.site.pool_lives import value_of
from lbsh_lang.source import Source
from lbsh_lang.syntax.lowering import MOST_ADDRESSES
from lbsh_lang.syntax.nodes import AddStatement, PoolStatement
from lbsh_lang.syntax.parser import LONGEST_LINE
from lbsh_lang.values import AddressRange, address_text
from oyster.words import split_words

_LARGEST_BLOCK = 10_000
"""The size of a block, in lines, up to which it is rewritten."""


class _Group(NamedTuple):
    """A statement of a block with the comment lines above it: its line, and the line where the group begins."""

    first: int
    line: int
    node: AddStatement


def server_actions(document: Document, region: Region) -> Iterator[Action]:
    """The rewrites of the servers at a place."""
    if region.start.line >= len(document.lines):
        return
    block = _block(document, region.start.line)
    edits = (
        ("sort the servers by their addresses", _sorted(document, block)),
        ("join the statements into one", _joined(document, block, region)),
        ("write consecutive servers as ranges", _ranged(document, block, region)),
        ("add each server by a statement of its own", _parted(document, block, region)),
    )
    for title, edit in edits:
        if edit is not None:
            yield Action(title, ActionKind.REWRITE, {document.identity: [edit]})


def _block(document: Document, at: int) -> list[_Group]:
    """The block that contains a line, or that stands right below the definition of its pool."""
    node = document.parsed[at].node
    if isinstance(node, PoolStatement) and node.name is not None:
        pool, first, line = node.name.text, at + 1, at + 1
    elif isinstance(node, AddStatement) and node.pool is not None:
        pool, first, line = node.pool.text, at, at
        while first > 0 and at - first < _LARGEST_BLOCK and _belongs(document, first - 1, pool):
            first -= 1
    else:
        return []
    groups: list[_Group] = []
    line = first
    while line < len(document.lines) and line - first < _LARGEST_BLOCK and _belongs(document, line, pool):
        statement = document.parsed[line].node
        if isinstance(statement, AddStatement):
            # A comment above the first statement is about the whole block.
            groups.append(_Group(groups[-1].line + 1 if groups else line, line, statement))
        line += 1
    return groups


def _belongs(document: Document, line: int, pool: str) -> bool:
    node, faults = document.parsed[line]
    if line == 0 and document.lines[0].startswith("\ufeff"):
        return False  # the mark must stay where it is
    if isinstance(node, AddStatement):
        return not faults and node.pool is not None and node.pool.text == pool
    return row_of(document.lines[line], document.parsed[line]) is Row.COMMENT


def _sorted(document: Document, block: Sequence[_Group]) -> TextEdit | None:
    """The block in the order of addresses, IPv4 first; None if it is sorted already, or if two words overlap."""
    ranges = sorted(one for group in block for one in _ranges(group.node))
    apart = all(one.family < other.family or one.last < other.first for one, other in pairwise(ranges))
    if not block or not apart:
        return None
    lines: list[str] = []
    for group in sorted(block, key=lambda group: min(_ranges(group.node))):
        lines += document.lines[group.first : group.line]
        lines.append(_in_order(document.lines[group.line], group.node))
    if lines == document.lines[block[0].first : block[-1].line + 1]:
        return None
    return replace_lines(document, block[0].first, block[-1].line, lines)


def _in_order(text: str, node: AddStatement) -> str:
    """The statement of a line with its servers in the order of their addresses."""
    words = [(token.value, token.text) for token in node.targets if token.value is not None]
    if words == sorted(words):
        return text
    return _statement(text, node, ", ".join(word for _, word in sorted(words)))


def _ranges(node: AddStatement) -> list[AddressRange]:
    return [token.value for token in node.targets if token.value is not None]


def _joined(document: Document, block: Sequence[_Group], region: Region) -> TextEdit | None:
    """One statement in place of those around the cursor, or in the selection, with equal options and no comments."""
    lines = touched_lines(region)
    first = next((place for place, group in enumerate(block) if group.line in lines), None)
    if first is None or not _is_plain(document, block[first]):
        return None
    last = first
    while last + 1 < len(block) and _goes_on(document, block[last], block[last + 1]) and _may(lines, block[last + 1]):
        last += 1
    while first > 0 and _goes_on(document, block[first - 1], block[first]) and _may(lines, block[first - 1]):
        first -= 1
    run = block[first : last + 1]
    text = _statement(document.lines[run[0].line], run[0].node, _targets_of(run))
    many = sum(one.size for group in run for one in _ranges(group.node)) > MOST_ADDRESSES
    if len(run) == 1 or many or len(text) > LONGEST_LINE:
        return None
    return replace_lines(document, run[0].line, run[-1].line, [text])


def _ranged(document: Document, block: Sequence[_Group], region: Region) -> TextEdit | None:
    """The statement at the cursor with ranges for consecutive servers."""
    group = next((one for one in block if one.line == region.start.line), None)
    if group is None or len(touched_lines(region)) > 1:
        return None
    targets = _targets_of([group])
    if targets.count(",") + 1 == len(group.node.targets):
        return None
    text = _statement(document.lines[group.line], group.node, targets)
    return replace_lines(document, group.line, group.line, [text])


def _may(lines: range, group: _Group) -> bool:
    """Whether a selection allows a statement: one of several lines must contain it."""
    return len(lines) == 1 or group.line in lines


def _goes_on(document: Document, group: _Group, after: _Group) -> bool:
    """Whether two neighbours differ only in their servers."""
    if after.first != after.line or not (_is_plain(document, group) and _is_plain(document, after)):
        return False
    one, other = group.node, after.node
    return _options(one) == _options(other)


def _options(node: AddStatement) -> tuple[object, ...]:
    return value_of(node.weight), node.backup is None, value_of(node.ramp)


def _is_plain(document: Document, group: _Group) -> bool:
    return "#" not in document.lines[group.line]


def _targets_of(run: Sequence[_Group]) -> str:
    """The servers of several statements in their order, consecutive addresses as ranges."""
    words: list[tuple[str, AddressRange]] = []
    for group in run:
        for token in group.node.targets:
            assert token.value is not None  # a statement of a block has no fault
            one = token.value
            before = words[-1][1] if words else None
            if before is not None and before.family == one.family and before.last + 1 == one.first:
                whole = AddressRange(one.family, before.first, one.last)
                words[-1] = (_range_text(whole), whole)
            else:
                words.append((token.text, one))
    return ", ".join(text for text, _ in words)


def _range_text(one: AddressRange) -> str:
    """The usual notation of a range: `192.168.1.2-9` where possible."""
    first, last = address_text(one.family, one.first), address_text(one.family, one.last)
    if one.family == 4 and one.first >> 8 == one.last >> 8:
        return f"{first}-{one.last & 255}"
    return f"{first}-{last}"


def _statement(text: str, node: AddStatement, targets: str) -> str:
    """The statement of a line with other servers; the rest stays as written."""
    return text[: node.targets[0].start] + targets + text[node.targets[-1].end :]


_NOWHERE = Source.of("", "")


def _parted(document: Document, block: Sequence[_Group], region: Region) -> TextEdit | None:
    """A statement for each server of the one at the cursor; a comment stays with the first."""
    group = next((one for one in block if one.line == region.start.line), None)
    if group is None or len(touched_lines(region)) > 1:
        return None
    text, ranges = document.lines[group.line], _ranges(group.node)
    if sum(one.size for one in ranges) == 1 or any(allowances_in(_NOWHERE, 0, text)):
        return None  # an allowed finding may be about any of the servers
    comment = split_words(text).comment
    bare = text[: comment.start].rstrip() if comment is not None else text
    first, *others = [address_text(one.family, value) for one in ranges for value in range(one.first, one.last + 1)]
    lines = [_statement(text, group.node, first), *(_statement(bare, group.node, other) for other in others)]
    return replace_lines(document, group.line, group.line, lines)
