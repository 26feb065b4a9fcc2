"""What changes in the device itself: interfaces, addresses, networks, the pair that it belongs to."""

from __future__ import annotations

from collections.abc import Iterator

from lbsh_lang.site.diff.changes import Change, Fact, Kind
from lbsh_lang.site.model import Device, Failover, Interface, Site, Stated
from lbsh_lang.values import Address, Family, Network

_FAMILIES: tuple[Family, ...] = (4, 6)


def diff_devices(old: Site, new: Site) -> Iterator[Change]:
    """All changes that are about no one service."""
    yield from _diff_interfaces(Kind.EXTERNAL_INTERFACE, Kind.EXTERNAL_PARAMETERS, old.external, new.external)
    yield from _diff_interfaces(Kind.INTERNAL_INTERFACE, Kind.INTERNAL_PARAMETERS, old.internal, new.internal)
    for change in _by_family(Kind.EXTERNAL_ADDRESS, old.external_addresses, new.external_addresses):
        yield _with_nets(change, new)
    yield from _by_family(Kind.EXTERNAL_NET, old.external_nets, new.external_nets)
    for net in sorted({*old.internal_nets} - {*new.internal_nets}):
        yield Change(Kind.INTERNAL_NET, None, net, None)
    for net in sorted({*new.internal_nets} - {*old.internal_nets}):
        yield Change(Kind.INTERNAL_NET, None, None, net)
    for change in _by_family(Kind.GATEWAY, old.gateways, new.gateways):
        yield _with_reflected(change, new)
    yield from _diff_failover(old.failover, new.failover)


def _diff_interfaces(name: Kind, params: Kind, old: Interface | None, new: Interface | None) -> Iterator[Change]:
    origins = (_origin(old), _origin(new))
    if old is None or new is None:
        if old is not new:
            yield Change(name, None, old, new, (), (), *origins)
        return
    if old.name != new.name:
        yield Change(name, None, old, new, (), (), *origins)
    before, after = parameters(old), parameters(new)
    if before != after:
        yield Change(params, None, before or None, after or None, (), (), *origins)


def parameters(interface: Interface) -> str:
    """The words for the system's interface configuration; blanks between them do not count."""
    return " ".join(interface.params.split())


def _origin(part: Interface | Device | None) -> tuple[Stated, ...]:
    return () if part is None else (part.origin,)


def _by_family(
    kind: Kind, old: tuple[Address, ...] | tuple[Network, ...], new: tuple[Address, ...] | tuple[Network, ...]
) -> Iterator[Change]:
    """What there is one of in each address family."""
    before: dict[Family, Fact] = {one.family: one for one in old}
    after: dict[Family, Fact] = {one.family: one for one in new}
    for family in _FAMILIES:
        if before.get(family) != after.get(family):
            yield Change(kind, None, before.get(family), after.get(family))


def _with_nets(change: Change, site: Site) -> Change:
    """The change of an external address with the internal nets whose outbound traffic it is about."""
    address = change.new or change.old
    assert isinstance(address, Address)
    nets = site.nets_inside(address.family) if site.external is not None else ()
    return Change(change.kind, None, change.old, change.new, (), tuple(str(net) for net in sorted(nets)))


def _with_reflected(change: Change, site: Site) -> Change:
    """The change of a gateway with the services whose reflected connections it is the source of."""
    gateway = change.new or change.old
    assert isinstance(gateway, Address)
    names = [one.name for one in site.services if one.reflect and one.address.family == gateway.family]
    return Change(change.kind, None, change.old, change.new, (), tuple(names))


def _diff_failover(old: Failover | None, new: Failover | None) -> Iterator[Change]:
    if old is None or new is None:
        if old is not new:
            yield Change(Kind.FAILOVER, None, old, new, (), (), _device_origins(old), _device_origins(new))
        return
    yield from _diff_pair(old, new)
    if old.sync != new.sync:
        yield Change(Kind.FAILOVER_LINK, None, old.sync, new.sync)
    if old.peer != new.peer:
        yield Change(Kind.FAILOVER_PEER, None, old.peer, new.peer)
    if old.password_file != new.password_file:
        yield Change(Kind.FAILOVER_PASSWORD, None, old.password_file, new.password_file)


def _diff_pair(old: Failover, new: Failover) -> Iterator[Change]:
    """The devices of the pair, and which of them is preferred."""
    before = {device.name: device for device in old.devices}
    after = {device.name: device for device in new.devices}
    for name in [*before, *(name for name in after if name not in before)]:
        was, is_now = before.get(name), after.get(name)
        origins = (_origin(was), _origin(is_now))
        if was is None or is_now is None:
            yield Change(Kind.FAILOVER_DEVICE, None, was, is_now, (), (), *origins)
        elif was.skew != is_now.skew:
            yield Change(Kind.FAILOVER_SKEW, None, was, is_now, (), (), *origins)
    masters = preferred(old), preferred(new)
    if masters[0].name != masters[1].name:
        facts = masters[0].name, masters[1].name
        yield Change(Kind.FAILOVER_MASTER, None, *facts, (), (), (masters[0].origin,), (masters[1].origin,))


def preferred(failover: Failover) -> Device:
    """The device of the pair that is master while both are up: the one with the smaller skew."""
    return min(failover.devices, key=lambda device: (device.skew, device.name))


def _device_origins(failover: Failover | None) -> tuple[Stated, ...]:
    return () if failover is None else tuple(device.origin for device in failover.devices)
