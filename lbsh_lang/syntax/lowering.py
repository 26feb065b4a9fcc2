"""From the text of one word to the value it stands for, or to what is wrong with it.

Pure functions of a word, one per kind of word. Knows nothing of lines, places or other words. What is wrong is told as a
`Problem`: the code of the diagnostic, the reason in a few words, and what should be written instead where that is clear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from lbsh_lang.syntax.ports import PORT_NAMES
from lbsh_lang.values import (
    ALGORITHMS,
    BITS,
    PROTOCOLS,
    Address,
    AddressRange,
    Algorithm,
    Family,
    Network,
    PortRange,
    Protocol,
    address_text,
)
from oyster.near import NearMisses

MOST_ADDRESSES = 1024
"""How many addresses one `add` may state."""

LONGEST_DURATION = 30 * 24 * 3600 * 1000
"""Thirty days, in milliseconds: timers of all filters and kernels hold it."""

_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_OCTETS = {str(number): number for number in range(256)}
NAME_PATTERN = r"[A-Za-z_][A-Za-z0-9_.-]*"
"""What a name of a service, a pool or a device is made of, as a regular expression."""

_NAME = re.compile(NAME_PATTERN, re.ASCII)
_IFNAME = re.compile(r"[A-Za-z][A-Za-z0-9_.:@-]*", re.ASCII)
_NUMBER = re.compile(r"[0-9]+", re.ASCII)
_DURATION = re.compile(r"([0-9]+)([A-Za-z]*)", re.ASCII)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)

_new = tuple.__new__

_near_protocol = NearMisses(PROTOCOLS)
_near_algorithm = NearMisses(ALGORITHMS)
_near_port = NearMisses(PORT_NAMES)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a word is not what its place asks for; `instead` is the text that would be right, if that is clear."""

    code: str
    reason: str
    instead: str | None = None


def lower_word(text: str) -> str | Problem:
    """Any word, as it is."""
    return text


def lower_name(text: str) -> str | Problem:
    """A name of a service, a pool or a device."""
    if len(text) > 63:
        return Problem("LB001", f"a name has at most 63 characters, this one {len(text)}")
    if _NAME.fullmatch(text):
        return text
    if not re.match(r"[A-Za-z_]", text):
        return Problem("LB001", "a name starts with a letter or `_`")
    return Problem("LB001", "a name consists of letters, digits, `_`, `.` and `-`")


def lower_removed(text: str) -> str | Problem:
    """The name of a service, where an address would want the pool that it leaves."""
    if isinstance(lower_target(text), AddressRange):
        return Problem("LB001", "a server leaves a pool, which `from` and the pool's name must say")
    return lower_name(text)


def lower_interface(text: str) -> str | Problem:
    """An interface name as the operating system knows it."""
    if len(text) > 15:
        return Problem("LB001", f"an interface name has at most 15 characters, this one {len(text)}")
    if not _IFNAME.fullmatch(text):
        return Problem("LB001", "an interface name is a letter, then letters, digits, `_`, `.`, `:`, `@` or `-`")
    return text


def lower_string(text: str) -> str | Problem:
    """The text between the quotes, escapes resolved."""
    if not text.startswith('"'):
        quoted = '"' + text.replace("\\", "\\\\") + '"'
        return Problem("LB001", "a text in quotes is expected here", quoted)
    if len(text) < 2 or not text.endswith('"'):
        return Problem("LB001", "the text has no closing quote", text + '"')
    body = text[1:-1]
    if any(match.group(1) not in '"\\' for match in _ESCAPE.finditer(body)):
        return Problem("LB001", 'in a text, `\\` stands only before `"` and `\\`')
    return _ESCAPE.sub(r"\1", body)


def lower_address(text: str) -> Address | Problem:
    """The address of one host."""
    value = parse_address(text)
    if isinstance(value, Problem):
        if "/" in text:
            return Problem("LB201", "a single address is expected here, not a network")
        if "-" in text and not isinstance(parse_address(text.partition("-")[0]), Problem):
            return Problem("LB201", "a single address is expected here, not a range")
        return value
    reason = _not_a_host(value)
    return Problem("LB201", reason) if reason else value


def lower_network(text: str) -> Network | Problem:
    """A CIDR block without host bits."""
    head, slash, tail = text.partition("/")
    address = parse_address(head)
    if isinstance(address, Problem):
        return Problem("LB202", address.reason)
    if not slash:
        return Problem("LB202", "a prefix length such as `/24` is missing")
    most = BITS[address.family]
    if not _NUMBER.fullmatch(tail) or (len(tail) > 1 and tail[0] == "0") or len(tail) > 3 or int(tail) > most:
        return Problem("LB202", f"a prefix length is a number from 0 to {most}")
    length = int(tail)
    host = (1 << (most - length)) - 1
    if address.value & host:
        network = Network(address.family, address.value & ~host, length)
        return Problem("LB203", f"the network is {network}", str(network))
    return Network(address.family, address.value, length)


