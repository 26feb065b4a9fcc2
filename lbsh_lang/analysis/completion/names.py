"""Names of the services and pools that exist at the cursor, those of the lines above it first."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice, takewhile
from math import inf
from typing import TypeVar

from lbsh_lang.analysis.completion.items import MOST_ITEMS, CompletionItem, CompletionKind, Spot
from lbsh_lang.analysis.prose.blocks import Code, paragraph
from lbsh_lang.analysis.prose.entities import pool_head, servers_of, service_head, service_place
from lbsh_lang.site.pool_lives import PoolHistory, PoolLife
from lbsh_lang.site.pools import fold_pool
from lbsh_lang.site.server_keys import ServerKey, offset_of
from lbsh_lang.site.services import ServiceHistory, ServiceLife
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.faults import Problem
from lbsh_lang.syntax.lowering import lower_address, lower_clients, lower_name, lower_port
from lbsh_lang.syntax.methods import METHODS
from lbsh_lang.syntax.nodes import PoolStatement, ServiceStatement
from lbsh_lang.syntax.statement import AnyStated, Statement
from lbsh_lang.values import BITS, HELPERS, PROTOCOLS_OF_HELPER, Family, PortRange, Protocol
from oyster.automaton import COMMA

Life = TypeVar("Life", ServiceLife, PoolLife)
History = TypeVar("History", ServiceHistory, PoolHistory)

_MOST_FACTS = 2000
"""The number of statements about a pool up to which its state at the cursor is computed; beyond, its final state is used."""

_MOST_POOLS = 8

_MOST_TARGETS = 16
"""The number of the line's words for servers that are considered; each may stand for a thousand."""

_MOST_LOOKED_AT = 2000
"""The number of far names that are considered, so that a key stroke never takes long."""


def services_for_pool(spot: Spot) -> Iterator[CompletionItem]:
    """Services without a pool, of the family of those that the line has, and with as many ports as its list of ports."""
    own, sizes, named = spot.own, _sizes_behind(spot), _named_services(spot)
    families = {family for name in named if (family := _family_of(service_then(spot, name))) is not None}

    def fits(life: ServiceLife) -> bool:
        alone = life.node.name is None or life.node.name.text not in named
        fit = sizes is None or _sizes(token.value for token in life.node.ports) in (None, sizes)
        return alone and families <= {_family_of(life)} and _is_free(life.pool, own) and fit

    return _services(spot, fits)


def _sizes_behind(spot: Spot) -> list[int] | None:
    """The number of ports in each item of the list behind `port`; None if there is none, or it cannot be read."""
    words = spot.cursor.after
    if "port" not in words:
        return None
    listed = takewhile(lambda word: word not in spot.language.automaton.keywords, words[words.index("port") + 1 :])
    ports = [lower_port(word) for word in listed if word != COMMA]
    return _sizes(None if isinstance(port, Problem) else port for port in ports)


def _sizes(ports: Iterable[PortRange | None]) -> list[int] | None:
    """The number of ports in each item of a list, None if one cannot be read."""
    read = list(ports)
    return None if None in read else [port.last - port.first + 1 for port in read if port is not None]


def _named_services(spot: Spot) -> set[str]:
    """The services that the line of a pool names besides the word at the cursor."""
    behind = takewhile(lambda word: word not in spot.language.automaton.keywords, spot.cursor.after)
    return {*spot.cursor.texts_of("SERVED_SERVICE"), *spot.cursor.texts_of("FURTHER_SERVICE"), *behind} - {COMMA}


def _family_of(life: ServiceLife | None) -> Family | None:
    address = life.node.address if life is not None else None
    return address.value.family if address is not None and address.value is not None else None


def family_of_line(spot: Spot) -> Family | None:
    """The address family of the service that the line defines or changes, None if it is not known."""
    address = lower_address(spot.cursor.text_of("SERVICE_ADDRESS") or "")
    life = service_then(spot, spot.cursor.text_of("CHANGED") or "")
    return _family_of(life) if isinstance(address, Problem) else address.family


def services_for_probe(spot: Spot) -> Iterator[CompletionItem]:
    """Services without a probe that fit the method on the rest of the line."""
    own, method = spot.own, METHODS.get(spot.after("with") or "")
    protocols = method.protocols if method is not None else None
    return _services(spot, lambda life: _is_free(life.probe, own) and (protocols is None or _speaks(life, protocols)))


def services_for_set(spot: Spot) -> Iterator[CompletionItem]:
    """Services that can have the clients, the prefix and the helper on the rest of the line."""
    clients, prefix = lower_clients(spot.after("from") or ""), spot.after("prefix") or ""
    family = None if isinstance(clients, Problem) else clients.family
    helper = HELPERS.get(spot.after("helper") or "")
    protocols = frozenset(PROTOCOLS_OF_HELPER[helper] if helper is not None else Protocol)

    def fits(life: ServiceLife) -> bool:
        is_long = prefix.isdecimal() and len(prefix) < 4 and int(prefix) > BITS[_family_of(life) or 6]
        return family in (None, _family_of(life)) and _speaks(life, protocols) and not is_long

    return _services(spot, fits)


