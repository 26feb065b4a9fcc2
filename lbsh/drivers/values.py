"""What drivers say and are told, as values, and what may be asked without a look at any rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from lbsh_lang.reported import ReportedError
from lbsh_lang.site.status import ServerId
from lbsh_lang.values import Address, Ports
from lbsh_lang.values import Protocol as Transport


class DriverError(ReportedError):
    """The filter's program is missing, fails, or hangs; the text has its words, and the place that they lead back to."""


class Drift(NamedTuple):
    """A difference between what is loaded and what should be: in words, and whether loading the rules again mends it."""

    words: str
    is_ours: bool


class Observed(NamedTuple):
    """The differences between what is loaded and what should be, and the notes of this moment, in place of older ones."""

    drift: tuple[Drift, ...]
    notes: Mapping[str, object]


class Target(NamedTuple):
    """States of connections in the kernel: of a service's address, protocol and ports, on one server and its ports.

    `server` None stands for connections that went to no server (while the pool was empty). `ports` are pairs of the port
    asked for and that of the server, None for all.
    """

    service: Address
    protocol: Transport
    ports: tuple[tuple[int, int], ...] | None
    server: Address | None


class Place(NamedTuple):
    """Where clients ask for the service of a server: its address, protocols and ports."""

    address: Address
    protocols: tuple[Transport, ...]
    ports: Ports


class Connections(NamedTuple):
    """What the kernel tells of a server: connections now, and new ones a second, None where it does not tell."""

    now: int
    new: float | None


class Witness(Protocol):
    """What `status` asks of a packet filter and of the kernel. Both raise `DriverError`."""

    def unchanged(self, notes: Mapping[str, object]) -> bool:
        """Whether nothing was changed in the filter by anybody since these notes; False if that cannot be told cheaply."""

    def connections(self, servers: Mapping[ServerId, Place]) -> Mapping[ServerId, Connections]:
        """The connections of servers; empty where the kernel does not tell."""
