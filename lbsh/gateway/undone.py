"""Which statements a new one makes needless, so that the running script does not grow for ever. Pure.

`drain` and the `resume` after it, `down` and `up`, `add` and the `remove` after it, a `set` and a later one of the same
option: the site is the same without them. Whether it is, the folds of the language say themselves: a pool is folded once
more without the statements, and must come out equal, statement for statement. So what is left out is no origin of anything,
and no other statement comes to be at fault. Only statements that were typed are left out, never a line of a file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from lbsh.gateway.acceptance import Verdict
from lbsh.gateway.running import STATEMENTS
from lbsh_lang.site.facts import About, Subject, subjects
from lbsh_lang.site.pool_lives import PoolHistory
from lbsh_lang.site.pools import fold_pool
from lbsh_lang.site.resolve import pool_alone
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.nodes import Token
from lbsh_lang.syntax.statement import AnyStated, Statement
from lbsh_lang.values import PortRange

_MOST_FOLDED = 200_000
"""The most statements that are folded for one change, which takes about a second. What is found by then is left out."""

_OF_SERVERS = (
    nodes.AddStatement
    | nodes.RemoveStatement
    | nodes.SetStatement
    | nodes.DrainStatement
    | nodes.ResumeStatement
    | nodes.DrainEverywhereStatement
    | nodes.ResumeEverywhereStatement
    | nodes.DownStatement
    | nodes.UpStatement
    | nodes.DownEverywhereStatement
    | nodes.UpEverywhereStatement
)


class Needless(NamedTuple):
    """Statements to leave out, by their ranks: earlier ones, and some of the new."""

    earlier: frozenset[int]
    new: frozenset[int]


def needless(verdict: Verdict) -> Needless:
    """The statements without which the script means the same, now that the new ones follow."""
    search = _Search(verdict)
    for stated in verdict.lasting:
        if isinstance(stated.node, nodes.RemoveServiceStatement):
            search.left_out |= _of_service(verdict, stated, search.alone)
        elif isinstance(stated.node, _OF_SERVERS):
            search.look_before(stated)
    return Needless(
        frozenset(rank for rank in search.left_out if rank < verdict.first),
        frozenset(rank for rank in search.left_out if rank >= verdict.first),
    )


class _Key(NamedTuple):
    """What statements about the same servers share: the pool, or that it is about all; addresses, and port."""

    subject: Subject
    targets: tuple[object, ...]
    port: PortRange | None


class _Search:
    """The search for statements about servers that later ones make needless; discarded when `needless` returns."""

    def __init__(self, verdict: Verdict) -> None:
        self.left_out: set[int] = set()
        self._resolution = verdict.resolution
        self._folded = 0
        self._typed: dict[_Key, list[AnyStated]] = {}
        typed = [*_typed(verdict)]
        self.alone = frozenset(one.rank for one in typed)
        for stated in reversed(typed):
            for key in _keys(stated.node) if isinstance(stated.node, _OF_SERVERS) else ():
                self._typed.setdefault(key, []).append(stated)

    def look_before(self, stated: AnyStated) -> None:
        """Leaves out what a statement makes needless: earlier ones, and with one of them perhaps itself."""
        for key in _keys(stated.node) if stated.rank in self.alone else ():
            for earlier in reversed(self._typed.get(key, ())):
                if (
                    earlier.rank >= stated.rank
                    or earlier.rank in self.left_out
                    or _are_apart(earlier.node, stated.node)
                ):
                    continue
                for ranks in ({earlier.rank, stated.rank}, {earlier.rank}):
                    if self._folded < _MOST_FOLDED and self._is_needless([earlier, stated], {*ranks, *self.left_out}):
                        self.left_out |= ranks
                        break
                if stated.rank in self.left_out or self._folded >= _MOST_FOLDED:
                    return

    def _is_needless(self, about: Iterable[AnyStated], ranks: Collection[int]) -> bool:
        """Whether all pools that these statements concern are the same without those of some ranks."""
        names = {name for stated in about for name in self._pools(stated)}
        return bool(names) and all(self._is_same(name, ranks) for name in names)

    def _pools(self, stated: AnyStated) -> Iterator[str]:
        for subject in subjects(stated.node):
            if subject.about is About.POOL:
                yield subject.name
            elif subject.about is About.EVERYWHERE:
                yield from self._resolution.effects_by_pool(stated.rank)

    def _is_same(self, name: str, ranks: Collection[int]) -> bool:
        resolution = self._resolution
        history, all_facts = resolution.pools[name], resolution.facts.pools[name]
        facts = [one for one in resolution.facts.everywhere.among(all_facts) if one.rank not in ranks]
        self._folded += len(facts)
        without = fold_pool(name, facts, resolution.services.get)
        same = _meaning(without) == _meaning(history) and _faults(without) <= _faults(history)
        return same and _found(history, ranks) <= _found(without, ranks)


def _are_apart(one: Statement, other: Statement) -> bool:
    """Whether neither of two statements can make the other needless: one is about drained servers, one about those down."""
    drains, downs = nodes.DrainFact | nodes.ResumeFact, nodes.DownFact | nodes.UpFact
    return any(
        isinstance(first, drains) and isinstance(second, downs) for first, second in ((one, other), (other, one))
    )


def _typed(verdict: Verdict) -> Iterator[AnyStated]:
    """The statements that were typed, the new ones among them, the latest first.

    A line of a plug-in stands for several, and can be left out as a whole only: these are not among them.
    """
    statements = reversed(verdict.resolution.script.statements)
    typed = [*takewhile(lambda one: one.source.name == STATEMENTS or one.rank >= verdict.first, statements)]
    sharing = Counter([(one.source.identity, one.line) for one in typed])
    return (one for one in typed if sharing[one.source.identity, one.line] == 1)


def _keys(node: Statement) -> Iterator[_Key]:
    targets: Sequence[Token[object]] = getattr(node, "targets", ())
    port: Token[PortRange] | None = getattr(node, "port", None)
    for subject in subjects(node):
        yield _Key(subject, tuple([one.value for one in targets]), port.value if port is not None else None)


def _meaning(history: PoolHistory) -> object:
    return pool_alone(history.current) if history.current is not None else None


def _faults(history: PoolHistory) -> frozenset[int]:
    """The statements with a fault."""
    return frozenset(found.at.rank for found in history.found)


def _found(history: PoolHistory, ranks: Collection[int]) -> set[tuple[int, int]]:
    """The targets that statements find in a pool, without those of some ranks. One about all pools must find some."""
    return {
        (rank, start)
        for rank, effects in history.effects.items()
        if rank not in ranks
        for start, effect in effects.items()
        if effect.found
    }


def _of_service(verdict: Verdict, stated: AnyStated, alone: Collection[int]) -> set[int]:
    """All statements about a service that was typed, and is removed: with its pools, if they are typed and its own."""
    resolution = verdict.resolution
    (service,) = [one.name for one in subjects(stated.node)]
    facts: list[AnyStated] = list(resolution.facts.services.get(service, ()))
    pools = {one.name for fact in facts for one in subjects(fact.node) if one.about is About.POOL}
    for pool in pools:
        facts += resolution.facts.pools[pool]
    named = {(one.about, one.name) for fact in facts for one in subjects(fact.node)}
    own = {(About.SERVICE, service), *((About.POOL, pool) for pool in pools)}
    typed = all(fact.rank in alone for fact in facts)
    servers = any(resolution.pools[pool].effects for pool in pools if pool in resolution.pools)
    return {fact.rank for fact in facts} if typed and named <= own and not servers else set()
