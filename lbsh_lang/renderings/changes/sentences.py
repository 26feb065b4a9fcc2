"""Changes of a site in words: a sentence for each, in the terms of an operator."""

from __future__ import annotations

from typing import assert_never

from lbsh_lang.renderings.changes.field_sentences import field_sentence
from lbsh_lang.renderings.changes.parts import device_text, pair_text
from lbsh_lang.renderings.changes.service_sentences import service_sentence
from lbsh_lang.renderings.value_text import listed
from lbsh_lang.site.diff.changes import (
    Change,
    Effect,
    FailoverPair,
    InternalNet,
    LinkAddresses,
    OfDevice,
    PairDevice,
    Replaced,
    Setting,
    Skew,
    Switched,
)


def sentence(change: Change) -> str:
    """A change in words: one line without a full stop."""
    what = change.what
    match what:
        case Setting() | Replaced() | Switched():
            return field_sentence(change, what)
        case InternalNet() | FailoverPair() | PairDevice() | Skew() | LinkAddresses():
            return _device_sentence(what)
        case _:
            return service_sentence(change, what)


def _device_sentence(what: OfDevice) -> str:
    match what:
        case InternalNet():
            return f"{what.fact} is {'now' if what.effect is Effect.ADDED else 'no longer'} an internal net"
        case FailoverPair():
            names = " and ".join(device.name for device in what.fact.devices)
            if what.effect is Effect.REMOVED:
                return f"{names} are no longer a failover pair"
            return f"{names} are now a failover pair ({pair_text(what.fact)})"
        case PairDevice():
            device = what.fact
            if what.effect is Effect.REMOVED:
                return f"{device.name} is no longer one of the failover pair"
            return f"{device.name} is now one of the failover pair ({device_text(device)})"
        case Skew():
            return f"failover device {what.new.name} has skew {what.new.skew} instead of {what.old.skew}"
        case LinkAddresses():
            return _link_addresses(what)
        case _:
            assert_never(what)


def _link_addresses(what: LinkAddresses) -> str:
    """The addresses of a device of the pair before and after."""
    old, new = (listed([str(address) for address in device.addresses]) for device in (what.old, what.new))
    if not new:
        return f"failover device {what.new.name} no longer has addresses of its own (it had {old})"
    return f"failover device {what.new.name} {f'has {new} instead of {old}' if old else f'now has {new}'} as its own"
