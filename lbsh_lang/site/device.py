"""The state of the device itself: interfaces, networks, addresses, failover."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar, assert_never

from lbsh_lang.site.faults import GivenTwice, Thing
from lbsh_lang.site.removal import take_back
from lbsh_lang.site.script import AnyFound, Found
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.nodes import DeviceFact, Token
from lbsh_lang.syntax.statement import AnyStated, Stated
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

    Filled by one fold, then only read.
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
    seen: dict[object, AnyGiven] = field(default_factory=dict)
    found: list[AnyFound] = field(default_factory=list)
    blurred: set[Thing] = field(default_factory=set)

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


def fold_device(facts: list[Stated[DeviceFact]]) -> DeviceState:
    """Processes the facts about the device in their order."""
    state = DeviceState()
    for stated in facts:
        _take(state, stated)
    return state


def _take(state: DeviceState, stated: Stated[DeviceFact]) -> None:
    node = stated.node
    match node:
        case nodes.InterfaceStatement():
            _interface(state, stated, node)
        case nodes.ExternalAddrStatement(leased=None, address=token):
            _any_number(state, stated, token, Thing.EXTERNAL_ADDRESS, state.external_addresses)
        case nodes.ExternalAddrStatement(leased=token):
            _any_number(state, stated, token, Thing.EXTERNAL_ADDRESS, state.leased)
        case nodes.ExternalNetStatement(net=token):
            _distinct(state, stated, token, Thing.EXTERNAL_NET, state.external_nets)
        case nodes.ExternalGwStatement(address=token):
            _any_number(state, stated, token, Thing.NEXT_HOP, state.next_hops)
        case nodes.InternalNetStatement(net=token):
            _distinct(state, stated, token, Thing.INTERNAL_NET, state.internal_nets)
        case nodes.InternalGwStatement(address=token):
            _distinct(state, stated, token, Thing.GATEWAY, state.gateways)
        case nodes.KeepSourceStatement(nets=tokens):
            for word in tokens:
                _distinct(state, stated, word, Thing.KEPT_NET, state.kept_nets)
        case nodes.FailoverDeviceStatement(name=token, addresses=tokens):
            _distinct(state, stated, token, Thing.FAILOVER_DEVICE, state.devices)
            _several(state, stated, tokens, Thing.FAILOVER_ADDRESS, state.link_addresses)
        case nodes.FailoverSyncStatement(interface=token):
            state.sync = _single(state, stated, token, Thing.FAILOVER_LINK, state.sync)
        case nodes.FailoverWatchStatement(addresses=tokens):
            _several(state, stated, tokens, Thing.WATCHED, state.watched)
        case nodes.FailoverPasswordStatement(path=token):
            state.password = _single(state, stated, token, Thing.PASSWORD, state.password)
        case nodes.FailoverKeyStatement(path=token):
            state.key = _single(state, stated, token, Thing.KEY, state.key)
        case _ if isinstance(node, nodes.RemovePartStatement):
            take_back(state, stated, node)
        case _:
            assert_never(node)


def _interface(state: DeviceState, stated: AnyStated, node: nodes.InterfaceStatement) -> None:
    side = node.side.value if node.side else None
    if side is None:  # it may be either side
        state.blurred |= {Thing.EXTERNAL_INTERFACE, Thing.INTERNAL_INTERFACE}
    elif side == "external":
        _distinct(state, stated, node.name, Thing.EXTERNAL_INTERFACE, state.external)
    else:
        _distinct(state, stated, node.name, Thing.INTERNAL_INTERFACE, state.internal)


def _single(
    state: DeviceState, stated: AnyStated, token: Token[Value] | None, thing: Thing, before: Given[Value] | None
) -> Given[Value] | None:
    """Takes a thing that the device has once: the first value counts."""
    given = _given(state, stated, token, thing)
    if given is not None and before is not None:
        _twice(state, given, before, thing)
    return before or given


def _any_number(
    state: DeviceState, stated: AnyStated, token: Token[Value] | None, thing: Thing, known: list[Given[Value]]
) -> None:
    """Takes a thing that may be given any number of times; a check compares its uses."""
    given = _given(state, stated, token, thing)
    if given is not None:
        known.append(given)


def _distinct(
    state: DeviceState, stated: AnyStated, token: Token[Value] | None, thing: Thing, known: list[Given[Value]]
) -> None:
    """Takes a thing of which the device may have several different values."""
    given = _given(state, stated, token, thing)
    if given is not None:
        _keep(state, given, thing, given.value, known)


def _several(
    state: DeviceState,
    stated: AnyStated,
    tokens: tuple[Token[Value], ...],
    thing: Thing,
    known: list[Given[Value]],
) -> None:
    """Takes the different values of a statement that lists them."""
    for token in tokens:
        _distinct(state, stated, token, thing, known)


def _keep(state: DeviceState, given: Given[Value], thing: Thing, key: object, known: list[Given[Value]]) -> None:
    before = state.seen.get((thing, key))
    if before is not None:
        _twice(state, given, before, thing)
    else:
        state.seen[thing, key] = given
        known.append(given)


def _given(state: DeviceState, stated: AnyStated, token: Token[Value] | None, thing: Thing) -> Given[Value] | None:
    if token is None or token.value is None:
        state.blurred.add(thing)
        return None
    return Given(token.value, token, stated)


def _twice(state: DeviceState, given: AnyGiven, before: AnyGiven, thing: Thing) -> None:
    state.found.append(Found(given.at, GivenTwice(given.token, thing, given.value, before.token), before.at))
