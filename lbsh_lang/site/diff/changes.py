"""A difference in meaning as a value: what kind it is, whom it concerns, what was and what is to be, and where it says so.

Owns the vocabulary. Which changes there are is the affair of the modules beside it, their words that of the renderings.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from lbsh_lang.site.model import Device, Failover, Interface, Pool, Probe, Service, Stated
from lbsh_lang.values import Address, Algorithm, Network, Ports, Protocol


class Kind(Enum):
    """What a change is about, in the order in which the changes of the device and of one service are told."""

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


class Effect(Enum):
    """Whether something comes, goes, or is otherwise."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Traffic(NamedTuple):
    """Connections to an address: of each protocol its ports, in order and merged."""

    address: Address
    parts: tuple[tuple[Protocol, Ports], ...]


class Claim(NamedTuple):
    """Traffic that a service takes; `served` tells whether a server is there to be given it."""

    traffic: Traffic
    served: bool


class Owner(NamedTuple):
    """Traffic with the service that takes it."""

    service: str
    traffic: Traffic


class Offer(NamedTuple):
    """A service with the part of its traffic that nobody serves in the other site, None if that is nothing."""

    service: Service
    alone: Traffic | None


class Membership(NamedTuple):
    """How servers are in a pool. `weight` is None where it goes without saying: all are alike, or they leave."""

    weight: int | None
    backup: bool
    drained: bool


class Share(NamedTuple):
    """A server's weight; `total` is the weight of all that serve, 0 if it is not one of them."""

    weight: int
    total: int


class Option(NamedTuple):
    """An option of a probe with its method, which knows how the value is written."""

    method: str
    name: str
    value: str


class Time(NamedTuple):
    """A duration."""

    milliseconds: int


Fact = (
    str
    | int
    | Address
    | Algorithm
    | Claim
    | Device
    | Failover
    | Interface
    | Membership
    | Network
    | Offer
    | Option
    | Owner
    | Pool
    | Probe
    | Share
    | Time
    | Traffic
)


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. Of `old` and `new` one is None where something comes or goes, or is left to a default.

    `subject` is a service, by its name in the new site, in the old one if it is gone; None is the device. `servers` are
    those of its servers that the change is about, and `others` what it affects besides: services by
    their names for a gateway, internal nets for an external address.
    `old_origins` and `new_origins` are the statements that say so; none where it is left to a default.
    """

    kind: Kind
    subject: str | None
    old: Fact | None
    new: Fact | None
    servers: tuple[Address, ...] = ()
    others: tuple[str, ...] = ()
    old_origins: tuple[Stated, ...] = ()
    new_origins: tuple[Stated, ...] = ()

    @property
    def effect(self) -> Effect:
        if self.kind is Kind.SERVER_PORT or (self.old is not None and self.new is not None):
            return Effect.CHANGED
        return Effect.ADDED if self.old is None else Effect.REMOVED
