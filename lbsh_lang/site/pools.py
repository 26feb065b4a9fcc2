"""The life of a pool: its servers join, leave, are drained and resumed, until its service is removed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Set
from dataclasses import dataclass, field
from math import inf
from typing import Literal, TypeVar, assert_never, cast

from lbsh_lang.site.faults import (
    AlreadyMember,
    DefinedTwice,
    Entity,
    NoClients,
    NoEffect,
    NotMember,
    Undefined,
    UsedAbove,
)
from lbsh_lang.site.script import AnyFound, Found
from lbsh_lang.site.services import ServiceHistory, ServiceLife
from lbsh_lang.syntax.nodes import (
    AddStatement,
    DrainEverywhereStatement,
    DrainFact,
    DrainStatement,
    EverywhereFact,
    ExternalAddrStatement,
    Name,
    PoolFact,
    PoolStatement,
    RemoveStatement,
    ResumeFact,
    ResumeStatement,
    SetStatement,
    Token,
)
from lbsh_lang.syntax.statement import AnyStated, Stated
from lbsh_lang.values import Address, AddressRange, Family, PortRange

_IPV6 = 1 << 128
_PORT = 1 << 129

ServerKey = int
"""A server as one number: of IPv4 the value of its address, of IPv6 that above all of IPv4's; above these its own port, 0
without one. It makes dictionaries fast. Where servers are meant by their addresses alone, the port is 0.
"""


def server_key(address: Address, port: int | None = None) -> ServerKey:
    key = address.value if address.family == 4 else address.value | _IPV6
    return key if port is None else key | port * _PORT


def address_of(member: ServerKey) -> Address:
    key = without_port(member)
    return Address(4, key) if key < _IPV6 else Address(6, key ^ _IPV6)


def port_of(member: ServerKey) -> int | None:
    """The port of a server, None if it has none of its own."""
    return member // _PORT or None


def without_port(member: ServerKey) -> ServerKey:
    return member if member < _PORT else member % _PORT


def server_text(member: ServerKey) -> str:
    port = port_of(member)
    return f"{address_of(member)} port {port}" if port is not None else str(address_of(member))


def offset_of(family: Family) -> ServerKey:
    """The difference between a family's members and the values of its addresses."""
    return 0 if family == 4 else _IPV6


Setting = Literal["port", "weight", "backup"]
"""What a `set` can change of a server."""

AboutPool = Stated[PoolFact | EverywhereFact]
"""A statement that may concern a pool: it names the pool, or servers in all their pools (`everywhere`)."""


@dataclass(slots=True)
class Effect:
    """What a target of a `drain`, `resume` or `set` does in a pool.

    `found` is the number of its addresses that are servers of the pool, `lasting` the number of those for which the
    statement makes a difference at the end, `other` the statement that came first or undoes it. `blurred` tells that the
    pool may have servers that could not be read, `sticky` whether its service remembers clients, or could not be read.
    """

    token: Token[AddressRange]
    blurred: bool
    sticky: bool
    found: int = 0
    lasting: int = 0
    other: AnyStated | None = None


@dataclass(slots=True)
class PoolLife:
    """A pool while it exists. `services` are those that it serves, also those removed later; a fault may keep it from one.

    `members` are the servers with the statements that added them, in that order; `ported` are those with ports of their own,
    by their addresses. `changed` are the statements that set what an `add` says otherwise; `moved` tells that one of them
    gave a server another port. `blurred` tells that a statement about members could not be read in full. `served` are the
    services at the end, and `service` is the first of them, or the last to go if there is none, None if there never was one.
    """

    defined: Stated[PoolStatement]
    node: PoolStatement
    services: tuple[ServiceLife, ...]
    members: dict[ServerKey, Stated[AddStatement]] = field(default_factory=dict)
    ported: dict[ServerKey, list[ServerKey]] = field(default_factory=dict)
    drained: dict[ServerKey, Stated[DrainFact]] = field(default_factory=dict)
    changed: dict[ServerKey, dict[Setting, Stated[SetStatement]]] = field(default_factory=dict)
    moved: bool = False
    blurred: bool = False
    served: tuple[ServiceLife, ...] = field(init=False)
    service: ServiceLife | None = field(init=False)

    def __post_init__(self) -> None:
        self.served = tuple([one for one in self.services if one.removed is None])
        self.service = self.served[0] if self.served else max(self.services, key=_end_of, default=None)

    @property
    def addresses(self) -> Set[ServerKey]:
        """The addresses of the servers."""
        return self.members.keys() if not self.ported else {without_port(member) for member in self.members}

    def at(self, address: ServerKey) -> list[ServerKey]:
        """The servers with an address."""
        return [address] * (address in self.members) + self.ported.get(address, [])

    def stated(self, member: ServerKey, setting: Setting) -> Stated[AddStatement] | Stated[SetStatement]:
        """The statement that decides on a setting of a server."""
        changed = self.changed.get(member) if self.changed else None
        return changed[setting] if changed is not None and setting in changed else self.members[member]

    def weight_of(self, member: ServerKey) -> Token[int] | None:
        """The word with the weight of a server, None if it has that of servers without one."""
        return self.stated(member, "weight").node.weight

    def is_backup(self, member: ServerKey) -> bool:
        return self.stated(member, "backup").node.backup is not None

    @property
    def end(self) -> float:
        """The rank of the statement that removes the last service; without such a statement, infinity."""
        removed = self.service.removed if self.service else None
        return inf if removed is None else removed.rank

    def ended(self, rank: int) -> AnyStated | None:
        """The removal of the last service, if it stands before the statement of this rank."""
        return self.service.removed if self.service and self.end < rank else None


