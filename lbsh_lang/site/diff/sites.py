"""The difference of two sites, and of two scripts, where every change names the statements behind it.

A site holds some values of the device without their statements, as `Address` or `Network`. For two scripts, these statements
are looked up in the state of the device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from lbsh_lang.site.device import DeviceState, Given
from lbsh_lang.site.diff import fields
from lbsh_lang.site.diff.changes import Change, Effect, InternalNet, Setting
from lbsh_lang.site.diff.device import diff_devices
from lbsh_lang.site.diff.fields import SettingWords
from lbsh_lang.site.diff.plain import Plain
from lbsh_lang.site.diff.services import diff_services
from lbsh_lang.site.model import Origin, Site
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.values import Address, Network

AnyGiven = Given[str] | Given[Address] | Given[Network]


def diff_sites(old: Site, new: Site) -> tuple[Change, ...]:
    """The changes in meaning: those of the device, then those of each service. None if both sites mean the same."""
    return (*diff_devices(old, new), *diff_services(old.services, new.services))


def diff_scripts(old: Resolution, new: Resolution) -> tuple[Change, ...]:
    """The changes from one script to another; both must be free of errors."""
    return tuple(_placed(change, old.device, new.device) for change in diff_sites(old.site, new.site))


def _placed(change: Change, old: DeviceState, new: DeviceState) -> Change:
    """A change with the statements of its values, if the site lacks them."""
    if change.old_origins or change.new_origins:
        return change
    what = change.what
    if isinstance(what, Setting):
        before, after = _statements(what.words, what.old, old), _statements(what.words, what.new, new)
        return replace(change, old_origins=before, new_origins=after)
    if isinstance(what, InternalNet):
        if what.effect is Effect.ADDED:
            return replace(change, new_origins=_of(new.internal_nets, what.fact))
        return replace(change, old_origins=_of(old.internal_nets, what.fact))
    return change


def _statements(words: SettingWords, value: Plain | None, device: DeviceState) -> tuple[Origin, ...]:
    """The statements that give the device a value."""
    if value is None:
        return ()
    return _of(GIVEN[words](device), value)


def _of(all_given: Iterable[AnyGiven | None], value: Plain) -> tuple[Origin, ...]:
    return tuple(given.at for given in all_given if given is not None and given.value == value)


GIVEN: dict[SettingWords, Callable[[DeviceState], Iterable[AnyGiven | None]]] = {
    fields.EXTERNAL_NET: lambda device: device.external_nets,
    fields.GATEWAY: lambda device: device.gateways,
    fields.MASK: lambda device: device.gateways,
    fields.REFLECTION: lambda device: device.gateways,
    fields.LINK.words: lambda device: (device.sync,),
    fields.WATCHED: lambda device: device.watched,
    fields.PASSWORD.words: lambda device: (device.password,),
    fields.KEY.words: lambda device: (device.key,),
}
"""The look-ups of the device's values that a site holds without their statements."""
