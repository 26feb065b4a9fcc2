"""Witnesses by the name of their driver: what `status` asks, without the modules that read and write rules."""
# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Mapping

from lbsh.drivers.values import Connections, Place, Witness
from lbsh_lang.site.status import ServerId


def witness_of(driver: str) -> Witness:
    """The witness of a packet filter; of the driver `none`, one that has seen nothing change."""
    if driver in {"nftables", "iptables"}:
        from lbsh.drivers.linux import Linux

        return Linux()
    if driver == "pf":
        from lbsh.drivers.pf import Pf

        return Pf()
    return _Nobody()


class _Nobody:
    """Where nothing is loaded, nothing changes."""

    def unchanged(self, notes: Mapping[str, object]) -> bool:
        return True

    def connections(self, servers: Mapping[ServerId, Place]) -> Mapping[ServerId, Connections]:
        return {}