@dataclass(slots=True)
class PoolHistory:
    """All lives of one name, the faults found in them, and the life that each statement uses.

    `effects` are those of the targets of each `drain` and `resume`, by the rank of the statement and the target's column.
    Filled by one fold, then only read.
    """

    lives: list[PoolLife] = field(default_factory=list)
    found: list[AnyFound] = field(default_factory=list)
    uses: dict[int, PoolLife] = field(default_factory=dict)
    effects: dict[int, dict[int, Effect]] = field(default_factory=dict)

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
                _change_drains(history, life, stated, node)
        elif life is None:
            history.found.append(_undefined(history, stated, pool_word(node, name), last))
        else:
            history.uses[stated.rank] = life
            _change(history, life, stated, node, undone)
    for life in history.lives:
        life.members = _in_order(life.members) if life.moved else life.members
    history.found.extend(_without_effect(history, facts, undone))
    history.found.extend(_drains_without_effect(history, facts))
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


def _end_of(service: ServiceLife) -> float:
    return inf if service.removed is None else service.removed.rank


def _change(
    history: PoolHistory,
    life: PoolLife,
    stated: AnyStated,
    node: AddStatement | SetStatement | RemoveStatement | DrainStatement | ResumeStatement | ExternalAddrStatement,
    undone: Undone,
) -> None:
    match node:
        case AddStatement():
            _add(history, life, cast("Stated[AddStatement]", stated))
        case RemoveStatement():
            _remove(history, life, cast("Stated[RemoveStatement]", stated), undone)
        case DrainStatement() | ResumeStatement():
            _change_drains(history, life, stated, node)
        case SetStatement():
            _set(history, life, cast("Stated[SetStatement]", stated))
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
            history.found.append(_already_there(life, stated, token, taken))


def _add_with_port(history: PoolHistory, life: PoolLife, stated: Stated[AddStatement], port: Token[PortRange]) -> None:
    """Adds servers that have a port of their own; without effect is the port that they would have anyway."""
    if port.value is None:
        life.blurred = True
        return
    own = 0 if port.value == usual_port(life) else port.value.first * _PORT
    for token in stated.node.targets:
        life.blurred |= token.value is None
        taken = None
        for member in _range(token.value) if token.value is not None else ():
            if member + own in life.members:
                taken = member + own if taken is None else taken
                continue
            life.members[member + own] = stated
            if own:
                life.ported.setdefault(member, []).append(member + own)
        if taken is not None:
            history.found.append(_already_there(life, stated, token, taken))


def usual_port(life: PoolLife) -> PortRange | None:
    """The port of servers without one of their own, None if it depends on the request."""
    given = life.node.ports or [token for service in life.services for token in service.node.ports]
    ports = {token.value for token in given}
    port = ports.pop() if len(ports) == 1 else None
    return port if port is not None and port.is_single else None


def _already_there(
    life: PoolLife, stated: Stated[AddStatement] | Stated[SetStatement], token: Token[AddressRange], taken: ServerKey
) -> AnyFound:
    other = life.members[taken]
    return Found(stated, AlreadyMember(token, server_text(taken), target_with(other, taken)), other)


def _remove(history: PoolHistory, life: PoolLife, stated: Stated[RemoveStatement], undone: Undone) -> None:
    port = stated.node.port
    if port is not None and port.value is None:
        life.blurred = True
        return
    for token, target in _targets(stated.node.targets):
        missing = None
        for address in _range(target):
            leaving = _named_servers(life, address, port.value if port is not None else None)
            for member in leaving:
                undone[life.members.pop(member).rank] = stated
                life.drained.pop(member, None)
                life.changed.pop(member, None)
                _forget_port(life, member)
            missing = address if missing is None and not leaving else missing
        if missing is not None and not life.blurred:
            text = str(address_of(missing)) + (f" port {port.value}" if port is not None else "")
            history.found.append(Found(stated, NotMember(token, text, _word(life.node.name)), life.defined))


