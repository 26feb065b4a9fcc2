"""What the lines about the device itself come to: interfaces, networks, addresses, failover."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from lbsh_lang.site.script import Found
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.nodes import Fault, Stated, Token
from lbsh_lang.values import Address, Family, Network

Value = TypeVar("Value", bound=Address | Network | str)


class Given(NamedTuple, Generic[Value]):
    """A value of the device with the token that states it and its statement."""

    value: Value
    token: Token[Value]
    at: Stated


@dataclass(slots=True)
class DeviceState:
    """Everything the device was given. `blurred` names the things that a line states but that could not be read."""

    external: Given[str] | None = None
    internal: Given[str] | None = None
    external_addresses: list[Given[Address]] = field(default_factory=list)
    external_nets: list[Given[Network]] = field(default_factory=list)
    internal_nets: list[Given[Network]] = field(default_factory=list)
    gateways: list[Given[Address]] = field(default_factory=list)
    devices: list[Given[str]] = field(default_factory=list)
    sync: Given[str] | None = None
    password: Given[str] | None = None
    seen: dict[object, Given[Address] | Given[Network] | Given[str]] = field(default_factory=dict)
    found: list[Found] = field(default_factory=list)
    blurred: set[str] = field(default_factory=set)

    def nets_inside(self, family: Family) -> list[Given[Network]]:
        return [net for net in self.internal_nets if net.value.family == family]


def fold_device(facts: list[Stated]) -> DeviceState:
    """Goes through the facts about the device in their order."""
    state = DeviceState()
    for stated in facts:
        _TAKERS[type(stated.node)](state, stated)
    return state


def _interface(state: DeviceState, stated: Stated) -> None:
    node = stated.node
    assert isinstance(node, nodes.InterfaceStatement)
    side = node.side.value if node.side else None
    if side is None:  # it may be either
        state.blurred |= {"external interface", "internal interface"}
        return
    given = _given(state, stated, node.name, f"{side} interface")
    if given is None:
        return
    before = state.external if side == "external" else state.internal
    if before is not None:
        _twice(state, given, before, f"{side} interface")
    elif side == "external":
        state.external = given
    else:
        state.internal = given


def _distinct(
    field: str,
    what: str,
    known: Callable[[DeviceState], list[Given[Value]]],
    key: Callable[[Value], object],
    called: Callable[[Value], str],
) -> Callable[[DeviceState, Stated], None]:
    """Takes what a device may have several of, but one of each key: the token in a field of the node."""

    def take(state: DeviceState, stated: Stated) -> None:
        given = _given(state, stated, getattr(stated.node, field), what)
        if given is None:
            return
        before = state.seen.get((what, key(given.value)))
        if before is not None:
            _twice(state, given, before, called(given.value))
        else:
            state.seen[what, key(given.value)] = given
            known(state).append(given)

    return take


def _family(value: Address | Network) -> Family:
    return value.family


def _itself(value: object) -> object:
    return value


def _failover_sync(state: DeviceState, stated: Stated) -> None:
    node = stated.node
    assert isinstance(node, nodes.FailoverSyncStatement)
    given = _given(state, stated, node.interface, "failover sync")
    if given is not None and state.sync is not None:
        _twice(state, given, state.sync, "failover link")
    state.sync = state.sync or given


def _failover_password(state: DeviceState, stated: Stated) -> None:
    node = stated.node
    assert isinstance(node, nodes.FailoverPasswordStatement)
    given = _given(state, stated, node.path, "password")
    if given is not None and state.password is not None:
        _twice(state, given, state.password, "failover password")
    state.password = state.password or given


_TAKERS: dict[type[nodes.Statement], Callable[[DeviceState, Stated], None]] = {
    nodes.InterfaceStatement: _interface,
    nodes.ExternalAddrStatement: _distinct(
        "address",
        "external address",
        lambda state: state.external_addresses,
        _family,
        lambda address: f"IPv{address.family} external address",
    ),
    nodes.ExternalNetStatement: _distinct(
        "net", "external net", lambda state: state.external_nets, _family, lambda net: f"IPv{net.family} external net"
    ),
    nodes.InternalNetStatement: _distinct(
        "net", "internal net", lambda state: state.internal_nets, _itself, lambda net: f"internal net {net}"
    ),
    nodes.InternalGwStatement: _distinct(
        "address",
        "internal gateway",
        lambda state: state.gateways,
        _family,
        lambda address: f"IPv{address.family} internal gateway",
    ),
    nodes.FailoverDeviceStatement: _distinct(
        "name", "failover", lambda state: state.devices, _itself, lambda name: f"failover device `{name}`"
    ),
    nodes.FailoverSyncStatement: _failover_sync,
    nodes.FailoverPasswordStatement: _failover_password,
}


def _given(state: DeviceState, stated: Stated, token: Token[Value] | None, what: str) -> Given[Value] | None:
    if token is None or token.value is None:
        state.blurred.add(what)
        return None
    return Given(token.value, token, stated)


def _twice(
    state: DeviceState, given: Given[Value], before: Given[Address] | Given[Network] | Given[str], what: str
) -> None:
    state.found.append(Found(given.at, Fault("LB107", given.token, what, None, before.token), before.at))
