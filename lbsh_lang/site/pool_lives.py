"""The life of a pool as values: its servers with the statements that made and changed them. Knows no statement's effect."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from math import inf
from typing import Literal, TypeVar

from lbsh_lang import values
from lbsh_lang.site.faults import AlreadyMember
from lbsh_lang.site.script import AnyFound, Found
from lbsh_lang.site.server_keys import ServerKey, address_of, own_part, server_text, without_port
from lbsh_lang.site.services import ServiceLife
from lbsh_lang.syntax.nodes import (
    AddStatement,
    DownFact,
    DrainFact,
    EverywhereFact,
    PoolFact,
    PoolStatement,
    SetStatement,
    Token,
    WishFact,
)
from lbsh_lang.syntax.statement import AnyStated, Stated
from lbsh_lang.values import AddressRange, PortRange, Ports

Setting = Literal["port", "weight", "backup", "ramp"]
"""What a `set` can change of a server."""


AboutPool = Stated[PoolFact | EverywhereFact]
"""A statement that may concern a pool: it names the pool, or servers in all their pools (`everywhere`)."""


@dataclass(slots=True)
class Difference:
    """The difference that a statement makes to servers.

    `lasting` is the number of servers for which it does so at the end, `other` the statement that came first or undoes it.
    """

    lasting: int = 0
    other: AnyStated | None = None


@dataclass(slots=True)
class Effect(Difference):
    """What a target of a `drain`, `resume`, `down`, `up` or `set` does in a pool.

    `found` is the number of its addresses that are servers of the pool. `blurred` tells that the pool may have servers that
    could not be read, `sticky` whether its service remembers clients, or could not be read. A `set` makes a difference for
    each of its `settings`.
    """

    token: Token[AddressRange] = field(kw_only=True)
    blurred: bool = field(kw_only=True)
    sticky: bool = False
    found: int = 0
    settings: dict[Setting, Difference] = field(default_factory=dict)


@dataclass(slots=True)
class PoolLife:
    """A pool while it exists. `services` are those that it serves, also those removed later; a fault may keep it from one.

    `members` are the servers with the statements that added them, in that order; `ported` are those with ports of their own,
    by their addresses. `drained` and `downed` are those that a statement takes out of service. `changed` are the statements
    that set what an `add` says otherwise; `moving` are those that gave a server another port, by rank. `blurred` tells that
    a statement about members could not be read in full. `served` are the services at the end; `service` is the first of
    them, or the last to go if there is none, None if there never was one.
    """

    defined: Stated[PoolStatement]
    node: PoolStatement
    services: tuple[ServiceLife, ...]
    members: dict[ServerKey, Stated[AddStatement]] = field(default_factory=dict)
    ported: dict[ServerKey, list[ServerKey]] = field(default_factory=dict)
    drained: dict[ServerKey, Stated[DrainFact]] = field(default_factory=dict)
    downed: dict[ServerKey, Stated[DownFact]] = field(default_factory=dict)
    changed: dict[ServerKey, dict[Setting, Stated[SetStatement]]] = field(default_factory=dict)
    moving: dict[int, Stated[SetStatement]] = field(default_factory=dict)
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

    def is_out(self, member: ServerKey) -> bool:
        """Whether a statement has taken a server out of service."""
        return member in self.drained or member in self.downed

    def stated(self, member: ServerKey, setting: Setting) -> Stated[AddStatement] | Stated[SetStatement]:
        """The statement that decides on a setting of a server."""
        changed = self.changed.get(member) if self.changed else None
        return changed[setting] if changed is not None and setting in changed else self.members[member]

    def weight_of(self, member: ServerKey) -> Token[int] | None:
        """The word with the weight of a server, None if it has that of servers without one."""
        return self.stated(member, "weight").node.weight

    def is_backup(self, member: ServerKey) -> bool:
        return self.stated(member, "backup").node.backup is not None

    def ramp_of(self, member: ServerKey) -> int | None:
        """The time over which a server gets its share by steps, None if it has all at once."""
        return value_of(self.stated(member, "ramp").node.ramp)

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

    `effects` are those of the targets of each `drain`, `resume`, `down`, `up` and `set`, by the rank of the statement and
    the target's column. Filled by one fold, then only read.
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


def _end_of(service: ServiceLife) -> float:
    return inf if service.removed is None else service.removed.rank


def usual_port(life: PoolLife) -> PortRange | None:
    """The port of servers without one of their own, None if it depends on the request."""
    lists = [life.node.ports] if life.node.ports else [service.node.ports for service in life.services]
    found = {values.usual_port(_read(ports), ()) for ports in lists}
    port = found.pop() if len(found) == 1 else None
    return None if port is None else PortRange(port, port)


def _read(tokens: tuple[Token[PortRange], ...]) -> Ports:
    """The ports of a list, none if one of them cannot be read."""
    ports = tuple([token.value for token in tokens if token.value is not None])
    return ports if len(ports) == len(tokens) else ()


def named_servers(life: PoolLife, address: ServerKey, port: PortRange | None) -> list[ServerKey]:
    """The servers that an address names: all that have it, or the one with a port."""
    if port is None:
        return [address] if not life.ported and address in life.members else life.at(address)
    member = address if port == usual_port(life) else address + own_part(port.first)
    return [member] if member in life.members else []


def forget_port(life: PoolLife, member: ServerKey) -> None:
    address = without_port(member)
    if address != member:
        life.ported[address].remove(member)
        if not life.ported[address]:
            del life.ported[address]


def already_there(
    life: PoolLife, stated: Stated[AddStatement] | Stated[SetStatement], token: Token[AddressRange], taken: ServerKey
) -> AnyFound:
    other = life.stated(taken, "port")
    return Found(stated, AlreadyMember(token, server_text(taken), target_with(other, taken)), other)


def targets_of(tokens: tuple[Token[AddressRange], ...]) -> Iterator[tuple[Token[AddressRange], AddressRange]]:
    return ((token, token.value) for token in tokens if token.value is not None)


def target_with(
    stated: Stated[AddStatement] | Stated[WishFact] | Stated[SetStatement], member: ServerKey
) -> Token[AddressRange] | None:
    """The target of an `add`, a `drain`, a `down` or a `set` that contains a member."""
    address = address_of(member)
    for token, target in targets_of(stated.node.targets):
        if target.family == address.family and target.first <= address.value <= target.last:
            return token
    return None


Value = TypeVar("Value")


def value_of(token: Token[Value] | None) -> Value | None:
    return token.value if token is not None else None
