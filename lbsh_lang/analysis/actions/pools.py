"""Missing pools: below a service without a pool, and above servers that are added to an undefined pool."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lbsh_lang.analysis.actions.base import Action, ActionKind, insert_line
from lbsh_lang.analysis.live.regions import Region, touched_lines
from lbsh_lang.analysis.live.view import View
from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.syntax.lowering import lower_name
from lbsh_lang.syntax.nodes import AddStatement, PoolStatement, ServiceStatement

_SUFFIX = "_pool"
_LONGEST = 63
_FURTHEST = 1000
"""The number of lines above servers that are searched for a service for their pool."""


def missing_pools(views: Sequence[View], region: Region, found: Sequence[Diagnostic]) -> Iterator[Action]:
    """Pools for the services, and for the servers, at a place of a document, if they are missing in all its scripts."""
    document = views[0].document
    for line in touched_lines(region):
        if line >= len(document.lines):
            return
        node = document.parsed[line].node
        if isinstance(node, ServiceStatement):
            yield from _pool_for(views, line, found)
        elif isinstance(node, AddStatement):
            yield from _pool_of(views, line, node, found)


def _pool_for(views: Sequence[View], line: int, found: Sequence[Diagnostic]) -> Iterator[Action]:
    """A pool right below a service without a pool."""
    service = _lonely(views, line)
    if service is None:
        return
    document = views[0].document
    text = f"pool {_free_name(views, service)} for {service}"
    edit = insert_line(document, line + 1, text)
    about = tuple(one for one in found if one.code == "LB311" and one.span.start.line == line)
    kind = ActionKind.FIX if about else ActionKind.REWRITE
    yield Action(f"add a pool for `{service}`", kind, {document.identity: [edit]}, about, bool(about))


def _pool_of(views: Sequence[View], line: int, node: AddStatement, found: Sequence[Diagnostic]) -> Iterator[Action]:
    """The undefined pool of an `add`, for the nearest service above that has no pool."""
    about = tuple(one for one in found if one.code == "LB102" and one.span.start.line == line)
    if not about or node.pool is None or node.pool.value is None:
        return
    (session, document), name = views[0], node.pool.value
    histories = [view.session.resolution.pools.get(name) for view in views]
    if any(history is None or history.lives for history in histories):
        return
    users = [one for one in session.resolution.facts.pools[name] if session.document_of(one) is document]
    first = min(map(session.line_of, users), default=line)
    above = (_lonely(views, one) for one in range(first - 1, max(first - _FURTHEST, -1), -1))
    service = next((one for one in above if one is not None), None)
    if service is not None:
        edit = insert_line(document, first, f"pool {name} for {service}")
        yield Action(f"define `{name}` for `{service}`", ActionKind.FIX, {document.identity: [edit]}, about)


def _lonely(views: Sequence[View], line: int) -> str | None:
    """The service that a line defines, if no statement of any script gives it a pool."""
    node = views[0].document.parsed[line].node
    if not isinstance(node, ServiceStatement) or node.name is None or node.name.value is None:
        return None
    name = node.name.value
    return name if all(_has_no_pool(view, line, name) for view in views) else None


def _has_no_pool(view: View, line: int, name: str) -> bool:
    resolution = view.session.resolution
    history = resolution.services.get(name)
    life = history.current if history is not None else None
    stated = view.session.stated_at(view.document, line)
    if life is None or stated is None or life.defined.rank != stated.rank or life.pool is not None:
        return False
    return not any(isinstance(use.node, PoolStatement) for use in resolution.facts.services[name])


def _free_name(views: Sequence[View], service: str) -> str:
    """A name without a pool or service in any script."""
    resolutions = [view.session.resolution for view in views]
    stem, number = service.lower()[: _LONGEST - len(_SUFFIX) - 4], 1
    name = stem + _SUFFIX
    while any(name in one.pools or name in one.services for one in resolutions):
        number += 1
        name = f"{stem}{_SUFFIX}{number}"
    assert lower_name(name) == name
    return name
