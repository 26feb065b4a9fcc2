"""The drivers by name. Each is imported when it is asked for."""
# ruff: noqa: PLC0415

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import NamedTuple, TextIO

from lbsh.drivers.network.protocol import Network
from lbsh.drivers.protocol import Driver, DriverError

NO_DRIVER = "none"
"""The driver that loads nothing. What was applied with it counts as not loaded."""


class Known(NamedTuple):
    """A driver: the program without which it is no use, and the function that makes it."""

    program: str
    make: Callable[[], Driver]


def driver_of(name: str, out: TextIO | None = None) -> Driver:
    """Makes a driver; `none` says what it would do on `out`, standard output if there is none. Raises `DriverError`."""
    if name == NO_DRIVER:
        from lbsh.drivers.none import NoDriver

        return NoDriver(out or sys.stdout)
    known = DRIVERS.get(name)
    if known is None:
        raise DriverError(f"this lbsh has no driver `{name}`: choose another one with `lbsh apply --driver`")
    return known.make()


def network_of(name: str, out: TextIO | None = None) -> Network:
    """Makes the network of this system for a driver; that of `none` only prints. Raises `DriverError`."""
    if name == NO_DRIVER:
        from lbsh.drivers.network.nothing import NoNetwork

        return NoNetwork(out or sys.stdout)
    if sys.platform.startswith("linux"):
        from lbsh.drivers.network.linux import LinuxNetwork

        return LinuxNetwork()
    raise DriverError("`--addresses` configures Linux only: `lbsh addresses` lists what this system needs")


def _nftables() -> Driver:
    from lbsh.drivers.nftables import Nftables

    return Nftables()


def _iptables() -> Driver:
    from lbsh.drivers.iptables import Iptables

    return Iptables()


def _pf() -> Driver:
    from lbsh.drivers.pf import Pf

    return Pf()


DRIVERS: Mapping[str, Known] = {
    "nftables": Known("nft", _nftables),
    "iptables": Known("iptables-restore", _iptables),
    "pf": Known("pfctl", _pf),
}
"""The drivers of packet filters by the names of their backends, in the order of preference."""