def services(spot: Spot) -> Iterator[CompletionItem]:
    """All services."""
    return _services(spot, lambda life: True)


def new_pools(spot: Spot) -> Iterator[CompletionItem]:
    """Names for the pools of services without a pool, with the rest of the statement if the line ends there."""
    wanted, own = spot.after("for"), spot.own
    found: Iterable[str] = (item.label for item in _services(spot, lambda life: _is_free(life.pool, own)))
    for service in [wanted] if wanted is not None else found:
        name = f"{service.lower()}_pool"
        if not isinstance(lower_name(name), Problem) and name not in spot.resolution.pools:
            text = f"{name} for {service}" if spot.is_last else name
            yield CompletionItem(name, CompletionKind.POOL, text, f"for {service}", matched=f"{name} {service}")


def pools(spot: Spot) -> Iterator[CompletionItem]:
    """All pools."""
    return (_pool_item(name, life) for name, life in _living_pools(spot))


def pools_inside(spot: Spot) -> Iterator[CompletionItem]:
    """Pools whose servers may get the external address of the line, and that it does not name."""
    address, named = lower_address(spot.cursor.text_of("DEVICE_ADDRESS") or ""), {*spot.cursor.texts_of("INSIDE")}
    named.update(spot.cursor.after)
    family = 4 if isinstance(address, Problem) else address.family
    for name, life in _living_pools(spot):
        if name not in named and pool_family(life) in (None, family):
            yield _pool_item(name, life)


def pools_for(spot: Spot) -> Iterator[CompletionItem]:
    """Pools that the line's servers may join: those of their family that have none of them."""
    families, members, own = {one.family for one in spot.targets}, {*_named_members(spot)}, spot.own
    for name, life in _living_pools(spot):
        family = pool_family(life)
        if family is not None and not families <= {family}:
            continue
        if all(life.members[member].line == own for address in life.addresses & members for member in life.at(address)):
            yield _pool_item(name, life)


def pools_with(spot: Spot) -> Iterator[CompletionItem]:
    """Pools that have the servers named on the line; for `resume` and `up`, as servers that these concern.

    All pools if the line names no server.

    Near pools, and the pool that the line names already, are compared in their state at the cursor. Other pools are
    compared in their final state, so that a pool which loses the server further down is missing here: computing the state
    of every pool at the cursor takes too long.
    """
    members = _named_members(spot)
    if not members:
        yield from pools(spot)
        return
    near = dict(chain(_own_pool_then(spot), near_pools_then(spot)))
    first = members[0]
    far = (
        (name, history.lives[-1])
        for name, history in spot.resolution.pools.items()
        if history.lives and first in history.lives[-1].addresses and name not in near
    )
    details = {"resume": "this server is drained there", "up": "this server is down by hand there"}
    detail = details.get(spot.cursor.words[0], "has this server")
    for name, life in chain(near.items(), far):
        if life.defined.rank <= spot.now < life.end:
            if all(_may_leave(spot, life, member) for member in members):
                yield _pool_item(name, life, detail)
            elif life.blurred:
                yield _pool_item(name, life)


def pool_then(spot: Spot, name: str) -> PoolLife | None:
    """A pool with its servers above the cursor's line."""
    resolution = spot.resolution
    facts = resolution.facts.pools.get(name, [])
    count = bisect_right(facts, spot.now, key=lambda fact: fact.rank)
    if count > _MOST_FACTS:
        return _alive(resolution.pools[name].lives, spot.now)
    above = resolution.facts.everywhere.among(facts[:count], spot.now)
    lives = fold_pool(name, above, resolution.services.get).lives
    return lives[-1] if lives and lives[-1].end > spot.now else None


def near_pools_then(spot: Spot) -> Iterator[tuple[str, PoolLife]]:
    """The pools named on the lines above, the nearest first, with their servers there."""
    found = ((name, pool_then(spot, name)) for name in _near_pools(spot))
    return islice(((name, life) for name, life in found if life is not None), _MOST_POOLS)


def service_then(spot: Spot, name: str) -> ServiceLife | None:
    """The service of that name that exists at the cursor."""
    history = spot.resolution.services.get(name)
    return _alive(history.lives, spot.now) if history is not None else None


def pool_family(life: PoolLife) -> Family | None:
    """The address family of a pool's servers, None if it is not known."""
    token = life.service.node.address if life.service is not None else None
    return token.value.family if token is not None and token.value is not None else None


def has_one_port(life: ServiceLife) -> bool:
    """Whether a service has one port, so that one port of servers can replace it."""
    ports = life.node.ports
    return len(ports) < 2 and all(token.value is None or token.value.is_single for token in ports)


def _alive(lives: Sequence[Life], now: int) -> Life | None:
    """The life that goes on behind the statement of rank `now`, to which a name newly written there would belong.

    For names that are written already, see `names`.
    """
    begun = bisect_right(lives, now, key=lambda life: life.defined.rank)
    return lives[begun - 1] if begun and now < _end(lives[begun - 1]) else None


