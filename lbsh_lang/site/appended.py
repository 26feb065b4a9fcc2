"""What statements at the end of a script change, and servers that go down: the services that differ, and no look at others.

Theory of operation. The meaning of an entity follows from its own facts (`facts`). So new statements touch the services and
pools that they name, the pools with a server that they name in all pools (`everywhere`), and what hangs on these: the
services of a touched pool, and the pool of a named service. Each touched entity is folded once more, without the new
statements; that is how it was before. For example, in

    service A is 203.0.113.10 tcp 80          1. `add` names the pool `a`, which A and B share
    service B is 203.0.113.11 tcp 80          2. `a` is folded from its first `add` alone
    pool a for A, B                           3. A and B differ: each had one server, and has two
    add 10.0.0.2 to a
    add 10.0.0.3 to a     (new)

A server that went down, or came up, touches its service.

A service that comes or goes may take ports from others of its address, or give them back (`precedence`). So the services
whose ports overlap with a touched one's, directly or by others, are looked at too.

*Cost.* The touched entities with their statements, and a look at the address of each service.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence, Set
from operator import attrgetter
from typing import NamedTuple, TypeVar

from lbsh_lang.site import model, precedence
from lbsh_lang.site.down import with_down
from lbsh_lang.site.exchange import Exchange, exchange_between
from lbsh_lang.site.facts import About, subjects
from lbsh_lang.site.pool_lives import PoolHistory, PoolLife
from lbsh_lang.site.pools import fold_pool
from lbsh_lang.site.precedence import Listener
from lbsh_lang.site.resolve import Resolution, service_alone, service_with
from lbsh_lang.site.services import ServiceHistory, ServiceLife, fold_service
from lbsh_lang.site.status import ServerId
from lbsh_lang.syntax.nodes import ExternalAddrStatement, IncludeStatement
from lbsh_lang.syntax.statement import AnyStated, Stated, Statement
from lbsh_lang.values import Address


class _Touched(NamedTuple):
    """The names of the services and pools that new statements concern."""

    services: set[str]
    pools: set[str]


def exchange_of(
    resolution: Resolution, first: int, was: Set[ServerId] = frozenset(), now: Set[ServerId] = frozenset()
) -> Exchange | None:
    """The services that the statements from a rank on change, None if they change, or may change, the device as well.

    The statements are the last ones of the script. As for `Resolution.site`, the result counts only if the checks find no
    error, with the statements and without them. `was` are the servers that were down, `now` those that are.
    """
    touched = _touched(resolution, _from(resolution.script.statements, first))
    if touched is None:
        return None
    after = _State(resolution.services, resolution.pools)
    before = _before(resolution, touched, first)
    if any(_is_source_changed(resolution, name, before, after) for name in touched.pools):
        return None
    names = {*touched.services, *before.served(touched.pools), *after.served(touched.pools)}
    names |= {server.service for server in was ^ now}
    names |= _around(resolution, [state.life(name) for name in sorted(names) for state in (before, after)])
    return exchange_between(
        tuple([with_down(service, was) for service in before.settled(names)]),
        tuple([with_down(service, now) for service in after.settled(names)]),
    )


class _State(NamedTuple):
    """The histories of a script, with new statements or without."""

    services: dict[str, ServiceHistory]
    pools: dict[str, PoolHistory]

    def life(self, service: str) -> ServiceLife | None:
        """A service at the end of the script."""
        history = self.services.get(service)
        return history.current if history is not None else None

    def pool(self, service: ServiceLife) -> PoolLife | None:
        """The pool of a service."""
        if service.pool is None or service.pool.node.name is None or service.pool.node.name.value is None:
            return None
        lives = self.pools[service.pool.node.name.value].lives
        return next((life for life in lives if life.defined.rank == service.pool.rank), None)

    def served(self, pools: Iterable[str]) -> Iterator[str]:
        """The names of the services of pools at the end of the script."""
        for name in pools:
            history = self.pools.get(name)
            life = history.current if history is not None else None
            for service in life.served if life is not None else ():
                if service.node.name is not None and service.node.name.value is not None:
                    yield service.node.name.value

    def settled(self, names: Collection[str]) -> Iterator[model.Service]:
        """Services that are there at the end, in the order of the script. No other service overlaps with them."""
        lives = sorted([life for name in names if (life := self.life(name))], key=lambda life: life.defined.rank)
        known = [(life, part) for life in lives if (part := service_alone(life)) is not None]
        for (life, _), part in zip(known, model.settled([part for _, part in known]), strict=True):
            yield service_with(part, self.pool(life))


def _touched(resolution: Resolution, statements: Iterable[AnyStated]) -> _Touched | None:
    """The services and pools that statements concern, None if they concern anything else."""
    services: set[str] = set()
    pools: set[str] = set()
    for stated in statements:
        if isinstance(stated.node, IncludeStatement):
            return None
        for about, name in subjects(stated.node):
            match about:
                case About.SERVICE:
                    services.add(name)
                case About.POOL:
                    pools.add(name)
                case About.EVERYWHERE:
                    rank = stated.rank
                    pools |= {name for name, history in resolution.pools.items() if rank in history.effects}
                case About.SHELL:
                    pass
                case _:
                    return None
    pools |= {pool for name in services for pool in _pools_of(resolution.services[name])}
    return _Touched(services, pools)


def _pools_of(history: ServiceHistory) -> Iterator[str]:
    """The names of the pools that a service ever had."""
    for life in history.lives:
        if life.pool is not None and life.pool.node.name is not None and life.pool.node.name.value is not None:
            yield life.pool.node.name.value


def _before(resolution: Resolution, touched: _Touched, first: int) -> _State:
    """The touched entities without the statements from a rank on; all others are as they are."""
    facts = resolution.facts
    services = {**resolution.services}
    services |= {name: fold_service(name, _until(facts.services[name], first)) for name in touched.services}
    pools = {**resolution.pools}
    for name in touched.pools:
        about = facts.everywhere.among(_until(facts.pools[name], first), first - 1)
        pools[name] = fold_pool(name, about, services.get)
    return _State(services, pools)


def _is_source_changed(resolution: Resolution, pool: str, before: _State, after: _State) -> bool:
    """Whether an `external addr … for POOL` is for other servers than before."""
    if not any(isinstance(stated.node, ExternalAddrStatement) for stated in resolution.facts.pools[pool]):
        return False
    lives = [state.pools[pool].current for state in (before, after)]
    had, has = [(life.defined.rank, set(life.addresses)) if life is not None else None for life in lives]
    return had != has


def _around(resolution: Resolution, touched: Iterable[ServiceLife | None]) -> set[str]:
    """The names of the services whose ports overlap with those of touched ones, directly or by others."""
    wanted: dict[Address, list[Listener]] = {}
    for life in touched:
        part = service_alone(life) if life is not None else None
        if part is not None:
            wanted.setdefault(part.address, []).append(Listener(part.protocols, part.ports))
    others: dict[Address, list[tuple[str, ServiceLife]]] = {address: [] for address in wanted}
    for name, history in resolution.services.items():
        life = history.lives[-1] if history.lives else None
        token = life.node.address if life is not None else None
        if life is not None and token is not None and token.value in others and life.removed is None:
            others[token.value].append((name, life))
    return {name for address, some in wanted.items() for name in _meeting(some, others[address])}


def _meeting(wanted: Sequence[Listener], others: Sequence[tuple[str, ServiceLife]]) -> Iterator[str]:
    """The names of the services of an address that meet these sets of ports."""
    if len(others) <= 1:
        return
    readable = [(name, part) for name, life in others if (part := service_alone(life)) is not None]
    sets = [*wanted, *(Listener(part.protocols, part.ports) for _, part in readable)]
    for rank in precedence.meeting(sets, range(len(wanted))):
        if rank >= len(wanted):
            yield readable[rank - len(wanted)][0]


Statement_co = TypeVar("Statement_co", bound=Statement, covariant=True)


def _from(statements: Sequence[AnyStated], first: int) -> Sequence[AnyStated]:
    return statements[bisect_left(statements, first, key=attrgetter("rank")) :]


def _until(facts: Sequence[Stated[Statement_co]], first: int) -> list[Stated[Statement_co]]:
    return list(facts[: bisect_left(facts, first, key=attrgetter("rank"))])
