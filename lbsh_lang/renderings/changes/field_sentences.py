"""Sentences about a single field: a setting that comes, goes or is another, a value that is another, a switch.

There is an arm for each kind, so that the type checker finds a kind without a sentence.
"""

from __future__ import annotations

from typing import NamedTuple, assert_never

from lbsh_lang.renderings.changes.parts import plain_text
from lbsh_lang.renderings.value_text import addresses_text, listed
from lbsh_lang.site.diff.changes import Change, ChangeKind, OfField, Replaced, Setting, Switched


class _Forms(NamedTuple):
    """The three sentences about a setting: it is another, it is there now, it is there no longer."""

    changed: str
    added: str
    removed: str


def field_sentence(change: Change, what: OfField) -> str:
    """A change of a single field in words."""
    match what:
        case Setting():
            return _setting(change, what)
        case Replaced():
            return _replaced(change, what)
        case Switched():
            return _switched(change, what)
        case _:
            assert_never(what)


def _setting(change: Change, setting: Setting) -> str:
    """A setting that comes, goes or is another."""
    old = "" if setting.old is None else plain_text(setting.old)
    new = "" if setting.new is None else plain_text(setting.new)
    forms = _setting_forms(change, setting, old, new)
    if setting.old is None:
        return forms.added
    return forms.removed if setting.new is None else forms.changed


def _setting_forms(change: Change, setting: Setting, old: str, new: str) -> _Forms:
    subject, kind = change.subject, setting.kind
    match kind:
        case ChangeKind.EXTERNAL_INTERFACE:
            return _interface("external", old, new)
        case ChangeKind.EXTERNAL_PARAMETERS:
            return _parameters("external", old, new)
        case ChangeKind.INTERNAL_INTERFACE:
            return _interface("internal", old, new)
        case ChangeKind.INTERNAL_PARAMETERS:
            return _parameters("internal", old, new)
        case ChangeKind.EXTERNAL_ADDRESS:
            return _external_address(change.others, old, new)
        case ChangeKind.EXTERNAL_NET:
            return _only_one("the external net", old, new)
        case ChangeKind.GATEWAY:
            return _gateway(change.others, old, new)
        case ChangeKind.FAILOVER_LINK:
            return _link(old, new)
        case ChangeKind.FAILOVER_PEER:
            return _peer(old, new)
        case ChangeKind.FAILOVER_PASSWORD:
            return _password(old, new)
        case ChangeKind.STICKY:
            return _Forms(
                f"clients of {subject} stay with their server for {new} instead of {old}",
                f"clients of {subject} now stay with their server, for {new}",
                f"clients of {subject} are no longer sticky",
            )
        case _:
            assert_never(kind)


def _replaced(change: Change, value: Replaced) -> str:
    """A value that is another."""
    subject, kind = change.subject, value.kind
    old, new = plain_text(value.old), plain_text(value.new)
    match kind:
        case ChangeKind.FAILOVER_MASTER:
            return f"{new} is the preferred master instead of {old}"
        case ChangeKind.NAME:
            return f"service {old} is now called {new}"
        case ChangeKind.MOVE:
            return f"{subject} moves from {old} to {new}"
        case ChangeKind.POOL_NAME:
            return f"the pool of {subject} is now called {new} instead of {old}"
        case ChangeKind.ALGORITHM:
            return f"{subject} is balanced by {new} instead of {old}"
        case ChangeKind.PROBE_EVERY:
            return f"{subject} is probed every {new} instead of {old}"
        case ChangeKind.PROBE_TIMEOUT:
            return f"a probe of {subject} may take {new} instead of {old}"
        case ChangeKind.PROBE_RISE:
            return f"a server of {subject} is up after {_probes(new, 'good')} instead of {old}"
        case ChangeKind.PROBE_FALL:
            return f"a server of {subject} is down after {_probes(new, 'bad')} instead of {old}"
        case _:
            assert_never(kind)


def _switched(change: Change, switch: Switched) -> str:
    """A switch that is turned on or off."""
    subject, kind = change.subject, switch.kind
    now = "now" if switch.new else "no longer"
    many = len(change.servers) > 1
    servers = f"{addresses_text(change.servers)} of {subject} {'are' if many else 'is'}"
    match kind:
        case ChangeKind.REFLECT:
            return f"servers inside may {now} use {subject} (reflect)"
        case ChangeKind.BACKUP:
            return f"{servers} {now} {'backups' if many else 'a backup'}"
        case ChangeKind.DRAINED:
            return f"{servers} {now} drained"
        case ChangeKind.SERVED:
            if switch.new:
                return f"{subject} is served now; before, new connections to it went to nobody"
            return f"nobody serves {subject} any more: new connections to it go to nobody"
        case _:
            assert_never(kind)


def _probes(count: str, quality: str) -> str:
    return f"{count} {quality} probe{'' if count == '1' else 's in a row'}"


# Settings of the device


def _interface(side: str, old: str, new: str) -> _Forms:
    return _Forms(
        f"the {side} interface is {new} instead of {old}",
        f"the {side} interface is now {new}",
        f"there is no {side} interface {old} any more",
    )


def _parameters(side: str, old: str, new: str) -> _Forms:
    return _Forms(
        f'the parameters of the {side} interface are "{new}" instead of "{old}"',
        f'the {side} interface now has the parameters "{new}"',
        f'the {side} interface no longer has the parameters "{old}"',
    )


def _only_one(thing: str, old: str, new: str) -> _Forms:
    """Something that there is once: an address or a net of the device."""
    return _Forms(f"{thing} is {new} instead of {old}", f"{new} is now {thing}", f"{old} is no longer {thing}")


def _external_address(nets: tuple[str, ...], old: str, new: str) -> _Forms:
    forms = _only_one("the external address", old, new)
    if not nets:
        return forms
    outbound = f"outbound connections from {listed(nets)}"
    translated = f": {outbound} get it as their source"
    return _Forms(
        forms.changed + translated, forms.added + translated, f"{forms.removed}: {outbound} keep their own source"
    )


def _gateway(services: tuple[str, ...], old: str, new: str) -> _Forms:
    forms = _only_one("the internal gateway", old, new)
    if not services:
        return forms
    reflected = f": reflected connections to {listed(services)} come from it"
    return _Forms(forms.changed + reflected, forms.added + reflected, forms.removed)


def _link(old: str, new: str) -> _Forms:
    return _Forms(
        f"the pair passes on connection states over {new} instead of {old}",
        f"the pair now passes on connection states, over {new}",
        f"the pair no longer passes on connection states (it did over {old})",
    )


def _peer(old: str, new: str) -> _Forms:
    return _Forms(
        f"the peer for connection states is {new} instead of {old}",
        f"connection states now go to the peer {new}",
        f"connection states no longer go to the peer {old}",
    )


def _password(old: str, new: str) -> _Forms:
    return _Forms(
        f'the password of the pair is in the file "{new}" instead of "{old}"',
        f'the password of the pair is now in the file "{new}"',
        f'the password of the pair is no longer in the file "{old}"',
    )
