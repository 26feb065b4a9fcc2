"""The keys of the entities of a script that are checked, which batch and session enumerate.

Keys are named tuples, which are equal where their contents are. So each ends in a mark of its kind, which keeps the service
`www` apart from the pool `www`.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from lbsh_lang.values import Address


class LineKey(NamedTuple):
    """A line of a source with faults of its own. In a session its number is a label."""

    identity: str
    line: int
    kind: Literal["line"] = "line"


class ServiceKey(NamedTuple):
    """All lives of the services of one name."""

    name: str
    kind: Literal["service"] = "service"


class PoolKey(NamedTuple):
    """All lives of the pools of one name."""

    name: str
    kind: Literal["pool"] = "pool"


class AddressKey(NamedTuple):
    """The services of one address."""

    address: Address
    kind: Literal["address"] = "address"


class DeviceKey(NamedTuple):
    """The device."""

    kind: Literal["device"] = "device"


class ShellKey(NamedTuple):
    """A shell command, by the rank of its statement."""

    rank: int
    kind: Literal["shell"] = "shell"


class EverywhereKey(NamedTuple):
    """A statement about servers in all pools, by its rank."""

    rank: int
    kind: Literal["everywhere"] = "everywhere"


class BackendKey(NamedTuple):
    """The site for the chosen backend."""

    kind: Literal["backend"] = "backend"


Key = LineKey | ServiceKey | PoolKey | AddressKey | DeviceKey | ShellKey | EverywhereKey | BackendKey

DEVICE, BACKEND = DeviceKey(), BackendKey()
