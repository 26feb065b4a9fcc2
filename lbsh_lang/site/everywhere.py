"""The statements about servers in all pools (`drain` or `down` without `from`), by the servers that they name.

Theory of operation. Such a statement names no pool, so it cannot be filed under the pools that it concerns: which these are
follows from the servers of all pools. Instead, a pool looks up each server that one of its statements adds, and inserts the
statements that it finds at their places among its own. For example, with

    add 10.0.0.2 to a
    add 10.0.0.2, 10.0.0.3 to b
    drain 10.0.0.2

the index leads from 10.0.0.2 to the `drain`, and both pools read it behind their `add`. A pool that has none of these
servers never sees the statement. Without such statements nothing is looked up.

A server may be in thousands of pools, and thousands of such statements may name it: not every pool can look at all of them.
So only the last `MOST` about a server count. They alone decide on its state at the end; of the others it is not said
whether they have an effect.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping
from math import inf
from typing import cast

from lbsh_lang.site.faults import NoEffect, NotMember
from lbsh_lang.site.pool_lives import AboutPool, Effect
from lbsh_lang.site.pool_wishes import keeps_nobody
from lbsh_lang.site.pools import named_text
from lbsh_lang.site.script import AnyFound, Found
from lbsh_lang.site.server_keys import ServerKey, offset_of
from lbsh_lang.syntax.nodes import AddStatement, DrainEverywhereStatement, EverywhereFact, PoolFact, Token
from lbsh_lang.syntax.statement import AnyStated, Stated
from lbsh_lang.values import AddressRange


def members_in(targets: Iterable[Token[AddressRange]]) -> Iterator[ServerKey]:
    """The servers of all readable targets."""
    for token in targets:
        target = token.value
        if target is not None:
            first = target.first + offset_of(target.family)
            yield from range(first, first + target.size)


def added_in(facts: Iterable[Stated[PoolFact]]) -> set[ServerKey]:
    """The servers that statements about a pool add, whether they stay or not."""
    return {member for fact in facts if type(fact.node) is AddStatement for member in members_in(fact.node.targets)}


MOST = 32
"""The number of statements about one server that count, from the last one backwards."""


class Everywhere:
    """The statements about servers in all pools, in the order of the script; `index` and `forget` maintain the look-up."""

    def __init__(self) -> None:
        self.statements: list[Stated[EverywhereFact]] = []
        self._by_member: dict[ServerKey, list[Stated[EverywhereFact]]] = {}

    def index(self, stated: Stated[EverywhereFact]) -> None:
        for member in set(members_in(stated.node.targets)):
            insort(self._by_member.setdefault(member, []), stated, key=_rank)

    def forget(self, rank: int, node: EverywhereFact) -> None:
        for member in set(members_in(node.targets)):
            about = self._by_member[member]
            del about[bisect_left(about, rank, key=_rank)]
            if not about:
                del self._by_member[member]

    def at(self, rank: int) -> Stated[EverywhereFact] | None:
        """The statement of a rank."""
        index = bisect_left(self.statements, rank, key=_rank)
        found = self.statements[index : index + 1]
        return found[0] if found and found[0].rank == rank else None

    def overlooks(self, rank: int, token: Token[AddressRange]) -> bool:
        """Whether a target of the statement of a rank does not count, since there are so many later ones about a server."""
        about = (self._by_member.get(member, ()) for member in members_in([token]))
        return any(len(some) > MOST and rank < some[-MOST].rank for some in about)

    def beside(self, node: EverywhereFact) -> Iterator[int]:
        """The ranks of the statements that count, or do not, because of a statement about the same servers."""
        for member in members_in(node.targets):
            about = self._by_member.get(member, [])
            yield from (stated.rank for stated in about[-MOST - 1 :][:2])

    def among(self, facts: list[Stated[PoolFact]], until: float = inf) -> list[AboutPool]:
        """The statements about a pool, with those about its servers in all pools up to a rank, in order."""
        if not self._by_member:
            return cast("list[AboutPool]", facts)
        found = {
            stated.rank: stated
            for member in added_in(facts)
            for stated in _last(self._by_member.get(member, []), until)
        }
        return sorted((*facts, *found.values()), key=_rank) if found else cast("list[AboutPool]", facts)


class Holders:
    """The pools by the servers that their statements add. `note` takes the present statements of a pool."""

    def __init__(self, pools: Mapping[str, Iterable[Stated[PoolFact]]]) -> None:
        self._members: dict[str, set[ServerKey]] = {}
        self._pools: dict[ServerKey, dict[str, None]] = {}
        for name, facts in pools.items():
            self.note(name, facts)

    def note(self, pool: str, facts: Iterable[Stated[PoolFact]]) -> None:
        before, after = self._members.get(pool, set()), added_in(facts)
        self._members[pool] = after
        for member in after - before:
            self._pools.setdefault(member, {})[pool] = None
        for member in before - after:
            del self._pools[member][pool]

    def of(self, member: ServerKey) -> Iterable[str]:
        return self._pools.get(member, ())


def found_everywhere(
    stated: Stated[EverywhereFact], pools: Iterable[Mapping[int, Effect]], everywhere: Everywhere
) -> Iterator[AnyFound]:
    """The targets of a statement that are in no pool, or make no difference in any pool, given its effects in the pools."""
    pools, port = list(pools), stated.node.port
    if port is not None and port.value is None:
        return
    if isinstance(stated.node, DrainEverywhereStatement):
        yield from keeps_nobody(stated, stated.node, [effect for effects in pools for effect in effects.values()])
    for token in stated.node.targets:
        effects = [effects[token.start] for effects in pools if token.start in effects]
        found = [effect for effect in effects if effect.found]
        if everywhere.overlooks(stated.rank, token):
            continue
        if token.value is not None and not found:
            yield Found(stated, NotMember(token, named_text(token, stated.node), None))
        elif found and not any(effect.lasting for effect in found):
            others = [effect.other for effect in found if effect.other is not None]
            yield Found(stated, NoEffect(token), max(others, key=_rank, default=None))


def _last(about: list[Stated[EverywhereFact]], until: float) -> list[Stated[EverywhereFact]]:
    """Of the statements about a server, those up to a rank that count."""
    end = bisect_right(about, until, key=_rank) if until < inf else len(about)
    return about[max(end - MOST, 0) : end]


def _rank(stated: AnyStated) -> int:
    return stated.rank
