"""Checks of interfaces: of their parameters, and of those that statements about the device name behind `on`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lbsh_lang.checks import names
from lbsh_lang.checks.base import ERROR, MOST_LABELS, WARNING, Finding, Findings, label
from lbsh_lang.checks.device import nets_overlap, reflection_impossible
from lbsh_lang.checks.scopes import DEVICE, POOL
from lbsh_lang.checks.sources import in_internal_net, ways_of
from lbsh_lang.checks.views import DeviceContext, PoolContext
from lbsh_lang.codes import Code
from lbsh_lang.diagnostics import Label
from lbsh_lang.site.device import DeviceState, Given, interface_word
from lbsh_lang.site.faults import Thing
from lbsh_lang.site.parameters import parse_parameters, spans_of
from lbsh_lang.site.pool_lives import PoolLife
from lbsh_lang.site.server_keys import address_of
from lbsh_lang.site.services import ServiceLife
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.nodes import Token
from lbsh_lang.syntax.statement import AnyStated
from lbsh_lang.values import Address

_UNSURE = {Thing.GATEWAY, Thing.INTERNAL_NET}


class _Use(NamedTuple):
    """An interface that a statement names, and its side."""

    at: AnyStated
    word: Token[str]
    side: str


@DEVICE.check(
    Code.LB110,
    ERROR,
    "interface that is not given",
    of_absence=True,
    met_by=(
        nodes.ExternalAddrStatement,
        nodes.ExternalNetStatement,
        nodes.ExternalGwStatement,
        nodes.InternalNetStatement,
    ),
)
def interface_unknown(device: DeviceState, context: DeviceContext) -> Findings:
    """A statement names an interface that the script does not give, or that is one of the other side.

    An external net lies behind an external interface, an internal net behind an internal one; external addresses are the
    source of connections that leave by an external interface.

    Wrong:

        internal net 192.168.2.0/24 on em2

    Right:

        interface internal em2
        internal net 192.168.2.0/24 on em2
    """
    known = {"external": device.external, "internal": device.internal}
    things = {"external": Thing.EXTERNAL_INTERFACE, "internal": Thing.INTERNAL_INTERFACE}
    for at, word, side in _uses(device):
        if things[side] in device.blurred or any(one.value == word.value for one in known[side]):
            continue
        other = next((one for sort in known for one in known[sort] if one.value == word.value), None)
        message = f"no {side} interface `{word.text}` is given"
        if other is not None:
            yield Finding(at, word, message, (label(other.at, other.token, "an interface of the other side"),))
        else:
            yield Finding(at, word, message, tuple(_label(one, side) for one in known[side][:MOST_LABELS]))


def _uses(device: DeviceState) -> Iterator[_Use]:
    outside = (*device.external_nets, *device.sources, *device.next_hops)
    for side, every in (("external", outside), ("internal", device.internal_nets)):
        for given in every:
            word = interface_word(given)
            if word is not None and word.value is not None:
                yield _Use(given.at, word, side)


def _label(given: Given[str], side: str) -> Label:
    return label(given.at, given.token, f"an {side} interface")


@DEVICE.check(Code.LB111, ERROR, "several interfaces may be meant", met_by=(nodes.ExternalGwStatement,))
def interface_open(device: DeviceState, context: DeviceContext) -> Findings:
    """The script does not say behind which of several interfaces an address lies, which rules and routes depend on.

    Say `on` and the interface, or give the external net in which the address lies, with its interface.

    Wrong:

        interface external em0
        interface external em2
        external gw 62.103.127.158

    Right:

        interface external em0
        interface external em2
        external gw 62.103.127.158 on em2
    """
    if {Thing.EXTERNAL_INTERFACE, Thing.EXTERNAL_NET} & device.blurred:
        return
    for hop in device.next_hops:
        ways = ways_of(device, hop)
        if len(ways) > 1:
            names = " and ".join(f"`{way}`" for way in ways[:MOST_LABELS])
            message = f"{hop.value} may lie behind several interfaces, such as {names}"
            yield Finding(hop.at, hop.token, message, help=("say `on` and one of them",))


@DEVICE.part_of(names.given_twice, (nodes.ExternalGwStatement,))
def second_next_hop(device: DeviceState, context: DeviceContext) -> Findings:
    """The next hops of uplinks that have one of the family already: a part of LB107."""
    first: dict[tuple[str | None, int], Given[Address]] = {}
    for hop in device.next_hops:
        ways = ways_of(device, hop)
        if len(ways) == 1 and first.setdefault((ways[0], hop.value.family), hop) is not hop:
            known = first[ways[0], hop.value.family]
            message = f"`{ways[0]}` has an IPv{hop.value.family} external gateway already"
            yield Finding(hop.at, hop.token, message, (label(known.at, known.token, "given here"),))


@DEVICE.part_of(names.given_twice, (nodes.InterfaceStatement,))
def second_parameters(device: DeviceState, context: DeviceContext) -> Findings:
    """The parameters of an interface of both sides, where both statements have some: a part of LB107."""
    inside = {one.value: one for one in device.internal}
    for one in device.one_armed():
        first, second = sorted((one, inside[one.value]), key=lambda given: given.at.rank)
        before, again = _parameters(first), _parameters(second)
        if before is not None and again is not None:
            message = f"the parameters of `{one.value}` are given twice"
            yield Finding(second.at, again, message, (label(first.at, before, "first given here"),))


def _parameters(given: Given[str]) -> Token[str] | None:
    """The parameters in the statement of an interface."""
    return given.at.node.params if isinstance(given.at.node, nodes.InterfaceStatement) else None


@DEVICE.check(Code.LB113, WARNING, "parameter without a meaning", met_by=(nodes.InterfaceStatement,))
def parameter_unknown(device: DeviceState, context: DeviceContext) -> Findings:
    """A parameter of an interface is none that lbsh carries out, so that it configures nothing.

    `lbsh apply --addresses` configures interfaces by these parameters, in any number and order: `inet ADDR/LEN`,
    `inet6 ADDR/LEN`, `mtu N` (68 to 65535), and `up`. It refuses a script with other words, such as further ones of
    ifconfig(8): none is ever handed to a program. Without `--addresses` no parameter has an effect.

    Wrong:

        interface internal em1 inet 192.168.1.1 netmask 255.255.255.0

    Right:

        interface internal em1 inet 192.168.1.1/24
    """
    for given in sorted((*device.external, *device.internal), key=lambda one: one.at.rank):
        words = _parameters(given)
        if words is None:
            continue
        spans = list(spans_of(words.text))
        for unknown in parse_parameters(words.text).unknown:
            first, end = spans[unknown.first][0], spans[unknown.behind - 1][1]
            token: Token[object] = Token(words.text[first:end], words.start + first, None)
            yield Finding(given.at, token, unknown.reason)


@DEVICE.part_of(nets_overlap, (nodes.ExternalGwStatement,))
def next_hop_inside(device: DeviceState, context: DeviceContext) -> Findings:
    """The next hops that lie in an internal net: a part of LB313. An interface of both sides may lead to one."""
    return in_internal_net(device, context, device.next_hops, "the external gateway")


@POOL.part_of(reflection_impossible, (nodes.ServiceStatement, nodes.SetServiceStatement))
def net_without_gateway(life: PoolLife, context: PoolContext) -> Findings:
    """The nets with servers of a reflected service for which no gateway stands: a part of LB306."""
    lacking = context.device.gateways.lacking
    if lacking and not _UNSURE & context.device.blurred:
        for service in life.served:
            if service.node.reflect is not None and service.node.masquerade is None:
                yield from _lacking_gateway(service, life, context)


def _lacking_gateway(service: ServiceLife, life: PoolLife, context: PoolContext) -> Findings:
    lacking = context.device.gateways.lacking
    for member in life.members:
        net = context.device.internal_nets.holder(address_of(member))
        if net is not None and net.value in lacking:
            name = service.node.name.text if service.node.name else ""
            message = f"reflecting `{name}` needs an `internal gw` for {net.value}, where {address_of(member)} is"
            labels = (label(net.at, net.token, "no gateway is on this interface"),)
            yield Finding(service.stated("reflect"), service.node.reflect, message, labels)
            break
