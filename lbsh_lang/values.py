"""The small values of the language: addresses, networks, ranges, ports, and its closed sets of words.

Owns their arithmetic and their text. Knows nothing of scripts, spans or diagnostics. All are tuples of integers, since a
large site has a hundred thousand of them and `ipaddress` objects cost as much as all other work on a line; that module
serves here only to read and to write IPv6 text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Literal, NamedTuple

Family = Literal[4, 6]

BITS: dict[Family, int] = {4: 32, 6: 128}


class Protocol(Enum):
    """A transport protocol of a service."""

    TCP = "tcp"
    UDP = "udp"


PROTOCOLS: dict[str, tuple[Protocol, ...]] = {
    "tcp": (Protocol.TCP,),
    "udp": (Protocol.UDP,),
    "tcp+udp": (Protocol.TCP, Protocol.UDP),
}


class Algorithm(Enum):
    """The way in which a pool chooses the server of a new connection."""

    ROUND_ROBIN = "round-robin"
    RANDOM = "random"
    SOURCE_HASH = "source-hash"
    LEAST_CONNECTIONS = "least-connections"


ALGORITHMS: dict[str, Algorithm] = {algorithm.value: algorithm for algorithm in Algorithm}


class Helper(Enum):
    """An application protocol whose sessions open further connections, as the kernel's connection tracking follows it."""

    FTP = "ftp"
    TFTP = "tftp"
    SIP = "sip"


HELPERS: dict[str, Helper] = {helper.value: helper for helper in Helper}

PROTOCOLS_OF_HELPER: dict[Helper, tuple[Protocol, ...]] = {
    Helper.FTP: (Protocol.TCP,),
    Helper.TFTP: (Protocol.UDP,),
    Helper.SIP: (Protocol.TCP, Protocol.UDP),
}
"""The transport protocols of the sessions that a helper follows."""


class Address(NamedTuple):
    """An IPv4 or IPv6 address: its family and its value as an unsigned integer."""

    family: Family
    value: int

    def __str__(self) -> str:
        return address_text(self.family, self.value)


class Network(NamedTuple):
    """A CIDR block: `value` is its first address, host bits are zero."""

    family: Family
    value: int
    length: int

    @property
    def last(self) -> int:
        """The block's highest address (IPv4: the broadcast address)."""
        return self.value | ((1 << (BITS[self.family] - self.length)) - 1)

    def holds(self, address: Address) -> bool:
        return self.family == address.family and self.value <= address.value <= self.last

    def overlaps(self, other: Network) -> bool:
        return self.family == other.family and self.value <= other.last and other.value <= self.last

    def without(self, others: Iterable[Network]) -> list[Network]:
        """The part of the block that is in none of these others, as the fewest blocks."""
        inner = [other for other in others if other.overlaps(self)]
        if not inner:
            return [self]
        if any(other.length <= self.length for other in inner):
            return []
        length = self.length + 1
        halves = (self.value, self.value | 1 << (BITS[self.family] - length))
        return [block for half in halves for block in Network(self.family, half, length).without(inner)]

    def __str__(self) -> str:
        return f"{address_text(self.family, self.value)}/{self.length}"


def netmask(family: Family, length: int) -> Address:
    """The mask of a prefix length: `255.255.255.0`, `ffff::`."""
    return Address(family, (1 << BITS[family]) - (1 << (BITS[family] - length)))


class AddressRange(NamedTuple):
    """Consecutive addresses of one family, both ends included."""

    family: Family
    first: int
    last: int

    @property
    def size(self) -> int:
        return self.last - self.first + 1

    def blocks(self) -> Iterator[Network]:
        """The fewest CIDR blocks that these addresses make up."""
        value = self.first
        while value <= self.last:
            host = min(
                (value & -value).bit_length() - 1 if value else BITS[self.family],
                (self.last - value + 1).bit_length() - 1,
            )
            yield Network(self.family, value, BITS[self.family] - host)
            value += 1 << host

    def __str__(self) -> str:
        """In the notation of a target: one address, a network with all of its addresses, or a range."""
        first = address_text(self.family, self.first)
        if self.size == 1:
            return first
        block = next(self.blocks())
        return str(block) if block.last == self.last else f"{first}-{address_text(self.family, self.last)}"


def holders_of(nets: Iterable[Network]) -> dict[Network, Network]:
    """Networks in order, each with the largest of them that holds it.

    Takes one pass: of two networks, one holds the other, or they have no address in common.
    """
    found: dict[Network, Network] = {}
    last: Network | None = None
    for net in sorted({*nets}):
        last = last if last is not None and last.overlaps(net) else net
        found[net] = last
    return found


class PortRange(NamedTuple):
    """Consecutive ports, both ends included; a single port is a range of one."""

    first: int
    last: int

    @property
    def is_single(self) -> bool:
        return self.first == self.last

    def overlaps(self, other: PortRange) -> bool:
        return self.first <= other.last and other.first <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


Ports = tuple[PortRange, ...]
"""The ports of a service in the order they were written; a list or a range has more than one port."""


def usual_port(asked: Ports, own: Ports) -> int | None:
    """The port of servers without one of their own, given the ports of their service and those of its pool.

    None if it depends on the port that a client asks for.
    """
    single = len(asked) == 1 and asked[0].is_single
    return (own or asked)[0].first if single else None


def address_text(family: Family, value: int) -> str:
    """The usual text of an address: dotted decimal, or IPv6 as RFC 5952 writes it."""
    if family == 4:
        return f"{value >> 24}.{value >> 16 & 255}.{value >> 8 & 255}.{value & 255}"
    from ipaddress import IPv6Address  # noqa: PLC0415 -- only sites with IPv6 pay for the import

    return str(IPv6Address(value))


def covering_block(values: tuple[int, ...], family: Family) -> Network | None:
    """The CIDR block that consists of exactly these distinct addresses, if there is one."""
    size = len(values)
    if size == 0 or size & (size - 1):
        return None
    first, last = min(values), max(values)
    if last - first + 1 != size or first % size:
        return None
    return Network(family, first, BITS[family] - (size.bit_length() - 1))
