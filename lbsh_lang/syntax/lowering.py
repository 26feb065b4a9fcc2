"""The readers of words: from the text of one word to its value, or to its problem.

Pure functions, one for each kind of word. They know nothing of lines, places or other words, and no English: the result for
an unreadable word is a `Problem`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from lbsh_lang.codes import Code
from lbsh_lang.syntax.faults import Choice, Mismatch, Problem
from lbsh_lang.syntax.ports import PORT_NAMES
from lbsh_lang.values import (
    ALGORITHMS,
    BITS,
    HELPERS,
    PROTOCOLS,
    Address,
    AddressRange,
    Algorithm,
    Family,
    Helper,
    Network,
    PortRange,
    Protocol,
    address_text,
)
from oyster.near import NearMisses

MOST_ADDRESSES = 1024
"""The most addresses in one `add`."""

LONGEST_DURATION = 30 * 24 * 3600 * 1000
"""Thirty days, in milliseconds: the timers of all filters and kernels can hold it."""

_LONGEST_NAME = 63
_LONGEST_INTERFACE = 15
"""The longest interface name of Linux and FreeBSD, in characters."""

_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_OCTETS = {str(number): number for number in range(256)}
NAME_PATTERN = r"[A-Za-z_][A-Za-z0-9_.-]*"
"""The names of services, pools and devices, as a regular expression."""

_NAME = re.compile(NAME_PATTERN, re.ASCII)
_HOST_LABEL = re.compile(r"[A-Za-z0-9-]+", re.ASCII)
_IFNAME = re.compile(r"[A-Za-z][A-Za-z0-9_.:@-]*", re.ASCII)
_NUMBER = re.compile(r"[0-9]+", re.ASCII)
_DURATION = re.compile(r"([0-9]+)([A-Za-z]*)", re.ASCII)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)

_new = tuple.__new__

SWITCHES = {"on": True, "off": False}
_near_protocol = NearMisses(PROTOCOLS)
_near_algorithm = NearMisses(ALGORITHMS)
_near_helper = NearMisses(HELPERS)
ALGORITHM_ELSEWHERE = {
    **dict.fromkeys(("rr", "wrr", "roundrobin", "static-rr"), Algorithm.ROUND_ROBIN),
    **dict.fromkeys(("lc", "wlc", "leastconn", "least_conn"), Algorithm.LEAST_CONNECTIONS),
    **dict.fromkeys(("sh", "mh", "source", "hash", "ip_hash", "maglev"), Algorithm.SOURCE_HASH),
}
"""Words of other load balancers (ipvsadm(8), HAProxy, nginx, relayd.conf(5)) for algorithms, and these."""
_near_switch = NearMisses(SWITCHES)
_near_port = NearMisses(PORT_NAMES)


def lower_word(text: str) -> str | Problem:
    """Any word, unchanged."""
    return text


def lower_name(text: str) -> str | Problem:
    """A name of a service, a pool or a device."""
    if len(text) > _LONGEST_NAME:
        return Problem(Code.LB001, Mismatch.NAME_LENGTH, None, (len(text), _LONGEST_NAME))
    if _NAME.fullmatch(text):
        return text
    if not re.match(r"[A-Za-z_]", text):
        return Problem(Code.LB001, Mismatch.NAME_START)
    return Problem(Code.LB001, Mismatch.NAME_CHARACTERS)


def lower_removed(text: str) -> str | Problem:
    """The name of a service in a `remove` without a pool; an address would need one."""
    if isinstance(lower_target(text), AddressRange):
        return Problem(Code.LB001, Mismatch.SERVER_WITHOUT_POOL)
    return lower_name(text)


def lower_changed(text: str) -> str | Problem:
    """The name of a service in a `set` without a pool; an address would need one."""
    if isinstance(lower_target(text), AddressRange):
        return Problem(Code.LB001, Mismatch.SERVER_WITHOUT_IN)
    return lower_name(text)


def absence_reader(choice: Choice, options: tuple[str, ...]) -> Callable[[str], str | Problem]:
    """Makes the reader of the name of an option that is taken away."""
    near = NearMisses(options)

    def lower_absence(text: str) -> str | Problem:
        return text if text in options else Problem(Code.LB205, choice, near.of(text))

    return lower_absence


def lower_interface(text: str) -> str | Problem:
    """An interface name as the operating system knows it."""
    if len(text) > _LONGEST_INTERFACE:
        return Problem(Code.LB001, Mismatch.INTERFACE_LENGTH, None, (len(text), _LONGEST_INTERFACE))
    if not _IFNAME.fullmatch(text):
        return Problem(Code.LB001, Mismatch.INTERFACE_CHARACTERS)
    return text


def lower_string(text: str) -> str | Problem:
    """The text between the quotes, with escapes resolved."""
    if not text.startswith('"'):
        quoted = '"' + text.replace("\\", "\\\\") + '"'
        return Problem(Code.LB001, Mismatch.NOT_QUOTED, quoted)
    if len(text) < 2 or not text.endswith('"'):
        return Problem(Code.LB001, Mismatch.NOT_CLOSED, text + '"')
    body = text[1:-1]
    if any(match.group(1) not in '"\\' for match in _ESCAPE.finditer(body)):
        return Problem(Code.LB001, Mismatch.BAD_ESCAPE)
    return _ESCAPE.sub(r"\1", body)


def lower_address(text: str) -> Address | Problem:
    """The address of one host."""
    value = parse_address(text)
    if isinstance(value, Problem):
        if "/" in text:
            return Problem(Code.LB201, Mismatch.NETWORK_FOR_ADDRESS)
        if "-" in text and not isinstance(parse_address(text.partition("-")[0]), Problem):
            return Problem(Code.LB201, Mismatch.RANGE_FOR_ADDRESS)
        return value
    reason = _not_a_host(value)
    return Problem(Code.LB201, reason) if reason else value


def lower_network(text: str) -> Network | Problem:
    """A CIDR block without host bits."""
    head, slash, tail = text.partition("/")
    address = parse_address(head)
    if isinstance(address, Problem):
        return address._replace(code=Code.LB202)
    if not slash:
        return Problem(Code.LB202, Mismatch.NO_PREFIX_LENGTH)
    most = BITS[address.family]
    if not _NUMBER.fullmatch(tail) or (len(tail) > 1 and tail[0] == "0") or len(tail) > 3 or int(tail) > most:
        return Problem(Code.LB202, Mismatch.PREFIX_LENGTH, None, (most,))
    length = int(tail)
    host = (1 << (most - length)) - 1
    if address.value & host:
        network = Network(address.family, address.value & ~host, length)
        return Problem(Code.LB203, Mismatch.HOST_BITS, str(network), (str(network),))
    return Network(address.family, address.value, length)


def lower_clients(text: str) -> Network | Problem:
    """The network of clients: a CIDR block without host bits, or a single address."""
    if "/" in text:
        return lower_network(text)
    address = lower_address(text)
    return address if isinstance(address, Problem) else Network(address.family, address.value, BITS[address.family])


def lower_target(text: str) -> AddressRange | Problem:
    """A target of `add` or `remove`: an address, the host addresses of a block, or a range."""
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


def lower_inside(text: str) -> AddressRange | str | Problem:
    """Some addresses inside, or the name of a pool, whose servers are meant. A network stands for all of its addresses."""
    if ":" not in text and (text[:1].isalpha() or text.startswith("_")):
        return lower_name(text)
    if "/" in text:
        network = lower_network(text)
        return network if isinstance(network, Problem) else AddressRange(network.family, network.value, network.last)
    if "-" in text:
        return _range(text, None)
    address = lower_address(text)
    return address if isinstance(address, Problem) else AddressRange(address.family, address.value, address.value)


@lru_cache(maxsize=4096)
def _unicast(head: str) -> int | None:
    """The value of the first three numbers of an address, if all addresses with this beginning may belong to hosts.

    The servers of a farm have few different beginnings, so a cache of these saves most of the work.
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
    return Problem(Code.LB205, Choice.PROTOCOL, instead)


