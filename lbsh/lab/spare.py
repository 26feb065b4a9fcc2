"""Addresses that a script does not use, for what a miniature needs besides: clients, next hops, routers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lbsh_lang.site.addresses import DeviceLists
from lbsh_lang.site.model import Site
from lbsh_lang.values import BITS, Address, Family, Network

_DOCUMENTATION = ((198 << 24 | 51 << 16 | 100 << 8), (192 << 24 | 2 << 8), (203 << 24 | 113 << 8))
"""The networks of RFC 5737, /24 each."""
_SHARED, _SHARED_NETS = 100 << 24 | 64 << 16, 1 << 14
"""The addresses of RFC 6598, a /10, in networks of /24."""
_DOCUMENTATION_6, _NETS_6 = 0x20010DB8 << 96, 1 << 16
"""The addresses of RFC 3849, a /32, in networks of /48."""


class Spare:
    """Gives out addresses, each once. Changes: it remembers what is taken."""

    def __init__(self, site: Site, lists: DeviceLists) -> None:
        self._taken = {
            *addresses_of(site),
            *[one.address for one in lists.held],
            *[one.address for one in lists.routed],
        }
        self._nets = [*nets_of(site)]
        self._own: dict[Family, Iterator[Address]] = {}

    def take(self, address: Address) -> None:
        """Gives an address out that is asked for by name."""
        self._taken.add(address)

    def is_free(self, address: Address) -> bool:
        """Whether nobody has an address."""
        return address not in self._taken

    def host(self, net: Network, within: Iterable[Network] = ()) -> Address | None:
        """The highest free address of a network, outside these networks within it; None if there is none."""
        ends = 0 if net.length >= BITS[net.family] - 1 else 1
        value, others = net.last - ends, sorted(within, key=lambda other: -other.value)
        while value >= net.value + ends:
            address = Address(net.family, value)
            blocking = next((other for other in others if other.holds(address)), None)
            if blocking is not None:
                value = blocking.value - 1
            elif address in self._taken:
                value -= 1
            else:
                self._taken.add(address)
                return address
        return None

    def elsewhere(self, family: Family) -> Address:
        """An address in a network that the script does not speak of. Raises `StopIteration` if it speaks of all."""
        if family not in self._own:
            net = next(net for net in _strange(family) if self._is_strange(net))
            self._nets.append(net)
            self._own[family] = (Address(family, net.value + host) for host in range(1, 255))
        return next(self._own[family])

    def _is_strange(self, net: Network) -> bool:
        return not any(one.overlaps(net) for one in self._nets) and not any(net.holds(one) for one in self._taken)


def addresses_of(site: Site) -> Iterator[Address]:
    """All single addresses that a site speaks of."""
    yield from site.gateways
    yield from (hop.address for hop in site.next_hops)
    yield from site.external_addresses
    for service in site.services:
        yield service.address
        yield from (server.address for server in service.pool.servers) if service.pool is not None else ()


def nets_of(site: Site) -> Iterator[Network]:
    """All networks that a site speaks of, but for those that hold every address."""
    every = (*site.external_nets, *site.internal_nets, *[kept.net for kept in site.kept])
    clients = [net for service in site.services for net in service.clients]
    yield from dict.fromkeys(net for net in (*every, *clients) if net.length)


def _strange(family: Family) -> Iterator[Network]:
    """Networks that should not be in use, in the order of preference."""
    if family == 6:
        yield from (Network(6, _DOCUMENTATION_6 | (number + 0xC << 80), 48) for number in range(_NETS_6 - 0xC))
        return
    yield from (Network(4, value, 24) for value in _DOCUMENTATION)
    yield from (Network(4, _SHARED | number << 8, 24) for number in range(_SHARED_NETS))
