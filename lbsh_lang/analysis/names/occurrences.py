"""The name at a place of a script, and the other places of the same entity. Knows no editor feature.

Theory of operation. A name may be defined, removed and defined again: it then has several *lives*, which are different
entities. So the entity of a name follows from its place, by assigning each statement that names a service or a pool to one
life of the name:

1. a statement that reaches a definition, and the `remove` that ends it, belong to that life; so does a second definition,
   which clashes with the first;
2. a use that reaches no definition belongs to the last life, which begins below it or has ended above it (LB103, LB101);
3. if a name has no life, all of its uses belong together.

For example, with the lives of `a` on the right:

    pool p for a                      2   used too early: the last life
    service a is 10.0.0.1 tcp 80      1
    remove a                          1
    service a is 10.0.0.2 tcp 80      2

This rule makes a rename safe: the places of one life get the new name together, and no other place changes its meaning.

A look-up by place is a bisection in the lives of the name; listing all places takes time in the number of statements about
the name.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from math import inf
from typing import NamedTuple, TypeVar, assert_never

from lbsh_lang.analysis.live.session import Session
from lbsh_lang.analysis.live.view import View
from lbsh_lang.site.facts import Facts
from lbsh_lang.site.pool_lives import PoolLife
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.services import ServiceLife
from lbsh_lang.source import Position
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.extensions import acting, acts_of
from lbsh_lang.syntax.faults import Problem
from lbsh_lang.syntax.lowering import parse_address
from lbsh_lang.syntax.nodes import ALL_FORMS, BuiltIn, Form, Token
from lbsh_lang.syntax.statement import AnyStated, ExtensionStatement, Meant, Statement
from lbsh_lang.syntax.terminals import NameKind, Role


class Named(NamedTuple):
    """A word that names an entity, in its statement."""

    kind: NameKind
    role: Role
    at: AnyStated
    token: Token[object]

    @property
    def name(self) -> str:
        return self.token.text


class _Part(NamedTuple):
    """A field of a node that holds names of one kind."""

    field: str
    kind: NameKind
    role: Role


def _parts(form: Form) -> tuple[_Part, ...]:
    """The fields of a form that hold names."""
    named = (_Part(slot.field, *slot.names) for slot in form.slots if slot.names is not None)
    return tuple(dict.fromkeys(named))


_PARTS: dict[type[BuiltIn], tuple[_Part, ...]] = {form.node: _parts(form) for form in ALL_FORMS}

_OF_KIND: dict[NameKind, dict[type[Statement], tuple[_Part, ...]]] = {
    kind: {node: tuple([part for part in parts if part.kind is kind]) for node, parts in _PARTS.items()}
    for kind in NameKind
}
"""The same by kind."""

Life = TypeVar("Life", ServiceLife, PoolLife)


def named_at(view: View, at: Position) -> Named | None:
    """The name at a cursor, None if there is none."""
    session, document = view
    at = document.clamp(at)
    stated = session.stated_at(document, at.line)
    if stated is None:
        return None
    return next((one for one in names_in(session, stated) if one.token.start <= at.column <= one.token.end), None)


def names_in(session: Session, stated: AnyStated) -> Iterator[Named]:
    """The readable names in a statement."""
    node = stated.node
    if isinstance(node, nodes.StatusStatement):
        yield from _subject(session, stated, node)
    acts = acts_of(stated)
    found = [Named(kind, role, one, token) for one in acts for kind, role, token in _words(one.node)]
    yield from found if acts == [stated] else _written(found)


def words_in(node: Statement) -> Iterator[tuple[NameKind, Role, Token[object]]]:
    """The words of a statement that are names, independently of the script; not that of `status`, which depends on it."""
    return (word for one in acting(node) for word in _words(one))


def _words(node: Statement) -> Iterator[tuple[NameKind, Role, Token[object]]]:
    if isinstance(node, ExtensionStatement):
        return  # its names are those of the statements that it means
    for field, kind, role in _PARTS[type(node)]:
        value = getattr(node, field)
        for token in (value,) if value is None or isinstance(value, Token) else value:
            if token is not None and token.value is not None:
                # Where pools are named, addresses may stand, too.
                yield (kind if isinstance(token.value, str) else NameKind.SERVER), role, token


def places_of(session: Session, named: Named) -> list[Named]:
    """All words of a script that name the same service, pool, device or interface, in the order of the script.

    Must be fast: a pool may have tens of thousands of them, and editors call it at each move of the cursor.
    """
    resolution = session.resolution
    facts, kind, name = resolution.facts, named.kind, named.name
    if kind is NameKind.SERVER:
        return [named]  # `servers` compares servers
    found = _words_for(_stated_about(facts, kind, name), kind, name)
    if any(isinstance(one.at, Meant) for one in found):
        found = _written(found)
    asked = [one for each in facts.shell for one in names_in(session, each) if one.kind is kind and one.name == name]
    if asked:
        found = sorted(found + asked, key=lambda one: one.at.rank)
    if _lives(resolution, kind, name) < 2:
        return found  # they all belong to its only life
    life = life_of(session, named)
    return [one for one in found if life_of(session, one) is life]


def made_up(session: Session, named: Named) -> AnyStated | None:
    """The first statement with the same name made up by its extension, so that the name is not written anywhere."""
    stated = _stated_about(session.resolution.facts, named.kind, named.name)
    words = _words_for(stated, named.kind, named.name) if any(isinstance(one, Meant) for one in stated) else []
    return next((one.at for one in words if not is_written(one)), None)


def _stated_about(facts: Facts, kind: NameKind, name: str) -> Sequence[AnyStated]:
    """A superset of the statements that name an entity."""
    match kind:
        case NameKind.SERVICE:
            return facts.services.get(name, ())
        case NameKind.POOL:
            return facts.pools.get(name, ())
        case NameKind.DEVICE | NameKind.INTERFACE:
            return facts.device
        case NameKind.SERVER:
            return ()
        case _:
            assert_never(kind)


def _written(found: list[Named]) -> list[Named]:
    """The words of an extension's statement without duplicates; a word that defines an entity and is used too defines it.

    Leaves out words that the extension made up, which are not written anywhere.
    """
    by_place: dict[tuple[str, int, int], Named] = {}
    for one in found:
        place = (one.at.source.identity, one.at.line, one.token.start)
        if is_written(one) and (place not in by_place or one.role is Role.DEFINES):
            by_place[place] = one
    return list(by_place.values())


def is_written(named: Named) -> bool:
    """Whether a name is written in its line, and not made up by an extension."""
    if not isinstance(named.at, Meant):
        return True
    return named.at.source.lines[named.at.line][named.token.start : named.token.end] == named.token.text


def _words_for(stated: Sequence[AnyStated], kind: NameKind, name: str) -> list[Named]:
    """The words of some statements that are this name of an entity of a kind."""
    found: list[Named] = []
    parts = _OF_KIND[kind]
    for each in stated:
        for part in parts.get(type(each.node), ()):
            value = getattr(each.node, part.field)
            words = (value,) if isinstance(value, Token) else value or ()
            found += [Named(kind, part.role, each, one) for one in words if one.value is not None and one.text == name]
    return found


def _lives(resolution: Resolution, kind: NameKind, name: str) -> int:
    """The number of lives of a name."""
    if kind is NameKind.SERVICE:
        services = resolution.services.get(name)
        return len(services.lives) if services is not None else 0
    pools = resolution.pools.get(name) if kind is NameKind.POOL else None
    return len(pools.lives) if pools is not None else 0


def life_of(session: Session, named: Named) -> ServiceLife | PoolLife | None:
    """The life of a service or a pool to which a name belongs, None if there is none."""
    if named.kind is NameKind.SERVICE:
        return service_life(session, named.name, named.at)
    if named.kind is NameKind.POOL:
        return pool_life(session, named.name, named.at)
    return None


def service_life(session: Session, name: str, at: AnyStated) -> ServiceLife | None:
    """The life of a service to which a statement belongs."""
    history = session.resolution.services.get(name)
    if history is None:
        return None
    return history.uses.get(at.rank) or _life_around(history.lives, at.rank)


def pool_life(session: Session, name: str, at: AnyStated) -> PoolLife | None:
    """The life of a pool to which a statement belongs."""
    history = session.resolution.pools.get(name)
    if history is None:
        return None
    return history.uses.get(at.rank) or _life_around(history.lives, at.rank)


def lasts_at(life: ServiceLife | PoolLife, at: AnyStated) -> bool:
    """Whether a life has begun and not ended at a statement."""
    return life.defined.rank <= at.rank <= _end(life)


def _life_around(lives: Sequence[Life], rank: int) -> Life | None:
    """The life that contains a rank, the last one if no life contains it."""
    begun = bisect_right(lives, rank, key=_start)
    if begun and rank <= _end(lives[begun - 1]):
        return lives[begun - 1]
    return lives[-1] if lives else None


def _start(life: ServiceLife | PoolLife) -> int:
    return life.defined.rank


def _end(life: ServiceLife | PoolLife) -> float:
    if isinstance(life, PoolLife):
        return life.end
    return inf if life.removed is None else life.removed.rank


def _subject(session: Session, stated: AnyStated, node: nodes.StatusStatement) -> Iterator[Named]:
    """The name in a `status`: a service, else a pool, else a server."""
    token = node.subject
    if token is None:
        return
    facts = session.resolution.facts
    if token.text in facts.services:
        yield Named(NameKind.SERVICE, Role.USES, stated, token)
    elif token.text in facts.pools:
        yield Named(NameKind.POOL, Role.USES, stated, token)
    else:
        address = parse_address(token.text)
        if not isinstance(address, Problem):
            yield Named(NameKind.SERVER, Role.USES, stated, Token(token.text, token.start, address))
