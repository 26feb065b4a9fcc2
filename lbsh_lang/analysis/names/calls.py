"""Call hierarchies: a service "calls" its pool, a pool its servers.

An item is a word in a document, and is found again by its place. The server items are the words of statements, so a network
or a range is one item; its callers are looked up in all pools of the script.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from lbsh_lang.analysis.live.regions import Location, Region
from lbsh_lang.analysis.live.session import Session
from lbsh_lang.analysis.live.view import View
from lbsh_lang.analysis.names.occurrences import Named, named_at, pool_life, service_life
from lbsh_lang.analysis.names.servers import addresses_of, count_servers, members_of, servers_phrase
from lbsh_lang.site.pool_lives import PoolLife, target_with
from lbsh_lang.site.server_keys import ServerKey
from lbsh_lang.site.services import ServiceLife, service_word
from lbsh_lang.source import Position
from lbsh_lang.syntax.nodes import AddStatement, Token
from lbsh_lang.syntax.statement import AnyStated
from lbsh_lang.syntax.terminals import NameKind

MOST_CALLS = 1000
"""The most calls in one answer; longer lists help no reader, and take long to send."""

_OR = " or "


class CallItem(NamedTuple):
    """A service, a pool or a server: its word, and the statement around it."""

    kind: NameKind
    name: str
    detail: str
    location: Location
    statement: Region


class Call(NamedTuple):
    """A callee or a caller, and the places of the call in the caller's document."""

    item: CallItem
    places: list[Region]


def items_at(views: Sequence[View], at: Position) -> list[CallItem]:
    """The service, pool or server at a position; a service or a pool at the place where its scripts define it."""
    found = (_item_at(view, at) for view in views)
    return [call.item for call in _merged(Call(item, []) for item in found if item is not None)]


def outgoing_calls(views: Sequence[View], at: Position) -> list[Call]:
    """The callees of the item at a position, in all scripts."""
    return _merged(call for view in views for call in _outgoing(view, at))


def incoming_calls(views: Sequence[View], at: Position) -> list[Call]:
    """The callers of the item at a position, in all scripts. For a server this takes time in the number of pools."""
    return _merged(call for view in views for call in _incoming(view, at))


def _merged(calls: Iterable[Call]) -> list[Call]:
    """The calls of all scripts, merged by item."""
    found: dict[Location, Call] = {}
    for item, places in calls:
        known = found.get(item.location)
        if known is None:
            found[item.location] = Call(item, places)
        elif known != (item, places):
            details = dict.fromkeys([*known.item.detail.split(_OR), item.detail])
            both = item._replace(detail=_OR.join(details))
            found[item.location] = Call(both, list(dict.fromkeys(known.places + places)))
    return list(islice(found.values(), MOST_CALLS))


def _item_at(view: View, at: Position) -> CallItem | None:
    """The item at a position, in one script."""
    named = named_at(view, at)
    if named is None:
        return None
    service, pool = _entity(view.session, named)
    if service is not None:
        return _service_item(view.session, service)
    if pool is not None:
        return _pool_item(view.session, pool)
    return _server_item(view.session, named.at, named.token) if named.kind is NameKind.SERVER else None


def _outgoing(view: View, at: Position) -> list[Call]:
    session, named = view.session, named_at(view, at)
    service, pool = _entity(session, named)
    if pool is not None:
        return list(islice(_servers_of(session, pool), MOST_CALLS))
    called = session.resolution.pool_of(service) if service is not None else None
    if service is None or called is None:
        return []
    return [Call(_pool_item(session, called), [_place_of_pool(session, service, called)])]


def _incoming(view: View, at: Position) -> list[Call]:
    session, named = view.session, named_at(view, at)
    _, pool = _entity(session, named)
    if pool is not None:
        services = pool.served or tuple(filter(None, (pool.service,)))
        return [Call(_service_item(session, one), [_place_of_pool(session, one, pool)]) for one in services]
    if named is None or named.kind is not NameKind.SERVER:
        return []
    return list(islice(_pools_with(session, named), MOST_CALLS))


def _entity(session: Session, named: Named | None) -> tuple[ServiceLife | None, PoolLife | None]:
    """The service or the pool of a name, at a place where it exists."""
    if named is not None and named.kind is NameKind.SERVICE:
        return service_life(session, named.name, named.at), None
    if named is not None and named.kind is NameKind.POOL:
        return None, pool_life(session, named.name, named.at)
    return None, None


def _service_item(session: Session, life: ServiceLife) -> CallItem:
    node = life.node
    words = (node.address, node.protocol, *node.ports)
    detail = " ".join([word.text for word in words if word is not None])
    return _item(session, NameKind.SERVICE, detail, life.defined, node.name)


def _pool_item(session: Session, life: PoolLife) -> CallItem:
    return _item(session, NameKind.POOL, servers_phrase(count_servers(life)), life.defined, life.node.name)


def _server_item(session: Session, at: AnyStated, token: Token[object]) -> CallItem:
    pool = getattr(at.node, "pool", None)
    return _item(session, NameKind.SERVER, pool.text if pool is not None else "", at, token)


def _item(session: Session, kind: NameKind, detail: str, at: AnyStated, token: Token[object] | None) -> CallItem:
    assert token is not None  # facts are filed under readable names
    return CallItem(kind, token.text, detail, session.location(at, token), session.region(at))


def _place_of_pool(session: Session, service: ServiceLife, pool: PoolLife) -> Region:
    """The region that gives a service its pool, if it is in the service's own document."""
    if session.document_of(pool.defined) is session.document_of(service.defined):
        assert service.node.name is not None
        assert service.node.name.value is not None
        return session.region(pool.defined, service_word(pool.node, service.node.name.value))
    return session.region(service.defined, service.node.name)


def _place_of_server(session: Session, pool: PoolLife, at: AnyStated, token: Token[object]) -> Region:
    """The region that adds a server to a pool, if it is in the pool's own document."""
    if session.document_of(at) is session.document_of(pool.defined):
        return session.region(at, token)
    return session.region(pool.defined, pool.node.name)


def _servers_of(session: Session, pool: PoolLife) -> Iterator[Call]:
    """The words of `add` statements for servers that are in the pool at its end."""
    adding = {at.rank: at for at in pool.members.values()}
    for at in adding.values():
        assert isinstance(at.node, AddStatement)
        for token in at.node.targets:
            if token.value is not None and any(_brought(pool, at, member) for member in members_of(token.value)):
                yield Call(_server_item(session, at, token), [_place_of_server(session, pool, at, token)])


def _brought(pool: PoolLife, at: AnyStated, member: ServerKey) -> bool:
    return any(pool.members[one].rank == at.rank for one in pool.at(member))


def _pools_with(session: Session, named: Named) -> Iterator[Call]:
    """The pools that have any of some servers at their end, with the words that added these."""
    wanted = members_of(addresses_of(named))
    lives = (life for history in session.resolution.pools.values() for life in history.lives)
    for life in sorted((life for life in lives if _has_any(life, wanted)), key=lambda life: life.defined.rank):
        places: dict[Region, None] = {}
        for address in wanted:
            for member in life.at(address):
                at = life.members[member]
                token = target_with(at, member)
                assert token is not None  # it added the member
                places[_place_of_server(session, life, at, token)] = None
        yield Call(_pool_item(session, life), list(places))


def _has_any(life: PoolLife, wanted: range) -> bool:
    addresses = life.addresses
    if len(wanted) <= len(addresses):
        return any(member in addresses for member in wanted)
    return any(member in wanted for member in addresses)
