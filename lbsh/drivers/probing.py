"""A table of nftables for the poller: its rules tell what servers' packets say of them. The rules of the site stay apart.

Theory of operation. The chain comes after filters, so that it sees what they let through. A packet that neither opens a
connection nor resets one leaves it at its first rule. What opens one is counted by the server that is asked, and so is what
servers answer to it. Refusals by servers, and unreachables, go to a group of NFLOG, each server at most once in `QUIET`. The
reset that refuses a connection has the sequence number 0 (RFC 9293, 3.5.2), the one that ends a connection has not: servers
end many that way, whatever clients sent, and it says nothing of them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lbsh.drivers.running import answer_of
from lbsh_lang.backends.base import own_name
from lbsh_lang.values import Address

QUIET = "100ms"
"""So long no more is told of a server after a refusal by it."""
_LOAD = ("nft", "-f", "-")
_UNREACHABLES = "limit rate 200/second burst 100 packets"
_FAMILIES = ((4, "ip", "ipv4_addr"), (6, "ip6", "ipv6_addr"))


Door = tuple[Address, int]
"""Where a server gets connections: its address and port."""


class Table(NamedTuple):
    """The table that belongs to the rules under a name."""

    name: str

    @property
    def group(self) -> int:
        """The group of NFLOG: no two names have the same, most likely, nor is it one of the low ones that others take."""
        return 20_000 + zlib.crc32(self.name.encode()) % 40_000

    def load(self, doors: Iterable[Door]) -> None:
        """Loads the table for these servers, in place of one that is there. Raises `DriverError`."""
        answer_of(_LOAD, "".join([f"{line}\n" for line in self.lines(doors)]))

    def remove(self) -> None:
        """Removes the table if it is there. Raises `DriverError`."""
        answer_of(_LOAD, "".join([f"{line}\n" for line in self._removal()]))

    def lines(self, doors: Iterable[Door]) -> Iterator[str]:
        """What nft is told."""
        by_version: dict[int, dict[str, None]] = {4: {}, 6: {}}
        for address, port in doors:
            by_version[address.family][f"{address} . {port}"] = None
        yield from self._removal()
        yield f"table inet {self.name} {{"
        for version, family, kind in _FAMILIES:
            yield from _sets(version, kind, [*by_version[version]])
            yield from _chains(version, family, self.group)
        yield from _forwarded(self.group)
        yield "}"

    def _removal(self) -> Iterator[str]:
        yield f"table inet {self.name}"
        yield f"delete table inet {self.name}"


def is_of_poller(table: str) -> bool:
    """Whether a table, named as `inet lbsh_poll`, is one of a poller, which makes it anew at each start."""
    return table.split(".", 1)[0] in ("inet lbsh_poll", "inet lbsh_raw")


def table_of(name: str) -> Table:
    """The table beside the rules under a name: `lbsh_poll`, or `lbsh_poll.dmz`."""
    return Table(own_name(name).replace("lbsh", "lbsh_poll", 1))


def _sets(version: int, kind: str, elements: list[str]) -> Iterator[str]:
    for name in ("asked", "answered"):
        yield f"set {name}{version} {{"
        yield f"type {kind} . inet_service"
        yield "counter"
        if elements:
            yield f"elements = {{ {', '.join(elements)} }}"
        yield "}"
    yield f"set heard{version} {{"
    yield f"type {kind} . inet_service"
    yield "size 65535"
    yield "flags dynamic, timeout"
    yield f"timeout {QUIET}"
    yield "}"


def _chains(version: int, family: str, group: int) -> Iterator[str]:
    source = f"{family} saddr . tcp sport"
    yield f"chain refused{version} {{"
    yield "tcp sequence != 0 accept"
    yield f"{source} != @answered{version} accept"
    yield f"{source} @heard{version} accept"
    yield f"add @heard{version} {{ {source} }} log group {group} snaplen 128"
    yield "}"


def _forwarded(group: int) -> Iterator[str]:
    yield "chain asked {"
    yield "ip daddr . tcp dport @asked4 accept"
    yield "ip6 daddr . tcp dport @asked6 accept"
    yield "}"
    yield "chain answered {"
    yield "ip saddr . tcp sport @answered4 accept"
    yield "ip6 saddr . tcp sport @answered6 accept"
    yield "}"
    yield "chain refused {"
    yield "meta nfproto ipv4 goto refused4"
    yield "goto refused6"
    yield "}"
    yield "chain forwarded {"
    yield "type filter hook forward priority 10; policy accept;"
    yield "tcp flags & (syn | rst) == 0x0 accept"
    yield (
        "tcp flags & (syn | ack | rst) vmap "
        "{ syn : goto asked, syn | ack : goto answered, rst : goto refused, rst | ack : goto refused }"
    )
    yield f"icmp type destination-unreachable {_UNREACHABLES} log group {group} snaplen 128"
    yield f"icmpv6 type destination-unreachable {_UNREACHABLES} log group {group} snaplen 128"
    yield "}"
