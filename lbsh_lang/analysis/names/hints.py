"""Inlay hints: facts that other lines state, such as the number of a pool's servers, or the pool of a service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lbsh_lang.analysis.live.regions import Location, Region
from lbsh_lang.analysis.live.session import Session
from lbsh_lang.analysis.live.view import View
from lbsh_lang.analysis.names.occurrences import pool_life, service_life
from lbsh_lang.analysis.names.servers import ServerCount, count_servers, counted, servers_phrase
from lbsh_lang.analysis.names.ways import source_of_pool, ways_said
from lbsh_lang.source import Position
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.extensions import acts_of
from lbsh_lang.syntax.nodes import Token
from lbsh_lang.syntax.statement import AnyStated
from lbsh_lang.values import AddressRange, address_text


class Hint(NamedTuple):
    """A few words behind a position, and a tooltip; `target` is the definition to which they lead."""

    at: Position
    label: str
    tooltip: str
    target: Location | None = None


def hints(views: Sequence[View], region: Region) -> list[Hint]:
    """The hints on the lines that a region touches, of a document in each of its scripts."""
    each = [_hints_in(view, region) for view in views]
    return each[0] if len(each) == 1 else list(_merged([view.session.root.name for view in views], each))


def _merged(names: Sequence[str], each: Sequence[Sequence[Hint]]) -> Iterator[Hint]:
    """A hint for each position; where scripts differ, it lists the words of all, and its tooltip tells them apart."""
    told: dict[Position, list[tuple[str, Hint]]] = {}
    for name, found in zip(names, each, strict=True):
        for hint in found:
            told.setdefault(hint.at, []).append((name, hint))
    for at in sorted(told):
        first = told[at][0][1]
        if len(told[at]) == len(each) and all(hint[:3] == first[:3] for _, hint in told[at]):
            yield first
            continue
        label = " or ".join(dict.fromkeys(hint.label for _, hint in told[at]))
        tooltip = "; ".join(f"in `{name}` {hint.tooltip}" for name, hint in told[at])
        yield Hint(at, label, tooltip, first.target if label == first.label else None)


def _hints_in(view: View, region: Region) -> list[Hint]:
    """The hints in one script."""
    session, document = view
    first, last = document.clamp(region.start).line, document.clamp(region.end).line
    stated = [session.stated_at(document, line) for line in range(first, last + 1)]
    return [hint for one in stated if one is not None for act in acts_of(one) for hint in _hints_of(session, act)]


def _hints_of(session: Session, stated: AnyStated) -> Iterator[Hint]:
    match stated.node:
        case nodes.ServiceStatement(name=Token(value=str() as name)):
            yield from _pool_of_service(session, stated, name)
        case nodes.PoolStatement(name=Token(value=str() as name)):
            yield from _servers_of_pool(session, stated, name)
        case nodes.AddStatement(targets=targets) | nodes.RemoveStatement(targets=targets):
            yield from _addresses(session, stated, targets)
        case _:
            end = session.region(stated).end
            yield from (Hint(end, said.label, said.tooltip) for said in ways_said(session, stated))


def _pool_of_service(session: Session, stated: AnyStated, name: str) -> Iterator[Hint]:
    life = service_life(session, name, stated)
    pool = session.resolution.pool_of(life) if life is not None and life.defined.rank == stated.rank else None
    if pool is None or pool.node.name is None:
        return
    label = f"\u2192 {pool.node.name.text}"
    tooltip = f"served by the pool `{pool.node.name.text}`, {servers_phrase(count_servers(pool))}"
    yield Hint(session.region(stated).end, label, tooltip, session.location(pool.defined, pool.node.name))


def _servers_of_pool(session: Session, stated: AnyStated, name: str) -> Iterator[Hint]:
    life = pool_life(session, name, stated)
    if life is None or life.defined.rank != stated.rank:
        return
    count = count_servers(life)
    numbers = {"backup": count.backups, "drained": count.drained, "down": count.down}
    reservations = [f"{number} {word}" for word, number in numbers.items() if number]
    label = servers_phrase(count) + (f" ({', '.join(reservations)})" if reservations else "")
    source = source_of_pool(session, name) if session.resolution.pools[name].current is life else None
    more, told = (f", {source.label}", f"; {source.tooltip}") if source is not None else ("", "")
    yield Hint(session.region(stated).end, label + more, _tooltip(count) + told)


def _tooltip(count: ServerCount) -> str:
    """An explanation of a pool's numbers."""
    parts = [f"the pool ends up with {servers_phrase(count)}"]
    if count.backups:
        parts.append(f"{counted(count.backups, 'backup')}: for when no other server is up")
    if count.drained:
        parts.append(f"{count.drained} drained: no new connections")
    if count.down:
        parts.append(f"{count.down} down by hand: no connections")
    return "; ".join(parts)


def _addresses(session: Session, stated: AnyStated, targets: tuple[Token[AddressRange], ...]) -> Iterator[Hint]:
    """The number of addresses of a network or a range."""
    for token in targets:
        value = token.value
        if value is not None and ("/" in token.text or "-" in token.text):
            first, last = address_text(value.family, value.first), address_text(value.family, value.last)
            tooltip = f"{first} to {last}" if value.size > 1 else first
            yield Hint(session.region(stated, token).end, counted(value.size, "address"), tooltip)