def lower_helper(text: str) -> Helper | Problem:
    """The application protocol of a service's sessions."""
    helper = HELPERS.get(text)
    return Problem(Code.LB205, Choice.HELPER, _near_helper.of(text)) if helper is None else helper


def lower_switch(text: str) -> bool | Problem:
    """Whether something is on."""
    return SWITCHES[text] if text in SWITCHES else Problem(Code.LB205, Choice.SWITCH, _near_switch.of(text))


def lower_algorithm(text: str) -> Algorithm | Problem:
    """The algorithm of a pool."""
    algorithm = ALGORITHMS.get(text)
    if algorithm is not None:
        return algorithm
    elsewhere = ALGORITHM_ELSEWHERE.get(text)
    return Problem(Code.LB205, Choice.ALGORITHM, _near_algorithm.of(text) if elsewhere is None else elsewhere.value)


def lower_port(text: str) -> PortRange | Problem:
    """A port number, a port name, or a range of numbers."""
    first, dash, last = text.partition("-")
    if _NUMBER.fullmatch(first) and (not dash or _NUMBER.fullmatch(last)):
        low = _port_number(first)
        high = _port_number(last) if dash else low
        if low is None or high is None:
            return Problem(Code.LB204, Mismatch.PORT_NUMBER)
        if low > high:
            return Problem(Code.LB204, Mismatch.PORTS_REVERSED, f"{high}-{low}")
        return PortRange(low, high)
    port = PORT_NAMES.get(text)
    if port is not None:
        return PortRange(port, port)
    near = _near_port.of(text) if len(text) > 3 else None  # any shorter word is near some port name
    return Problem(Code.LB204, Mismatch.PORT_FORM, near)


