"""The fields of the model that are compared one by one, as tables: `diff` compares them, the renderings say them.

A field stands here if any other value of it is another meaning, and if the value can be said by itself. That is so for
the options of a service, for the times of a probe, for the roles of a server. It is not so for what takes part in a
comparison with others: the traffic of a service, the weights and the addresses of servers, the port and the method of a
probe. These have code of their own in the modules beside this one.

Most of what is said of a field follows from its row: the difference itself, a key of the JSON rendering, and for services
and probes the words in the brackets behind a new service. The type checker asks for the sentence about a difference. Tests
go through all fields of the model and find those that neither a row nor other code compares, or that a new service does
not show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

from lbsh_lang.site.diff.changes import (
    ChangeKind,
    Plain,
    Replaced,
    ReplacedKind,
    Setting,
    SettingKind,
    Switched,
    SwitchKind,
    Time,
)
from lbsh_lang.site.model import Failover, Pool, Probe, Server, Service

Part = TypeVar("Part")


class SettingField(NamedTuple, Generic[Part]):
    """A field that a script may leave out. `word` names it in JSON, and in a script where it has a keyword."""

    kind: SettingKind
    word: str
    value: Callable[[Part], Plain | None]


class ValueField(NamedTuple, Generic[Part]):
    """A field that always has a value, stated or by default."""

    kind: ReplacedKind
    word: str
    value: Callable[[Part], Plain]


class SwitchField(NamedTuple, Generic[Part]):
    """A field that is on or off."""

    kind: SwitchKind
    word: str
    is_on: Callable[[Part], bool]


def _seconds(seconds: int | None) -> Time | None:
    return None if seconds is None else Time(1000 * seconds)


SERVICE_SETTINGS: tuple[SettingField[Service], ...] = (
    SettingField(ChangeKind.STICKY, "sticky", lambda service: _seconds(service.sticky)),
)
SERVICE_SWITCHES: tuple[SwitchField[Service], ...] = (
    SwitchField(ChangeKind.REFLECT, "reflect", lambda service: service.reflect),
)
POOL_VALUES: tuple[ValueField[Pool], ...] = (
    ValueField(ChangeKind.ALGORITHM, "algorithm", lambda pool: pool.algorithm),
)
SERVER_SWITCHES: tuple[SwitchField[Server], ...] = (
    SwitchField(ChangeKind.BACKUP, "backup", lambda server: server.backup),
    SwitchField(ChangeKind.DRAINED, "drained", lambda server: server.drained),
)
PROBE_VALUES: tuple[ValueField[Probe], ...] = (
    ValueField(ChangeKind.PROBE_EVERY, "every", lambda probe: Time(probe.every)),
    ValueField(ChangeKind.PROBE_TIMEOUT, "timeout", lambda probe: Time(probe.timeout)),
    ValueField(ChangeKind.PROBE_RISE, "rise", lambda probe: probe.rise),
    ValueField(ChangeKind.PROBE_FALL, "fall", lambda probe: probe.fall),
)
FAILOVER_SETTINGS: tuple[SettingField[Failover], ...] = (
    SettingField(ChangeKind.FAILOVER_LINK, "sync", lambda pair: pair.sync),
    SettingField(ChangeKind.FAILOVER_PEER, "peer", lambda pair: pair.peer),
    SettingField(ChangeKind.FAILOVER_PASSWORD, "password_file", lambda pair: pair.password_file),
)


def diff_settings(fields: Iterable[SettingField[Part]], old: Part, new: Part) -> Iterator[Setting]:
    """The settings that come, go or are others."""
    for field in fields:
        was, is_now = field.value(old), field.value(new)
        if was != is_now:
            yield Setting(field.kind, was, is_now)


def diff_values(fields: Iterable[ValueField[Part]], old: Part, new: Part) -> Iterator[Replaced]:
    """The values that are others."""
    for field in fields:
        was, is_now = field.value(old), field.value(new)
        if was != is_now:
            yield Replaced(field.kind, was, is_now)


def diff_switches(fields: Iterable[SwitchField[Part]], old: Part, new: Part) -> Iterator[Switched]:
    """The switches that are turned."""
    for field in fields:
        was, is_now = field.is_on(old), field.is_on(new)
        if was is not is_now:
            yield Switched(field.kind, was, is_now)
