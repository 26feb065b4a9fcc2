"""The life of a pool: who joins it, who leaves, who is drained, until its service goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import inf

from lbsh_lang.site.script import Found
from lbsh_lang.site.services import ServiceHistory, ServiceLife
from lbsh_lang.syntax.nodes import (
    AddStatement,
    DrainStatement,
    Fault,
    Name,
    PoolStatement,
    RemoveStatement,
    ResumeStatement,
    Stated,
    Token,
)
from lbsh_lang.values import Address, AddressRange, Family

_IPV6 = 1 << 128

Member = int
"""An address as a single number: IPv4 its value, IPv6 its value above all of IPv4's. Dictionaries of these are quick."""


def member_of(address: Address) -> Member:
    return address.value if address.family == 4 else address.value | _IPV6


def address_of(member: Member) -> Address:
    return Address(4, member) if member < _IPV6 else Address(6, member ^ _IPV6)


def offset_of(family: Family) -> Member:
    """What a family's members have above their addresses' values."""
    return 0 if family == 4 else _IPV6


@dataclass(slots=True)
class PoolLife:
    """A pool while it is defined. `service` is None where the pool never came to serve one, because of a fault there.

    `members` are the servers with the statements that added them, in that order; `blurred` tells that some statement
    about members could not be read in full.
    """

    defined: Stated
    node: PoolStatement
    service: ServiceLife | None
    members: dict[Member, Stated] = field(default_factory=dict)
    drained: dict[Member, Stated] = field(default_factory=dict)
    blurred: bool = False

    @property
    def end(self) -> float:
        """The rank of the statement that removes the service, behind all others if there is none."""
        removed = self.service.removed if self.service else None
        return inf if removed is None else removed.rank

    def ended(self, rank: int) -> Stated | None:
        """The removal of the service, if it came before the statement of this rank."""
        return self.service.removed if self.service and self.end < rank else None


@dataclass(slots=True)
class PoolHistory:
    """All lives of one name, the faults met on the way, and which statements used it while it lived."""

    lives: list[PoolLife] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    uses: dict[int, PoolLife] = field(default_factory=dict)

    @property
    def current(self) -> PoolLife | None:
        """The life that lasts to the end of the script."""
        life = self.lives[-1] if self.lives else None
        return life if life is not None and (life.service is None or life.service.removed is None) else None


def fold_pool(facts: list[Stated], service_of: Callable[[str], ServiceHistory | None]) -> PoolHistory:
    """Goes through the facts about one pool in their order, given what became of the services."""
    history = PoolHistory()
    life: PoolLife | None = None
    end = inf
    definitions = [fact for fact in facts if type(fact.node) is PoolStatement]
    last = definitions[-1] if definitions else None
    undone: dict[int, Stated] = {}
    for stated in facts:
        node = stated.node
        if stated.rank > end:
            life, end = None, inf
        if isinstance(node, PoolStatement):
            life = _define(history, life, stated, node, service_of)
            end = life.end
        elif life is None:
            history.found.append(_undefined(history, stated, last))
        else:
            history.uses[stated.rank] = life
            _CHANGES[type(node)](history, life, stated, undone)
    history.found.extend(_without_effect(history, facts, undone))
    return history


def _define(
    history: PoolHistory,
    life: PoolLife | None,
    stated: Stated,
    node: PoolStatement,
    service_of: Callable[[str], ServiceHistory | None],
) -> PoolLife:
    if life is not None:
        other = _word(life.node.name)
        history.found.append(Found(stated, Fault("LB105", _word(node.name), "", None, other), life.defined))
        return life
    service = service_of(node.service.value) if node.service and node.service.value is not None else None
    served = service.uses.get(stated.rank) if service else None
    if served is not None and served.pool is not stated:
        served = None
    life = PoolLife(stated, node, served)
    history.lives.append(life)
    return life


def _add(history: PoolHistory, life: PoolLife, stated: Stated, undone: dict[int, Stated]) -> None:
    node = stated.node
    assert isinstance(node, AddStatement)
    members = life.members
    life.blurred |= not node.targets
    for token in node.targets:
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
            fault = Fault("LB309", token, str(address_of(taken)), None, target_with(other, taken))
            history.found.append(Found(stated, fault, other))


