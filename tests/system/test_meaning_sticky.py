"""Meaning, point 2: a sticky client stays with its server while that is up; then it gets another, and stays there."""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from lbsh_lang.backends.base import Capability
from lbsh_lang.backends.registry import load_backend
from tests.limits import LONGEST
from tests.system.firewalls import Firewall
from tests.system.lab import SERVERS, Lab, Refused, Transport
from tests.system.scripts import MANY, SITE, V4, V6, ask, servers_of, web

ALGORITHMS = {
    "round-robin": ("", ()),
    "random": ("balance random", (Capability.RANDOM,)),
    "source-hash": ("balance source-hash", (Capability.SOURCE_HASH, Capability.STICKY_SOURCE_HASH)),
}


@pytest.mark.parametrize(("pool", "needs"), ALGORITHMS.values(), ids=ALGORITHMS)
def test_sticky_clients_stay(firewall: Firewall, pool: str, needs: tuple[Capability, ...]) -> None:
    firewall.require(Capability.STICKY, *needs)
    firewall.load(web(f"{V4} tcp 80 sticky", pool))
    clients = MANY[:24]
    first = servers_of(ask(firewall.lab, (V4, 80, "tcp"), clients))
    assert set(first) == set(SERVERS)
    assert servers_of(ask(firewall.lab, (V4, 80, "tcp"), clients)) == first
    assert servers_of(ask(firewall.lab, (V4, 80, "tcp"), reversed(clients))) == first[::-1]


def test_new_sticky_clients_take_turns(firewall: Firewall) -> None:
    firewall.require(Capability.STICKY, Capability.WEIGHTS)
    firewall.load(web(f"{V4} tcp 80 sticky", "", "192.168.1.2", "add 192.168.1.3 to farm weight 2\n"))
    counts = Counter(servers_of(ask(firewall.lab, (V4, 80, "tcp"), MANY[:12])))
    assert counts == {"server1": 4, "server2": 8}


@pytest.mark.parametrize("ports", ["53,80", "50-100", "53,70-90"])
def test_a_sticky_client_meets_one_server_on_all_ports(firewall: Firewall, ports: str) -> None:
    firewall.require(Capability.STICKY, Capability.STICKY_PORTS, Capability.PORT_LISTS, Capability.PORT_RANGES)
    firewall.load(web(f"{V4} tcp+udp {ports} sticky"))
    clients = MANY[:9]
    first = servers_of(ask(firewall.lab, (V4, 80, "tcp"), clients))
    assert Counter(first) == dict.fromkeys(SERVERS, 3)
    assert servers_of(ask(firewall.lab, (V4, 53, "tcp"), clients)) == first
    assert servers_of(ask(firewall.lab, (V4, 53, "udp"), clients)) == first


def test_sticky_services_of_one_address_know_nothing_of_each_other(firewall: Firewall) -> None:
    """Their farms overlap in server2: with one record for all, clients would move back and forth."""
    firewall.require(Capability.STICKY, Capability.STICKY_PORTS, Capability.STICKY_TIMES, Capability.PORT_LISTS)
    ftp = f"service ftp is {V4} tcp 21,25 sticky\npool depot for ftp\nadd 192.168.1.3-4 to depot\n"
    dns = f"service dns is {V4} udp 80 sticky 2h\npool names for dns\nadd 192.168.1.2-4 to names\n"
    firewall.load(web(f"{V4} tcp 80,443 sticky", "", "192.168.1.2-3", ftp + dns))
    places: tuple[tuple[str, int, Transport], ...] = ((V4, 80, "tcp"), (V4, 25, "tcp"), (V4, 80, "udp"))
    rounds = [
        [servers_of(ask(firewall.lab, place, [client])) for place in places for client in MANY[:6]] for _ in range(3)
    ]
    assert rounds == [rounds[0]] * 3


STICKY_FARMS = {
    "one port": (f"{V4} tcp 80 sticky", ()),
    "a list": (f"{V4} tcp 80,443 sticky", (Capability.STICKY_PORTS, Capability.PORT_LISTS)),
    "a range": (f"{V4} tcp 80-90 sticky", (Capability.STICKY_PORTS, Capability.PORT_RANGES)),
}


