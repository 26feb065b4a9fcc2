"""Checks of the sources of connections to the world: `external addr`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lbsh_lang.checks import names, pools, services
from lbsh_lang.checks.base import MOST_LABELS, Finding, Findings, label
from lbsh_lang.checks.device import net_label, service_inside
from lbsh_lang.checks.scopes import DEVICE
from lbsh_lang.checks.views import DeviceContext
from lbsh_lang.site.device import DeviceState, Given, interface_of
from lbsh_lang.site.faults import Thing
from lbsh_lang.site.model import smallest
from lbsh_lang.site.pool_lives import PoolLife
from lbsh_lang.site.server_keys import address_of
from lbsh_lang.site.sources import parts_of
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.nodes import Token
from lbsh_lang.values import Address, AddressRange, Family, Network

_EXTERNAL_ADDR = (nodes.ExternalAddrStatement,)

AnySource = Given[Address] | Given[str]


@DEVICE.part_of(services.without_effect, _EXTERNAL_ADDR)
def idle_external_address(device: DeviceState, context: DeviceContext) -> Findings:
    """The external addresses without effect on any connection: a part of LB316, whose page stands at the folds' check."""
    if {Thing.EXTERNAL_INTERFACE, Thing.INTERNAL_NET} & device.blurred:
        return
    for given in device.sources:
        family = family_of(given)
        missing = f"IPv{family} internal net" if device.external else "external interface"
        if not device.external and context.services.first is not None:
            continue  # LB307 reports that already
        if not device.external or not device.nets_inside(family):
            message = f"the external address has no effect: there is no {missing}"
            yield Finding(given.at, given.token, message)


@DEVICE.part_of(services.without_effect, (nodes.KeepSourceStatement,))
def idle_kept_net(device: DeviceState, context: DeviceContext) -> Findings:
    """The networks to which no connection is translated anyway: a part of LB316."""
    if {Thing.EXTERNAL_ADDRESS, Thing.INTERNAL_NET} & device.blurred:
        return
    families = {family_of(given) for given in device.sources}
    for given in device.kept_nets:
        net = given.value
        inside = context.internal_nets.holder(Address(net.family, net.value))
        if net.family not in families:
            message = f"`keep source` has no effect: there is no IPv{net.family} external address"
            yield Finding(given.at, given.token, message)
        elif inside is not None and inside.value.length <= net.length:
            message = (
                f"`keep source` has no effect: connections to the internal net {inside.value} are never translated"
            )
            yield Finding(given.at, given.token, message, (net_label(inside),))


@DEVICE.part_of(service_inside, _EXTERNAL_ADDR)
def external_address_inside(device: DeviceState, context: DeviceContext) -> Findings:
    """The external addresses that lie in an internal net: a part of LB305, whose page stands at the services' check."""
    return in_internal_net(device, context, device.external_addresses, "the external address")


@DEVICE.part_of(pools.family_differs, _EXTERNAL_ADDR)
def exception_family(device: DeviceState, context: DeviceContext) -> Findings:
    """The targets and pools of another family than their source: a part of LB207."""
    for given in device.sources:
        family = family_of(given)
        for token in _node(given).inside:
            other = _family_inside(token, given, context)
            if other is not None and other != family:
                what = (
                    f"the source is an IPv{family} address" if isinstance(given.value, Address) else "`of` is for IPv4"
                )
                yield Finding(given.at, token, f"`{token.text}` is IPv{other}, but {what}")


def _family_inside(token: Token[AddressRange | str], given: AnySource, context: DeviceContext) -> Family | None:
    value = token.value
    if isinstance(value, AddressRange):
        return value.family
    life = context.pool_used(value, given.at.rank) if value is not None else None
    address = life.service.node.address if life is not None and life.service is not None else None
    return address.value.family if address is not None and address.value is not None else None


