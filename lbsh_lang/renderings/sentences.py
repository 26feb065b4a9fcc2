"""Changes of a site in words: one sentence each, as an operator would say it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from lbsh_lang.renderings.service_sentences import SERVICE_SENTENCES
from lbsh_lang.renderings.site_words import (
    listed,
    pair_text,
    time_text,
    traffic_text,
)
from lbsh_lang.site.diff.changes import (
    Change,
    Effect,
    Fact,
    Kind,
    Time,
    Traffic,
)
from lbsh_lang.site.model import Device, Failover, Interface
from lbsh_lang.values import Algorithm


def sentence(change: Change) -> str:
    """A change in words, in one line, without a full stop."""
    special = _SPECIAL.get(change.kind)
    if special is not None:
        return special(change)
    wording = _WORDINGS[change.kind]
    form = {Effect.ADDED: wording.added, Effect.REMOVED: wording.removed, Effect.CHANGED: wording.changed}
    return form[change.effect].format(subject=change.subject, old=_words(change.old), new=_words(change.new))


class _Wording(NamedTuple):
    """How a change of one kind is said. What cannot come or go by itself has one form only."""

    changed: str
    added: str = ""
    removed: str = ""


_WORDINGS: dict[Kind, _Wording] = {
    Kind.EXTERNAL_INTERFACE: _Wording(
        "the external interface is {new} instead of {old}",
        "the external interface is now {new}",
        "there is no external interface {old} any more",
    ),
    Kind.INTERNAL_INTERFACE: _Wording(
        "the internal interface is {new} instead of {old}",
        "the internal interface is now {new}",
        "there is no internal interface {old} any more",
    ),
    Kind.EXTERNAL_PARAMETERS: _Wording(
        'the parameters of the external interface are "{new}" instead of "{old}"',
        'the external interface now has the parameters "{new}"',
        'the external interface no longer has the parameters "{old}"',
    ),
    Kind.INTERNAL_PARAMETERS: _Wording(
        'the parameters of the internal interface are "{new}" instead of "{old}"',
        'the internal interface now has the parameters "{new}"',
        'the internal interface no longer has the parameters "{old}"',
    ),
    Kind.EXTERNAL_NET: _Wording(
        "the external net is {new} instead of {old}",
        "{new} is now the external net",
        "{old} is no longer the external net",
    ),
    Kind.INTERNAL_NET: _Wording("", "{new} is now an internal net", "{old} is no longer an internal net"),
    Kind.FAILOVER_MASTER: _Wording("{new} is the preferred master instead of {old}"),
    Kind.FAILOVER_LINK: _Wording(
        "the pair passes on connection states over {new} instead of {old}",
        "the pair now passes on connection states, over {new}",
        "the pair no longer passes on connection states (it did over {old})",
    ),
    Kind.FAILOVER_PEER: _Wording(
        "the peer for connection states is {new} instead of {old}",
        "connection states now go to the peer {new}",
        "connection states no longer go to the peer {old}",
    ),
    Kind.FAILOVER_PASSWORD: _Wording(
        'the password of the pair is in the file "{new}" instead of "{old}"',
        'the password of the pair is now in the file "{new}"',
        'the password of the pair is no longer in the file "{old}"',
    ),
    Kind.NAME: _Wording("service {old} is now called {new}"),
    Kind.MOVE: _Wording("{subject} moves from {old} to {new}"),
    Kind.STICKY: _Wording(
        "clients of {subject} stay with their server for {new} instead of {old}",
        "clients of {subject} now stay with their server, for {new}",
        "clients of {subject} are no longer sticky",
    ),
    Kind.POOL_NAME: _Wording("the pool of {subject} is now called {new} instead of {old}"),
    Kind.ALGORITHM: _Wording("{subject} is balanced by {new} instead of {old}"),
    Kind.PROBE_EVERY: _Wording("{subject} is probed every {new} instead of {old}"),
    Kind.PROBE_TIMEOUT: _Wording("a probe of {subject} may take {new} instead of {old}"),
}


def _words(fact: Fact | None) -> str:
    match fact:
        case Time(milliseconds=milliseconds):
            return time_text(milliseconds)
        case Traffic():
            return traffic_text(fact)
        case Algorithm():
            return fact.value
        case Interface():
            return fact.name
        case _:
            return str(fact)


def _external_address(change: Change) -> str:
    inside = f": outbound connections from {listed(change.others)}" if change.others else ""
    if change.new is None:
        return f"{change.old} is no longer the external address{f'{inside} keep their own source' if inside else ''}"
    suffix = f"{inside} get it as their source" if inside else ""
    if change.old is None:
        return f"{change.new} is now the external address{suffix}"
    return f"the external address is {change.new} instead of {change.old}{suffix}"


def _gateway(change: Change) -> str:
    if change.new is None:
        return f"{change.old} is no longer the internal gateway"
    suffix = f": reflected connections to {listed(change.others)} come from it" if change.others else ""
    if change.old is None:
        return f"{change.new} is now the internal gateway{suffix}"
    return f"the internal gateway is {change.new} instead of {change.old}{suffix}"


def _failover(change: Change) -> str:
    failover = change.new or change.old
    assert isinstance(failover, Failover)
    names = " and ".join(device.name for device in failover.devices)
    if change.new is None:
        return f"{names} are no longer a failover pair"
    return f"{names} are now a failover pair ({pair_text(failover)})"


def _failover_device(change: Change) -> str:
    if isinstance(change.new, Device):
        return f"{change.new.name} is now one of the failover pair (skew {change.new.skew})"
    assert isinstance(change.old, Device)
    return f"{change.old.name} is no longer one of the failover pair"


def _failover_skew(change: Change) -> str:
    assert isinstance(change.old, Device)
    assert isinstance(change.new, Device)
    return f"failover device {change.new.name} has skew {change.new.skew} instead of {change.old.skew}"


_SPECIAL: dict[Kind, Callable[[Change], str]] = {
    Kind.EXTERNAL_ADDRESS: _external_address,
    Kind.GATEWAY: _gateway,
    Kind.FAILOVER: _failover,
    Kind.FAILOVER_DEVICE: _failover_device,
    Kind.FAILOVER_SKEW: _failover_skew,
    **SERVICE_SENTENCES,
}
