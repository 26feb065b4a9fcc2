"""A table of nftables that leaves the poller's own tcp probes out of connection tracking; the rules of the site stay apart.

Theory of operation. A probe is known by its source port, which lies in a range that nobody else is given, by the server's
address and port, which must be among those that are open, and by its user. On its way out only this machine's own packets
are met. An answer to it looks like one to a client whose address was translated to ours, and who has a port of the range: so
it must also belong to a socket of this machine that is connected to just that server. Where such a client has the very port
of a probe, the server would take both for one connection: what leaves with our address and a port of the range and is
tracked is therefore remembered, and a probe from that port to that server is tracked, too, which gives it another port.

The last ports of the range are for trials. The set `reserved` has the ports that a poller reserved, and has to give back. It
is there before they are reserved, and goes after them, so it also holds for one that was killed.
"""

from __future__ import annotations

import errno
import zlib
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from lbsh.drivers.netlink import REQUEST, Message, NetlinkError, ask, attribute
from lbsh.drivers.nft_listing import ListingError, items_in
from lbsh.drivers.running import answer_of, run
from lbsh.drivers.values import DriverError
from lbsh_lang.backends.base import own_name
from lbsh_lang.values import Address

FIRST, WIDTH, RANGES = 20_480, 2_048, 6
"""Below the ports that Linux gives to connections."""
TRIALS = 64
"""Ports of a range that are for trials, the last ones."""
REMEMBERED = "1h"
"""So long after its last packet a connection of others keeps its port from probes."""
_GET_TABLE, _TABLE_NAME, _INET = 10 << 8 | 1, 1, 1
"""Of nf_tables.h, and NFPROTO_INET."""
_LOAD = ("nft", "-f", "-")
_FAMILIES = ((4, "ip", "ipv4_addr"), (6, "ip6", "ipv6_addr"))

Door = tuple[Address, int]
"""Where a server gets probes: its address and port."""


class RawTable(NamedTuple):
    """The table that belongs to the rules under a name."""

    name: str

    @property
    def ports(self) -> range:
        """The source ports of the probes, and of the trials."""
        first = FIRST + WIDTH * (zlib.crc32(self.name.encode()) % RANGES)
        return range(first, first + WIDTH)

    def load(self, user: int, reserved: range | None) -> None:
        """Loads the table, with nothing open, in place of one that is there. Raises `DriverError`.

        `user` has the probes, `reserved` are ports that will have to be given back.
        """
        _loaded(self.lines(user, reserved))

    def try_only(self, doors: Iterable[Door]) -> None:
        """Leaves trials of these doors untracked, and no others. Raises `DriverError`."""
        _loaded(self.trying(doors))

    def change(self, closed: Iterable[Door], opened: Iterable[Door]) -> None:
        """Leaves probes to fewer and to further doors untracked. Raises `DriverError`."""
        _loaded([*self._elements("delete", "open", closed), *self._elements("add", "open", opened)])

    def is_there(self) -> bool:
        """Whether the table is loaded. Raises `DriverError`."""
        name = attribute(_TABLE_NAME, f"{self.name}\0".encode())
        try:
            return any(True for _ in ask(Message(_GET_TABLE, REQUEST, _INET, name)))  # nft would read its elements
        except NetlinkError as error:
            if error.number == errno.ENOENT:
                return False
            raise DriverError(f"the kernel does not say which tables there are: {error}") from error
        except OSError as error:
            raise DriverError(f"the kernel cannot be asked for tables: {error.strerror or error}") from error

    def remove(self) -> None:
        """Removes the table if it is there. Raises `DriverError`."""
        _loaded(self._removal())

    def left_behind(self) -> range | None:
        """The ports that the table which is there says to be reserved by a poller; None if it says nothing or is not there.

        Raises `DriverError`."""
        outcome = run(("nft", "-j", "list", "set", "inet", self.name, "reserved"))
        return reserved_in(outcome.output) if outcome.status == 0 else None

    def lines(self, user: int, reserved: range | None) -> Iterator[str]:
        """What nft is told of the table."""
        ports, trials = _words(self.ports), _words(self.ports[-TRIALS:])
        yield from self._removal()
        yield f"table inet {self.name} {{"
        yield "set reserved {"
        yield "type inet_service"
        yield "flags interval"
        if reserved is not None:
            yield f"elements = {{ {_words(reserved)} }}"
        yield "}"
        for version, _, kind in _FAMILIES:
            yield from _sets(version, kind)
        yield from _sent(ports, trials, user)
        yield from _came(ports, trials)
        yield from _left(ports, user)
        yield "}"

    def trying(self, doors: Iterable[Door]) -> Iterator[str]:
        """What nft is told to have just these doors tried."""
        for version, _, _ in _FAMILIES:
            yield f"flush set inet {self.name} tried{version}"
        yield from self._elements("add", "tried", doors)

    def _elements(self, verb: str, name: str, doors: Iterable[Door]) -> Iterator[str]:
        doors = [*doors]
        for version, _, _ in _FAMILIES:
            elements = [f"{address} . {port}" for address, port in doors if address.family == version]
            if elements:
                yield f"{verb} element inet {self.name} {name}{version} {{ {', '.join(elements)} }}"

    def _removal(self) -> Iterator[str]:
        yield f"table inet {self.name}"
        yield f"delete table inet {self.name}"


