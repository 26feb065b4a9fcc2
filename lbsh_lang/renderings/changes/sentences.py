"""Changes of a site in words: a sentence for each, in the terms of an operator."""

from __future__ import annotations

from typing import assert_never

from lbsh_lang.renderings.changes.field_sentences import field_sentence
from lbsh_lang.renderings.changes.parts import pair_text
from lbsh_lang.renderings.changes.service_sentences import service_sentence
from lbsh_lang.site.diff.changes import (
    Change,
    Effect,
    FailoverPair,
    InternalNet,
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
        case InternalNet() | FailoverPair() | PairDevice() | Skew():
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
            return f"{device.name} is now one of the failover pair (skew {device.skew})"
        case Skew():
            return f"failover device {what.new.name} has skew {what.new.skew} instead of {what.old.skew}"
        case _:
            assert_never(what)
