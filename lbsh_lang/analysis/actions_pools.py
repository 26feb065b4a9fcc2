"""Pools that are missing: below a service that has none, and above servers that are added to one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lbsh_lang.analysis.actions_base import Action, ActionKind, insert_line, touched_lines
from lbsh_lang.analysis.regions import Region
from lbsh_lang.analysis.view import View
from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.site.services import ServiceLife
from lbsh_lang.syntax.lowering import lower_name
from lbsh_lang.syntax.nodes import AddStatement, PoolStatement, ServiceStatement

_SUFFIX = "_pool"
_LONGEST = 63
_FURTHEST = 1000
"""How many lines above servers a service is looked for that their pool may be for."""


def missing_pools(view: View, region: Region, found: Sequence[Diagnostic]) -> Iterator[Action]:
    """Pools for the services, and for the servers, at a place."""
    for line in touched_lines(region):
        if line >= len(view.document.lines):
            return
        node = view.document.parsed[line].node
        if isinstance(node, ServiceStatement):
            yield from _pool_for(view, line, found)
        elif isinstance(node, AddStatement):
            yield from _pool_of(view, line, node, found)


def _pool_for(view: View, line: int, found: Sequence[Diagnostic]) -> Iterator[Action]:
    """A pool right below a service that has none."""
    life = _lonely(view, line)
    if life is None or life.node.name is None:
        return
    service = life.node.name.text
    text = f"pool {_free_name(view, service)} for {service}"
    edit = insert_line(view.document, line + 1, text)
    about = tuple(one for one in found if one.code == "LB311" and one.span.start.line == line)
    kind = ActionKind.FIX if about else ActionKind.REWRITE
    yield Action(f"add a pool for `{service}`", kind, {view.document.identity: [edit]}, about, bool(about))


def _pool_of(view: View, line: int, node: AddStatement, found: Sequence[Diagnostic]) -> Iterator[Action]:
    """The pool of servers that are added to none, for the nearest service above that has none."""
    about = tuple(one for one in found if one.code == "LB102" and one.span.start.line == line)
    if not about or node.pool is None or node.pool.value is None:
        return
    session, document, name = view.session, view.document, node.pool.value
    history = session.resolution.pools.get(name)
    if history is None or history.lives:
        return
    users = [one for one in session.resolution.facts.pools[name] if session.document_of(one) is document]
    first = min(map(session.line_of, users), default=line)
    above = (_lonely(view, one) for one in range(first - 1, max(first - _FURTHEST, -1), -1))
    life = next((one for one in above if one is not None), None)
    if life is not None and life.node.name is not None:
        service = life.node.name.text
        edit = insert_line(document, first, f"pool {name} for {service}")
        yield Action(f"define `{name}` for `{service}`", ActionKind.FIX, {document.identity: [edit]}, about)


def _lonely(view: View, line: int) -> ServiceLife | None:
    """The service that a line defines, if no statement at all gives it a pool."""
    node = view.document.parsed[line].node
    if not isinstance(node, ServiceStatement) or node.name is None or node.name.value is None:
        return None
    resolution = view.session.resolution
    history = resolution.services.get(node.name.value)
    life = history.current if history is not None else None
    stated = view.session.stated_at(view.document, line)
    if life is None or stated is None or life.defined.rank != stated.rank or life.pool is not None:
        return None
    uses = resolution.facts.services[node.name.value]
    return None if any(isinstance(use.node, PoolStatement) for use in uses) else life


def _free_name(view: View, service: str) -> str:
    """A name that no pool and no service has."""
    resolution = view.session.resolution
    stem, number = service.lower()[: _LONGEST - len(_SUFFIX) - 4], 1
    name = stem + _SUFFIX
    while name in resolution.pools or name in resolution.services:
        number += 1
        name = f"{stem}{_SUFFIX}{number}"
    assert lower_name(name) == name
    return name
