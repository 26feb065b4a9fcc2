"""A search for services, pools and servers in whole scripts, by a few letters or digits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from lbsh_lang.analysis.lines.symbols import SymbolKind
from lbsh_lang.analysis.live.regions import Location
from lbsh_lang.analysis.live.session import Session
from lbsh_lang.site.pool_lives import PoolLife
from lbsh_lang.site.services import ServiceLife
from lbsh_lang.syntax.faults import Problem
from lbsh_lang.syntax.lowering import parse_address
from lbsh_lang.syntax.nodes import AddStatement, Token
from lbsh_lang.syntax.statement import AnyStated
from lbsh_lang.values import Address, AddressRange

MOST_FOUND = 256
"""The most results; longer lists help no reader, and an editor searches again with every letter."""

_ADDRESS = re.compile(r"[0-9][0-9./-]*|[0-9a-f]*:[0-9a-f:./-]*", re.ASCII)


class FoundSymbol(NamedTuple):
    """A result of a search, and the entity that contains it."""

    kind: SymbolKind
    name: str
    container: str
    location: Location


class _Hit(NamedTuple):
    """A match, its distance from the query (0 is best), and its place."""

    distance: int
    name: str
    kind: SymbolKind
    container: str
    at: AnyStated
    token: Token[object]


def find_symbols(sessions: Iterable[Session], query: str) -> list[FoundSymbol]:
    """Services and pools whose names contain the letters of a query in order; servers, if the query looks like an address.

    The nearest matches come first. Takes time in the size of the scripts.
    """
    query = query.strip().casefold()
    search = _servers if _ADDRESS.fullmatch(query) else _names
    hits = [(hit, session) for session in sessions for hit in search(session, query)]
    hits.sort(key=lambda pair: (pair[0].distance, pair[0].name, pair[0].at.rank))
    found: dict[Location, FoundSymbol] = {}
    for hit, session in hits:
        if len(found) >= MOST_FOUND:
            break
        location = session.location(hit.at, hit.token)  # several scripts may share a file
        found.setdefault(location, FoundSymbol(hit.kind, hit.name, hit.container, location))
    return list(found.values())


def _names(session: Session, query: str) -> Iterator[_Hit]:
    resolution = session.resolution
    for name, services in resolution.services.items():
        yield from _lives(SymbolKind.SERVICE, name, services.lives, query)
    for name, pools in resolution.pools.items():
        yield from _lives(SymbolKind.POOL, name, pools.lives, query)


def _lives(kind: SymbolKind, name: str, lives: Sequence[ServiceLife | PoolLife], query: str) -> Iterator[_Hit]:
    distance = _distance(name.casefold(), query)
    if distance is None:
        return
    for life in lives:
        token = life.node.name
        assert token is not None  # facts are filed under readable names
        service = life.node.service if isinstance(life, PoolLife) else None
        yield _Hit(distance, name, kind, service.text if service is not None else "", life.defined, token)


def _servers(session: Session, query: str) -> Iterator[_Hit]:
    """The words of `add` statements that contain the query, or cover the address that it spells."""
    parsed = parse_address(query)
    address = None if isinstance(parsed, Problem) else parsed
    for pool, facts in session.resolution.facts.pools.items():
        for stated in facts:
            for token in stated.node.targets if isinstance(stated.node, AddStatement) else ():
                text = token.text.lower()
                distance = _distance(text, query) if query in text else 1 if _holds(token, address) else None
                if distance is not None:
                    yield _Hit(distance, token.text, SymbolKind.SERVER, pool, stated, token)


def _distance(name: str, query: str) -> int | None:
    """The distance of a name from a query: equal, a prefix, a substring, letters in order; None if it does not match."""
    if query in name:
        return 0 if name == query else 1 if name.startswith(query) else 2
    rest = iter(name)
    return 3 if all(letter in rest for letter in query) else None


def _holds(token: Token[object], address: Address | None) -> bool:
    """Whether a word of an `add` covers an address."""
    addresses = token.value
    if address is None or not isinstance(addresses, AddressRange):
        return False
    return addresses.family == address.family and addresses.first <= address.value <= addresses.last
