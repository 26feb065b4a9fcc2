"""The statements behind plain values of a site: networks and addresses of the device, drained servers.

Parts of the site with an `origin` need no look-up.
"""

from __future__ import annotations

from collections.abc import Iterable

from lbsh_lang.site.device import Given
from lbsh_lang.site.model import Pool, Server
from lbsh_lang.site.pools import server_key
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.syntax.statement import AnyStated
from lbsh_lang.values import Address, Network


class Places:
    """The statements behind the values of one script's site."""

    def __init__(self, resolution: Resolution) -> None:
        self._device = resolution.device
        self._pools = resolution.pools

    def internal_net(self, net: Network) -> AnyStated | None:
        return _of(self._device.internal_nets, net)

    def gateway(self, address: Address) -> AnyStated | None:
        return _of(self._device.gateways, address)

    def drain(self, pool: Pool, server: Server) -> AnyStated | None:
        """The statement by which a server of a pool is drained."""
        life = self._pools[pool.name].current
        return life.drained.get(server_key(server.address)) if life is not None else None


def _of(all_given: Iterable[Given[Address]] | Iterable[Given[Network]], value: Address | Network) -> AnyStated | None:
    return next((given.at for given in all_given if given.value == value), None)
