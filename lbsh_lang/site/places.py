"""The statements behind plain values of a site: networks and addresses of the device.

Parts of the site with an `origin` need no look-up.
"""

from __future__ import annotations

from collections.abc import Iterable

from lbsh_lang.site.device import Given
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.syntax.statement import AnyStated
from lbsh_lang.values import Address, Network


class Places:
    """The statements behind the values of one script's site."""

    def __init__(self, resolution: Resolution) -> None:
        self._device = resolution.device

    def internal_net(self, net: Network) -> AnyStated | None:
        return _of(self._device.internal_nets, net)

    def gateway(self, address: Address) -> AnyStated | None:
        return _of(self._device.gateways, address)


def _of(all_given: Iterable[Given[Address]] | Iterable[Given[Network]], value: Address | Network) -> AnyStated | None:
    return next((given.at for given in all_given if given.value == value), None)
