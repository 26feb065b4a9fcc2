"""Meaning, point 1: a connection from outside goes to one of the servers by the pool's algorithm, its source unchanged."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest

from lbsh_lang.backends.base import Capability
from tests.system.firewalls import Firewall
from tests.system.lab import SERVERS, Answer, Transport
from tests.system.scripts import MANY, OUTSIDE4, OUTSIDE6, V4, V6, ask, only, servers_of, web


@dataclass(frozen=True, slots=True)
class Shares:
    """Twelve connections to a place: the number that each server gets, and the port."""

    script: str
    place: tuple[str, int, Transport]
    shares: tuple[int, int, int]
    port: int
    needs: tuple[Capability, ...] = ()


PORT_LIST = web(f"{V4} tcp 80,443")
PORT_RANGE = web(f"{V4} tcp+udp 30000-30100")
RANGE_AND_PORT = web(f"{V4} tcp 30000-30100,80")
BOTH_PROTOCOLS = web(f"{V4} tcp+udp 53", "port 8080")
TAKEN = (
    web(f"{V4} tcp+udp 80,443", servers="192.168.1.2-3", more=f"service inner is {V4} tcp 443\npool inner for inner\n")
    + "add 192.168.1.4 to inner\n"
)
TAKEN6 = (
    web(f"{V6} tcp 30000-30100", "", "fd00:1::2-fd00:1::3", f"service inner is {V6} tcp 30050\npool inner for inner\n")
    + "add fd00:1::4 to inner\n"
)
SERVER_PORTS = web(f"{V4} tcp 80,443,30000-30050", "port 8080,8443,30050-30100")
SERVER_PORTS_TAKEN = web(
    f"{V6} tcp+udp 8080,30000-30050",
    "port 80,30050-30100",
    "fd00:1::2-fd00:1::3",
    f"service inner is {V6} tcp 30001-30049\npool inner for inner\nadd fd00:1::4 to inner\n",
)
BACKUP = web(servers="192.168.1.2-3", more="add 192.168.1.4 to farm backup\n")
ALL_DRAINED = BACKUP + "drain 192.168.1.2 from farm\ndrain 192.168.1.3 from farm\n"

SHARES = {
    "two servers": Shares(web(servers="192.168.1.2-3"), (V4, 80, "tcp"), (6, 6, 0), 80),
    "three servers": Shares(web(), (V4, 80, "tcp"), (4, 4, 4), 80),
    "one server": Shares(web(servers="192.168.1.3"), (V4, 80, "tcp"), (0, 12, 0), 80),
    "udp": Shares(web(f"{V4} udp 53"), (V4, 53, "udp"), (4, 4, 4), 53),
    "server port": Shares(web(pool="port 8080"), (V4, 80, "tcp"), (4, 4, 4), 8080, (Capability.SERVER_PORT,)),
    "tcp of both": Shares(BOTH_PROTOCOLS, (V4, 53, "tcp"), (4, 4, 4), 8080, (Capability.SERVER_PORT,)),
    "udp of both": Shares(BOTH_PROTOCOLS, (V4, 53, "udp"), (4, 4, 4), 8080, (Capability.SERVER_PORT,)),
    "server port of a list": Shares(SERVER_PORTS, (V4, 443, "tcp"), (4, 4, 4), 8443, (Capability.SERVER_PORTS,)),
    "server ports of a range": Shares(SERVER_PORTS, (V4, 30000, "tcp"), (4, 4, 4), 30050, (Capability.SERVER_PORTS,)),
    "end of server ports": Shares(SERVER_PORTS, (V4, 30050, "tcp"), (4, 4, 4), 30100, (Capability.SERVER_PORTS,)),
    "server port of both protocols": Shares(
        SERVER_PORTS_TAKEN, (V6, 8080, "udp"), (6, 6, 0), 80, (Capability.SERVER_PORTS,)
    ),
    "server ports of a range that was cut": Shares(
        SERVER_PORTS_TAKEN, (V6, 30050, "tcp"), (6, 6, 0), 30100, (Capability.SERVER_PORTS,)
    ),
    "first of a list": Shares(PORT_LIST, (V4, 80, "tcp"), (4, 4, 4), 80, (Capability.PORT_LISTS,)),
    "second of a list": Shares(PORT_LIST, (V4, 443, "tcp"), (4, 4, 4), 443, (Capability.PORT_LISTS,)),
    "start of a range": Shares(PORT_RANGE, (V4, 30000, "tcp"), (4, 4, 4), 30000, (Capability.PORT_RANGES,)),
    "inside a range": Shares(PORT_RANGE, (V4, 30050, "udp"), (4, 4, 4), 30050, (Capability.PORT_RANGES,)),
    "end of a range": Shares(PORT_RANGE, (V4, 30100, "udp"), (4, 4, 4), 30100, (Capability.PORT_RANGES,)),
    "port beside a range": Shares(
        RANGE_AND_PORT, (V4, 80, "tcp"), (4, 4, 4), 80, (Capability.PORT_RANGES, Capability.PORT_LISTS)
    ),
    "a port that another service takes": Shares(
        TAKEN, (V4, 443, "tcp"), (0, 0, 12), 443, (Capability.PORTS_TAKEN, Capability.PORT_LISTS)
    ),
    "a port that it leaves": Shares(
        TAKEN, (V4, 80, "tcp"), (6, 6, 0), 80, (Capability.PORTS_TAKEN, Capability.PORT_LISTS)
    ),
    "a protocol that it leaves": Shares(
        TAKEN, (V4, 443, "udp"), (6, 6, 0), 443, (Capability.PORTS_TAKEN, Capability.PORT_LISTS)
    ),
    "IPv6: out of a range": Shares(
        TAKEN6, (V6, 30050, "tcp"), (0, 0, 12), 30050, (Capability.IPV6, Capability.PORTS_TAKEN)
    ),
    "IPv6: the rest of a range": Shares(
        TAKEN6, (V6, 30100, "tcp"), (6, 6, 0), 30100, (Capability.IPV6, Capability.PORTS_TAKEN)
    ),
    "weights": Shares(
        web(servers="192.168.1.2", more="add 192.168.1.3-4 to farm weight 2\nremove 192.168.1.4 from farm\n"),
        (V4, 80, "tcp"),
        (4, 8, 0),
        80,
        (Capability.WEIGHTS,),
    ),
    "weights of three": Shares(
        web(servers="192.168.1.2", more="add 192.168.1.3 to farm weight 3\nadd 192.168.1.4 to farm weight 2\n"),
        (V4, 80, "tcp"),
        (2, 6, 4),
        80,
        (Capability.WEIGHTS,),
    ),
    "drained": Shares(web(more="drain 192.168.1.3 from farm\n"), (V4, 80, "tcp"), (6, 0, 6), 80, (Capability.DRAIN,)),
    "resumed": Shares(
        web(more="drain 192.168.1.3 from farm\nresume 192.168.1.3 in farm\n"), (V4, 80, "tcp"), (4, 4, 4), 80
    ),
    "idle backup": Shares(BACKUP, (V4, 80, "tcp"), (6, 6, 0), 80, (Capability.BACKUP,)),
    "serving backup": Shares(ALL_DRAINED, (V4, 80, "tcp"), (0, 0, 12), 80, (Capability.BACKUP, Capability.DRAIN)),
    "IPv6": Shares(
        web(f"{V6} tcp 80", "port 8080", "fd00:1::2-fd00:1::4"), (V6, 80, "tcp"), (4, 4, 4), 8080, (Capability.IPV6,)
    ),
    "IPv6 udp range": Shares(
        web(f"{V6} udp 30000-30100", "", "fd00:1::2, fd00:1::4"),
        (V6, 30050, "udp"),
        (6, 0, 6),
        30050,
        (Capability.IPV6, Capability.PORT_RANGES),
    ),
}


@pytest.mark.parametrize("case", SHARES.values(), ids=SHARES)
def test_round_robin_is_even_and_keeps_the_client(firewall: Firewall, case: Shares) -> None:
    firewall.require(*case.needs)
    firewall.load(case.script)
    sources = [OUTSIDE6 if ":" in case.place[0] else OUTSIDE4] * 12
    answers = ask(firewall.lab, case.place, sources)
    counts = Counter(servers_of(answers))
    assert tuple(counts[server] for server in SERVERS) == case.shares
    assert {(answer.seen_address, answer.local_port) for answer in answers} == {(sources[0], case.port)}


OWN_PORTS = {
    V4: web(servers="192.168.1.2", pool="port 8080", more="add 192.168.1.2-3 to farm port 443\n"),
    V6: web(f"{V6} tcp 80", servers="fd00:1::2", pool="port 8080", more="add fd00:1::2-fd00:1::3 to farm port 443\n"),
}


@pytest.mark.parametrize("sticky", ["", " sticky"], ids=["", "sticky"])
@pytest.mark.parametrize("address", OWN_PORTS)
def test_servers_have_ports_of_their_own(firewall: Firewall, address: str, sticky: str) -> None:
    firewall.require(Capability.OWN_PORTS, *[Capability.STICKY] * bool(sticky))
    firewall.load(OWN_PORTS[address].replace("tcp 80", f"tcp 80{sticky}"))
    clients = [f"198.51.100.{n}" for n in range(1, 7)] if address == V4 else [f"2001:db8:c::{n}" for n in range(16, 22)]
    sources = clients * 2
    answers = ask(firewall.lab, (address, 80, "tcp"), sources)
    places = [(answer.server, answer.local_port) for answer in answers]
    assert Counter(places) == {("server1", 8080): 4, ("server1", 443): 4, ("server2", 443): 4}
    assert [answer.seen_address for answer in answers] == sources
    if sticky:
        assert places[:6] == places[6:]


def test_services_of_one_pool_balance_each_for_itself(firewall: Firewall) -> None:
    mail = "service mail is 203.0.113.151 tcp 25\n"
    shared = web(servers="192.168.1.2-3").replace("pool farm for web", f"{mail}pool farm for web, mail")
    firewall.load(shared)
    for address, port in ((V4, 80), ("203.0.113.151", 25)):
        answers = [only(firewall.lab.connect("client1", address, port)) for _ in range(6)]
        assert sorted(Counter(servers_of(answers)).values()) == [3, 3]
    firewall.load(shared + "remove mail\ndrain 192.168.1.2 from farm\n")
    assert set(servers_of(ask(firewall.lab, (V4, 80, "tcp"), [OUTSIDE4] * 4))) == {"server2"}


def test_ports_of_one_service_take_turns_together(firewall: Firewall) -> None:
    firewall.require(Capability.PORT_LISTS)
    firewall.load(PORT_LIST)
    answers = [only(firewall.lab.connect("client1", V4, port)) for port in (80, 443) * 3]
    assert Counter(servers_of(answers)) == dict.fromkeys(SERVERS, 2)


@pytest.mark.parametrize("drain", ["", "drain 192.168.1.4 from farm\n"], ids=["whole", "drained"])
def test_services_that_alternate_have_turns_of_their_own(firewall: Firewall, drain: str) -> None:
    second = "service mail is 203.0.113.151 tcp 25\npool mx for mail\nadd 192.168.1.2-3 to mx\n"
    firewall.load(web(servers="192.168.1.2-4" if drain else "192.168.1.2-3", more=drain + second))
    pairs = [
        (only(firewall.lab.connect("client1", V4, 80)), only(firewall.lab.connect("client1", "203.0.113.151", 25)))
        for _ in range(6)
    ]
    for service in zip(*pairs, strict=True):
        assert sorted(Counter(servers_of(service)).values()) == [3, 3]


def test_random_reaches_all_servers(firewall: Firewall) -> None:
    firewall.require(Capability.RANDOM)
    firewall.load(web(pool="balance random"))
    servers = servers_of(ask(firewall.lab, (V4, 80, "tcp"), [OUTSIDE4] * 60))
    assert set(servers) == set(SERVERS)
    assert servers != sorted(SERVERS) * 20


def test_random_heeds_weights(firewall: Firewall) -> None:
    firewall.require(Capability.RANDOM, Capability.WEIGHTS)
    firewall.load(web(pool="balance random", servers="192.168.1.2", more="add 192.168.1.3 to farm weight 9\n"))
    counts = Counter(servers_of(ask(firewall.lab, (V4, 80, "tcp"), [OUTSIDE4] * 60)))
    assert counts["server2"] > 2 * counts["server1"]


def test_source_hash_gives_a_client_one_server(firewall: Firewall) -> None:
    firewall.require(Capability.SOURCE_HASH)
    script = web(pool="balance source-hash")
    firewall.load(script)
    first = servers_of(ask(firewall.lab, (V4, 80, "tcp"), MANY))
    assert first == servers_of(ask(firewall.lab, (V4, 80, "tcp"), MANY))
    firewall.load(script)
    assert first == servers_of(ask(firewall.lab, (V4, 80, "tcp"), MANY)), "after a second load"
    assert min(Counter(first).values()) >= 8
    assert set(first) == set(SERVERS)


def test_source_hash_moves_few_but_the_clients_of_a_server_that_leaves(firewall: Firewall) -> None:
    firewall.require(Capability.SOURCE_HASH, Capability.DRAIN)
    script = web(pool="balance source-hash")
    firewall.load(script)
    before = servers_of(ask(firewall.lab, (V4, 80, "tcp"), MANY))
    firewall.load(script + "drain 192.168.1.4 from farm\n")
    after = servers_of(ask(firewall.lab, (V4, 80, "tcp"), MANY))
    moved = [new != old for old, new in zip(before, after, strict=True) if old != "server3"]
    assert set(after) == {"server1", "server2"}
    assert sum(moved) <= len(moved) / 10


def test_source_hash_over_ipv6(firewall: Firewall) -> None:
    firewall.require(Capability.SOURCE_HASH, Capability.IPV6)
    firewall.load(web(f"{V6} tcp 80", "balance source-hash", "fd00:1::2-fd00:1::4"))
    sources = [f"2001:db8:c::{n:x}" for n in range(1, 41)]
    first, second = (servers_of(ask(firewall.lab, (V6, 80, "tcp"), sources)) for _ in range(2))
    assert first == second
    assert set(first) == set(SERVERS)


DRAINED_EVERYWHERE = "service mail is 203.0.113.151 tcp 25\npool mx for mail\nadd 192.168.1.2-4 to mx\n"


def test_a_drain_without_a_pool_is_for_all_of_them(firewall: Firewall) -> None:
    firewall.require(Capability.DRAIN)
    whole = web(more=DRAINED_EVERYWHERE)
    drained = f'{whole}drain 192.168.1.2, 192.168.1.4-9 for 2h because "disks"\n'
    resumed = f"{drained}resume 192.168.1.4\n"
    firewall.load(whole)
    places: tuple[tuple[str, int, Transport], ...] = ((V4, 80, "tcp"), ("203.0.113.151", 25, "tcp"))
    for place in places:
        assert set(servers_of(ask(firewall.lab, place, MANY[:6]))) == set(SERVERS)
    for before, after, left in ((whole, drained, {"server2"}), (drained, resumed, {"server2", "server3"})):
        firewall.change(before, after)
        for place in places:
            assert set(servers_of(ask(firewall.lab, place, MANY[:6]))) == left


def test_one_port_of_a_server_is_drained(firewall: Firewall) -> None:
    firewall.require(Capability.DRAIN, Capability.OWN_PORTS)
    whole = web(servers="192.168.1.2 to farm port 8080\nadd 192.168.1.2 to farm port 8443\nadd 192.168.1.3")
    drained = f"{whole}drain 192.168.1.2 port 8080\n"
    place: tuple[str, int, Transport] = (V4, 80, "tcp")
    firewall.load(whole)
    assert ports_of(ask(firewall.lab, place, MANY[:6])) == {("server1", 8080), ("server1", 8443), ("server2", 80)}
    firewall.change(whole, drained)
    assert ports_of(ask(firewall.lab, place, MANY[:6])) == {("server1", 8443), ("server2", 80)}


@pytest.mark.parametrize("address", [V4, V6])
def test_clients_stay_when_the_ports_of_servers_change(firewall: Firewall, address: str) -> None:
    firewall.require(Capability.SERVER_PORTS, Capability.STICKY)
    servers = "192.168.1.2-4" if address == V4 else "fd00:1::2-fd00:1::4"
    before = web(f"{address} tcp 80,443 sticky", "port 8080,8443", servers)
    firewall.load(before)
    sources = MANY[:6] if address == V4 else [f"2001:db8:c::{n:x}" for n in range(16, 22)]
    met = [(one.server, one.local_port) for one in ask(firewall.lab, (address, 80, "tcp"), sources)]
    with firewall.lab.converse("client1", address, 80, source=sources[0]) as conversation:
        first = conversation.ask()
        firewall.change(before, before.replace("8080,8443", "8443,8080"))
        assert conversation.ask() == first, "an open connection goes on"
    assert {port for _, port in met} == {8080}
    for asked, port in ((80, 8443), (443, 8080)):
        answers = ask(firewall.lab, (address, asked, "tcp"), sources)
        assert [(one.server, one.local_port) for one in answers] == [(server, port) for server, _ in met]


def ports_of(answers: list[Answer]) -> set[tuple[str, int]]:
    return {(answer.server, answer.local_port) for answer in answers}
