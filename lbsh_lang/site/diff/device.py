"""Differences of the device itself: its interfaces, addresses and networks, and its failover pair."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import zip_longest
from typing import TypeVar

from lbsh_lang.site.diff import fields
from lbsh_lang.site.diff.changes import (
    Change,
    Effect,
    FailoverPair,
    InternalNet,
    LinkAddresses,
    PairDevice,
    Replaced,
    Setting,
    Skew,
    What,
)
from lbsh_lang.site.diff.compare import diff_settings
from lbsh_lang.site.diff.fields import FAILOVER_SETTINGS, SettingWords
from lbsh_lang.site.diff.seen import diff_seen, reflected_by_gateway, values_of
from lbsh_lang.site.diff.sources import diff_kept, diff_next_hops, diff_sources, plain_sources
from lbsh_lang.site.model import Binding, Device, Failover, Interface, Origin, Site, Source
from lbsh_lang.values import Address, Family, Network

Part = TypeVar("Part")

_FAMILIES: tuple[Family, ...] = (4, 6)


def diff_devices(old: Site, new: Site) -> Iterator[Change]:
    """The changes that concern no single service."""
    yield from _diff_interfaces(fields.EXTERNAL_INTERFACE, fields.EXTERNAL_PARAMETERS, old.external, new.external)
    yield from _diff_interfaces(fields.INTERNAL_INTERFACE, fields.INTERNAL_PARAMETERS, old.internal, new.internal)
    yield from _diff_addresses(old, new, partial(_translated_nets, new))
    yield from diff_sources(old, new)
    yield from diff_kept(old, new)
    yield from diff_next_hops(old, new)
    yield from _by_family(fields.EXTERNAL_NET, old.external_nets, new.external_nets)
    for net in sorted({*old.internal_nets} - {*new.internal_nets}):
        yield Change(InternalNet(Effect.REMOVED, net), None)
    for net in sorted({*new.internal_nets} - {*old.internal_nets}):
        yield Change(InternalNet(Effect.ADDED, net), None)
    yield from _diff_bindings(old, new)
    yield from _diff_gateways(old, new)
    yield from _diff_failover(old.failover, new.failover)


def _diff_interfaces(
    name: SettingWords, params: SettingWords, old: tuple[Interface, ...], new: tuple[Interface, ...]
) -> Iterator[Change]:
    """The changes of the interfaces of one side. An interface that comes takes the place of one that goes."""
    for was, is_now in _in_pairs(old, new, lambda interface: interface.name):
        origins = (_origin(was), _origin(is_now))
        others = tuple(one.name for one in new if one is not is_now)
        if was is None or is_now is None or was.name != is_now.name:
            yield Change(Setting(name, was, is_now), None, *origins, others=others)
        before, after = was and parameters(was), is_now and parameters(is_now)
        if before != after and before is not None and after is not None:
            whose = (is_now.name,) if is_now is not None and others else ()
            yield Change(Setting(params, before or None, after or None), None, *origins, others=whose)


def _in_pairs(
    old: Iterable[Part], new: Iterable[Part], key: Callable[[Part], object]
) -> Iterator[tuple[Part | None, Part | None]]:
    """Old and new parts of the same key, then parts that go with parts that come; None where there is none."""
    before, after = {key(part): part for part in old}, {key(part): part for part in new}
    yield from [(part, after[name]) for name, part in before.items() if name in after]
    going = [part for name, part in before.items() if name not in after]
    coming = [part for name, part in after.items() if name not in before]
    yield from zip_longest(going, coming)


def parameters(interface: Interface) -> str:
    """The words for the system's interface configuration; the width of the blanks between them has no meaning."""
    return " ".join(interface.params.split())


def _origin(part: Interface | Source | Binding | Device | None) -> tuple[Origin, ...]:
    return () if part is None else (part.origin,)


def _by_family(
    words: SettingWords,
    old: tuple[Address, ...] | tuple[Network, ...],
    new: tuple[Address, ...] | tuple[Network, ...],
) -> Iterator[Change]:
    """The changes of values of each address family."""
    for family in _FAMILIES:
        before, after = ([value for value in values if value.family == family] for values in (old, new))
        for was, is_now in _in_pairs(before, after, lambda value: value):
            if was != is_now:
                yield Change(Setting(words, was, is_now), None)


