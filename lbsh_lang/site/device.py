"""The state of the device itself: interfaces, networks, addresses, failover."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from lbsh_lang.site.faults import Thing
from lbsh_lang.site.script import AnyFound
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.nodes import Token
from lbsh_lang.syntax.statement import AnyStated
from lbsh_lang.values import Address, Family, Network

Value = TypeVar("Value", bound=Address | Network | str)
Value_co = TypeVar("Value_co", bound=Address | Network | str, covariant=True)


class Given(NamedTuple, Generic[Value_co]):
    """A value of the device with the token that states it and its statement."""

    value: Value_co
    token: Token[Value_co]
    at: AnyStated


AnyGiven = Given[Address | Network | str]


@dataclass(slots=True)
class DeviceState:
    """All values of the device. `blurred` are the things stated by a line whose value could not be read.

    `standing` are the values of lists that no statement has taken back yet, by what they are, and `numbers` counts them by
    statement and thing; the lists are rid of the others at the end of the fold (`lbsh_lang.site.removal`). Filled by one
    fold, then only read.
    """

    external: list[Given[str]] = field(default_factory=list)
    internal: list[Given[str]] = field(default_factory=list)
    external_addresses: list[Given[Address]] = field(default_factory=list)
    leased: list[Given[str]] = field(default_factory=list)
    external_nets: list[Given[Network]] = field(default_factory=list)
    internal_nets: list[Given[Network]] = field(default_factory=list)
    gateways: list[Given[Address]] = field(default_factory=list)
    next_hops: list[Given[Address]] = field(default_factory=list)
    kept_nets: list[Given[Network]] = field(default_factory=list)
    devices: list[Given[str]] = field(default_factory=list)
    link_addresses: list[Given[Address]] = field(default_factory=list)
    sync: Given[str] | None = None
    watched: list[Given[Address]] = field(default_factory=list)
    password: Given[str] | None = None
    key: Given[str] | None = None
    standing: dict[tuple[Thing, object], list[AnyGiven]] = field(default_factory=dict)
    numbers: dict[tuple[int, Thing], int] = field(default_factory=dict)
    seen: dict[object, AnyGiven] = field(default_factory=dict)
    found: list[AnyFound] = field(default_factory=list)
    blurred: set[Thing] = field(default_factory=set)

    def give(self, thing: Thing, given: Given[Value], known: list[Given[Value]]) -> None:
        """Appends a value to the list of all values of a thing."""
        known.append(given)
        self.standing.setdefault((thing, given.value), []).append(given)
        place = given.at.rank, thing
        self.numbers[place] = self.numbers.get(place, 0) + 1

    @property
    def sources(self) -> list[Given[Address] | Given[str]]:
        """The sources of outbound connections, in order: addresses, and interfaces whose address is one."""
        every: list[Given[Address] | Given[str]] = [*self.external_addresses, *self.leased]
        return sorted(every, key=lambda given: given.at.rank)

    def nets_inside(self, family: Family) -> list[Given[Network]]:
        return [net for net in self.internal_nets if net.value.family == family]

    def one_armed(self) -> list[Given[str]]:
        """The external interfaces that are internal, too."""
        inside = {given.value for given in self.internal}
        return [given for given in self.external if given.value in inside]


def interface_word(given: AnyGiven) -> Token[str] | None:
    """The word for the one interface that the statement of a value is about: behind `on`, or `of` without an address."""
    node = given.at.node
    match node:
        case nodes.ExternalNetStatement() | nodes.InternalNetStatement() | nodes.ExternalGwStatement():
            return node.interface
        case nodes.ExternalAddrStatement():
            return node.leased or node.interface
        case _:
            return None


def interface_of(given: AnyGiven) -> str | None:
    """The one interface that the statement of a value is about, None for any of its side."""
    word = interface_word(given)
    return word.value if word is not None else None
