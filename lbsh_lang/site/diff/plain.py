"""Values that make sense by themselves, in a sentence and in JSON."""

from __future__ import annotations

from typing import NamedTuple

from lbsh_lang.site.model import Interface
from lbsh_lang.values import Address, Algorithm, Helper, Network, PortRange, Ports, Protocol


class Traffic(NamedTuple):
    """Connections to an address: the ports of each protocol, sorted, neighbours joined."""

    address: Address
    parts: tuple[tuple[Protocol, Ports], ...]


class Time(NamedTuple):
    """A duration."""

    milliseconds: int


class ServerPorts(NamedTuple):
    """The port of servers; for a service with several, each item of its ports with that of the servers."""

    pairs: tuple[tuple[PortRange | None, PortRange], ...]


class Clients(NamedTuple):
    """Networks of clients."""

    nets: tuple[Network, ...]


Plain = Clients | str | int | Address | Algorithm | Helper | Interface | Network | ServerPorts | Time | Traffic
