"""The life of a pool: its servers join, leave, are drained and resumed, until its service is removed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import inf
from typing import TypeVar, assert_never, cast

from lbsh_lang.site.faults import AlreadyMember, DefinedTwice, Entity, NoEffect, NotMember, Undefined, UsedAbove
from lbsh_lang.site.script import AnyFound, Found
from lbsh_lang.site.services import ServiceHistory, ServiceLife
from lbsh_lang.syntax.nodes import (
    AddStatement,
    DrainStatement,
    ExternalAddrStatement,
    Name,
    PoolFact,
    PoolStatement,
    RemoveStatement,
    ResumeStatement,
    Token,
)
from lbsh_lang.syntax.statement import AnyStated, Stated
from lbsh_lang.values import Address, AddressRange, Family

_IPV6 = 1 << 128

ServerKey = int
"""An address as one number: IPv4 its value, IPv6 its value above all of IPv4's. It makes dictionaries fast."""


def server_key(address: Address) -> ServerKey:
    return address.value if address.family == 4 else address.value | _IPV6


def address_of(member: ServerKey) -> Address:
    return Address(4, member) if member < _IPV6 else Address(6, member ^ _IPV6)


def offset_of(family: Family) -> ServerKey:
    """The difference between a family's members and the values of its addresses."""
    return 0 if family == 4 else _IPV6


@dataclass(slots=True)
class PoolLife:
    """A pool while it exists. `service` is None if a fault kept the pool from serving one.

    `members` are the servers with the statements that added them, in that order; `blurred` tells that a statement about
    members could not be read in full.
    """

    defined: Stated[PoolStatement]
    node: PoolStatement
    service: ServiceLife | None
    members: dict[ServerKey, Stated[AddStatement]] = field(default_factory=dict)
    drained: dict[ServerKey, Stated[DrainStatement]] = field(default_factory=dict)
    blurred: bool = False

    @property
    def end(self) -> float:
        """The rank of the statement that removes the service; without such a statement, infinity."""
        removed = self.service.removed if self.service else None
        return inf if removed is None else removed.rank

    def ended(self, rank: int) -> AnyStated | None:
        """The removal of the service, if it stands before the statement of this rank."""
        return self.service.removed if self.service and self.end < rank else None


@dataclass(slots=True)
class PoolHistory:
    """All lives of one name, the faults found in them, and the life that each statement uses.

    Filled by one fold, then only read.
    """

    lives: list[PoolLife] = field(default_factory=list)
    found: list[AnyFound] = field(default_factory=list)
    uses: dict[int, PoolLife] = field(default_factory=dict)

    @property
    def current(self) -> PoolLife | None:
        """The life that lasts to the end of the script."""
        life = self.lives[-1] if self.lives else None
        return life if life is not None and (life.service is None or life.service.removed is None) else None


Undone = dict[int, Stated[RemoveStatement]]
"""The removals of servers, by the rank of the `add` with these servers."""


def pool_word(node: PoolFact, name: str) -> Token[str] | None:
    """The word with the name of a pool in a statement about it."""
    if isinstance(node, ExternalAddrStatement):
        return next((Token(word.text, word.start, name) for word in node.inside if word.value == name), None)
    return node.name if isinstance(node, PoolStatement) else node.pool


def fold_pool(
    name: str, facts: list[Stated[PoolFact]], service_of: Callable[[str], ServiceHistory | None]
) -> PoolHistory:
    """Processes the facts about one pool in their order, given the histories of services."""
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
        if isinstance(node, PoolStatement):
            life = _define(history, life, cast("Stated[PoolStatement]", stated), service_of)
            end = life.end
        elif life is None:
            history.found.append(_undefined(history, stated, pool_word(node, name), last))
        else:
            history.uses[stated.rank] = life
            _change(history, life, stated, node, undone)
    history.found.extend(_without_effect(history, facts, undone))
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
    service = service_of(node.service.value) if node.service and node.service.value is not None else None
    served = service.uses.get(stated.rank) if service else None
    if served is not None and served.pool is not stated:
        served = None
    life = PoolLife(stated, node, served)
    history.lives.append(life)
    return life


