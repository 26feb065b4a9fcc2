"""Generated input of any size: one farm, in the words of lbsh, of haproxy and of ferm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

SERVERS = 10
"""The number of servers of a service."""

SERVICE_NET = "198.18.0.0/15"
"""The network of all services' addresses, which RFC 2544 sets aside for benchmarks."""

SCRIPT_LINES = 4 + 1000 * (2 + SERVERS)
"""The lines of the script of 1,000 services: four for the device, then a service, its pool and its servers each."""


def script(services: int, sticky: frozenset[int] = frozenset()) -> Iterator[str]:
    """The lines of a site; the services with these numbers are sticky."""
    yield "interface external eth0"
    yield "interface internal eth1"
    yield "internal net 10.0.0.0/8"
    yield "internal gw 10.255.255.254"
    for number in range(services):
        yield f"service web{number} is {service_address(number)} tcp 80{' sticky' * (number in sticky)}"
        yield f"pool pool{number} for web{number}"
        for address in server_addresses(number):
            yield f"add {address} to pool{number}"


CLIENT_NET = "192.0.2.0/24"
"""The network of the client that connects."""


def guarded_script(services: int) -> Iterator[str]:
    """The same site with two uplinks, whose answers get marks, and services for clients of one network only."""
    yield "interface external eth0"
    yield "interface external eth9"
    yield "external gw 192.0.2.1 on eth0"
    yield "external gw 198.51.100.1 on eth9"
    for line in islice(script(services), 1, None):
        yield f"{line} from {CLIENT_NET}" if line.startswith("service") else line


def script_of_lines(lines: int) -> Iterator[str]:
    """A site of exactly this number of lines; at the sizes in use the last pool has at least one server."""
    return islice(script(lines // (2 + SERVERS) + 1), lines)


def services_in_lines(lines: int) -> int:
    """The number of services in a script of this number of lines, the last one perhaps with fewer servers."""
    return max(round((lines - 4) / (2 + SERVERS)), 1)


def haproxy_configuration(services: int) -> Iterator[str]:
    """The same farm for haproxy, with time limits, without which it would warn."""
    yield "defaults"
    yield "    mode tcp"
    yield "    timeout connect 5s"
    yield "    timeout client 1m"
    yield "    timeout server 1m"
    for number in range(services):
        yield f"listen web{number}"
        yield f"    bind {service_address(number)}:80"
        yield "    balance roundrobin"
        for rank, address in enumerate(server_addresses(number)):
            yield f"    server server{rank} {address}:80"


def ferm_configuration(services: int) -> Iterator[str]:
    """The same farm for ferm: a rule that leads to the chain of a service, and a rule for each server in it."""
    yield "domain ip table nat {"
    yield "    chain PREROUTING interface eth0 {"
    for number in range(services):
        yield f"        daddr {service_address(number)} proto tcp dport 80 jump web{number};"
    yield "    }"
    for number in range(services):
        yield f"    chain web{number} {{"
        for rank, address in enumerate(server_addresses(number)):
            left = SERVERS - rank
            turn = f"mod statistic mode nth every {left} packet 0 " if left > 1 else ""
            yield f"        proto tcp {turn}DNAT to {address};"
        yield "    }"
    yield "}"


def service_address(number: int) -> str:
    """An address of the network of services; there are 62,500 to be had."""
    return f"198.18.{number // 250}.{number % 250 + 1}"


def server_addresses(number: int) -> Iterator[str]:
    """The servers of a service; no two services share one."""
    for host in range(number * SERVERS + 1, (number + 1) * SERVERS + 1):
        yield f"10.{host >> 16}.{host >> 8 & 255}.{host & 255}"


def write(path: Path, lines: Iterable[str]) -> None:
    """Writes a file line by line: memory of the benchmarks would count as memory of the programs that they start."""
    with path.open("w", encoding="ascii") as file:
        file.writelines(f"{line}\n" for line in lines)
