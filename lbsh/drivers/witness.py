"""Witnesses by the name of their driver: what `status` asks, without the modules that read and write rules."""
# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Callable, Mapping

from lbsh.drivers.values import Connections, Place, Witness
from lbsh_lang.site.status import ServerId


def witness_of(driver: str) -> Witness:
    """The witness of a packet filter; of `none`, or a driver that this lbsh lacks, one that has seen nothing change."""
    return WITNESSES.get(driver, _Nobody)()


def _linux() -> Witness:
    from lbsh.drivers.linux import Linux

    return Linux()


def _pf() -> Witness:
    from lbsh.drivers.pf import Pf

    return Pf()


class _Nobody:
    """Where nothing is loaded, nothing changes."""

    def unchanged(self, notes: Mapping[str, object]) -> bool:
        return True

    def connections(self, servers: Mapping[ServerId, Place]) -> Mapping[ServerId, Connections]:
        return {}


WITNESSES: Mapping[str, Callable[[], Witness]] = {"nftables": _linux, "iptables": _linux, "pf": _pf, "none": _Nobody}
"""The functions that make them, by the names of drivers."""
