"""What a service or a pool is: its place, its options, its servers, and the rules that are made of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from lbsh_lang.analysis.prose import Block, Bullets, Code, Listing, Paragraph, Prose, paragraph
from lbsh_lang.analysis.rules import Rules, rules_of, why_no_rules
from lbsh_lang.analysis.session import Session
from lbsh_lang.renderings.site_words import time_text
from lbsh_lang.site.pools import PoolLife, address_of
from lbsh_lang.site.resolve import DEFAULT_STICKY
from lbsh_lang.site.services import ServiceLife
from lbsh_lang.syntax.nodes import AddStatement, ServiceStatement
from lbsh_lang.values import Algorithm

_MOST_SERVERS = 12
_MOST_PORTS = 8
_MOST_LINES = 24
_LONGEST_LINE = 200
_ALONE = (
    "As if the service stood alone: in the rules of the whole script, chains and settings that services share may have "
    "other names and values."
)


def service_prose(session: Session, life: ServiceLife) -> Prose:
    """A service with its pool and the servers of that."""
    blocks: list[Block] = [_service_head(life.node)]
    pool = session.resolution.pool_of(life)
    if pool is not None:
        blocks += pool_blocks(pool)
    return tuple(blocks)


def pool_prose(pool: PoolLife) -> Prose:
    """A pool with the service that it is for and its servers."""
    blocks = tuple(pool_blocks(pool))
    return blocks if pool.service is None else (*blocks, _service_head(pool.service.node))


def rules_prose(session: Session, life: ServiceLife) -> Prose:
    """The rules of all backends for a service, or why there are none to show."""
    reason = why_no_rules(session, life)
    if reason is not None:
        return (paragraph(reason),)
    found = rules_of(session, life)
    blocks = [block for one in found for block in _rules_blocks(one)]
    return (*blocks, paragraph(_ALONE)) if any(one.alone for one in found) else tuple(blocks)


def pool_blocks(pool: PoolLife) -> Iterator[Block]:
    node = pool.node
    words: list[str | Code] = ["Pool ", Code(node.name.text if node.name else "?")]
    if node.port is not None:
        words += [", on port ", Code(node.port.text)]
    words += [", ", Code(node.algorithm.text if node.algorithm else Algorithm.ROUND_ROBIN.value)]
    count = len(pool.members)
    drained = f", {len(pool.drained)} of them drained" if pool.drained else ""
    yield paragraph(*words, f": {count} server{'' if count == 1 else 's'}{drained}.")
    rows = list(islice(_servers(pool), _MOST_SERVERS))
    if count > len(rows):
        rows.append(paragraph(f"and {count - len(rows):,} more"))
    if rows:
        yield Bullets(tuple(rows))


def _servers(pool: PoolLife) -> Iterator[Paragraph]:
    for member, stated in pool.members.items():
        node = stated.node
        assert isinstance(node, AddStatement)
        words: list[str | Code] = [Code(str(address_of(member)))]
        words += [" weight ", Code(node.weight.text)] if node.weight is not None else []
        words += [" backup"] if node.backup is not None else []
        words += [", drained"] if member in pool.drained else []
        yield paragraph(*words)


def _service_head(node: ServiceStatement) -> Paragraph:
    words: list[str | Code] = ["Service ", Code(node.name.text if node.name else "?")]
    ports = ",".join([token.text for token in node.ports[:_MOST_PORTS]])
    more = f",… ({len(node.ports)} in all)" if len(node.ports) > _MOST_PORTS else ""
    place = [token.text for token in (node.address, node.protocol) if token is not None]
    words += [" at ", Code(" ".join([*place, ports + more]).strip())] if place else []
    if node.sticky is not None:
        given = node.sticky_time.value if node.sticky_time is not None else None
        words += [", sticky ", Code(time_text(given if given is not None else 1000 * DEFAULT_STICKY))]
    words += [", reflect"] if node.reflect is not None else []
    return paragraph(*words, ".")


def _rules_blocks(rules: Rules) -> Iterator[Block]:
    head: list[str | Code] = ["Rules of ", Code(rules.backend), " (", Code(rules.target), ")"]
    if rules.lacking:
        yield paragraph(Code(rules.backend), " (", Code(rules.target), f") cannot express: {', '.join(rules.lacking)}.")
    elif not rules.lines:
        yield paragraph(*head, ": none.")
    else:
        yield paragraph(*head, ":")
        lines = [_cut(line.replace("\t", "  ")) for line in rules.lines[:_MOST_LINES]]
        if len(rules.lines) > _MOST_LINES:
            lines.append(f"# and {len(rules.lines) - _MOST_LINES:,} more lines")
        yield Listing("", tuple(lines))


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1] + "…"
