"""Which statements a new one makes needless, so that the running script does not grow for ever. Pure.

`drain` and the `resume` after it, `add` and the `remove` after it, a `set` and a later one of the same option: the site is
the same without them. Whether it is, the folds of the language say themselves: a pool is folded once more without the
statements, and must come out equal, statement for statement. So what is left out is no origin of anything, and no other
statement comes to be at fault. Only statements that were typed are left out, never a line of a file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from lbsh.gateway.acceptance import Verdict
from lbsh.gateway.running import STATEMENTS
from lbsh_lang.site.facts import About, subjects
from lbsh_lang.site.pool_lives import PoolHistory
from lbsh_lang.site.pools import fold_pool
from lbsh_lang.site.resolve import Resolution, pool_alone
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.nodes import Token
from lbsh_lang.syntax.statement import AnyStated, Statement
from lbsh_lang.values import PortRange

_MOST_LOOKED_AT = 100
"""The most earlier statements about the same servers that are looked at, the latest first."""

_OF_SERVERS = (
    nodes.AddStatement
    | nodes.RemoveStatement
    | nodes.SetStatement
    | nodes.DrainStatement
    | nodes.ResumeStatement
    | nodes.DrainEverywhereStatement
    | nodes.ResumeEverywhereStatement
)


class Needless(NamedTuple):
    """Statements to leave out, by their ranks: earlier ones, and some of the new."""

    earlier: frozenset[int]
    new: frozenset[int]


def needless(verdict: Verdict) -> Needless:
    """The statements without which the script means the same, now that the new ones follow."""
    left_out: set[int] = set()
    for stated in verdict.lasting:
        found = _of_service if isinstance(stated.node, nodes.RemoveServiceStatement) else _of_servers
        left_out |= found(verdict, stated, left_out)
    return Needless(
        frozenset(rank for rank in left_out if rank < verdict.first),
        frozenset(rank for rank in left_out if rank >= verdict.first),
    )


def _of_servers(verdict: Verdict, stated: AnyStated, left_out: Collection[int]) -> set[int]:
    """What a statement about servers makes needless: earlier ones, and with one of them perhaps itself."""
    found: set[int] = set()
    for earlier in _earlier(verdict, stated, left_out) if isinstance(stated.node, _OF_SERVERS) else ():
        for ranks in ({earlier.rank, stated.rank}, {earlier.rank}):
            if _is_needless(verdict.resolution, [earlier, stated], {*ranks, *found, *left_out}):
                found |= ranks
                break
        if stated.rank in found:
            break
    return found


def _earlier(verdict: Verdict, stated: AnyStated, left_out: Collection[int]) -> Iterator[AnyStated]:
    """The typed statements about the same servers in the same pool, the latest first."""
    looked_at = 0
    for one in _facts(verdict.resolution, stated.node):
        if one.rank >= stated.rank or one.rank in left_out or not _is_typed(verdict, one):
            continue
        if isinstance(one.node, _OF_SERVERS) and _servers(one.node) == _servers(stated.node):
            yield one
            looked_at += 1
            if looked_at == _MOST_LOOKED_AT:
                return


def _is_typed(verdict: Verdict, stated: AnyStated) -> bool:
    return stated.source.name == STATEMENTS or stated.rank >= verdict.first


def _facts(resolution: Resolution, node: Statement) -> Iterator[AnyStated]:
    """The statements about the pool of a statement, or about all pools, the latest first."""
    for subject in subjects(node):
        if subject.about is About.POOL:
            yield from reversed(resolution.facts.pools.get(subject.name, ()))
        elif subject.about is About.EVERYWHERE:
            yield from reversed(resolution.facts.everywhere.statements)


def _servers(node: Statement) -> tuple[object, object]:
    """The servers that a statement names, by address and port."""
    targets: Sequence[Token[object]] = getattr(node, "targets", ())
    port: Token[PortRange] | None = getattr(node, "port", None)
    return tuple([one.value for one in targets]), port.value if port is not None else None


def _is_needless(resolution: Resolution, about: Iterable[AnyStated], ranks: Collection[int]) -> bool:
    """Whether all pools that these statements concern are the same without those of some ranks."""
    names = {name for stated in about for name in _pools(resolution, stated)}
    return bool(names) and all(_is_same(resolution, name, ranks) for name in names)


def _pools(resolution: Resolution, stated: AnyStated) -> Iterator[str]:
    for subject in subjects(stated.node):
        if subject.about is About.POOL:
            yield subject.name
        elif subject.about is About.EVERYWHERE:
            yield from (name for name, history in resolution.pools.items() if stated.rank in history.effects)


def _is_same(resolution: Resolution, name: str, ranks: Collection[int]) -> bool:
    history = resolution.pools[name]
    facts = [one for one in resolution.facts.everywhere.among(resolution.facts.pools[name]) if one.rank not in ranks]
    without = fold_pool(name, facts, resolution.services.get)
    return _meaning(without) == _meaning(history) and _faults(without) <= _faults(history)


def _meaning(history: PoolHistory) -> object:
    return pool_alone(history.current) if history.current is not None else None


def _faults(history: PoolHistory) -> frozenset[int]:
    """The statements with a fault."""
    return frozenset(found.at.rank for found in history.found)


def _of_service(verdict: Verdict, stated: AnyStated, left_out: Collection[int]) -> set[int]:
    """All statements about a service that was typed, and is removed: with its pools, if they are typed and its own."""
    resolution = verdict.resolution
    (service,) = [one.name for one in subjects(stated.node)]
    facts: list[AnyStated] = list(resolution.facts.services.get(service, ()))
    pools = {one.name for fact in facts for one in subjects(fact.node) if one.about is About.POOL}
    for pool in pools:
        facts += resolution.facts.pools[pool]
    named = {(one.about, one.name) for fact in facts for one in subjects(fact.node)}
    own = {(About.SERVICE, service), *((About.POOL, pool) for pool in pools)}
    typed = all(_is_typed(verdict, fact) for fact in facts)
    servers = any(resolution.pools[pool].effects for pool in pools if pool in resolution.pools)
    return {fact.rank for fact in facts} if typed and named <= own and not servers else set()