def _end(life: ServiceLife | PoolLife) -> float:
    if isinstance(life, PoolLife):
        return life.end
    return inf if life.removed is None else life.removed.rank


def _service_item(name: str, life: ServiceLife) -> CompletionItem:
    pool = life.pool.node if life.pool else None
    has = paragraph("It has no pool.")
    if isinstance(pool, PoolStatement) and pool.name is not None:
        has = paragraph("Its pool is ", Code(pool.name.text), ".")
    return CompletionItem(
        name, CompletionKind.SERVICE, name, service_place(life.node), documentation=(service_head(life), has)
    )


def _pool_item(name: str, life: PoolLife, detail: str = "") -> CompletionItem:
    service = ", ".join([one.text for one in life.node.services]) or "?"
    detail = detail or f"for {service}, {servers_of(life)}"
    return CompletionItem(name, CompletionKind.POOL, name, detail, documentation=(pool_head(life),))


def _services(spot: Spot, is_wanted: Callable[[ServiceLife], bool]) -> Iterator[CompletionItem]:
    near, now = _near_services(spot), spot.now
    for name, history in _candidates(spot, near, spot.resolution.services):
        life = _alive(history.lives, now)
        if life is not None and is_wanted(life):
            yield _service_item(name, life)


def _living_pools(spot: Spot) -> Iterator[tuple[str, PoolLife]]:
    near = _near_pools(spot)
    for name, history in _candidates(spot, near, spot.resolution.pools):
        life = _alive(history.lives, spot.now)
        if life is not None:
            yield name, life


def _is_free(taken: AnyStated | None, own: int | None) -> bool:
    """Whether a service still lacks its pool or probe, apart from the cursor's own statement."""
    return taken is None or taken.line == own


def _speaks(life: ServiceLife, protocols: frozenset[Protocol]) -> bool:
    """Whether a service has only these protocols."""
    token = life.node.protocol
    return token is None or token.value is None or protocols.issuperset(token.value)


def _may_leave(spot: Spot, life: PoolLife, member: ServerKey) -> bool:
    """Whether the line's `remove`, `drain`, `resume`, `down`, `up` or `set` can apply to a server of a pool."""
    there = [one for one in life.at(member) if life.members[one].rank <= spot.now]
    word = spot.cursor.words[0]
    wished = wished_by(life, word)
    if wished is None:
        return bool(there)
    has_it = any(wished[one].rank <= spot.now for one in there if one in wished)
    return bool(there) and has_it == (word in ("resume", "up"))


def wished_by(life: PoolLife, word: str) -> Mapping[ServerKey, AnyStated] | None:
    """The servers of a pool with the wish that statements with a first word give or take back; None for other words."""
    if word in ("drain", "resume"):
        return life.drained
    return life.downed if word in ("down", "up") else None


def _near_services(spot: Spot) -> dict[str, None]:
    return _names(token for node in spot.nearby() for token in _services_of(node))


def _services_of(node: Statement) -> tuple[nodes.Name | None, ...]:
    """The names of services in a statement about services."""
    match node:
        case ServiceStatement():
            return (node.name,)
        case PoolStatement():
            return node.services
        case nodes.ProbeStatement() | nodes.SetServiceStatement():
            return (node.service,)
        case _:
            return ()


def _near_pools(spot: Spot) -> dict[str, None]:
    return _names(
        node.name if isinstance(node, PoolStatement) else node.pool
        for node in spot.nearby()
        if isinstance(node, PoolStatement | _Members)
    )


_Members = (
    nodes.AddStatement | nodes.RemoveStatement | nodes.DrainStatement | nodes.ResumeStatement | nodes.SetStatement
)


def _names(tokens: Iterable[nodes.Name | None]) -> dict[str, None]:
    return {token.value: None for token in tokens if token is not None and token.value is not None}


def _candidates(spot: Spot, near: dict[str, None], index: dict[str, History]) -> Iterator[tuple[str, History]]:
    """Names with their histories, near ones first, then a limited number of others.

    In a script of many names, only those that contain the typed text.
    """
    typed = spot.cursor.typed.lower() if len(index) > MOST_ITEMS else ""
    others = (name for name in index if name not in near and typed in name.lower())
    names = chain((name for name in near if name in index and typed in name.lower()), islice(others, _MOST_LOOKED_AT))
    return ((name, index[name]) for name in names)


def _named_members(spot: Spot) -> list[ServerKey]:
    """The servers that the line names."""
    return [
        member
        for one in islice(spot.targets, _MOST_TARGETS)
        for member in range(one.first + offset_of(one.family), one.last + offset_of(one.family) + 1)
    ]


def _own_pool_then(spot: Spot) -> Iterator[tuple[str, PoolLife]]:
    """The pool that the line names already: at the end it may lack the servers that this very statement removes."""
    node = spot.view.document.parsed[spot.cursor.line].node
    token = node.pool if isinstance(node, _Members) else None
    life = pool_then(spot, token.value) if token is not None and token.value is not None else None
    if token is not None and token.value is not None and life is not None:
        yield token.value, life
