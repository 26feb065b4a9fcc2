"""The statements about the device in their order: what they give, and take back, becomes its state."""

from __future__ import annotations

from typing import assert_never

from lbsh_lang.site.device import AnyGiven, DeviceState, Given, Value
from lbsh_lang.site.faults import GivenTwice, Thing
from lbsh_lang.site.removal import drop_taken_back, take_back
from lbsh_lang.site.script import Found
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.nodes import DeviceFact, Token
from lbsh_lang.syntax.statement import AnyStated, Stated


def fold_device(facts: list[Stated[DeviceFact]]) -> DeviceState:
    """Processes the facts about the device in their order."""
    state = DeviceState()
    for stated in facts:
        _take(state, stated)
    drop_taken_back(state)
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
        state.give(thing, given, known)


def _distinct(
    state: DeviceState, stated: AnyStated, token: Token[Value] | None, thing: Thing, known: list[Given[Value]]
) -> None:
    """Takes a thing of which the device may have several different values."""
    given = _given(state, stated, token, thing)
    if given is not None:
        _keep(state, given, thing, known)


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


def _keep(state: DeviceState, given: Given[Value], thing: Thing, known: list[Given[Value]]) -> None:
    before = state.seen.get((thing, given.value))
    if before is not None:
        _twice(state, given, before, thing)
    else:
        state.seen[thing, given.value] = given
        state.give(thing, given, known)


def _given(state: DeviceState, stated: AnyStated, token: Token[Value] | None, thing: Thing) -> Given[Value] | None:
    if token is None or token.value is None:
        state.blurred.add(thing)
        return None
    return Given(token.value, token, stated)


def _twice(state: DeviceState, given: AnyGiven, before: AnyGiven, thing: Thing) -> None:
    state.found.append(Found(given.at, GivenTwice(given.token, thing, given.value, before.token), before.at))
