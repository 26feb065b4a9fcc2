"""Text about a service, a pool, a server or a part of the device, and the rules of a service."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from lbsh_lang.analysis.hover.rules import Rules, rules_of, why_no_rules
from lbsh_lang.analysis.live.resolution import LiveResolution
from lbsh_lang.analysis.live.session import Session
from lbsh_lang.analysis.names.servers import counted, members_of
from lbsh_lang.analysis.prose import sentences
from lbsh_lang.analysis.prose.blocks import Block, Bullets, Code, Listing, Prose, paragraph
from lbsh_lang.analysis.prose.entities import membership, pool_head, service_head
from lbsh_lang.site.device import DeviceState
from lbsh_lang.site.pool_lives import PoolLife
from lbsh_lang.site.resolve import skew_of
from lbsh_lang.site.server_keys import address_of, server_key
from lbsh_lang.site.services import ServiceLife
from lbsh_lang.syntax.keywords import Keyword
from lbsh_lang.syntax.nodes import AddStatement, FailoverSyncStatement, SetStatement
from lbsh_lang.syntax.statement import AnyStated
from lbsh_lang.values import Address

_MOST_SERVERS = 12
_MOST_WEIGHTS = 2000
_MOST_HOLDERS = 5
_MOST_LINES = 24
_LONGEST_LINE = 200
_ALONE = (
    "As if the service stood alone: in the rules of the whole script, chains and settings that services share may have "
    "other names and values."
)


def service_prose(session: Session, life: ServiceLife) -> Prose:
    """A service with its pool and the pool's servers."""
    blocks: list[Block] = [service_head(life)]
    pool = session.resolution.pool_of(life)
    if pool is not None:
        blocks += _pool_blocks(pool)
    return tuple(blocks)


def pool_prose(pool: PoolLife) -> Prose:
    """A pool with its service and servers."""
    blocks = tuple(_pool_blocks(pool))
    services = pool.served or tuple(filter(None, (pool.service,)))
    return (*blocks, *map(service_head, services))


def server_prose(pool: PoolLife, address: Address) -> Prose:
    """A server in the final state of its pool; empty for a server that the pool lacks."""
    name = pool.node.name
    pool_name = Code(name.text if name else "?")
    found = pool.at(server_key(address))
    return tuple(paragraph("A server of pool ", pool_name, *membership(pool, member), ".") for member in found)


def holders_prose(resolution: LiveResolution, address: Address) -> Prose:
    """The pools with a server of this address at the end; searches all pools."""
    member, found = server_key(address), []
    for history in resolution.pools.values():
        life = history.lives[-1] if history.lives else None
        if life is not None and member in life.addresses and history.current is not None:
            found.append(life)
    rows = tuple(prose for life in found[:_MOST_HOLDERS] for prose in server_prose(life, address))
    more = len(found) - len(rows)
    return (*rows, paragraph(f"And of {counted(more, 'other pool')}.")) if more else rows


def share_prose(pool: PoolLife, node: AddStatement | SetStatement) -> Prose:
    """The share of connections that a weight gives, among the servers that serve at the same time."""
    if len(pool.members) > _MOST_WEIGHTS or node.weight is None or node.weight.value is None or node.pool is None:
        return ()
    named = next((token.value for token in node.targets if token.value is not None), None)
    there = [one for one in pool.at(members_of(named).start) if pool.weight_of(one) == node.weight] if named else []
    if not there:
        return ()  # another statement sets the weight anew
    backup = pool.is_backup(there[0])
    serving = [one for one in pool.members if not pool.is_out(one) and pool.is_backup(one) == backup]
    weights = [word.value if (word := pool.weight_of(one)) is not None else 1 for one in serving]
    total = sum(weight for weight in weights if weight is not None)
    who = "backups" if backup else "servers"
    return (
        paragraph(
            f"A server gets {node.weight.value} of {total} shares among the {who} of ", Code(node.pool.text), "."
        ),
    )


def interface_prose(device: DeviceState, name: str) -> Prose:
    """The role of an interface of the device."""
    roles = {
        f"An external interface of the device. {sentences.of_keyword(Keyword.EXTERNAL)}": device.external,
        f"An internal interface of the device. {sentences.of_keyword(Keyword.INTERNAL)}": device.internal,
        sentences.of_statement(FailoverSyncStatement()): [device.sync] if device.sync is not None else [],
    }
    return tuple(paragraph(text) for text, given in roles.items() if any(one.value == name for one in given))


def device_prose(device: DeviceState, name: str) -> Prose:
    """A device of the pair: its skew, given or not, and whether it is the preferred master."""
    skews = [skew_of(given, rank) for rank, given in enumerate(device.devices)]
    index = next((rank for rank, given in enumerate(device.devices) if given.value == name), None)
    skew = skews[index] if index is not None else None
    if skew is None:
        return ()
    others = [other for rank, other in enumerate(skews) if rank != index]
    first = bool(others) and all(other is not None and skew < other for other in others)
    return (paragraph(f"Its skew is {skew}{': the preferred master' if first else ''}."),)


def rules_prose(session: Session, life: ServiceLife, at: AnyStated) -> Prose:
    """The rules of all backends for a service, or the reason why there are none, for a hover on a statement about it."""
    if life.removed is not None and life.removed.rank == at.rank:
        return (paragraph("Here the service is removed, so no rule is made of it."),)
    reason = why_no_rules(session, life)
    if reason is not None:
        return (paragraph(reason),)
    found = rules_of(session, life)
    blocks = [block for one in found for block in _rules_blocks(one)]
    return (*blocks, paragraph(_ALONE)) if any(one.alone for one in found) else tuple(blocks)


def _pool_blocks(pool: PoolLife) -> Iterator[Block]:
    yield pool_head(pool)
    rows = [
        paragraph(Code(str(address_of(member))), *membership(pool, member))
        for member in islice(pool.members, _MOST_SERVERS)
    ]
    if len(pool.members) > len(rows):
        rows.append(paragraph(f"and {len(pool.members) - len(rows):,} more"))
    if rows:
        yield Bullets(tuple(rows))


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
