"""A difference in meaning as a value: what is different, which service it concerns, and which statements say so.

A `Change` holds a `What`, which is one of the classes below. Each class has the types that a sentence about it needs,
so that no reader has to guess what `old` and `new` are. There are three shapes:

- A *plain* difference of a field: `Setting`, `Replaced` and `Switched`. They have a `kind`, which says of which field,
  and the values as `Plain` facts. Which fields there are stands in `fields`.
- A *presence*: a part that comes or goes, such as a service or a server.
- A *pair*: a part that is there before and after, and is another.

This module knows no words for people. Which changes there are is decided by the modules beside it; the renderings put
them into words.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal, NamedTuple

from lbsh_lang.site.model import Device, Failover, Interface, Origin, Pool, Probe, Service
from lbsh_lang.values import Address, Algorithm, Network, Ports, Protocol


class ChangeKind(Enum):
    """What a change is about. The values are the words of the JSON rendering; they stay as they are."""

    EXTERNAL_INTERFACE = "external-interface"
    EXTERNAL_PARAMETERS = "external-interface-parameters"
    INTERNAL_INTERFACE = "internal-interface"
    INTERNAL_PARAMETERS = "internal-interface-parameters"
    EXTERNAL_ADDRESS = "external-address"
    EXTERNAL_NET = "external-net"
    INTERNAL_NET = "internal-net"
    GATEWAY = "gateway"
    FAILOVER = "failover"
    FAILOVER_DEVICE = "failover-device"
    FAILOVER_SKEW = "failover-skew"
    FAILOVER_MASTER = "failover-master"
    FAILOVER_LINK = "failover-link"
    FAILOVER_PEER = "failover-peer"
    FAILOVER_PASSWORD = "failover-password"  # noqa: S105 -- a word, not a secret
    SERVICE = "service"
    NAME = "name"
    MOVE = "move"
    TRAFFIC = "traffic"
    OWNER = "owner"
    REFLECT = "reflect"
    STICKY = "sticky"
    POOL = "pool"
    POOL_NAME = "pool-name"
    ALGORITHM = "algorithm"
    SERVER_PORT = "server-port"
    SERVER = "server"
    BACKUP = "backup"
    DRAINED = "drained"
    WEIGHT = "weight"
    SERVED = "served"
    PROBE = "probe"
    PROBE_COMMAND = "probe-command"
    PROBE_OPTION = "probe-option"
    PROBE_EVERY = "probe-every"
    PROBE_TIMEOUT = "probe-timeout"
    PROBE_RISE = "probe-rise"
    PROBE_FALL = "probe-fall"


SettingKind = Literal[
    ChangeKind.EXTERNAL_INTERFACE,
    ChangeKind.EXTERNAL_PARAMETERS,
    ChangeKind.INTERNAL_INTERFACE,
    ChangeKind.INTERNAL_PARAMETERS,
    ChangeKind.EXTERNAL_ADDRESS,
    ChangeKind.EXTERNAL_NET,
    ChangeKind.GATEWAY,
    ChangeKind.FAILOVER_LINK,
    ChangeKind.FAILOVER_PEER,
    ChangeKind.FAILOVER_PASSWORD,
    ChangeKind.STICKY,
]
"""Fields that a script may leave out, so that a value can come, go or be another."""

ReplacedKind = Literal[
    ChangeKind.FAILOVER_MASTER,
    ChangeKind.NAME,
    ChangeKind.MOVE,
    ChangeKind.POOL_NAME,
    ChangeKind.ALGORITHM,
    ChangeKind.PROBE_EVERY,
    ChangeKind.PROBE_TIMEOUT,
    ChangeKind.PROBE_RISE,
    ChangeKind.PROBE_FALL,
]
"""Fields that always have a value, stated or by default, so that it can only be another."""

SwitchKind = Literal[ChangeKind.REFLECT, ChangeKind.BACKUP, ChangeKind.DRAINED, ChangeKind.SERVED]
"""What is either so or not so."""


class Effect(Enum):
    """Whether something comes, goes, or is otherwise."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


Coming = Literal[Effect.ADDED, Effect.REMOVED]


# Facts: what a change has before and after


class Traffic(NamedTuple):
    """Connections to an address: the ports of each protocol, sorted, neighbours joined."""

    address: Address
    parts: tuple[tuple[Protocol, Ports], ...]


class Claim(NamedTuple):
    """Traffic that a service takes; `served` says whether the service has a server for it."""

    traffic: Traffic
    served: bool


class Owner(NamedTuple):
    """Traffic with the name of the service that takes it."""

    service: str
    traffic: Traffic


class Offer(NamedTuple):
    """A service with the part of its traffic that no service serves in the other site, None if there is no such part."""

    service: Service
    alone: Traffic | None


class Farm(NamedTuple):
    """A service with its pool and all its traffic."""

    service: Service
    pool: Pool
    traffic: Traffic


class Membership(NamedTuple):
    """How servers are in a pool. `weight` is None where it need not be said: all weights are alike, or the servers leave."""

    weight: int | None
    backup: bool
    drained: bool


class Share(NamedTuple):
    """A server's weight; `total` is the weight of all servers that serve, 0 if this one does not serve."""

    weight: int
    total: int


class Time(NamedTuple):
    """A duration."""

    milliseconds: int


