"""The savers by the names of their drivers. Each is imported when it is asked for."""
# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Callable, Mapping

from lbsh.drivers.choice import NO_DRIVER
from lbsh.drivers.saving import Saver
from lbsh.drivers.values import DriverError


def saver_of(driver: str) -> Saver:
    """The saver of a driver. Raises `DriverError` where there are no rules to save."""
    if driver == NO_DRIVER:
        raise DriverError("the driver `none` has no rules that could be saved: choose one with `lbsh apply --driver`")
    make = SAVERS.get(driver)
    if make is None:
        raise DriverError(f"this lbsh has no driver `{driver}`: choose another one with `lbsh apply --driver`")
    return make()


def _nftables() -> Saver:
    from lbsh.drivers.nft_saving import NftSaver

    return NftSaver()


def _iptables() -> Saver:
    from lbsh.drivers.iptables_saving import IptablesSaver

    return IptablesSaver()


def _pf() -> Saver:
    from lbsh.drivers.pf_saving import PfSaver

    return PfSaver()


SAVERS: Mapping[str, Callable[[], Saver]] = {"nftables": _nftables, "iptables": _iptables, "pf": _pf}
"""The functions that make them, by the names of drivers."""
