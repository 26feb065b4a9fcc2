"""Code lenses above services and pools, with the number of their uses. Finding their places needs no analysis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.analysis.live.regions import Location, Region, on_line
from lbsh_lang.analysis.live.session import Session
from lbsh_lang.analysis.live.view import View
from lbsh_lang.analysis.names.occurrences import Named, life_of, names_in, places_of
from lbsh_lang.analysis.names.servers import count_servers, counted, servers_phrase
from lbsh_lang.site.pool_lives import PoolLife
from lbsh_lang.site.services import ServiceLife
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.extensions import acting
from lbsh_lang.syntax.terminals import NameKind, Role


class Lens(NamedTuple):
    """The place of a code lens: the name of a service or a pool in its definition."""

    region: Region
    kind: NameKind
    name: str


class LensTitle(NamedTuple):
    """The text of a lens, and the counted places."""

    title: str
    references: list[Location]


def lenses(document: Document) -> list[Lens]:
    """The places of a document's lenses."""
    found = []
    for line, parsed in enumerate(document.parsed):
        for node in acting(parsed.node):
            if not isinstance(node, nodes.ServiceStatement | nodes.PoolStatement):
                continue
            kind = NameKind.SERVICE if type(node) is nodes.ServiceStatement else NameKind.POOL
            name = node.name
            if name is not None and name.value is not None:
                found.append(Lens(on_line(line, name.start, name.end), kind, name.value))
    return found


def lens_title(views: Sequence[View], lens: Lens) -> LensTitle | None:
    """The text of a lens of a document, from all of its scripts; None if its name is gone.

    Uses are counted over all scripts, like references. Other parts may differ between scripts; then all versions are listed.
    """
    parts: dict[str, None] = {}
    uses: dict[Location, None] = {}
    for view in views:
        session = view.session
        named = _defined_at(view, lens)
        life = life_of(session, named) if named is not None else None
        if named is not None and life is not None:
            parts[", ".join(_parts(session, life))] = None
            places = places_of(session, named)
            uses.update({session.location(one.at, one.token): None for one in places if one.role is not Role.DEFINES})
    if not parts:
        return None
    return LensTitle(f"{' or '.join(parts)}, {counted(len(uses), 'reference')}", list(uses))


def _defined_at(view: View, lens: Lens) -> Named | None:
    """The definition of a lens; if lines have moved since, the last one of that name in the document."""
    session, document = view
    at = document.clamp(lens.region.start)
    stated = session.stated_at(document, at.line)
    facts = session.resolution.facts
    by_name = facts.services if lens.kind is NameKind.SERVICE else facts.pools
    moved = [one for one in reversed(by_name.get(lens.name, ())) if session.document_of(one) is document]
    for one in ([stated] if stated is not None else []) + moved:
        for named in names_in(session, one):
            if named.role is Role.DEFINES and (named.kind, named.name) == (lens.kind, lens.name):
                return named
    return None


def _parts(session: Session, life: ServiceLife | PoolLife) -> list[str]:
    """The pool of a service, and the number of servers."""
    pool = life if isinstance(life, PoolLife) else session.resolution.pool_of(life)
    if pool is None:
        return ["no pool"]
    servers = servers_phrase(count_servers(pool))
    if isinstance(life, PoolLife) or pool.node.name is None:
        return [servers]
    return [pool.node.name.text, servers]