@pytest.mark.parametrize(("service", "needs"), STICKY_FARMS.values(), ids=STICKY_FARMS)
def test_a_sticky_client_moves_once_when_its_server_leaves(
    firewall: Firewall, service: str, needs: tuple[Capability, ...]
) -> None:
    firewall.require(Capability.STICKY, Capability.DRAIN, *needs)
    whole = web(service)
    reduced = whole + "drain 192.168.1.3 from farm\n"
    clients = MANY[:9]
    firewall.load(whole)
    before = servers_of(ask(firewall.lab, (V4, 80, "tcp"), clients))
    firewall.change(whole, reduced)
    rounds = [servers_of(ask(firewall.lab, (V4, 80, "tcp"), clients)) for _ in range(3)]
    assert rounds == [rounds[0]] * 3, "moved more than once"
    assert "server2" not in rounds[0]
    assert all(new == old for old, new in zip(before, rounds[0], strict=True) if old != "server2")
    firewall.change(reduced, whole)
    assert servers_of(ask(firewall.lab, (V4, 80, "tcp"), clients)) == rounds[0], "moved back"


def test_sticky_over_ipv6(firewall: Firewall) -> None:
    firewall.require(Capability.STICKY, Capability.IPV6)
    whole = web(f"{V6} tcp 80 sticky", "", "fd00:1::2-fd00:1::4")
    reduced = whole + "drain fd00:1::3 from farm\n"
    clients = [f"2001:db8:c::{n:x}" for n in range(1, 10)]
    firewall.load(whole)
    first, second = (servers_of(ask(firewall.lab, (V6, 80, "tcp"), clients)) for _ in range(2))
    assert first == second
    assert Counter(first) == dict.fromkeys(SERVERS, 3)
    firewall.change(whole, reduced)
    first, second = (servers_of(ask(firewall.lab, (V6, 80, "tcp"), clients)) for _ in range(2))
    assert first == second
    assert "server2" not in first


STICKY_SECONDS = 2.0

OPEN_CLIENTS = {
    "IPv4": ("203.0.113.15{}", "192.168.1.2-4", MANY),
    "IPv6": ("2001:db8::15{}", "fd00:1::2-fd00:1::4", [f"2001:db8:c::{n:x}" for n in range(1, 20)]),
}
BUSY_SECONDS = 3
STICKY_PORTS = ("tcp 80", "tcp 80,443", "tcp+udp 80-90")


def sticky_services(place: str, servers: str, seconds: float) -> tuple[list[str], str]:
    """Addresses with a sticky service of each kind, and their script: all of them are tried while one time passes."""
    addresses = [place.format(number) for number in range(len(STICKY_PORTS))]
    lines = [
        f"service s{number} is {address} {ports} sticky {seconds:.0f}s\n"
        f"pool p{number} for s{number}\nadd {servers} to p{number}\n"
        for number, (address, ports) in enumerate(zip(addresses, STICKY_PORTS, strict=True))
    ]
    return addresses, SITE + "".join(lines)


@pytest.mark.sampled
@pytest.mark.parametrize(("place", "servers", "clients"), OPEN_CLIENTS.values(), ids=OPEN_CLIENTS)
def test_a_client_with_an_open_connection_is_not_forgotten(
    lab: Lab, place: str, servers: str, clients: list[str]
) -> None:
    """Clients are idle for three times the sticky time; then the time runs from the end of their last connections.

    Each has two, which end together. Of each service the first client takes the first turn, the second the second. Only
    nftables knows that a silent connection is open.
    """
    firewall = Firewall(load_backend("nftables"), lab)
    addresses, script = sticky_services(place, servers, STICKY_SECONDS)
    firewall.load(script)
    with contextlib.ExitStack() as stack:
        for address in addresses:
            for client, end, server in zip(clients, ("FIN", "RST"), ("server1", "server2"), strict=False):
                for _ in range(2):
                    assert stack.enter_context(connected(firewall.lab, address, client, end)) == server
        time.sleep(3 * STICKY_SECONDS)
        for address in addresses:
            answers = ask(firewall.lab, (address, 80, "tcp"), [*clients[:3], *clients[:2]])
            assert servers_of(answers) == ["server1", "server2", "server3", "server1", "server2"]
    wait_until_forgotten(lab)
    for address in addresses:
        answers = ask(firewall.lab, (address, 80, "tcp"), [clients[3], *clients[:2]])
        assert servers_of(answers) == ["server1", "server2", "server3"], "forgotten, they take turns"