def raw_table_of(name: str) -> RawTable:
    """The table beside the rules under a name: `lbsh_raw`, or `lbsh_raw.dmz`."""
    return RawTable(own_name(name).replace("lbsh", "lbsh_raw", 1))


def reserved_in(listing: str) -> range | None:
    """The ports in what `nft -j` lists of the set `reserved`; None if there are none. Raises `DriverError`."""
    try:
        elements = [
            one for item in items_in(listing) if item.kind == "set" for one in _elements(item.fields.get("elem"))
        ]
    except ListingError as error:
        raise DriverError(f"nft lists what lbsh cannot read: {error}") from error
    for element in elements:
        match element:
            case {"range": [int(first), int(last)]} if 0 < first <= last <= 0xFFFF:
                return range(first, last + 1)
    return None


def _elements(listed: object) -> Collection[object]:
    return listed if isinstance(listed, list) else ()


def _words(ports: range) -> str:
    return f"{ports.start}-{ports.stop - 1}"


def _loaded(lines: Iterable[str]) -> None:
    answer_of(_LOAD, "".join([f"{line}\n" for line in lines]))


def _sets(version: int, kind: str) -> Iterator[str]:
    for name in ("open", "tried"):
        yield f"set {name}{version} {{"
        yield f"type {kind} . inet_service"
        yield "}"
    yield f"set taken{version} {{"
    yield f"type {kind} . inet_service . inet_service"
    yield "size 65535"
    yield "flags dynamic, timeout"
    yield f"timeout {REMEMBERED}"
    yield "}"


def _sent(ports: str, trials: str, user: int) -> Iterator[str]:
    """What the kernel sends by itself has no user: resets, which make no entry."""
    yield from _hook("sent", "output priority raw", f"tcp sport {ports}")
    yield f"meta skuid != {user} accept"
    for version, family, _ in _FAMILIES:
        to = f"{family} daddr . tcp dport"
        yield f"{to} . tcp sport @taken{version} accept"
        yield f"{to} @open{version} notrack accept"
        yield f"tcp sport {trials} {to} @tried{version} notrack accept"
    yield "}"


def _came(ports: str, trials: str) -> Iterator[str]:
    own = "fib daddr type local socket wildcard 0"
    yield from _hook("came", "prerouting priority raw", f"tcp dport {ports}")
    for version, family, _ in _FAMILIES:
        by = f"{family} saddr . tcp sport"
        yield f"{by} . tcp dport @taken{version} accept"
        yield f"{by} @open{version} {own} notrack accept"
        yield f"tcp dport {trials} {by} @tried{version} {own} notrack accept"
    yield "}"


def _left(ports: str, user: int) -> Iterator[str]:
    """After the translation of sources (srcnat, 100), so that it meets the addresses and ports that servers see."""
    yield from _hook("left", "postrouting priority 110", f"tcp sport {ports} ct state != untracked")
    yield f"meta skuid {user} accept"
    yield "fib saddr type != local accept"
    for version, family, _ in _FAMILIES:
        to = f"{family} daddr . tcp dport"
        for name in ("open", "tried"):
            yield f"{to} @{name}{version} update @taken{version} {{ {to} . tcp sport }}"
    yield "}"


def _hook(name: str, place: str, test: str) -> Iterator[str]:
    """A chain that costs all other packets one rule, and the head of the one for those that pass its test."""
    yield f"chain {name}_some {{"
    yield "}"
    yield f"chain {name} {{"
    yield f"type filter hook {place}; policy accept;"
    yield f"{test} goto {name}_some"
    yield "}"
    yield f"chain {name}_some {{"