def lower_target(text: str) -> AddressRange | Problem:
    """What `add` and `remove` take: an address, the host addresses of a block, or a range."""
    head, _, tail = text.rpartition(".")
    above, octet = _unicast(head), _OCTETS.get(tail)
    if above is not None and octet is not None:
        value = above | octet
        return _new(AddressRange, (4, value, value))
    if "/" in text:
        return _hosts(text)
    if "-" in text:
        return _range(text)
    address = lower_address(text)
    return address if isinstance(address, Problem) else AddressRange(address.family, address.value, address.value)


@lru_cache(maxsize=4096)
def _unicast(head: str) -> int | None:
    """The value of the first three numbers of an address, if any host may have all addresses that begin so.

    The servers of a farm have few such beginnings.
    """
    octets = [_OCTETS.get(octet) for octet in head.split(".")]
    if len(octets) != 3 or None in octets:
        return None
    a, b, c = (octet or 0 for octet in octets)
    return a << 24 | b << 16 | c << 8 if 1 <= a < 127 else None


def lower_protocol(text: str) -> tuple[Protocol, ...] | Problem:
    """`tcp`, `udp` or both."""
    if text in PROTOCOLS:
        return PROTOCOLS[text]
    instead = "tcp+udp" if text.lower() in {"udp+tcp", "tcp/udp", "udp/tcp"} else _near_protocol.of(text)
    return Problem("LB205", "protocol", instead)


def lower_algorithm(text: str) -> Algorithm | Problem:
    """How a pool chooses."""
    algorithm = ALGORITHMS.get(text)
    return algorithm or Problem("LB205", "algorithm", _near_algorithm.of(text))


def lower_port(text: str) -> PortRange | Problem:
    """A port number, a port name, or a range of numbers."""
    first, dash, last = text.partition("-")
    if _NUMBER.fullmatch(first) and (not dash or _NUMBER.fullmatch(last)):
        low = _port_number(first)
        high = _port_number(last) if dash else low
        if low is None or high is None:
            return Problem("LB204", "a port is a number from 1 to 65535")
        if low > high:
            return Problem("LB204", "the range is upside down", f"{high}-{low}")
        return PortRange(low, high)
    port = PORT_NAMES.get(text)
    if port is not None:
        return PortRange(port, port)
    near = _near_port.of(text) if len(text) > 3 else None  # among hundreds of short names, one is near to anything
    return Problem("LB204", "a port is a number from 1 to 65535 or a name such as `smtp`", near)


def lower_server_port(text: str) -> PortRange | Problem:
    """A single port."""
    port = lower_port(text)
    if isinstance(port, PortRange) and not port.is_single:
        return Problem("LB204", "a pool has a single port")
    return port


def lower_duration(text: str) -> int | Problem:
    """A time in milliseconds."""
    match = _DURATION.fullmatch(text)
    if match is None or len(match.group(1)) > 12:
        return Problem("LB206", "a duration is a number with a unit, such as `500ms`, `3s`, `2m`, `1h` or `1d`")
    number, unit = int(match.group(1)), match.group(2)
    if not unit:
        return Problem("LB206", "a duration needs a unit: `ms`, `s`, `m`, `h` or `d`", f"{number}s")
    if unit not in _UNITS:
        return Problem("LB206", f"`{unit}` is not a unit of time; units are `ms`, `s`, `m`, `h` and `d`")
    if not 0 < number * _UNITS[unit] <= LONGEST_DURATION:
        return Problem("LB206", "a duration is longer than nothing and at most 30 days")
    return number * _UNITS[unit]


def lower_sticky_time(text: str) -> int | Problem:
    """A sticky time in milliseconds; filters count it in whole seconds."""
    duration = lower_duration(text)
    if isinstance(duration, int) and duration % 1000:
        return Problem("LB206", "a sticky time is a number of whole seconds")
    return duration


def lower_weight(text: str) -> int | Problem:
    return _count(text, "weight", 1, 256)


def lower_skew(text: str) -> int | Problem:
    """CARP's advskew: carp(4)."""
    return _count(text, "skew", 0, 254)


def lower_rounds(text: str) -> int | Problem:
    return _count(text, "count of probes", 1, 1000)