def _change(
    history: PoolHistory,
    life: PoolLife,
    stated: AnyStated,
    node: AddStatement | RemoveStatement | DrainStatement | ResumeStatement | ExternalAddrStatement,
    undone: Undone,
) -> None:
    match node:
        case AddStatement():
            _add(history, life, cast("Stated[AddStatement]", stated))
        case RemoveStatement():
            _remove(history, life, cast("Stated[RemoveStatement]", stated), undone)
        case DrainStatement():
            _drain(history, life, cast("Stated[DrainStatement]", stated))
        case ResumeStatement():
            _resume(history, life, cast("Stated[ResumeStatement]", stated))
        case ExternalAddrStatement():
            pass  # only uses the name
        case _:
            assert_never(node)


def _add(history: PoolHistory, life: PoolLife, stated: Stated[AddStatement]) -> None:
    members = life.members
    life.blurred |= not stated.node.targets
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
            other = members[taken]
            fault = AlreadyMember(token, str(address_of(taken)), target_with(other, taken))
            history.found.append(Found(stated, fault, other))


def _remove(history: PoolHistory, life: PoolLife, stated: Stated[RemoveStatement], undone: Undone) -> None:
    for token, target in _targets(stated.node.targets):
        missing = None
        first = target.first + offset_of(target.family)
        for member in range(first, first + target.size):
            added = life.members.pop(member, None)
            if added is None:
                missing = member if missing is None else missing
            else:
                undone[added.rank] = stated
                life.drained.pop(member, None)
        if missing is not None and not life.blurred:
            fault = NotMember(token, str(address_of(missing)), _word(life.node.name))
            history.found.append(Found(stated, fault, life.defined))


def _drain(history: PoolHistory, life: PoolLife, stated: Stated[DrainStatement]) -> None:
    token = stated.node.address
    member = _known_member(history, life, stated, token)
    if member is None:
        return
    if member in life.drained:
        history.found.append(Found(stated, NoEffect(_word(token)), life.drained[member]))
    life.drained.setdefault(member, stated)


def _resume(history: PoolHistory, life: PoolLife, stated: Stated[ResumeStatement]) -> None:
    token = stated.node.address
    member = _known_member(history, life, stated, token)
    if member is None:
        return
    drained = life.drained.pop(member, None)
    if drained is None:
        history.found.append(Found(stated, NoEffect(_word(token))))
    else:
        history.found.append(Found(drained, NoEffect(_word(drained.node.address)), stated))


def _known_member(
    history: PoolHistory, life: PoolLife, stated: AnyStated, token: Token[Address] | None
) -> ServerKey | None:
    """The member that a statement is about; records a fault if there is none."""
    if token is None or token.value is None:
        return None
    member = server_key(token.value)
    if member in life.members:
        return member
    if not life.blurred:
        history.found.append(Found(stated, NotMember(token, token.text, _word(life.node.name)), life.defined))
    return None


def _undefined(
    history: PoolHistory, stated: AnyStated, pool: Name | None, last: Stated[PoolStatement] | None
) -> AnyFound:
    """The fault of using a pool that is defined only further down (LB103), or that was removed or never defined (LB102)."""
    if last is not None and last.rank > stated.rank:
        return Found(stated, UsedAbove(_word(pool), Entity.POOL, _word(last.node.name)), last)
    gone = history.lives[-1].ended(stated.rank) if history.lives else None
    return Found(stated, Undefined(_word(pool), Entity.POOL), gone)


def _without_effect(history: PoolHistory, facts: list[Stated[PoolFact]], undone: Undone) -> Iterator[AnyFound]:
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


def _targets(tokens: tuple[Token[AddressRange], ...]) -> Iterator[tuple[Token[AddressRange], AddressRange]]:
    return ((token, token.value) for token in tokens if token.value is not None)


def target_with(stated: Stated[AddStatement], member: ServerKey) -> Token[AddressRange] | None:
    """The target of an `add` that contains a member."""
    address = address_of(member)
    for token, target in _targets(stated.node.targets):
        if target.family == address.family and target.first <= address.value <= target.last:
            return token
    return None


Value = TypeVar("Value")


def _word(token: Token[Value] | None) -> Token[Value]:
    assert token is not None  # facts are filed under readable names
    return token


__all__ = [
    "Name",
    "PoolHistory",
    "PoolLife",
    "ServerKey",
    "address_of",
    "fold_pool",
    "offset_of",
    "pool_word",
    "server_key",
    "target_with",
]
