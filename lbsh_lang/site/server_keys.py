"""Servers as numbers, which makes dictionaries of many servers fast."""

from __future__ import annotations

from lbsh_lang.values import Address, AddressRange, Family

_IPV6 = 1 << 128
_PORT = 1 << 129

ServerKey = int
"""A server as one number: of IPv4 the value of its address, of IPv6 that above all of IPv4's; above these its own port, 0
without one. It makes dictionaries fast. Where servers are meant by their addresses alone, the port is 0.
"""


def server_key(address: Address, port: int | None = None) -> ServerKey:
    key = address.value if address.family == 4 else address.value | _IPV6
    return key if port is None else key | port * _PORT


def address_of(member: ServerKey) -> Address:
    key = without_port(member)
    return Address(4, key) if key < _IPV6 else Address(6, key ^ _IPV6)


def port_of(member: ServerKey) -> int | None:
    """The port of a server, None if it has none of its own."""
    return member // _PORT or None


def without_port(member: ServerKey) -> ServerKey:
    return member if member < _PORT else member % _PORT


def server_text(member: ServerKey) -> str:
    port = port_of(member)
    return f"{address_of(member)} port {port}" if port is not None else str(address_of(member))


def offset_of(family: Family) -> ServerKey:
    """The difference between a family's members and the values of its addresses."""
    return 0 if family == 4 else _IPV6


def own_part(port: int) -> ServerKey:
    """What the key of a server with a port of its own has above that of its address."""
    return port * _PORT


def keys_in(target: AddressRange) -> range:
    first = target.first + offset_of(target.family)
    return range(first, first + target.size)