def wait_until_forgotten(lab: Lab) -> None:
    """Waits until no map has a client: servers may take their time to close a connection."""
    end = time.monotonic() + LONGEST
    while re.search(r"expires|elements = \{[^}]*ct count", lab["device"].run("nft", "list", "ruleset")):
        assert time.monotonic() < end, "clients are not forgotten"
        time.sleep(0.2)


@pytest.mark.sampled
@pytest.mark.parametrize(("place", "servers", "clients"), OPEN_CLIENTS.values(), ids=OPEN_CLIENTS)
def test_a_client_with_a_busy_connection_is_not_forgotten(
    firewall: Firewall, place: str, servers: str, clients: list[str]
) -> None:
    """The kernel looks at one packet in sixteen, so that hundreds are enough, and a burst right before the end is seen."""
    addresses, script = sticky_services(place, servers, BUSY_SECONDS)
    firewall.load(script)
    with contextlib.ExitStack() as stack:
        links = [stack.enter_context(opened(firewall.lab, address, clients[0])) for address in addresses]
        assert [server_at_the_end(link) for link in links] == ["server1"] * len(links)
        end = time.monotonic() + 3 * BUSY_SECONDS
        while time.monotonic() < end:
            time.sleep(0.1)
            for link in links:
                send_packets(link, 50)
        for address, link in zip(addresses, links, strict=True):
            send_packets(link, 200)
            answers = ask(firewall.lab, (address, 80, "tcp"), [clients[0], clients[1], clients[0]])
            assert servers_of(answers) == ["server1", "server2", "server1"]


def send_packets(link: socket.socket, number: int) -> None:
    """Sends packets of two bytes, and takes what was answered meanwhile."""
    for _ in range(number):
        link.send(b"?\n")
    link.recv(1 << 16)


@contextlib.contextmanager
def connected(lab: Lab, address: str, source: str, end: str) -> Iterator[str]:
    """The server of a connection that is open meanwhile, and then ended by the client with FIN or RST."""
    with opened(lab, address, source) as link:
        yield server_at_the_end(link)
        if end == "RST":
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@contextlib.contextmanager
def opened(lab: Lab, address: str, source: str) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with lab["client1"].socket(family, socket.SOCK_STREAM) as link:
        link.settimeout(LONGEST)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.bind((source, 0))
        link.connect((address, 80))
        yield link


def server_at_the_end(link: socket.socket) -> str:
    link.send(b"?\n")
    return link.recv(4096).decode().split()[0]


def test_a_sticky_client_is_forgotten_in_time(firewall: Firewall) -> None:
    """The first client takes the first turn, the second the second; once forgotten, the first would take the third."""
    firewall.require(Capability.STICKY)
    end = time.monotonic() + LONGEST
    while not stays_by_coming_again(firewall):
        assert time.monotonic() < end, "the machine is too busy to connect twice within the sticky time"
    time.sleep(STICKY_SECONDS + 1.1)
    assert servers_of(ask(firewall.lab, (V4, 80, "tcp"), MANY[:1])) == ["server3"]


def stays_by_coming_again(firewall: Firewall) -> bool:
    """Shows that each connection restarts the time; False if a connection came too late to show it."""
    firewall.lab.reset()
    firewall.load(web(f"{V4} tcp 80 sticky {STICKY_SECONDS:.0f}s", servers="192.168.1.2-4"))
    last = time.monotonic()
    assert servers_of(ask(firewall.lab, (V4, 80, "tcp"), MANY[:2])) == ["server1", "server2"]
    for _ in range(2):
        time.sleep(0.6 * STICKY_SECONDS)
        begin = time.monotonic()
        servers = servers_of(ask(firewall.lab, (V4, 80, "tcp"), MANY[:1]))
        if time.monotonic() - last >= STICKY_SECONDS:
            return False
        assert servers == ["server1"]
        last = begin
    return True