def _named_servers(life: PoolLife, address: ServerKey, port: PortRange | None) -> list[ServerKey]:
    """The servers that an address names: all that have it, or the one with a port."""
    if port is None:
        return [address] if not life.ported and address in life.members else life.at(address)
    member = address if port == usual_port(life) else address + port.first * _PORT
    return [member] if member in life.members else []


def _forget_port(life: PoolLife, member: ServerKey) -> None:
    address = without_port(member)
    if address != member:
        life.ported[address].remove(member)
        if not life.ported[address]:
            del life.ported[address]


def _range(target: AddressRange) -> range:
    first = target.first + offset_of(target.family)
    return range(first, first + target.size)


def _change_drains(history: PoolHistory, life: PoolLife, stated: AnyStated, node: DrainFact | ResumeFact) -> None:
    """Drains or resumes the servers of a statement that are in the pool, and records the effect of each target."""
    port = node.port.value if node.port is not None else None
    if node.port is not None and port is None:
        return  # which of the servers is meant cannot be read
    effects = history.effects.setdefault(stated.rank, {})
    sticky = not life.services or any(one.node.sticky is not None for one in life.services)
    for token, target in _targets(node.targets):
        effect = effects.setdefault(token.start, Effect(token, life.blurred, sticky))
        for address in _range(target):
            for member in _named_servers(life, address, port):
                effect.found += 1
                if isinstance(node, DrainStatement | DrainEverywhereStatement):
                    _drain(history, life, cast("Stated[DrainFact]", stated), effect, member)
                else:
                    _resume(history, life, cast("Stated[ResumeFact]", stated), effect, member)


def _drain(history: PoolHistory, life: PoolLife, stated: Stated[DrainFact], effect: Effect, member: ServerKey) -> None:
    """Drains a server. Of two statements that differ, the second takes the place of the first."""
    before = life.drained.get(member)
    if before is not None and _same_drain(before.node, stated.node):
        effect.other = before
        return
    _undo(history, life, member, stated)
    life.drained[member] = stated
    effect.lasting += 1


def _resume(
    history: PoolHistory, life: PoolLife, stated: Stated[ResumeFact], effect: Effect, member: ServerKey
) -> None:
    if _undo(history, life, member, stated):
        effect.lasting += 1


def _undo(history: PoolHistory, life: PoolLife, member: ServerKey, by: AnyStated) -> bool:
    """Takes the `drain` of a server back, if there is one."""
    before = life.drained.pop(member, None)
    if before is None:
        return False
    target = target_with(before, member)
    assert target is not None
    effect = history.effects[before.rank][target.start]
    effect.lasting -= 1
    effect.other = by
    return True


def _same_drain(one: DrainFact, other: DrainFact) -> bool:
    return (one.keep is None, _value(one.time), _value(one.reason)) == (
        other.keep is None,
        _value(other.time),
        _value(other.reason),
    )


def _set(history: PoolHistory, life: PoolLife, stated: Stated[SetStatement]) -> None:
    """Changes the servers of a statement that are in the pool, and records the effect of each target."""
    node = stated.node
    life.blurred |= node.new_port is not None and node.new_port.value is None
    port = node.port.value if node.port is not None else None
    if node.port is not None and port is None:
        return  # which of the servers is meant cannot be read
    own = None
    if node.new_port is not None and node.new_port.value is not None:
        own = 0 if node.new_port.value == usual_port(life) else node.new_port.value.first * _PORT
    effects = history.effects.setdefault(stated.rank, {})
    for token, target in _targets(node.targets):
        effect = effects.setdefault(token.start, Effect(token, life.blurred, sticky=False))
        taken = None
        for address in _range(target):
            for member in _named_servers(life, address, port):
                effect.found += 1
                _set_share(history, life, stated, effect, member)
                if own is not None and not _set_port(history, life, stated, effect, member, address + own):
                    taken = address + own if taken is None else taken
        if taken is not None:
            history.found.append(_already_there(life, stated, token, taken))


def _set_share(
    history: PoolHistory, life: PoolLife, stated: Stated[SetStatement], effect: Effect, member: ServerKey
) -> None:
    """Sets the weight of a server, and whether it is a backup."""
    node = stated.node
    if node.weight is not None and node.weight.value is not None:
        before = _value(life.weight_of(member)) or 1
        _note(history, life, stated, effect, member, "weight", is_new=before != node.weight.value)
    if node.backup is not None or any(token.value is not None for token in node.absent):
        is_new = life.is_backup(member) != (node.backup is not None)
        _note(history, life, stated, effect, member, "backup", is_new=is_new)


