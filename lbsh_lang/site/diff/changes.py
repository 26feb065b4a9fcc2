"""A difference in meaning as a value: the changed thing, the service concerned, and the statements behind it.

A `Change` holds a `What`, which is one of the classes below. Each class has the types that a sentence about it needs,
so that the types of `old` and `new` are always known. There are three shapes:

- A *plain* difference of a field: `Setting`, `Replaced` and `Switched`. They have the words of the field, and the values
  as `Plain` facts. The module `fields` lists the fields.
- A *presence*: a part that is added or removed, such as a service or a server.
- A *pair*: a part that exists before and after, with another value.

The `kind` of a change is its word in the JSON rendering, and never changes. The modules beside this one compute the changes;
the renderings turn them into sentences.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal, NamedTuple

from lbsh_lang.site.diff.fields import SettingWords, SwitchWords, ValueWords
from lbsh_lang.site.diff.plain import Plain, ServerPorts, Traffic
from lbsh_lang.site.model import Device, Failover, Origin, Pool, Probe, Service
from lbsh_lang.values import Address, Network


class Effect(Enum):
    """Whether something is added, removed or changed."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


Coming = Literal[Effect.ADDED, Effect.REMOVED]


# Facts: the values before and after a change


class Claim(NamedTuple):
    """Traffic that a service takes; `served` tells whether the service has a server for it."""

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


class PooledService(NamedTuple):
    """A service with its pool and all its traffic."""

    service: Service
    pool: Pool
    traffic: Traffic


class DrainState(NamedTuple):
    """The options of a `drain`; the time is in milliseconds."""

    keeps_clients: bool
    time: int | None
    reason: str | None


class DownState(NamedTuple):
    """The options of a `down`."""

    reason: str | None


class Membership(NamedTuple):
    """The role of servers in a pool. `weight` is None if all weights are equal, or if the servers leave.

    `port` is their own port, None if they have that of the pool. `ramp` is the time in milliseconds over which they get
    their share by steps, None if they have all at once, or leave.
    """

    weight: int | None
    backup: bool
    drain: DrainState | None
    port: int | None
    ramp: int | None = None
    down: DownState | None = None


class Share(NamedTuple):
    """A server's weight; `total` is the weight of all servers that serve, 0 if this server does not serve."""

    weight: int
    total: int


# Plain differences


class Setting(NamedTuple):
    """A value that is added, removed or changed; None if the script leaves it out."""

    words: SettingWords
    old: Plain | None
    new: Plain | None

    @property
    def kind(self) -> str:
        return self.words.kind


class Replaced(NamedTuple):
    """A changed value."""

    words: ValueWords
    old: Plain
    new: Plain

    @property
    def kind(self) -> str:
        return self.words.kind


class Switched(NamedTuple):
    """Something that is turned on or off."""

    words: SwitchWords
    old: bool
    new: bool

    @property
    def kind(self) -> str:
        return self.words.kind


# Presences: parts that are added or removed


class InternalNet(NamedTuple):
    """An internal net."""

    effect: Coming
    fact: Network
    kind: str = "internal-net"


class FailoverPair(NamedTuple):
    """The failover pair as a whole."""

    effect: Coming
    fact: Failover
    kind: str = "failover"


class PairDevice(NamedTuple):
    """A device of the failover pair."""

    effect: Coming
    fact: Device
    kind: str = "failover-device"


class WholeService(NamedTuple):
    """A service."""

    effect: Coming
    fact: Offer
    kind: str = "service"


class WholePool(NamedTuple):
    """The pool of a service that exists before and after."""

    effect: Coming
    fact: PooledService
    kind: str = "pool"


class TrafficPart(NamedTuple):
    """A part of the traffic of a service that exists before and after."""

    effect: Coming
    fact: Claim
    kind: str = "traffic"


class Servers(NamedTuple):
    """Servers of a pool."""

    effect: Coming
    fact: Membership
    kind: str = "server"


# Pairs: parts that exist before and after


class Skew(NamedTuple):
    """A device of the failover pair with another skew."""

    old: Device
    new: Device
    kind: str = "failover-skew"


class LinkAddresses(NamedTuple):
    """A device of the failover pair with other addresses of its own on the links."""

    old: Device
    new: Device
    kind: str = "failover-addresses"


class Handover(NamedTuple):
    """Traffic that another service takes."""

    old: Owner
    new: Owner
    kind: str = "owner"


class ServerPort(NamedTuple):
    """The ports of the servers; None is the port of the client's request, if there are several."""

    old: ServerPorts | None
    new: ServerPorts | None
    kind: str = "server-port"


class Weights(NamedTuple):
    """Another weight of servers, with the same value before and the same value after."""

    old: Share
    new: Share
    kind: str = "weight"


class Draining(NamedTuple):
    """Servers that are drained, no longer drained, or drained in another way; None if they are not drained."""

    old: DrainState | None
    new: DrainState | None
    kind: str = "drained"


class Downing(NamedTuple):
    """Servers that are down by hand, no longer so, or for another reason; None if they are not."""

    old: DownState | None
    new: DownState | None
    kind: str = "down-by-hand"


class Probing(NamedTuple):
    """Another method of probing; None if a service is not probed."""

    old: Probe | None
    new: Probe | None
    kind: str = "probe"


class ProbeCommand(NamedTuple):
    """Another command of a probe by `exec`."""

    old: str | None
    new: str | None
    kind: str = "probe-command"


class ProbeOption(NamedTuple):
    """An option of a probe; the method defines how the values are written."""

    method: str
    name: str
    old: str | None
    new: str | None
    kind: str = "probe-option"


OfField = Setting | Replaced | Switched
OfDevice = InternalNet | FailoverPair | PairDevice | Skew | LinkAddresses
OfService = (
    WholeService
    | WholePool
    | TrafficPart
    | Servers
    | Handover
    | ServerPort
    | Weights
    | Draining
    | Downing
    | Probing
    | ProbeCommand
    | ProbeOption
)
What = OfField | OfDevice | OfService

Presence = InternalNet | FailoverPair | PairDevice | WholeService | WholePool | TrafficPart | Servers


@dataclass(frozen=True, slots=True)
class Change:
    """A difference of two sites.

    `subject` is the name of the service concerned: its name in the new site, or in the old one if it is removed; None if
    the device is concerned. `old_origins` and `new_origins` are the statements behind the values; a default value has none.
    `servers` are the servers of the subject that the change is about, `port` is their own port. `others` are further
    affected parts: services by
    their names for a gateway, internal nets for an external address.
    """

    what: What
    subject: str | None
    old_origins: tuple[Origin, ...] = ()
    new_origins: tuple[Origin, ...] = ()
    servers: tuple[Address, ...] = ()
    others: tuple[str, ...] = ()
    port: int | None = None

    @property
    def kind(self) -> str:
        """The topic of the change, as a word of the JSON rendering; these words never change."""
        return self.what.kind

    @property
    def effect(self) -> Effect:
        return effect_of(self.what)


def effect_of(what: What) -> Effect:
    """Whether a thing is added, removed or changed.

    A server port always exists: there None is a port, too. Drained servers, and those that are down, are there all the time.
    """
    if isinstance(what, Presence):
        return what.effect
    if isinstance(what, ServerPort | Draining | Downing) or (what.old is not None and what.new is not None):
        return Effect.CHANGED
    return Effect.ADDED if what.old is None else Effect.REMOVED