def _diff_addresses(old: Site, new: Site, others: Callable[[Family], tuple[str, ...]]) -> Iterator[Change]:
    """The changes of the addresses for all connections to the world."""
    for family in _FAMILIES:
        before, after = ([one for one in plain_sources(site) if one.family == family] for site in (old, new))
        for was, is_now in _in_pairs(before, after, lambda source: source.address):
            address, new_address = was.address if was else None, is_now.address if is_now else None
            if address != new_address:
                setting = Setting(fields.EXTERNAL_ADDRESS, address, new_address)
                yield Change(setting, None, _origin(was), _origin(is_now), others=others(family))


def _diff_bindings(old: Site, new: Site) -> Iterator[Change]:
    """The nets of both sites that are bound to another interface. A net that is added or removed shows that itself."""
    before, after = ({one.net: one for one in site.bindings} for site in (old, new))
    for net in sorted({*_nets(old)} & {*_nets(new)}):
        was, is_now = before.get(net), after.get(net)
        old_name, new_name = was.interface if was else None, is_now.interface if is_now else None
        if old_name != new_name:
            setting = Setting(fields.NET_INTERFACE, old_name, new_name)
            yield Change(setting, None, _origin(was), _origin(is_now), others=(str(net),))


def _nets(site: Site) -> Iterator[Network]:
    yield from (*site.external_nets, *site.internal_nets)


def _translated_nets(site: Site, family: Family) -> tuple[str, ...]:
    """The internal nets whose outbound connections get the external address as their source."""
    nets = site.nets_inside(family) if site.external else ()
    return tuple(str(net) for net in sorted(nets))


def _diff_gateways(old: Site, new: Site) -> Iterator[Change]:
    """The changes of gateways, and of what servers see in place of clients.

    A gateway has the services of which some server sees its neighbours come from there, unless another change says so.
    """
    gateways = list(_by_family(fields.GATEWAY, old.gateways, new.gateways))
    seen = list(diff_seen(old, new, {values_of(change) for change in gateways}))
    told = {(values_of(change)[1], name) for change in seen for name in change.others}
    after = reflected_by_gateway(new) if gateways else {}
    for change in gateways:
        gateway = values_of(change)[1]
        names = tuple(name for name in after.get(gateway, ()) if (gateway, name) not in told)
        yield replace(change, others=names)
    yield from seen


def _diff_failover(old: Failover | None, new: Failover | None) -> Iterator[Change]:
    if old is not None and new is not None:
        yield from _diff_pair(old, new)
        for was, is_now in _in_pairs(old.watched, new.watched, lambda address: address):
            if was != is_now:
                yield Change(Setting(fields.WATCHED, was, is_now), None)
        for setting in diff_settings(FAILOVER_SETTINGS, old, new):
            yield Change(setting, None)
    elif new is not None:
        yield Change(FailoverPair(Effect.ADDED, new), None, (), _device_origins(new))
    elif old is not None:
        yield Change(FailoverPair(Effect.REMOVED, old), None, _device_origins(old), ())


def _diff_pair(old: Failover, new: Failover) -> Iterator[Change]:
    """The changes of the pair's devices, and of the preferred one."""
    before = {device.name: device for device in old.devices}
    after = {device.name: device for device in new.devices}
    for name in dict.fromkeys([*before, *after]):
        was, is_now = before.get(name), after.get(name)
        for what in _diff_device(was, is_now):
            yield Change(what, None, _origin(was), _origin(is_now))
    masters = preferred(old), preferred(new)
    if masters[0].name != masters[1].name:
        what = Replaced(fields.MASTER, masters[0].name, masters[1].name)
        yield Change(what, None, _origin(masters[0]), _origin(masters[1]))


def _diff_device(old: Device | None, new: Device | None) -> Iterator[What]:
    if old is not None and new is not None:
        if old.skew != new.skew:
            yield Skew(old, new)
        if {*old.addresses} != {*new.addresses}:
            yield LinkAddresses(old, new)
    elif new is not None:
        yield PairDevice(Effect.ADDED, new)
    elif old is not None:
        yield PairDevice(Effect.REMOVED, old)


def preferred(failover: Failover) -> Device:
    """The device that is master while both are up: the device with the smaller skew."""
    return min(failover.devices, key=lambda device: (device.skew, device.name))


def _device_origins(failover: Failover) -> tuple[Origin, ...]:
    return tuple(device.origin for device in failover.devices)
