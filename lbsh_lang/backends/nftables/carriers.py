"""The addresses that stand for servers while a packet's destination carries its server to dnat. Knows nothing of nft.

A server is carried by its own address. Servers of a pool that share an address, and differ in their ports, need others:
addresses that no server can have (RFC 1122, section 3.2.1.3, "this network"; RFC 4291, section 2.7, multicast). They follow
from the servers, so that clients of sticky services keep theirs when other servers come and go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from lbsh_lang.backends.nftables.slots import mix
from lbsh_lang.site.model import Pool, Server
from lbsh_lang.values import Address

OWN_ADDRESSES, OWN_PORTS = "own-addresses", "own-ports"
"""The maps from carried servers to their addresses and ports."""

_ROOM = 1 << 24
_MULTICAST = 0xFF << 120


def carried(pool: Pool) -> Callable[[Server], str]:
    """A function that returns the address by which a packet carries a server of the pool."""
    if not pool.has_own_ports:
        return lambda server: str(server.address)
    known = {identity: str(address) for identity, address in _carriers(pool).items()}
    return lambda server: known[server.identity]


def named(pool: Pool, servers: Iterable[Server]) -> list[object]:
    """Values that are equal where maps hold the same of servers of the pool.

    The address that carries one with a port of its own depends on the others, also on those that do not serve.
    """
    if not pool.has_own_ports:
        return [server.identity for server in servers]
    carrier = carried(pool)
    return [(carrier(server), server.port) for server in servers]


def _carriers(pool: Pool) -> dict[tuple[Address, int], Address]:
    shared = Counter(server.address for server in pool.servers)
    found: dict[tuple[Address, int], Address] = {}
    taken: set[int] = set()
    for server in sorted(pool.servers, key=lambda one: one.identity):
        address = server.address
        if shared[address] > 1 and server.port is not None:
            address = _stand_in(server.address, server.port, taken)
        found[server.identity] = address
    return found


def _stand_in(address: Address, port: int, taken: set[int]) -> Address:
    """An address that follows from an address and a port, and is not taken yet."""
    if address.family == 6:
        return Address(6, _MULTICAST | (address.value << 16 | port) & (1 << 120) - 1)
    value = mix(address.value << 16 | port) % _ROOM
    while value in taken or not value:
        value = (value + 1) % _ROOM
    taken.add(value)
    return Address(4, value)
