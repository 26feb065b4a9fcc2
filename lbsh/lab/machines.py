"""The parts of a miniature, as values: machines with their cables, the servers on them, and what it does not show."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from lbsh_lang.values import Address, PortRange, Protocol


class Kind(Enum):
    """What a machine is for."""

    DEVICE = "the device"
    UPLINK = "a router of the provider"
    ROUTER = "a router inside"
    SERVER = "servers"
    CLIENT = "a client outside"
    INSIDER = "a client inside"


class Plug(NamedTuple):
    """An interface of a machine, and the segment of Ethernet that its cable leads to."""

    interface: str
    segment: str


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine: `lines` are commands for `ip -batch` that give it addresses and routes, `own` its addresses.

    `rules_6` are commands about rules of IPv6, of which `ip` must be told. `settings` are parameters of its kernel; they are
    set first, since interfaces take theirs when they are made.
    """

    name: str
    kind: Kind
    plugs: tuple[Plug, ...]
    lines: tuple[str, ...]
    own: tuple[Address, ...] = ()
    settings: tuple[tuple[str, int], ...] = ()
    rules_6: tuple[str, ...] = ()

    def addresses_on(self, interface: str) -> tuple[Address, ...]:
        """Its own addresses on an interface. Where it has but one, that takes all, blocks of addresses too."""
        if len(self.plugs) == 1:
            return self.own
        given = {line.split()[2].partition("/")[0] for line in self.lines if line.endswith(f" dev {interface}")}
        return tuple([address for address in self.own if str(address) in given])


class Door(NamedTuple):
    """Ports of a protocol on which a server answers."""

    protocol: Protocol
    ports: PortRange


@dataclass(frozen=True, slots=True)
class Toy:
    """A toy server: the machine that it runs on, and what it answers on. `address` is None for all of the machine's."""

    name: str
    machine: str
    address: Address | None
    doors: tuple[Door, ...]


@dataclass(frozen=True, slots=True)
class Topology:
    """A whole miniature. `findings` are sentences about what it does not show.

    `cables` are the segments that lead from one machine straight to another, without a switch between them.
    """

    segments: tuple[str, ...]
    machines: tuple[Machine, ...]
    toys: tuple[Toy, ...]
    findings: tuple[str, ...]
    cables: frozenset[str] = frozenset()

    def machine(self, name: str) -> Machine:
        """The machine of a name that is known to exist."""
        return next(one for one in self.machines if one.name == name)
