"""The difference of two sites, and of two scripts, whose statements it then names for everything."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from lbsh_lang.site.device import DeviceState, Given
from lbsh_lang.site.diff.changes import Change, Fact, Kind
from lbsh_lang.site.diff.device import diff_devices
from lbsh_lang.site.diff.services import diff_services
from lbsh_lang.site.model import Site, Stated
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.values import Address, Network

AnyGiven = Given[str] | Given[Address] | Given[Network]


def diff_sites(old: Site, new: Site) -> tuple[Change, ...]:
    """What changes in meaning: first the device, then service by service. Empty if both mean the same."""
    return (*diff_devices(old, new), *diff_services(old.services, new.services))


def diff_scripts(old: Resolution, new: Resolution) -> tuple[Change, ...]:
    """The difference of two scripts without errors, with the origins of what a site holds as bare values too."""
    return tuple(_placed(change, old.device, new.device) for change in diff_sites(old.site, new.site))


def _placed(change: Change, old: DeviceState, new: DeviceState) -> Change:
    find = _STATED.get(change.kind)
    if find is None:
        return change
    before = _origins(change.kind, change.old, find(old))
    return replace(change, old_origins=before, new_origins=_origins(change.kind, change.new, find(new)))


def _origins(kind: Kind, fact: Fact | None, given: Iterable[AnyGiven | None]) -> tuple[Stated, ...]:
    if fact is None:
        return ()
    return tuple(one.at for one in given if one is not None and (one.value == fact or kind is Kind.FAILOVER_PEER))


def _sync(device: DeviceState) -> Iterable[AnyGiven | None]:
    return (device.sync,)


_STATED: dict[Kind, Callable[[DeviceState], Iterable[AnyGiven | None]]] = {
    Kind.EXTERNAL_ADDRESS: lambda device: device.external_addresses,
    Kind.EXTERNAL_NET: lambda device: device.external_nets,
    Kind.INTERNAL_NET: lambda device: device.internal_nets,
    Kind.GATEWAY: lambda device: device.gateways,
    Kind.FAILOVER_LINK: _sync,
    Kind.FAILOVER_PEER: _sync,
    Kind.FAILOVER_PASSWORD: lambda device: (device.password,),
}
"""What the site holds without an origin: where the device was given it."""