def lower_server_port(text: str) -> PortRange | Problem:
    """A single port."""
    port = lower_port(text)
    if isinstance(port, PortRange) and not port.is_single:
        return Problem(Code.LB204, Mismatch.PORT_COUNT)
    return port


def lower_duration(text: str) -> int | Problem:
    """A time in milliseconds."""
    match = _DURATION.fullmatch(text)
    if match is None or len(match.group(1)) > 12:
        return Problem(Code.LB206, Mismatch.DURATION_FORM)
    number, unit = int(match.group(1)), match.group(2)
    if not unit:
        return Problem(Code.LB206, Mismatch.DURATION_WITHOUT_UNIT, f"{number}s")
    if unit not in _UNITS:
        return Problem(Code.LB206, Mismatch.DURATION_UNIT, None, (unit,))
    if not 0 < number * _UNITS[unit] <= LONGEST_DURATION:
        return Problem(Code.LB206, Mismatch.DURATION_SIZE)
    return number * _UNITS[unit]


def lower_sticky_time(text: str) -> int | Problem:
    """A sticky time in milliseconds; filters count it in whole seconds."""
    duration = lower_duration(text)
    if isinstance(duration, int) and duration % 1000:
        return Problem(Code.LB206, Mismatch.FRACTION_OF_SECOND)
    return duration


def count_reader(noun: str, least: int, most: int) -> Callable[[str], int | Problem]:
    """Makes the reader of a whole number from `least` to `most`; `noun` is its name in messages."""

    def lower_count(text: str) -> int | Problem:
        if _NUMBER.fullmatch(text) and len(text) <= 6 and least <= int(text) <= most:
            return int(text)
        return Problem(Code.LB206, Mismatch.COUNT, None, (noun, least, most))

    return lower_count


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
            return Problem(Code.LB201, Mismatch.PORT_IN_ADDRESS)
        return _parse_ipv6(text)
    return _wrong_octets(octets)