KEEPING: dict[str, tuple[str, int, str, list[str], tuple[Capability, ...]]] = {
    "one port": (f"{V4} tcp 80 sticky", 4, V4, MANY, ()),
    "a list": (f"{V4} tcp 80,443 sticky", 4, V4, MANY, (Capability.STICKY_PORTS, Capability.PORT_LISTS)),
    "over IPv6": (f"{V6} tcp 80 sticky", 6, V6, [f"2001:db8:c::{n:x}" for n in range(1, 61)], (Capability.IPV6,)),
}


@pytest.mark.parametrize(("service", "family", "address", "clients", "needs"), KEEPING.values(), ids=KEEPING)
def test_a_server_that_is_going_keeps_the_clients_that_it_has(
    firewall: Firewall, service: str, family: int, address: str, clients: list[str], needs: tuple[Capability, ...]
) -> None:
    firewall.require(Capability.STICKY, Capability.DRAIN, Capability.KEEP_CLIENTS, *needs)
    lab = firewall.lab
    place: tuple[str, int, Transport] = (address, 80, "tcp")
    server2, farm = ("192.168.1.3", "192.168.1.2-4") if family == 4 else ("fd00:1::3", "fd00:1::2-fd00:1::4")
    whole = web(service, servers=farm)
    known, new = clients[:9], clients[9:18]
    firewall.load(whole)
    before = servers_of(ask(lab, place, known))
    assert set(before) == set(SERVERS)
    going = f"{whole}drain {server2} keep clients for 2h\n"
    firewall.change(whole, going)
    assert servers_of(ask(lab, place, known)) == before
    assert set(servers_of(ask(lab, place, new))) == {"server1", "server3"}
    ended = f"{whole}drain {farm} keep clients\n"
    firewall.change(going, ended)
    assert servers_of(ask(lab, place, known)) == before, "no server takes new clients, but these are remembered"
    assert lab.connect("client1", address, 80, "tcp", clients[20]) == Refused()
    drained = f'{whole}drain {server2} because "disks"\n'
    firewall.change(ended, drained)
    assert "server2" not in servers_of(ask(lab, place, known))


NETWORKS = {
    "one port": (
        f"{V4} tcp 80 sticky prefix 24",
        V4,
        "192.168.1.2-4",
        ("198.51.100.7", "198.51.100.201"),
        "192.0.2.{}",
    ),
    "a list": (
        f"{V4} tcp 80,443 sticky prefix 24",
        V4,
        "192.168.1.2-4",
        ("198.51.100.7", "198.51.100.8"),
        "192.0.2.{}",
    ),
    "over IPv6": (
        f"{V6} tcp 80 sticky 1h prefix 64",
        V6,
        "fd00:1::2-fd00:1::4",
        ("2001:db8:c::7", "2001:db8:c::a:b"),
        "2001:db8:d::{}",
    ),
}


@pytest.mark.parametrize(("service", "address", "farm", "pair", "others"), NETWORKS.values(), ids=NETWORKS)
def test_a_network_of_clients_stays_together(
    firewall: Firewall, service: str, address: str, farm: str, pair: tuple[str, str], others: str
) -> None:
    needs = (Capability.STICKY_PREFIX, Capability.STICKY_PORTS, Capability.PORT_LISTS, Capability.IPV6)
    firewall.require(Capability.STICKY, Capability.DRAIN, *needs)
    place: tuple[str, int, Transport] = (address, 80, "tcp")
    whole = web(service, servers=farm)
    one_by_one = web(service.partition(" prefix")[0], servers=farm)
    firewall.load(one_by_one)
    assert len(set(servers_of(ask(firewall.lab, place, pair)))) == 2
    firewall.change(one_by_one, whole)
    (first,) = servers_of(ask(firewall.lab, place, pair[:1]))
    (other,) = servers_of(ask(firewall.lab, place, [others.format(7)], "client2"))
    assert other != first, "another network takes the next turn"
    assert servers_of(ask(firewall.lab, place, [*pair, *pair])) == [first] * 4
    assert servers_of(ask(firewall.lab, place, [others.format(9)], "client2")) == [other]
    server = SERVERS[first][address == V6]
    firewall.change(whole, f"{whole}drain {server}\n")
    moved = servers_of(ask(firewall.lab, place, [*pair, *pair]))
    assert moved == moved[:1] * 4, "the network moves as one"
    assert first not in moved