def _remove(history: PoolHistory, life: PoolLife, stated: Stated, undone: dict[int, Stated]) -> None:
    node = stated.node
    assert isinstance(node, RemoveStatement)
    for token, target in _targets(node.targets):
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
            history.found.append(Found(stated, Fault("LB310", token, str(address_of(missing)))))


def _drain(history: PoolHistory, life: PoolLife, stated: Stated, undone: dict[int, Stated]) -> None:
    node = stated.node
    assert isinstance(node, DrainStatement)
    member = _known_member(history, life, stated, node.address)
    if member is None:
        return
    if member in life.drained:
        history.found.append(Found(stated, Fault("LB316", _word(node.address)), life.drained[member]))
    life.drained.setdefault(member, stated)


def _resume(history: PoolHistory, life: PoolLife, stated: Stated, undone: dict[int, Stated]) -> None:
    node = stated.node
    assert isinstance(node, ResumeStatement)
    member = _known_member(history, life, stated, node.address)
    if member is None:
        return
    drained = life.drained.pop(member, None)
    if drained is None:
        history.found.append(Found(stated, Fault("LB316", _word(node.address))))
    else:
        assert isinstance(drained.node, DrainStatement)
        history.found.append(Found(drained, Fault("LB316", _word(drained.node.address)), stated))


_CHANGES = {AddStatement: _add, RemoveStatement: _remove, DrainStatement: _drain, ResumeStatement: _resume}


def _known_member(history: PoolHistory, life: PoolLife, stated: Stated, token: Token[Address] | None) -> Member | None:
    """The member that a statement is about; says so if there is none."""
    if token is None or token.value is None:
        return None
    member = member_of(token.value)
    if member in life.members:
        return member
    if not life.blurred:
        history.found.append(Found(stated, Fault("LB310", token, token.text)))
    return None


def _undefined(history: PoolHistory, stated: Stated, last: Stated | None) -> Found:
    """A pool in use that is defined further down only (LB103), not any more, or nowhere (LB102)."""
    node = stated.node
    assert isinstance(node, AddStatement | RemoveStatement | DrainStatement | ResumeStatement)
    if last is not None and last.rank > stated.rank:
        assert isinstance(last.node, PoolStatement)
        return Found(stated, Fault("LB103", _word(node.pool), "pool", None, _word(last.node.name)), last)
    gone = history.lives[-1].ended(stated.rank) if history.lives else None
    return Found(stated, Fault("LB102", _word(node.pool)), gone)


def _without_effect(history: PoolHistory, facts: list[Stated], undone: dict[int, Stated]) -> Iterator[Found]:
    """The `add` statements of which no server is left."""
    if not undone:
        return
    kept = {stated.rank for life in history.lives for stated in life.members.values()}
    for stated in facts:
        if stated.rank in undone and stated.rank not in kept:
            node = stated.node
            assert isinstance(node, AddStatement)
            if any(token.value is None for token in node.targets):
                continue  # what could not be read may well stay
            yield Found(stated, Fault("LB316", node.targets[0]), undone[stated.rank])


def _targets(tokens: tuple[Token[AddressRange], ...]) -> Iterator[tuple[Token[AddressRange], AddressRange]]:
    return ((token, token.value) for token in tokens if token.value is not None)


def target_with(stated: Stated, member: Member) -> Token[AddressRange] | None:
    """The target of an `add` that brought a member in."""
    node = stated.node
    assert isinstance(node, AddStatement)
    address = address_of(member)
    for token, target in _targets(node.targets):
        if target.family == address.family and target.first <= address.value <= target.last:
            return token
    return None


def _word(token: Token[object] | None) -> Token[object]:
    assert token is not None  # facts are filed under names that were read
    return token


__all__ = [
    "Member",
    "Name",
    "PoolHistory",
    "PoolLife",
    "address_of",
    "fold_pool",
    "member_of",
    "offset_of",
    "target_with",
]