def _set_port(
    history: PoolHistory,
    life: PoolLife,
    stated: Stated[SetStatement],
    effect: Effect,
    member: ServerKey,
    there: ServerKey,
) -> bool:
    """Makes a server the one with another port, unless the pool has that one already."""
    if there != member and there in life.members:
        effect.lasting += 1  # it is a fault of its own
        return False
    _note(history, life, stated, effect, member, "port", is_new=there != member)
    if there != member:
        _move(life, member, there)
    return True


def _note(
    history: PoolHistory,
    life: PoolLife,
    stated: Stated[SetStatement],
    effect: Effect,
    member: ServerKey,
    setting: Setting,
    *,
    is_new: bool,
) -> None:
    """Notes that a statement sets something of a server, or that it was so before."""
    before = life.changed.get(member, {}).get(setting)
    if not is_new:
        effect.other = life.stated(member, setting)
        return
    if before is not None:
        target = target_with(before, member)
        assert target is not None
        earlier = history.effects[before.rank][target.start]
        earlier.lasting -= 1
        earlier.other = stated
    life.changed.setdefault(member, {})[setting] = stated
    effect.lasting += 1


def _move(life: PoolLife, member: ServerKey, there: ServerKey) -> None:
    """Gives a server another port, under which it has its state from then on."""
    life.moved = True
    life.members[there] = life.members.pop(member)
    _forget_port(life, member)
    if there != without_port(there):
        life.ported.setdefault(without_port(there), []).append(there)
    for states in (life.drained, life.changed):
        if member in states:
            states[there] = states.pop(member)  # type: ignore[assignment]


def _in_order(members: dict[ServerKey, Stated[AddStatement]]) -> dict[ServerKey, Stated[AddStatement]]:
    """Servers in the order in which they were added, which a change of ports disturbs."""
    places: dict[tuple[int, ServerKey], int] = {}
    for stated in {stated.rank: stated for stated in members.values()}.values():
        for _, target in _targets(stated.node.targets):
            for address in _range(target):
                places.setdefault((stated.rank, address), len(places))

    def place(one: tuple[ServerKey, Stated[AddStatement]]) -> tuple[int, int]:
        return one[1].rank, places[one[1].rank, without_port(one[0])]

    return dict(sorted(members.items(), key=place))


def _drains_without_effect(history: PoolHistory, facts: list[AboutPool]) -> Iterator[AnyFound]:
    """The targets of `drain`, `resume` and `set` that are in no server of the pool, or change none."""
    for stated in facts if history.effects else ():
        node = stated.node
        if isinstance(node, DrainStatement | ResumeStatement | SetStatement):
            effects = history.effects.get(stated.rank, {}).values()
            if isinstance(node, DrainStatement):
                yield from keeps_nobody(stated, node, effects)
            for effect in effects:
                if effect.found and not effect.lasting:
                    yield Found(stated, NoEffect(effect.token), effect.other)
                elif not effect.found and not effect.blurred:
                    life = history.uses[stated.rank]
                    missing = NotMember(effect.token, named_text(effect.token, node), _word(life.node.name))
                    yield Found(stated, missing, life.defined)


def named_text(token: Token[AddressRange], node: DrainFact | ResumeFact | SetStatement) -> str:
    """A target with the port of its statement."""
    return token.text if node.port is None else f"{token.text} port {node.port.text}"


def keeps_nobody(stated: AnyStated, node: DrainFact, effects: Collection[Effect]) -> Iterator[AnyFound]:
    """The fault of `keep clients` where no service of the drained servers remembers clients."""
    lasting = [effect for effect in effects if effect.lasting]
    if node.keep is not None and lasting and not any(effect.sticky for effect in lasting):
        yield Found(stated, NoClients(node.keep))


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


def _targets(tokens: tuple[Token[AddressRange], ...]) -> Iterator[tuple[Token[AddressRange], AddressRange]]:
    return ((token, token.value) for token in tokens if token.value is not None)


def target_with(
    stated: Stated[AddStatement] | Stated[DrainFact] | Stated[SetStatement], member: ServerKey
) -> Token[AddressRange] | None:
    """The target of an `add`, a `drain` or a `set` that contains a member."""
    address = address_of(member)
    for token, target in _targets(stated.node.targets):
        if target.family == address.family and target.first <= address.value <= target.last:
            return token
    return None


Value = TypeVar("Value")


def _value(token: Token[Value] | None) -> Value | None:
    return token.value if token is not None else None


def _word(token: Token[Value] | None) -> Token[Value]:
    assert token is not None  # facts are filed under readable names
    return token


__all__ = [
    "AboutPool",
    "Effect",
    "Name",
    "PoolHistory",
    "PoolLife",
    "ServerKey",
    "address_of",
    "fold_pool",
    "offset_of",
    "pool_word",
    "port_of",
    "server_key",
    "server_text",
    "target_with",
    "usual_port",
    "without_port",
]