@DEVICE.part_of(pools.server_outside, _EXTERNAL_ADDR)
def exception_outside(device: DeviceState, context: DeviceContext) -> Findings:
    """The targets of exceptions that lie in no internal net: a part of LB301, whose page stands at the servers' check."""
    if Thing.INTERNAL_NET in device.blurred:
        return
    for given in device.sources:
        nets = device.nets_inside(family_of(given))
        for token in _node(given).inside if nets else ():
            target = token.value
            if not isinstance(target, AddressRange) or target.family != family_of(given):
                continue
            if not any(net.value.value <= target.last and target.first <= net.value.last for net in nets):
                labels = tuple(net_label(net) for net in nets[:MOST_LABELS])
                yield Finding(given.at, token, f"`{token.text}` is in no internal net", labels)


class _Use(NamedTuple):
    """Connections that a source is for: by an interface, from addresses with an exception of this rank."""

    interface: str | None
    rank: int
    inside: Network | str


@DEVICE.part_of(names.given_twice, _EXTERNAL_ADDR)
def source_twice(device: DeviceState, context: DeviceContext) -> Findings:
    """The sources of connections that have an equally specific one already: a part of LB107."""
    seen: dict[_Use, tuple[AnySource, Token[object]]] = {}
    for given in device.sources:
        reported = False
        ways = ways_of(device, given)
        for token, rank, inside in _uses(given, context):
            for way in ways:
                first = seen.setdefault(_Use(way, rank, inside), (given, token))
                if first != (given, token) and not reported:
                    reported = True
                    yield _twice(given, token, way, first)


def _twice(given: AnySource, token: Token[object], way: str | None, first: tuple[AnySource, Token[object]]) -> Finding:
    by = f" by `{way}`" if way is not None else ""
    if token is given.token:
        message = f"the IPv{family_of(given)} external address is given twice"
    else:
        message = f"the source of connections from `{token.text}`{by} is given twice"
    return Finding(given.at, token, message, (label(first[0].at, first[1], "first given here"),))


def _uses(given: AnySource, context: DeviceContext) -> Iterator[tuple[Token[object], int, Network | str]]:
    """The connections that a source is for, each with the word that says so."""
    family, tokens = family_of(given), _node(given).inside
    if not tokens:
        yield given.token, -1, str(family)
    for token in tokens:
        if isinstance(token.value, AddressRange):
            parts = parts_of((token.value,), (), family)
        else:
            life = context.pool_used(token.value, given.at.rank) if token.value is not None else None
            if life is not None and life.node.name is not None:
                yield token, -2, life.node.name.text
            parts = parts_of((), (_members(life),), family)
        yield from ((token, part.rank, block) for part in parts for block in part.inside)


def _members(life: PoolLife | None) -> Iterator[Address]:
    return map(address_of, life.members if life is not None else ())


def in_internal_net(
    device: DeviceState, context: DeviceContext, addresses: Iterable[Given[Address]], noun: str
) -> Findings:
    """The addresses outside that lie in an internal net, where none of the interfaces that lead there is of both sides."""
    inside = {one.value for one in device.internal}
    for given in addresses:
        net = context.internal_nets.holder(given.value)
        if net is not None and not inside & set(ways_of(device, given)):
            message = f"{noun} {given.value} is in the internal net {net.value}"
            yield Finding(given.at, given.token, message, (net_label(net),))


def ways_of(device: DeviceState, given: AnySource) -> tuple[str | None, ...]:
    """The external interfaces by which connections with a source leave; None for any where the script gives none."""
    stated = interface_of(given)
    if stated is not None:
        return (stated,)
    net = (
        smallest((net.value for net in device.external_nets), given.value) if isinstance(given.value, Address) else None
    )
    bound = next((interface_of(one) for one in device.external_nets if one.value == net), None)
    return (bound,) if bound is not None else tuple(one.value for one in device.external) or (None,)


def family_of(given: AnySource) -> Family:
    """The family of a source; the address of an interface is one of IPv4."""
    return given.value.family if isinstance(given.value, Address) else 4


def _node(given: AnySource) -> nodes.ExternalAddrStatement:
    node = given.at.node
    assert isinstance(node, nodes.ExternalAddrStatement)
    return node