def parse_address(text: str) -> Address | Problem:
    """Any address, special ones included."""
    octets = text.split(".")
    if len(octets) == 4:
        try:
            a, b, c, d = octets
            return Address(4, _OCTETS[a] << 24 | _OCTETS[b] << 16 | _OCTETS[c] << 8 | _OCTETS[d])
        except KeyError:
            pass
    if ":" in text:
        if len(octets) == 4 and not isinstance(parse_address(text.partition(":")[0]), Problem):
            return Problem("LB201", "a port is written apart from the address")
        return _parse_ipv6(text)
    return Problem("LB201", _what_is_wrong(octets))


def _parse_ipv6(text: str) -> Address | Problem:
    from ipaddress import AddressValueError, IPv6Address  # noqa: PLC0415 -- only scripts with IPv6 pay for the import

    if "%" in text:
        return Problem("LB201", "an address with a zone is known on one link only")
    try:
        return Address(6, int(IPv6Address(text)))
    except AddressValueError:
        return Problem(
            "LB201", "an IPv6 address is eight groups of up to four hexadecimal digits, or fewer with one `::`"
        )


def _what_is_wrong(octets: list[str]) -> str:
    """The first fault of something that is not an IPv4 address, octet by octet."""
    if not all(_NUMBER.fullmatch(octet) for octet in octets) or len(octets) == 1:
        return "an address is written like 192.168.1.2 or fd00::2"
    if len(octets) != 4:
        return f"an IPv4 address has four numbers, this one {len(octets)}"
    for octet in octets:
        if len(octet) > 1 and octet[0] == "0":
            return f"`{octet}` has a leading zero"
        if octet not in _OCTETS:
            return f"`{octet}` is over 255"
    raise AssertionError(octets)


_SPECIAL = (
    (Network(4, 0, 8), "it names no host"),
    (Network(4, 0x7F000000, 8), "it is a loopback address"),
    (Network(4, 0xE0000000, 4), "it is a multicast address"),
    (Network(4, 0xFFFFFFFF, 32), "it is the broadcast address"),
    (Network(6, 0, 128), "it names no host"),
    (Network(6, 1, 128), "it is a loopback address"),
    (Network(6, 0xFF << 120, 8), "it is a multicast address"),
    (Network(6, 0xFE80 << 112, 10), "a link-local address is known on one link only"),
)


def _not_a_host(address: Address) -> str | None:
    """Why no host on a routed network has this address (RFC 6890), None if one may."""
    return next((reason for network, reason in _SPECIAL if network.holds(address)), None)


def _hosts(text: str) -> AddressRange | Problem:
    """The host addresses of a block: without network and broadcast address, or the IPv6 router anycast (RFC 4291)."""
    network = lower_network(text)
    if isinstance(network, Problem):
        return network
    first, last = network.value, network.last
    if last - first >= 2:
        first += 1
        last -= network.family == 4
    return _checked(network.family, first, last)


def _range(text: str) -> AddressRange | Problem:
    """`IP-IP`, or `IP-N` where N replaces the last octet."""
    head, _, tail = text.partition("-")
    first = parse_address(head)
    if isinstance(first, Problem):
        return first
    if first.family == 4 and _NUMBER.fullmatch(tail):
        if tail not in _OCTETS:
            return Problem("LB201", f"`{tail}` is not the last number of an address, 0 to 255")
        return _checked(4, first.value, first.value & ~255 | _OCTETS[tail])
    last = parse_address(tail)
    if isinstance(last, Problem):
        return last
    if first.family != last.family:
        return Problem("LB207", "a range has ends of one family")
    return _checked(first.family, first.value, last.value)


def _checked(family: Family, first: int, last: int) -> AddressRange | Problem:
    if first > last:
        return Problem(
            "LB208", "the range is upside down", f"{address_text(family, last)}-{address_text(family, first)}"
        )
    if last - first >= MOST_ADDRESSES:
        return Problem("LB208", f"it has {last - first + 1} addresses; a statement takes at most {MOST_ADDRESSES}")
    for value in (first, last):
        reason = _not_a_host(Address(family, value))
        if reason:
            return Problem("LB201", f"{address_text(family, value)} cannot be a server: {reason}")
    return AddressRange(family, first, last)


def _port_number(text: str) -> int | None:
    number = int(text) if len(text) <= 5 and text[0] != "0" else 0
    return number if 1 <= number <= 65535 else None


def _count(text: str, what: str, least: int, most: int) -> int | Problem:
    if _NUMBER.fullmatch(text) and len(text) <= 6 and least <= int(text) <= most:
        return int(text)
    return Problem("LB206", f"a {what} is a number from {least} to {most}")
