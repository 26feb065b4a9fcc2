"""Statements about the device that take others back (`remove internal net …`), as changes of its state.

Such a statement names a thing and its value, and ends all statements above it that give this value. A thing that nothing
above gives is a fault, unless a statement about such a thing could not be read.

Values are found by look-ups, and lists are rid of those that are taken back once, at the end: so the cost of any number of
removals grows with their number alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, assert_never, cast

from lbsh_lang.site.device import AnyGiven, DeviceState, Given
from lbsh_lang.site.faults import NoEffect, NotGiven, Thing
from lbsh_lang.site.script import Found
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.nodes import RemovePartStatement, Token
from lbsh_lang.syntax.statement import AnyStated
from lbsh_lang.values import Address, Network


class _Gone(NamedTuple):
    """A thing to take back, and the word that names it."""

    thing: Thing
    token: Token[Address] | Token[Network] | Token[str] | None


def take_back(state: DeviceState, stated: AnyStated, node: RemovePartStatement) -> None:
    """Removes what a statement takes back, and notes the statements that have no effect because of it."""
    for thing, token in _parts(node):
        if token is None or token.value is None:
            continue
        gone = _drop(state, thing, token.value)
        if not gone and thing not in state.blurred:
            state.found.append(Found(stated, NotGiven(token, thing)))
        for given in gone:
            state.seen.pop((thing, given.value), None)
            place = given.at.rank, thing
            state.numbers[place] = state.numbers.get(place, 1) - 1
            if not state.numbers[place]:
                state.found.append(Found(given.at, NoEffect(given.token), stated))


def drop_taken_back(state: DeviceState) -> None:
    """Rids the lists of all values that were taken back."""
    standing = {id(given) for every in state.standing.values() for given in every}
    for thing in Thing:
        for known in _lists(state, thing):
            if any(id(given) not in standing for given in known):
                kept = [given for given in cast("list[AnyGiven]", known) if id(given) in standing]
                cast("list[AnyGiven]", known)[:] = kept


def _parts(node: RemovePartStatement) -> Iterator[_Gone]:
    match node:
        case nodes.RemoveInterfaceStatement(side=side, name=name):
            if side is not None:
                inner = side.value == "internal"
                yield _Gone(Thing.INTERNAL_INTERFACE if inner else Thing.EXTERNAL_INTERFACE, name)
        case nodes.RemoveExternalStatement():
            yield _Gone(Thing.EXTERNAL_ADDRESS, node.address)
            yield _Gone(Thing.EXTERNAL_ADDRESS, node.leased)
            yield _Gone(Thing.EXTERNAL_NET, node.net)
            yield _Gone(Thing.NEXT_HOP, node.next_hop)
        case nodes.RemoveInternalStatement():
            yield _Gone(Thing.INTERNAL_NET, node.net)
            yield _Gone(Thing.GATEWAY, node.address)
        case nodes.RemoveKeepStatement(nets=nets):
            yield from (_Gone(Thing.KEPT_NET, net) for net in nets)
        case nodes.RemoveFailoverStatement(part=part, name=name, addresses=tokens):
            yield _Gone(Thing.FAILOVER_DEVICE, name)
            yield from (_Gone(Thing.WATCHED, token) for token in tokens)
            if part is not None and part.text in _SINGLE:
                yield _Gone(_SINGLE[part.text], part)
        case _:
            assert_never(node)


_SINGLE = {"sync": Thing.FAILOVER_LINK, "password": Thing.PASSWORD, "key": Thing.KEY}
"""The things that the device has once, by the keywords that name them: no value tells which."""


def _drop(state: DeviceState, thing: Thing, value: Address | Network | str) -> list[AnyGiven]:
    """Takes the values of a thing back that are equal to one; returns them with their statements."""
    match thing:
        case Thing.FAILOVER_LINK:
            gone = _given(state.sync)
            state.sync = None
        case Thing.PASSWORD:
            gone = _given(state.password)
            state.password = None
        case Thing.KEY:
            gone = _given(state.key)
            state.key = None
        case Thing.FAILOVER_DEVICE:
            gone = state.standing.pop((thing, value), [])
            for given in gone:
                _drop_link_addresses(state, given)
        case _:
            gone = state.standing.pop((thing, value), [])
    return gone


def _given(one: AnyGiven | None) -> list[AnyGiven]:
    return [] if one is None else [one]


def _drop_link_addresses(state: DeviceState, device: AnyGiven) -> None:
    """Takes back the addresses that a failover device has on its links."""
    node = device.at.node
    for token in node.addresses if isinstance(node, nodes.FailoverDeviceStatement) else ():
        key = (Thing.FAILOVER_ADDRESS, token.value)
        if any(given.at is device.at for given in state.standing.get(key, ())):
            del state.standing[key], state.seen[key]


def _lists(
    state: DeviceState, thing: Thing
) -> tuple[list[Given[str]] | list[Given[Address]] | list[Given[Network]], ...]:
    """The lists of a thing's values."""
    match thing:
        case Thing.EXTERNAL_INTERFACE:
            return (state.external,)
        case Thing.INTERNAL_INTERFACE:
            return (state.internal,)
        case Thing.EXTERNAL_ADDRESS:
            return state.external_addresses, state.leased
        case Thing.EXTERNAL_NET:
            return (state.external_nets,)
        case Thing.INTERNAL_NET:
            return (state.internal_nets,)
        case Thing.GATEWAY:
            return (state.gateways,)
        case Thing.NEXT_HOP:
            return (state.next_hops,)
        case Thing.KEPT_NET:
            return (state.kept_nets,)
        case Thing.FAILOVER_DEVICE:
            return (state.devices,)
        case Thing.FAILOVER_ADDRESS:
            return (state.link_addresses,)
        case Thing.WATCHED:
            return (state.watched,)
        case Thing.FAILOVER_LINK | Thing.PASSWORD | Thing.KEY:
            return ()
        case _:
            assert_never(thing)
