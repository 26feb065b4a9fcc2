"""The plain fields of the model: a row for each, with all of its words.

A field is plain if every other value of it has another meaning, and if the value makes sense by itself. This holds for the
options of a service, the times of a probe, the roles of a server. It does not hold for fields that are compared together
with others: the traffic of a service, the weights and the addresses of servers, the port and the method of a probe. These
have code of their own in the modules beside this one.

A new option needs its row and nothing else: the row has its difference, its sentences, its word in JSON, its key where a
whole service is shown, its words in the brackets behind a new service and in hover, and its words in a trace. Parts of the
device, which are compared by code of their own, have only their words here. Tests go through all fields of the model and
find those that neither a row nor other code compares, or that a new service or a trace does not show.

Sentences are texts with places, as `str.format` fills them: `{old}` and `{new}` values, `{subject}` the service, `{servers}`
servers with the service and a verb ("192.168.1.4 of LDAP is"), `{others}` further affected parts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from lbsh_lang.site.diff.plain import Clients, Plain, Time
from lbsh_lang.site.model import Failover, Pool, Probe, Server, Service

Part = TypeVar("Part")


# Sentences about differences


class Said(NamedTuple):
    """The sentences about a value that can be changed, added and removed."""

    changed: str
    added: str
    removed: str


class SettingWords(NamedTuple):
    """The words about a value that a script may leave out: its word in JSON, and the sentences.

    `affects` are the sentences for a change with further affected parts.
    """

    kind: str
    said: Said
    affects: Said | None = None


class ValueWords(NamedTuple):
    """The words about a value that always exists, stated or by default; `singular` is the sentence for a new 1."""

    kind: str
    changed: str
    singular: str = ""


class SwitchWords(NamedTuple):
    """The words about something that is on or off; `many_on` and `many_off` are the sentences about several servers."""

    kind: str
    on: str
    off: str
    many_on: str = ""
    many_off: str = ""


# The rows


class SettingField(NamedTuple, Generic[Part]):
    """A field that a script may leave out. `key` names it in JSON, and in a script where it has a keyword.

    `traced` is its sentence in the trace of a balanced packet, with places for the `{client}`, the `{service}` and the
    `{value}`; None if it does not matter to packets.
    """

    key: str
    value: Callable[[Part], Plain | None]
    words: SettingWords
    traced: str | None


class ValueField(NamedTuple, Generic[Part]):
    """A field that always has a value, stated or by default."""

    key: str
    value: Callable[[Part], Plain]
    words: ValueWords


class SwitchField(NamedTuple, Generic[Part]):
    """A field that is on or off. `traced` is like that of a setting, for a field that is on."""

    key: str
    is_on: Callable[[Part], bool]
    words: SwitchWords
    traced: str | None


def _seconds(seconds: int | None) -> Time | None:
    return None if seconds is None else Time(1000 * seconds)


STICKY = SettingField[Service](
    "sticky",
    lambda service: _seconds(service.sticky),
    SettingWords(
        "sticky",
        Said(
            changed="clients of {subject} stay with their server for {new} instead of {old}",
            added="clients of {subject} now stay with their server, for {new}",
            removed="clients of {subject} are no longer sticky",
        ),
    ),
    "Sticky: if {client} has used {service} in the last {value}, on any port or protocol of it, it gets the same server "
    "again. When that server is down or drained, it gets another by the next step, and stays there.",
)
PREFIX = SettingField[Service](
    "prefix",
    lambda service: service.prefix,
    SettingWords(
        "prefix",
        Said(
            changed="clients of {subject} stay with their server by networks of {new} bits instead of {old}",
            added="clients of {subject} now stay with their server by networks of {new} bits, not one by one",
            removed="clients of {subject} now stay with their server one by one, not by networks of {old} bits",
        ),
    ),
    "Clients of {service} whose addresses agree in {value} bits count as one client.",
)
CLIENTS = SettingField[Service](
    "from",
    lambda service: Clients(service.clients) if service.clients else None,
    SettingWords(
        "clients",
        Said(
            changed="{subject} is for clients from {new} instead of {old}",
            added="{subject} is now for clients from {new} only",
            removed="{subject} is now for all clients, not only for those from {old}",
        ),
    ),
    None,  # it decides whether a packet is balanced at all, which the verdict shows
)
HELPER = SettingField[Service](
    "helper",
    lambda service: service.helper,
    SettingWords(
        "helper",
        Said(
            changed="connections that belong to a session of {subject} follow it as {new} says instead of {old}",
            added="connections that belong to a session of {subject} now follow it ({new})",
            removed="connections that belong to a session of {subject} no longer follow it (they did by {old})",
        ),
    ),
    "Connections that belong to this session follow it, with the address of {service} ({value}).",
)
SERVICE_SETTINGS: tuple[SettingField[Service], ...] = (STICKY, PREFIX, CLIENTS, HELPER)

SERVICE_SWITCHES: tuple[SwitchField[Service], ...] = (
    SwitchField(
        "reflect",
        lambda service: service.reflect,
        SwitchWords(
            "reflect",
            on="servers inside may now use {subject} (reflect)",
            off="servers inside may no longer use {subject} (reflect)",
        ),
        None,  # it decides whether a packet is balanced at all, which the verdict shows
    ),
    SwitchField(
        "masquerade",
        lambda service: service.masquerade,
        SwitchWords(
            "masquerade",
            on="servers of {subject} now see the device in place of its clients (masquerade)",
            off="servers of {subject} no longer see the device in place of its clients (masquerade)",
        ),
        None,  # it decides on the source, which is a step of its own
    ),
)

POOL_VALUES: tuple[ValueField[Pool], ...] = (
    ValueField(
        "algorithm",
        lambda pool: pool.algorithm,
        ValueWords("algorithm", "{subject} is balanced by {new} instead of {old}"),
    ),
)

SERVER_SWITCHES: tuple[SwitchField[Server], ...] = (
    SwitchField(
        "backup",
        lambda server: server.backup,
        SwitchWords(
            "backup",
            on="{servers} now a backup",
            off="{servers} no longer a backup",
            many_on="{servers} now backups",
            many_off="{servers} no longer backups",
        ),
        None,  # a trace has a row for each server
    ),
)

SERVER_SETTINGS: tuple[SettingField[Server], ...] = (
    SettingField(
        "ramp",
        lambda server: None if server.ramp is None else Time(server.ramp),
        SettingWords(
            "ramp",
            Said(
                changed="{servers} given a full share by steps over {new} instead of {old} after coming up",
                added="{servers} now given a full share by steps after coming up, over {new}",
                removed="{servers} given a full share at once after coming up, no longer by steps over {old}",
            ),
        ),
        None,  # a trace shows the full share
    ),
)

PROBE_SETTINGS: tuple[SettingField[Probe], ...] = (
    SettingField(
        "port",
        lambda probe: probe.port,
        SettingWords(
            "probe-port",
            Said(
                changed="{subject} is probed at port {new} instead of {old}",
                added="{subject} is now probed at port {new} instead of each server's own",
                removed="{subject} is probed at each server's own port instead of {old}",
            ),
        ),
        None,
    ),
)
PROBE_VALUES: tuple[ValueField[Probe], ...] = (
    ValueField(
        "every",
        lambda probe: Time(probe.every),
        ValueWords("probe-every", "{subject} is probed every {new} instead of {old}"),
    ),
    ValueField(
        "timeout",
        lambda probe: Time(probe.timeout),
        ValueWords("probe-timeout", "a probe of {subject} may take {new} instead of {old}"),
    ),
    ValueField(
        "rise",
        lambda probe: probe.rise,
        ValueWords(
            "probe-rise",
            "a server of {subject} is up after {new} good probes in a row instead of {old}",
            singular="a server of {subject} is up after {new} good probe instead of {old}",
        ),
    ),
    ValueField(
        "fall",
        lambda probe: probe.fall,
        ValueWords(
            "probe-fall",
            "a server of {subject} is down after {new} bad probes in a row instead of {old}",
            singular="a server of {subject} is down after {new} bad probe instead of {old}",
        ),
    ),
)

PROBE_SWITCHES: tuple[SwitchField[Probe], ...] = (
    SwitchField(
        "recheck",
        lambda probe: probe.recheck,
        SwitchWords(
            "probe-recheck",
            on="late and contrary answers to probes of {subject} are now checked again at once (recheck)",
            off="late and contrary answers to probes of {subject} are no longer checked again at once (recheck off)",
        ),
        None,
    ),
)

LINK = SettingField[Failover](
    "sync",
    lambda pair: pair.sync,
    SettingWords(
        "failover-link",
        Said(
            changed="the pair passes on connection states over {new} instead of {old}",
            added="the pair now passes on connection states, over {new}",
            removed="the pair no longer passes on connection states (it did over {old})",
        ),
    ),
    None,
)
PASSWORD = SettingField[Failover](
    "password_file",
    lambda pair: pair.password_file,
    SettingWords(
        "failover-password",
        Said(
            changed='the password of the pair is in the file "{new}" instead of "{old}"',
            added='the password of the pair is now in the file "{new}"',
            removed='the password of the pair is no longer in the file "{old}"',
        ),
    ),
    None,
)
KEY = SettingField[Failover](
    "key_file",
    lambda pair: pair.key_file,
    SettingWords(
        "failover-key",
        Said(
            changed='the key of the channel between the pair is in the file "{new}" instead of "{old}"',
            added='the key of the channel between the pair is now in the file "{new}"',
            removed='the key of the channel between the pair is no longer in the file "{old}"',
        ),
    ),
    None,
)
FAILOVER_SETTINGS: tuple[SettingField[Failover], ...] = (LINK, PASSWORD, KEY)


# Values that are compared by code of their own, and make sense by themselves


def _interface(side: str) -> SettingWords:
    said = Said(
        changed=f"the {side} interface is {{new}} instead of {{old}}",
        added=f"the {side} interface is now {{new}}",
        removed=f"there is no {side} interface {{old}} any more",
    )
    besides = Said(
        changed=f"{{new}} is an {side} interface instead of {{old}}, besides {{others}}",
        added=f"{{new}} is now an {side} interface, besides {{others}}",
        removed=f"{{old}} is no longer an {side} interface",
    )
    return SettingWords(f"{side}-interface", said, besides)


def _parameters(side: str) -> SettingWords:
    said = Said(
        changed=f'the parameters of the {side} interface are "{{new}}" instead of "{{old}}"',
        added=f'the {side} interface now has the parameters "{{new}}"',
        removed=f'the {side} interface no longer has the parameters "{{old}}"',
    )
    one_of = Said(
        changed=f'the parameters of the {side} interface {{others}} are "{{new}}" instead of "{{old}}"',
        added=f'the {side} interface {{others}} now has the parameters "{{new}}"',
        removed=f'the {side} interface {{others}} no longer has the parameters "{{old}}"',
    )
    return SettingWords(f"{side}-interface-parameters", said, one_of)


def _single(kind: str, thing: str, changed: str = "", removed: str = "") -> SettingWords:
    """The words about an address or a net that the device has once; the sentences end in the effects on other parts."""
    said = Said(f"{thing} is {{new}} instead of {{old}}", f"{{new}} is now {thing}", f"{{old}} is no longer {thing}")
    affects = Said(said.changed + changed, said.added + changed, said.removed + removed)
    return SettingWords(kind, said, affects)


EXTERNAL_INTERFACE, INTERNAL_INTERFACE = _interface("external"), _interface("internal")
EXTERNAL_PARAMETERS, INTERNAL_PARAMETERS = _parameters("external"), _parameters("internal")
EXTERNAL_NET = _single("external-net", "the external net")
EXTERNAL_ADDRESS = _single(
    "external-address",
    "the external address",
    changed=": outbound connections from {others} get it as their source",
    removed=": outbound connections from {others} keep their own source",
)
SOURCE = SettingWords(
    "source",
    Said(
        changed="outbound connections from {others} get {new} as their source instead of {old}",
        added="outbound connections from {others} now get {new} as their source",
        removed="outbound connections from {others} no longer get {old} as their source",
    ),
)
KEPT = SettingWords(
    "kept-source",
    Said(
        changed="outbound connections to {new} keep their source, and those to {old} no longer",
        added="outbound connections to {new} now keep their source",
        removed="outbound connections to {old} no longer keep their source",
    ),
)
NEXT_HOP = SettingWords(
    "external-gateway",
    Said(
        changed="the external gateway of {others} is {new} instead of {old}",
        added="{new} is now the external gateway of {others}",
        removed="{old} is no longer the external gateway of {others}",
    ),
)
FIRST_HOP = SettingWords(
    "first-external-gateway",
    Said(
        changed="new {others} connections to the world leave by the external gateway {new} instead of {old}",
        added="new {others} connections to the world leave by the external gateway {new}",
        removed="new {others} connections to the world no longer leave by the external gateway {old}",
    ),
)
UPLINK_NUMBER = SettingWords(
    "uplink-number",
    Said(
        changed="the uplink {others} has the number {new} instead of {old}, which is that of its mark and routing table",
        added="the uplink {others} has the number {new}, which is that of its mark and routing table",
        removed="the uplink {others} no longer has the number {old}, which is that of its mark and routing table",
    ),
)
NET_INTERFACE = SettingWords(
    "net-interface",
    Said(
        changed="{others} is behind {new} alone instead of {old}",
        added="{others} is now behind {new} alone",
        removed="{others} is no longer behind {old} alone",
    ),
)
GATEWAY = _single("gateway", "the internal gateway", changed=": reflected connections to {others} come from it")
REFLECTION = SettingWords(
    "reflection-source",
    Said(
        changed="reflected connections to {others} come from {new} instead of {old}",
        added="reflected connections to {others} now come from {new}",
        removed="reflected connections to {others} no longer come from {old}",
    ),
)
MASK = SettingWords(
    "masquerade-source",
    Said(
        changed="servers of {others} see {new} in place of clients instead of {old}",
        added="servers of {others} see {new} in place of clients instead of the address of the interface towards them",
        removed="servers of {others} see the address of the interface towards them in place of clients instead of {old}",
    ),
)
WATCHED = SettingWords(
    "failover-watch",
    Said(
        changed="the pair watches {new} instead of {old}",
        added="the pair now watches {new}",
        removed="the pair no longer watches {old}",
    ),
)

NAME = ValueWords("name", "service {old} is now called {new}")
MOVE = ValueWords("move", "{subject} moves from {old} to {new}")
POOL_NAME = ValueWords("pool-name", "the pool of {subject} is now called {new} instead of {old}")
MASTER = ValueWords("failover-master", "{new} is the preferred master instead of {old}")
SERVED = SwitchWords(
    "served",
    on="{subject} is served now; before, new connections to it went to nobody",
    off="nobody serves {subject} any more: new connections to it go to nobody",
)