def _parse_ipv6(text: str) -> Address | Problem:
    from ipaddress import AddressValueError, IPv6Address  # noqa: PLC0415 -- only scripts with IPv6 pay for the import

    if "%" in text:
        return Problem(Code.LB201, Mismatch.ZONE)
    try:
        return Address(6, int(IPv6Address(text)))
    except AddressValueError:
        return Problem(Code.LB201, Mismatch.IPV6_FORM)


def _wrong_octets(octets: list[str]) -> Problem:
    """The first fault of a text that is no IPv4 address, octet by octet."""
    if not all(_NUMBER.fullmatch(octet) for octet in octets) or len(octets) == 1:
        is_name = len(octets) > 1 and octets[-1].isalpha() and all(map(_HOST_LABEL.fullmatch, octets))
        return Problem(Code.LB201, Mismatch.HOST_NAME if is_name else Mismatch.ADDRESS_FORM)
    if len(octets) != 4:
        return Problem(Code.LB201, Mismatch.OCTET_COUNT, None, (len(octets),))
    for octet in octets:
        if len(octet) > 1 and octet[0] == "0":
            return Problem(Code.LB201, Mismatch.LEADING_ZERO, None, (octet,))
        if octet not in _OCTETS:
            return Problem(Code.LB201, Mismatch.OCTET_SIZE, None, (octet,))
    raise AssertionError(octets)


_SPECIAL = (
    (Network(4, 0, 8), Mismatch.NO_HOST),
    (Network(4, 0x7F000000, 8), Mismatch.LOOPBACK),
    (Network(4, 0xE0000000, 4), Mismatch.MULTICAST),
    (Network(4, 0xFFFFFFFF, 32), Mismatch.BROADCAST),
    (Network(6, 0, 128), Mismatch.NO_HOST),
    (Network(6, 1, 128), Mismatch.LOOPBACK),
    (Network(6, 0xFF << 120, 8), Mismatch.MULTICAST),
    (Network(6, 0xFE80 << 112, 10), Mismatch.LINK_LOCAL),
)


def _not_a_host(address: Address) -> Mismatch | None:
    """The reason why no host on a routed network has this address (RFC 6890), None if a host may have it."""
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


def _range(text: str, most: int | None = MOST_ADDRESSES) -> AddressRange | Problem:
    """`IP-IP`, or `IP-N` where N replaces the last octet."""
    head, _, tail = text.partition("-")
    first = parse_address(head)
    if isinstance(first, Problem):
        return first
    if first.family == 4 and _NUMBER.fullmatch(tail):
        if tail not in _OCTETS:
            return Problem(Code.LB201, Mismatch.LAST_OCTET, None, (tail,))
        return _checked(4, first.value, first.value & ~255 | _OCTETS[tail], most)
    last = parse_address(tail)
    if isinstance(last, Problem):
        return last
    if first.family != last.family:
        return Problem(Code.LB207, Mismatch.MIXED_FAMILIES)
    return _checked(first.family, first.value, last.value, most)


def _checked(family: Family, first: int, last: int, most: int | None = MOST_ADDRESSES) -> AddressRange | Problem:
    if first > last:
        reversed_range = f"{address_text(family, last)}-{address_text(family, first)}"
        return Problem(Code.LB208, Mismatch.ADDRESSES_REVERSED, reversed_range)
    if most is not None and last - first >= most:
        return Problem(Code.LB208, Mismatch.RANGE_SIZE, None, (last - first + 1, most))
    for value in (first, last):
        reason = _not_a_host(Address(family, value))
        if reason:
            return Problem(Code.LB201, Mismatch.UNFIT_SERVER, None, (address_text(family, value), reason))
    return AddressRange(family, first, last)


def _port_number(text: str) -> int | None:
    number = int(text) if len(text) <= 5 and text[0] != "0" else 0
    return number if 1 <= number <= 65535 else None
