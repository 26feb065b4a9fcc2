"""Servers, whose names are addresses: the statements about the same servers, and the number of servers in a pool."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from lbsh_lang.analysis.live.session import Session
from lbsh_lang.analysis.names.occurrences import Named, lasts_at, names_in, pool_life
from lbsh_lang.site.pool_lives import PoolLife
from lbsh_lang.site.server_keys import ServerKey, offset_of
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.statement import AnyStated, Statement
from lbsh_lang.syntax.terminals import NameKind, Role
from lbsh_lang.values import Address, AddressRange


class ServerCount(NamedTuple):
    """The number of a pool's servers at its end, and how many of these are drained, down by hand, or backups.

    `open` tells that a statement about them could not be read, so that there may be others.
    """

    servers: int
    drained: int
    down: int
    backups: int
    open: bool


def count_servers(life: PoolLife) -> ServerCount:
    """The number of servers in a pool."""
    backups = sum(map(life.is_backup, life.members))
    return ServerCount(len(life.members), len(life.drained), len(life.downed), backups, life.blurred)


def servers_phrase(count: ServerCount) -> str:
    """`3 servers`; where not all could be read, `at least 3 servers`."""
    return ("at least " if count.open else "") + counted(count.servers, "server")


def counted(number: int, noun: str) -> str:
    """`1 server`, `3 servers`, `1 address`, `3 addresses`."""
    plural = "es" if noun.endswith("s") else "s"
    return f"{number} {noun}" if number == 1 else f"{number} {noun}{plural}"


def is_backup(stated: AnyStated) -> bool:
    """Whether an `add` makes its servers backups."""
    return isinstance(stated.node, nodes.AddStatement) and stated.node.backup is not None


def addresses_of(named: Named) -> AddressRange:
    """The addresses that the name of a server covers."""
    value = named.token.value
    if isinstance(value, Address):
        return AddressRange(value.family, value.value, value.value)
    assert isinstance(value, AddressRange)
    return value


def members_of(addresses: AddressRange) -> range:
    """The same addresses as members of a pool."""
    offset = offset_of(addresses.family)
    return range(addresses.first + offset, addresses.last + offset + 1)


def pool_of(session: Session, named: Named) -> PoolLife | None:
    """The pool that a statement about a server names, where it exists."""
    name = getattr(named.at.node, "pool", None)
    life = pool_life(session, name.value, named.at) if name is not None and name.value is not None else None
    return life if life is not None and lasts_at(life, named.at) else None


def brought_in_by(session: Session, named: Named) -> list[Named]:
    """The words of `add` statements that added the servers to the pool of a statement."""
    life = pool_of(session, named)
    if life is None:
        return []
    wanted = members_of(addresses_of(named))
    brought: dict[ServerKey, Named] = {}
    for one in _of_pool(session, life):
        if one.at.rank >= named.at.rank:
            break
        for member in _common(wanted, members_of(addresses_of(one))):
            if one.role is Role.DEFINES:
                brought.setdefault(member, one)
            elif one.role is Role.ENDS:
                brought.pop(member, None)
    return _distinct(brought.values())


def places_in_pool(session: Session, named: Named) -> list[Named]:
    """The words that name some of the same servers in statements about the same pool."""
    life = pool_of(session, named)
    if life is None:
        return [named]
    wanted = addresses_of(named)
    stated = [each for each in _about_pool(session, life) if _may_name(each.node, wanted) and lasts_at(life, each)]
    return [one for each in stated for one in _servers_in(session, each) if _overlap(one, named)]


def places_in_script(session: Session, named: Named) -> list[Named]:
    """The words that name some of the same servers, in any pool. Takes time in the size of the script."""
    facts = session.resolution.facts
    wanted = addresses_of(named)
    groups: list[Sequence[AnyStated]] = [*facts.pools.values(), facts.everywhere.statements, facts.lost]
    likely = [each for group in groups for each in group if _may_name(each.node, wanted)]
    found = [one for each in (*likely, *facts.shell) for one in _servers_in(session, each) if _overlap(one, named)]
    return sorted(found, key=lambda one: (one.at.rank, one.token.start))


def _may_name(node: Statement, wanted: AddressRange) -> bool:
    """Whether a statement may contain these addresses; a quick test that rules out nearly all `add` statements."""
    if type(node) is not nodes.AddStatement:
        return True
    _, low, high = wanted
    return any(token.value is not None and token.value[1] <= high and token.value[2] >= low for token in node.targets)


def _of_pool(session: Session, life: PoolLife) -> Iterator[Named]:
    """The servers named in statements about a pool while it exists."""
    for stated in _about_pool(session, life):
        if lasts_at(life, stated):
            yield from _servers_in(session, stated)


def _about_pool(session: Session, life: PoolLife) -> Sequence[AnyStated]:
    """All statements that name a pool."""
    name = life.node.name
    return session.resolution.facts.pools.get(name.value, ()) if name is not None and name.value is not None else ()


def _servers_in(session: Session, stated: AnyStated) -> Iterator[Named]:
    return (one for one in names_in(session, stated) if one.kind is NameKind.SERVER)


def _overlap(one: Named, other: Named) -> bool:
    return bool(_common(members_of(addresses_of(one)), members_of(addresses_of(other))))


def _common(one: range, other: range) -> range:
    return range(max(one.start, other.start), min(one.stop, other.stop))


def _distinct(all_named: Iterable[Named]) -> list[Named]:
    """The words without duplicates, in the order of the script."""
    by_place = {(one.at.rank, one.token.start): one for one in all_named}
    return [by_place[place] for place in sorted(by_place)]
