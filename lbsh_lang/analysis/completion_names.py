"""Names of services and pools that live where the cursor is, those of the lines above it first."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import TypeVar

from lbsh_lang.analysis.completion_items import MOST_ITEMS, Item, ItemKind, Spot
from lbsh_lang.analysis.prose import Code, Prose, paragraph
from lbsh_lang.site.pools import Member, PoolHistory, PoolLife, fold_pool, offset_of
from lbsh_lang.site.services import ServiceHistory, ServiceLife
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.lowering import Problem, lower_name, lower_target
from lbsh_lang.syntax.nodes import PoolStatement, ServiceStatement, Stated
from lbsh_lang.values import Algorithm

History = TypeVar("History", ServiceHistory, PoolHistory)

_MOST_FACTS = 2000
"""Beyond so many statements about a pool, what it is at the end stands for what it is at the cursor."""

_MOST_POOLS = 8
_MOST_LOOKED_AT = 2000
"""How many names are looked at that are not near, so that a key stroke never takes long."""


def services_for_pool(spot: Spot) -> Iterator[Item]:
    """Services without a pool, then, in case one is to be replaced, those that are near and have one."""
    own = spot.own
    yield from _services(spot, lambda life: _is_free(life.pool, own))
    for name in _near_services(spot):
        life = service_then(spot, name)
        if life is not None and not _is_free(life.pool, own):
            yield service_item(name, life, "has a pool already")


def services_for_probe(spot: Spot) -> Iterator[Item]:
    """Services without a probe."""
    own = spot.own
    return _services(spot, lambda life: _is_free(life.probe, own))


def services(spot: Spot) -> Iterator[Item]:
    """All services."""
    return _services(spot, lambda life: True)


def new_pools(spot: Spot) -> Iterator[Item]:
    """Names for the pools of services that have none, with the rest of the statement where there is none yet."""
    wanted, own = spot.after("for"), spot.own
    found: Iterable[str] = (item.label for item in _services(spot, lambda life: _is_free(life.pool, own)))
    for service in [wanted] if wanted is not None else found:
        name = f"{service.lower()}_pool"
        if not isinstance(lower_name(name), Problem) and name not in spot.resolution.pools:
            text = f"{name} for {service}" if spot.is_last else name
            yield Item(name, ItemKind.POOL, text, f"for {service}", matched=f"{name} {service}")


def pools(spot: Spot) -> Iterator[Item]:
    """All pools."""
    index, near = spot.resolution.pools, _near_pools(spot)
    for name, history in _candidates(spot, near, index):
        life = pool_alive(history, spot.now)
        if life is not None:
            yield pool_item(name, life)


def pools_with(spot: Spot) -> Iterator[Item]:
    """Pools, those first that have the servers which the line names; of `resume`, as drained ones."""
    members = _named_members(spot)
    first = list(islice(_holders(spot, members), MOST_ITEMS)) if members else []
    yield from [item for _, item in first]
    seen = {name for name, _ in first}
    yield from (item for item in pools(spot) if item.label not in seen)


def pool_then(spot: Spot, name: str) -> PoolLife | None:
    """A pool with the servers that it has above the cursor's line."""
    resolution = spot.resolution
    facts = resolution.facts.pools.get(name, [])
    count = bisect_right(facts, spot.now, key=lambda fact: fact.rank)
    if count > _MOST_FACTS:
        return pool_alive(resolution.pools[name], spot.now)
    lives = fold_pool(facts[:count], resolution.services.get).lives
    return lives[-1] if lives and lives[-1].end > spot.now else None


def near_pools_then(spot: Spot) -> Iterator[tuple[str, PoolLife]]:
    """The pools that the lines above speak of, the nearest first, with the servers that they have there."""
    found = ((name, pool_then(spot, name)) for name in _near_pools(spot))
    return islice(((name, life) for name, life in found if life is not None), _MOST_POOLS)


def service_then(spot: Spot, name: str) -> ServiceLife | None:
    """The service of that name that lives at the cursor."""
    history = spot.resolution.services.get(name)
    return service_alive(history, spot.now) if history is not None else None


def service_alive(history: ServiceHistory, now: int) -> ServiceLife | None:
    for life in reversed(history.lives):
        if life.defined.rank <= now:
            return life if life.removed is None or life.removed.rank > now else None
    return None


def pool_alive(history: PoolHistory, now: int) -> PoolLife | None:
    for life in reversed(history.lives):
        if life.defined.rank <= now:
            return life if life.end > now else None
    return None


