"""The life of a pool: its servers join, leave, are taken out of service and back, until its service is removed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf
from typing import assert_never, cast

from lbsh_lang.site.faults import DefinedTwice, Entity, NoEffect, NotMember, Undefined, UsedAbove
from lbsh_lang.site.pool_lives import (
    AboutPool,
    PoolHistory,
    PoolLife,
    Value,
    already_there,
    forget_port,
    named_servers,
    targets_of,
    usual_port,
)
from lbsh_lang.site.pool_settings import in_order, set_in_vain, set_servers
from lbsh_lang.site.pool_wishes import change_wishes, keeps_nobody
from lbsh_lang.site.script import AnyFound, Found
from lbsh_lang.site.server_keys import address_of, keys_in, offset_of, own_part
from lbsh_lang.site.services import ServiceHistory, ServiceLife
from lbsh_lang.syntax.nodes import (
    AddStatement,
    DownStatement,
    DrainStatement,
    EverywhereFact,
    ExternalAddrStatement,
    Name,
    PoolFact,
    PoolStatement,
    ReleaseFact,
    RemoveStatement,
    ResumeStatement,
    SetStatement,
    Token,
    UpStatement,
    WishFact,
)
from lbsh_lang.syntax.statement import AnyStated, Stated
from lbsh_lang.values import AddressRange, PortRange

_OfWish = DrainStatement | ResumeStatement | DownStatement | UpStatement

Undone = dict[int, Stated[RemoveStatement]]
"""The removals of servers, by the rank of the `add` with these servers."""


def pool_word(node: PoolFact, name: str) -> Token[str] | None:
    """The word with the name of a pool in a statement about it."""
    if isinstance(node, ExternalAddrStatement):
        return next((Token(word.text, word.start, name) for word in node.inside if word.value == name), None)
    return node.name if isinstance(node, PoolStatement) else node.pool


def fold_pool(name: str, facts: list[AboutPool], service_of: Callable[[str], ServiceHistory | None]) -> PoolHistory:
    """Processes the statements about one pool in their order, given the histories of services.

    Those that name no pool (`everywhere`) record their effects alone: whether they have any is a matter of all pools.
    """
    history = PoolHistory()
    life: PoolLife | None = None
    end = inf
    definitions = [cast("Stated[PoolStatement]", fact) for fact in facts if type(fact.node) is PoolStatement]
    last = definitions[-1] if definitions else None
    undone: Undone = {}
    for stated in facts:
        node = stated.node
        if stated.rank > end:
            life, end = None, inf
        if type(node) is AddStatement and life is not None:  # by far the most frequent case
            history.uses[stated.rank] = life
            _add(history, life, cast("Stated[AddStatement]", stated))
        elif isinstance(node, PoolStatement):
            life = _define(history, life, cast("Stated[PoolStatement]", stated), service_of)
            end = life.end
        elif isinstance(node, EverywhereFact):
            if life is not None:
                change_wishes(history, life, stated, node)
        elif life is None:
            history.found.append(_undefined(history, stated, pool_word(node, name), last))
        else:
            history.uses[stated.rank] = life
            _change(history, life, stated, node, undone)
    for life in history.lives:
        life.members = in_order(life.members) if life.moving else life.members
    history.found.extend(_without_effect(history, facts, undone))
    history.found.extend(_changes_without_effect(history, facts))
    return history


def _define(
    history: PoolHistory,
    life: PoolLife | None,
    stated: Stated[PoolStatement],
    service_of: Callable[[str], ServiceHistory | None],
) -> PoolLife:
    node = stated.node
    if life is not None:
        fault = DefinedTwice(_word(node.name), Entity.POOL, _word(life.node.name))
        history.found.append(Found(stated, fault, life.defined))
        return life
    life = PoolLife(stated, node, tuple(_served(stated, node, service_of)))
    history.lives.append(life)
    return life


def _served(
    stated: Stated[PoolStatement], node: PoolStatement, service_of: Callable[[str], ServiceHistory | None]
) -> Iterator[ServiceLife]:
    """The services that get a pool by its definition."""
    for name in dict.fromkeys(word.value for word in node.services if word.value is not None):
        history = service_of(name)
        life = history.uses.get(stated.rank) if history is not None else None
        if life is not None and life.pool is stated:
            yield life


def _change(
    history: PoolHistory,
    life: PoolLife,
    stated: AnyStated,
    node: AddStatement | SetStatement | RemoveStatement | _OfWish | ExternalAddrStatement,
    undone: Undone,
) -> None:
    match node:
        case AddStatement():
            _add(history, life, cast("Stated[AddStatement]", stated))
        case RemoveStatement():
            _remove(history, life, cast("Stated[RemoveStatement]", stated), undone)
        case DrainStatement() | ResumeStatement() | DownStatement() | UpStatement():
            change_wishes(history, life, stated, node)
        case SetStatement():
            set_servers(history, life, cast("Stated[SetStatement]", stated))
        case ExternalAddrStatement():
            pass  # only uses the name
        case _:
            assert_never(node)


def _add(history: PoolHistory, life: PoolLife, stated: Stated[AddStatement]) -> None:
    members = life.members
    life.blurred |= not stated.node.targets
    if stated.node.port is not None:
        _add_with_port(history, life, stated, stated.node.port)
        return
    for token in stated.node.targets:
        target = token.value
        if target is None:
            life.blurred = True
            continue
        first = target.first + offset_of(target.family)
        if target.first == target.last and first not in members:  # the usual case, kept short
            members[first] = stated
            continue
        taken = None
        for member in range(first, first + target.size):
            if member in members:
                taken = member if taken is None else taken
            else:
                members[member] = stated
        if taken is not None:
            history.found.append(already_there(life, stated, token, taken))


def _add_with_port(history: PoolHistory, life: PoolLife, stated: Stated[AddStatement], port: Token[PortRange]) -> None:
    """Adds servers that have a port of their own; without effect is the port that they would have anyway."""
    if port.value is None:
        life.blurred = True
        return
    own = 0 if port.value == usual_port(life) else own_part(port.value.first)
    for token in stated.node.targets:
        life.blurred |= token.value is None
        taken = None
        for member in keys_in(token.value) if token.value is not None else ():
            if member + own in life.members:
                taken = member + own if taken is None else taken
                continue
            life.members[member + own] = stated
            if own:
                life.ported.setdefault(member, []).append(member + own)
        if taken is not None:
            history.found.append(already_there(life, stated, token, taken))


def _remove(history: PoolHistory, life: PoolLife, stated: Stated[RemoveStatement], undone: Undone) -> None:
    port = stated.node.port
    if port is not None and port.value is None:
        life.blurred = True
        return
    for token, target in targets_of(stated.node.targets):
        missing = None
        for address in keys_in(target):
            leaving = named_servers(life, address, port.value if port is not None else None)
            for member in leaving:
                undone[life.members.pop(member).rank] = stated
                life.drained.pop(member, None)
                life.downed.pop(member, None)
                life.changed.pop(member, None)
                forget_port(life, member)
            missing = address if missing is None and not leaving else missing
        if missing is not None and not life.blurred:
            text = str(address_of(missing)) + (f" port {port.value}" if port is not None else "")
            history.found.append(Found(stated, NotMember(token, text, _word(life.node.name)), life.defined))


def _changes_without_effect(history: PoolHistory, facts: list[AboutPool]) -> Iterator[AnyFound]:
    """The targets of `drain`, `resume`, `down`, `up` and `set` that are in no server of the pool, or change none."""
    for stated in facts if history.effects else ():
        node = stated.node
        if isinstance(node, _OfWish | SetStatement):
            effects = history.effects.get(stated.rank, {}).values()
            if isinstance(node, DrainStatement):
                yield from keeps_nobody(stated, node, effects)
            for effect in effects:
                if isinstance(node, SetStatement):
                    yield from set_in_vain(cast("Stated[SetStatement]", stated), effect)
                elif effect.found and not effect.lasting:
                    yield Found(stated, NoEffect(effect.token), effect.other)
                if not effect.found and not effect.blurred:
                    life = history.uses[stated.rank]
                    missing = NotMember(effect.token, named_text(effect.token, node), _word(life.node.name))
                    yield Found(stated, missing, life.defined)


def named_text(token: Token[AddressRange], node: WishFact | ReleaseFact | SetStatement) -> str:
    """A target with the port of its statement."""
    return token.text if node.port is None else f"{token.text} port {node.port.text}"


def _undefined(
    history: PoolHistory, stated: AnyStated, pool: Name | None, last: Stated[PoolStatement] | None
) -> AnyFound:
    """The fault of using a pool that is defined only further down (LB103), or that was removed or never defined (LB102)."""
    if last is not None and last.rank > stated.rank:
        return Found(stated, UsedAbove(_word(pool), Entity.POOL, _word(last.node.name)), last)
    gone = history.lives[-1].ended(stated.rank) if history.lives else None
    return Found(stated, Undefined(_word(pool), Entity.POOL), gone)


def _without_effect(history: PoolHistory, facts: list[AboutPool], undone: Undone) -> Iterator[AnyFound]:
    """The `add` statements whose servers have all been removed."""
    if not undone:
        return
    kept = {stated.rank for life in history.lives for stated in life.members.values()}
    for stated in facts:
        node = stated.node
        if isinstance(node, AddStatement) and stated.rank in undone and stated.rank not in kept:
            if any(token.value is None for token in node.targets):
                continue  # the unreadable rest may stay
            yield Found(stated, NoEffect(node.targets[0]), undone[stated.rank])


def _word(token: Token[Value] | None) -> Token[Value]:
    assert token is not None  # facts are filed under readable names
    return token
