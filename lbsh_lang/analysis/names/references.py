"""From a name to its definition, to all of its places, and to those that change with it while the user types."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.analysis.live.regions import Location, Region, on_line
from lbsh_lang.analysis.live.session import Session
from lbsh_lang.analysis.live.view import View
from lbsh_lang.analysis.names import servers
from lbsh_lang.analysis.names.occurrences import Named, lasts_at, life_of, made_up, named_at, places_of
from lbsh_lang.source import Position
from lbsh_lang.syntax.nodes import IncludeStatement
from lbsh_lang.syntax.terminals import NameKind, Role


class Access(Enum):
    """Whether a place defines or removes an entity, or only uses it."""

    READ = "read"
    WRITE = "write"


class Target(NamedTuple):
    """A definition: its word, and the statement around it."""

    location: Location
    statement: Region


class Definition(NamedTuple):
    """The definition of the name in a region; servers may have several."""

    origin: Region
    targets: list[Target]


class Highlight(NamedTuple):
    """A place in the same document with the name at the cursor."""

    region: Region
    access: Access


def definition(view: View, at: Position) -> Definition | None:
    """The definition of the name at a position: for a server the `add` with it, for an included path its file."""
    named = named_at(view, at)
    if named is None:
        return _included(view, at)
    session = view.session
    targets = [
        Target(session.location(one.at, one.token), session.region(one.at)) for one in _definitions(session, named)
    ]
    return Definition(session.region(named.at, named.token), targets) if targets else None


def references(view: View, at: Position) -> list[Location]:
    """All places in the script that use the name at a position, except its definitions."""
    return _located(view.session, [one for one in _places(view, at) if one.role is not Role.DEFINES])


def references_and_definitions(view: View, at: Position) -> list[Location]:
    """All places in the script that have the name at a position."""
    return _located(view.session, _places(view, at))


def highlights(view: View, at: Position) -> list[Highlight]:
    """All places in the document that have the name at a position; servers only within their pool."""
    session, document = view
    named = named_at(view, at)
    if named is None:
        return []
    places = servers.places_in_pool(session, named) if named.kind is NameKind.SERVER else places_of(session, named)
    identity, line_of = document.identity, session.line_of
    return [
        Highlight(on_line(line_of(at), token.start, token.end), Access.READ if role is Role.USES else Access.WRITE)
        for _, role, at, token in places
        if at.source.identity == identity
    ]


def linked_regions(view: View, at: Position) -> list[Region]:
    """The places that change along while the name at a position is edited; none if that would not be safe.

    Linked editing starts only at the definition of a service or a pool, if there is one definition, and all uses are in
    this document. At a use it would rename by accident: typing `web_pool` there may mean another pool than `web`.
    """
    session, document = view
    named = named_at(view, at)
    if named is None or named.kind not in (NameKind.SERVICE, NameKind.POOL) or named.role is not Role.DEFINES:
        return []
    places = places_of(session, named)
    if made_up(session, named) is not None:
        return []
    if sum(one.role is Role.DEFINES for one in places) > 1:
        return []
    if len(places) < 2 or any(session.document_of(one.at) is not document for one in places):
        return []
    return [session.region(one.at, one.token) for one in places]


def _included(view: View, at: Position) -> Definition | None:
    """The start of the file that an `include` at a position leads to."""
    session, document = view
    at = document.clamp(at)
    node = document.parsed[at.line].node
    path = node.path if isinstance(node, IncludeStatement) else None
    if path is None or path.value is None or not path.start <= at.column <= path.end:
        return None
    found = session.included(path.value, document.identity)
    if not isinstance(found, Document):
        return None
    start = on_line(0, 0, 0)
    return Definition(on_line(at.line, path.start, path.end), [Target(Location(found.identity, start), start)])


def _definitions(session: Session, named: Named) -> list[Named]:
    if named.kind is NameKind.SERVER:
        return [named] if named.role is Role.DEFINES else servers.brought_in_by(session, named)
    defining = [one for one in places_of(session, named) if one.role is Role.DEFINES]
    life = life_of(session, named)
    if life is None:
        return defining[:1]  # devices and interfaces have one life
    if not lasts_at(life, named.at) and life.defined.rank < named.at.rank:
        return []  # the life has ended before
    return [one for one in defining if one.at.rank == life.defined.rank]


def _places(view: View, at: Position) -> list[Named]:
    named = named_at(view, at)
    if named is None:
        return []
    if named.kind is NameKind.SERVER:
        return servers.places_in_script(view.session, named)
    return places_of(view.session, named)


def _located(session: Session, places: list[Named]) -> list[Location]:
    return list(dict.fromkeys(session.location(one.at, one.token) for one in places))
