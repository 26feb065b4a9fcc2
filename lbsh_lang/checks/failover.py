"""Checks of the highly available pair."""

from __future__ import annotations

from lbsh_lang.checks.base import ERROR, Finding, Findings, label
from lbsh_lang.checks.scopes import DEVICE, SERVICE
from lbsh_lang.checks.views import DeviceContext, ServiceContext
from lbsh_lang.codes import Code
from lbsh_lang.site.device import AnyGiven, DeviceState
from lbsh_lang.site.faults import Thing
from lbsh_lang.site.resolve import skew_of
from lbsh_lang.site.services import ServiceLife
from lbsh_lang.syntax import nodes


@DEVICE.check(
    Code.LB601,
    ERROR,
    "incomplete highly available pair",
    of_absence=True,
    met_by=(
        nodes.FailoverDeviceStatement,
        nodes.FailoverSyncStatement,
        nodes.FailoverWatchStatement,
        nodes.FailoverPasswordStatement,
        nodes.FailoverKeyStatement,
    ),
)
def pair_incomplete(device: DeviceState, context: DeviceContext) -> Findings:
    """The highly available pair is incomplete: it needs two devices with different skews, and a password file.

    The device with the smaller skew is the preferred master; with equal skews both would claim that role. The password
    keeps other devices from joining, and lies in a file of its own. If one device states addresses of its own (`at`), the
    other one has some, too; they stay with their device, so an address that moves to the other one cannot be among them.

    Wrong:

        external net 62.103.127.144/28
        failover device gw1
        failover password file "/etc/lbsh/failover.key"

    Right:

        external net 62.103.127.144/28
        failover device gw1
        failover device gw2
        failover password file "/etc/lbsh/failover.key"
    """
    rest: list[AnyGiven] = [*filter(None, (device.sync, device.password, device.key)), *device.watched]
    first = next(iter([*device.devices, *rest]), None)
    if first is None:
        return
    if Thing.FAILOVER_DEVICE not in device.blurred and len(device.devices) < 2:
        count = "one device" if device.devices else "no device"
        yield Finding(first.at, first.token, f"failover needs two devices, there is {count}")
    for third in device.devices[2:]:
        yield Finding(third.at, third.token, "failover has two devices, this is one more")
    if len(device.devices) >= 2:
        one, two = device.devices[:2]
        skew = skew_of(two, 1)
        if skew is not None and skew_of(one, 0) == skew:
            message = f"both devices have the skew {skew}"
            yield Finding(two.at, two.token, message, (label(one.at, one.token, "the other device"),))
    if device.password is None and Thing.PASSWORD not in device.blurred:
        helps = ('add a line such as `failover password file "/etc/lbsh/failover.key"`',)
        yield Finding(first.at, first.token, "failover needs a password file", help=helps)
    yield from _own_addresses(device)


def _own_addresses(device: DeviceState) -> Findings:
    """The faults of the addresses that the devices have for their own."""
    having = {given.at.rank for given in device.link_addresses}
    pair = device.devices[:2]
    lacking = [given for given in pair if given.at.rank not in having]
    if len(lacking) == 1 and len(pair) == 2 and Thing.FAILOVER_ADDRESS not in device.blurred:
        for given in lacking:
            message = f"`{given.value}` has no address of its own (`at`), though the other device has"
            yield Finding(given.at, given.token, message)
    moving = {given.value: given for given in (*device.external_addresses, *device.gateways)}
    for own in device.link_addresses:
        if own.value in moving:
            one = moving[own.value]
            message = f"{own.value} moves between the two devices, so it is no device's own"
            yield Finding(own.at, own.token, message, (label(one.at, one.token, "an address of whichever is master"),))


@SERVICE.part_of(pair_incomplete, (nodes.ServiceStatement,))
def service_does_not_move(life: ServiceLife, context: ServiceContext) -> Findings:
    """The services with an own address of a device: a part of LB601, whose page stands at the pair's check."""
    address = life.node.address
    for own in context.device.link_addresses:
        if address is not None and own.value == address.value:
            message = f"{own.value} stays with one device of the pair, so no service can have it"
            yield Finding(life.defined, address, message, (label(own.at, own.token, "the device's own address"),))


@DEVICE.check(
    Code.LB602, ERROR, "failover without an external net", of_absence=True, met_by=(nodes.FailoverDeviceStatement,)
)
def prefix_unknown(device: DeviceState, context: DeviceContext) -> Findings:
    """There is a highly available pair, but no external net in the family of a service.

    Both devices hold the service addresses with the prefix length of the external net; without one it is unknown.

    Wrong:

        failover device gw1
        failover device gw2
        failover password file "/etc/lbsh/failover.key"
        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool

    Right:

        external net 62.103.127.144/28
        failover device gw1
        failover device gw2
        failover password file "/etc/lbsh/failover.key"
        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
    """
    if not device.devices or Thing.EXTERNAL_NET in device.blurred:
        return
    known = {net.value.family for net in device.external_nets}
    for family in sorted(context.services.families - known) or ([] if known else [4]):
        first = device.devices[0]
        yield Finding(first.at, first.token, f"failover needs an IPv{family} `external net` for its prefix length")
