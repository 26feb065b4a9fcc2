"""The drivers by name. Each is imported when it is asked for."""
# ruff: noqa: PLC0415

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TextIO

from lbsh.drivers.protocol import Driver

NO_DRIVER = "none"
"""The driver that loads nothing. What was applied with it counts as not loaded."""

DRIVERS: Mapping[str, str] = {"nftables": "nft", "iptables": "iptables-restore", "pf": "pfctl"}
"""The drivers of packet filters, in the order of preference, each with the program that it needs."""


def driver_of(name: str, out: TextIO | None = None) -> Driver:
    """Makes a driver; `none` says what it would do on `out`, standard output if there is none."""
    if name == "nftables":
        from lbsh.drivers.nftables import Nftables

        return Nftables()
    if name == "iptables":
        from lbsh.drivers.iptables import Iptables

        return Iptables()
    if name == "pf":
        from lbsh.drivers.pf import Pf

        return Pf()
    from lbsh.drivers.none import NoDriver

    return NoDriver(out or sys.stdout)