def service_item(name: str, life: ServiceLife, detail: str = "") -> Item:
    node = life.node
    protocol = node.protocol.text if node.protocol else ""
    ports = ",".join([port.text for port in node.ports[:4]]) + (",…" if len(node.ports) > 4 else "")
    place = f"{node.address.text if node.address else ''} {protocol} {ports}".strip()
    return Item(name, ItemKind.SERVICE, name, detail or place, documentation=_service_prose(name, place, life))


def pool_item(name: str, life: PoolLife, detail: str = "") -> Item:
    node = life.node
    service, count = node.service.text if node.service else "?", servers_count(len(life.members))
    algorithm = node.algorithm.text if node.algorithm else Algorithm.ROUND_ROBIN.value
    prose = (paragraph("Pool ", Code(name), " for ", Code(service), ", ", Code(algorithm), f": {count}."),)
    return Item(name, ItemKind.POOL, name, detail or f"for {service}, {count}", documentation=prose)


def servers_count(count: int) -> str:
    return f"{count} server{'' if count == 1 else 's'}"


def _service_prose(name: str, place: str, life: ServiceLife) -> Prose:
    pool = life.pool.node if life.pool else None
    if isinstance(pool, PoolStatement) and pool.name is not None:
        return (paragraph("Service ", Code(name), " at ", Code(place), ", pool ", Code(pool.name.text), "."),)
    return (paragraph("Service ", Code(name), " at ", Code(place), ", without a pool."),)


def _services(spot: Spot, is_wanted: Callable[[ServiceLife], bool]) -> Iterator[Item]:
    index, near, now = spot.resolution.services, _near_services(spot), spot.now
    for name, history in _candidates(spot, near, index):
        life = service_alive(history, now)
        if life is not None and is_wanted(life):
            yield service_item(name, life)


def _is_free(taken: Stated | None, own: int | None) -> bool:
    """Whether a service still lacks something, the cursor's own statement aside."""
    return taken is None or taken.rank == own


def _near_services(spot: Spot) -> dict[str, None]:
    return _names(
        node.name if isinstance(node, ServiceStatement) else node.service
        for node in spot.nearby()
        if isinstance(node, ServiceStatement | PoolStatement | nodes.ProbeStatement)
    )


def _near_pools(spot: Spot) -> dict[str, None]:
    return _names(
        node.name if isinstance(node, PoolStatement) else node.pool
        for node in spot.nearby()
        if isinstance(node, PoolStatement | _Members)
    )


_Members = nodes.AddStatement | nodes.RemoveStatement | nodes.DrainStatement | nodes.ResumeStatement


def _names(tokens: Iterable[nodes.Name | None]) -> dict[str, None]:
    return {token.value: None for token in tokens if token is not None and token.value is not None}


def _candidates(spot: Spot, near: dict[str, None], index: dict[str, History]) -> Iterator[tuple[str, History]]:
    """Names with their histories, near ones first, then others as far as there is time to look.

    Of many names only those count that hold what has been typed.
    """
    typed = spot.cursor.typed.lower() if len(index) > MOST_ITEMS else ""
    others = (name for name in index if name not in near and typed in name.lower())
    names = chain((name for name in near if name in index and typed in name.lower()), islice(others, _MOST_LOOKED_AT))
    return ((name, index[name]) for name in names)


def _named_members(spot: Spot) -> list[Member]:
    """The first server of each target before the cursor."""
    texts = [text for terminal in ("LEAVING", "TARGET", "ADDRESS") for text in spot.cursor.texts_of(terminal)]
    targets = [lower_target(text) for text in texts]
    return [one.first + offset_of(one.family) for one in targets if not isinstance(one, Problem)]


def _holders(spot: Spot, members: list[Member]) -> Iterator[tuple[str, Item]]:
    """The pools that have one of these servers: near ones as they are here, then others as they are at the end."""
    resuming = spot.cursor.words[:1] == ("resume",)
    near = dict(near_pools_then(spot))
    far = (
        (name, history.current)
        for name, history in islice(spot.resolution.pools.items(), _MOST_FACTS)
        if name not in near
    )
    for name, life in chain(near.items(), far):
        if life is None or life.defined.rank > spot.now:
            continue
        kept = life.drained if resuming else life.members
        if any(member in kept for member in members):
            yield name, pool_item(name, life, "has this server" if not resuming else "this server is drained there")