Plain = str | int | Address | Algorithm | Interface | Network | Time | Traffic
"""Values that can be said by themselves, in a sentence and in JSON."""


# What is different: plain differences


class Setting(NamedTuple):
    """A value that comes, goes or is another; None where the script leaves it out."""

    kind: SettingKind
    old: Plain | None
    new: Plain | None


class Replaced(NamedTuple):
    """A value that is another."""

    kind: ReplacedKind
    old: Plain
    new: Plain


class Switched(NamedTuple):
    """Something that is turned on or off."""

    kind: SwitchKind
    old: bool
    new: bool


# Presences: what comes or goes


class InternalNet(NamedTuple):
    """An internal net."""

    effect: Coming
    fact: Network
    kind: Literal[ChangeKind.INTERNAL_NET] = ChangeKind.INTERNAL_NET


class FailoverPair(NamedTuple):
    """The failover pair as a whole."""

    effect: Coming
    fact: Failover
    kind: Literal[ChangeKind.FAILOVER] = ChangeKind.FAILOVER


class PairDevice(NamedTuple):
    """A device of the failover pair."""

    effect: Coming
    fact: Device
    kind: Literal[ChangeKind.FAILOVER_DEVICE] = ChangeKind.FAILOVER_DEVICE


class WholeService(NamedTuple):
    """A service."""

    effect: Coming
    fact: Offer
    kind: Literal[ChangeKind.SERVICE] = ChangeKind.SERVICE


class WholePool(NamedTuple):
    """The pool of a service that is there before and after."""

    effect: Coming
    fact: Farm
    kind: Literal[ChangeKind.POOL] = ChangeKind.POOL


class TrafficPart(NamedTuple):
    """A part of the traffic of a service that is there before and after."""

    effect: Coming
    fact: Claim
    kind: Literal[ChangeKind.TRAFFIC] = ChangeKind.TRAFFIC


class Servers(NamedTuple):
    """Servers of a pool."""

    effect: Coming
    fact: Membership
    kind: Literal[ChangeKind.SERVER] = ChangeKind.SERVER


# Pairs: what is there before and after


class Skew(NamedTuple):
    """A device of the failover pair with another skew."""

    old: Device
    new: Device
    kind: Literal[ChangeKind.FAILOVER_SKEW] = ChangeKind.FAILOVER_SKEW


class Handover(NamedTuple):
    """Traffic that another service takes."""

    old: Owner
    new: Owner
    kind: Literal[ChangeKind.OWNER] = ChangeKind.OWNER


class ServerPort(NamedTuple):
    """The port at which servers are reached; None is the port that the client asked for, where there are several."""

    old: int | None
    new: int | None
    kind: Literal[ChangeKind.SERVER_PORT] = ChangeKind.SERVER_PORT


class Weights(NamedTuple):
    """Another weight of servers, all with the same before and the same after."""

    old: Share
    new: Share
    kind: Literal[ChangeKind.WEIGHT] = ChangeKind.WEIGHT


class Probing(NamedTuple):
    """Another method of probing; None where a service is not probed."""

    old: Probe | None
    new: Probe | None
    kind: Literal[ChangeKind.PROBE] = ChangeKind.PROBE


class ProbeCommand(NamedTuple):
    """Another command of a probe by `exec`."""

    old: str | None
    new: str | None
    kind: Literal[ChangeKind.PROBE_COMMAND] = ChangeKind.PROBE_COMMAND


class ProbeOption(NamedTuple):
    """An option of a probe; the method knows how the values are written."""

    method: str
    name: str
    old: str | None
    new: str | None
    kind: Literal[ChangeKind.PROBE_OPTION] = ChangeKind.PROBE_OPTION


OfField = Setting | Replaced | Switched
OfDevice = InternalNet | FailoverPair | PairDevice | Skew
OfService = (
    WholeService
    | WholePool
    | TrafficPart
    | Servers
    | Handover
    | ServerPort
    | Weights
    | Probing
    | ProbeCommand
    | ProbeOption
)
What = OfField | OfDevice | OfService

Presence = InternalNet | FailoverPair | PairDevice | WholeService | WholePool | TrafficPart | Servers


@dataclass(frozen=True, slots=True)
class Change:
    """A difference of two sites.

    `subject` is the name of the service concerned: its name in the new site, or in the old one if it is gone. It is None
    where the device is concerned. `old_origins` and `new_origins` are the statements that say so; there are none where a
    value is left to its default. `servers` are the servers of the subject that the change is about. `others` are affected
    besides: services by their names for a gateway, internal nets for an external address.
    """

    what: What
    subject: str | None
    old_origins: tuple[Origin, ...] = ()
    new_origins: tuple[Origin, ...] = ()
    servers: tuple[Address, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def kind(self) -> ChangeKind:
        return self.what.kind

    @property
    def effect(self) -> Effect:
        return effect_of(self.what)


def effect_of(what: What) -> Effect:
    """Whether it comes, goes, or is otherwise. A server port is always there: None stands for a port, too."""
    if isinstance(what, Presence):
        return what.effect
    if isinstance(what, ServerPort) or (what.old is not None and what.new is not None):
        return Effect.CHANGED
    return Effect.ADDED if what.old is None else Effect.REMOVED
