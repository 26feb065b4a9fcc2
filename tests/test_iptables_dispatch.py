"""The way to a service through the rules for iptables: every service is found, after few rules, and nothing else is."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address
from itertools import pairwise

import pytest

from lbsh_lang.backends.iptables.dispatch import WIDEST
from tests.iptables_reader import Packet
from tests.iptables_sites import SERVICE, met, nat_of, outside, text_of, web
from tests.profiles import share

Place = tuple[str, str, int]
Crowd = Callable[[int], list[Place]]

MOST_RULES = WIDEST + 12
"""How many rules lead to a service, whatever the others: one chain of the widest, and a few rules of other chains."""

MANY = max(share(1000), 200)
"""The number of services: more than a chain without a tree holds."""


def spread(count: int) -> list[Place]:
    return [(str(IPv4Address("203.0.0.0") + index), "tcp", 80) for index in range(count)]


def four_ports_each(count: int) -> list[Place]:
    return [
        (str(IPv4Address("203.0.113.0") + index // 4), "tcp", (25, 80, 143, 443)[index % 4]) for index in range(count)
    ]


def one_address(count: int) -> list[Place]:
    return [(SERVICE, ("tcp", "udp")[index % 2], 1000 + 7 * index) for index in range(count)]


def anywhere(count: int) -> list[Place]:
    chance = random.Random(7)
    return [(str(IPv4Address(chance.randrange(0x80000000, 0xC0000000))), "tcp", 80) for _ in range(count)]


def ipv6_hosts(count: int) -> list[Place]:
    return [(str(IPv6Address("2001:db8::1:0") + index), "tcp", 80) for index in range(count)]


def ipv6_anywhere(count: int) -> list[Place]:
    chance = random.Random(7)
    return [(str(IPv6Address("2001:db8::") + chance.randrange(1 << 96)), "tcp", 80) for _ in range(count)]


def ipv6_one_stray_a_digit(count: int) -> list[Place]:
    """Addresses that would make one level of a plain tree each."""
    base = int(IPv6Address("2001:db8::"))
    near = [base + index for index in range(count)]
    strays = [base ^ digit << 4 * place for place in range(3, 29) for digit in (1, 2)]
    return [(str(IPv6Address(value)), "tcp", 80) for value in near + strays]


CROWDS = [
    spread,
    four_ports_each,
    one_address,
    anywhere,
    ipv6_hosts,
    ipv6_anywhere,
    ipv6_one_stray_a_digit,
]


def crowd_script(places: Iterable[Place]) -> str:
    return "".join(
        [
            web(
                f"{address} {protocol} {port} reflect",
                servers=f"fd00:1::1:{rank:x}" if ":" in address else f"192.168.{rank >> 8}.{rank & 255}",
                name=f"s{rank}",
            )
            for rank, (address, protocol, port) in enumerate(places, 1000)
        ]
    )


@pytest.mark.parametrize("crowd", CROWDS, ids=lambda crowd: crowd.__name__)
def test_every_one_of_many_services_is_found_after_few_rules(crowd: Crowd) -> None:
    places = crowd(MANY)
    nat = nat_of(crowd_script(places), 6 if ":" in places[0][0] else 4)
    for rank, (address, protocol, port) in enumerate(places, 1000):
        server = f"fd00:1::1:{rank:x}" if ":" in address else f"192.168.{rank >> 8}.{rank & 255}"
        inside = "fd00:1::9" if ":" in address else "192.168.1.9"
        for packet in (
            outside(address, port, protocol),
            Packet(inside, address, protocol, port, "xl1"),
        ):
            found = nat.prerouting(packet)
            assert found.translation == server
            assert found.rules <= MOST_RULES
        leaving = Packet(inside, server, protocol, 9, leaves="xl1", original=address, original_port=port)
        back = nat.postrouting(leaving)
        assert back.translation in ("192.168.1.1", "fd00:1::1")
        assert back.rules <= MOST_RULES
        assert nat.postrouting(leaving._replace(original_port=port + 1)).translation is None


@pytest.mark.parametrize("crowd", [spread, one_address, ipv6_hosts], ids=lambda crowd: crowd.__name__)
def test_what_no_service_is_for_is_left_alone_after_few_rules(crowd: Crowd) -> None:
    places = crowd(MANY)
    nat = nat_of(crowd_script(places), 6 if ":" in places[0][0] else 4)
    for address, protocol, port in places[::37]:
        for packet in (
            outside(address, port + 1, protocol),
            outside(address, port, "udp" if protocol == "tcp" else "tcp"),
            outside(address, port, protocol)._replace(arrives="xl1"),
            outside(address, port, protocol)._replace(arrives="lo"),
        ):
            found = nat.prerouting(packet)
            assert found.translation is None
            assert found.rules <= MOST_RULES


@pytest.mark.parametrize("crowd", CROWDS, ids=lambda crowd: crowd.__name__)
def test_one_more_service_changes_few_lines(crowd: Crowd) -> None:
    places = crowd(MANY // 2)
    middle = len(places) // 2
    longer = [*places[:middle], *places[middle + 1 :], places[middle]]
    for fewer, more in ((places[:-1], places), (longer[:-1], longer)):
        before, after = (Counter(text_of(crowd_script(some)).splitlines()) for some in (fewer, more))
        # Ranks, and with them names and servers, are those of places in the list: only the last service is new.
        assert (before - after).total() + (after - before).total() <= 40


def test_few_services_need_no_tree() -> None:
    text = text_of(crowd_script(spread(32)))
    assert "LBSH-E-" not in text
    assert "LBSH-E-" in text_of(crowd_script(spread(33)))


def test_wide_ranges_and_lists_among_many_ports() -> None:
    places = [web(f"{SERVICE} tcp {port}", servers="192.168.9.9", name=f"p{port}") for port in range(10000, 10400, 5)]
    ports = ",".join([str(port) for port in range(10001, 10201, 10)])
    script = "".join(places)
    script += web(f"{SERVICE} tcp 1-9999", servers="192.168.9.1", name="low")
    script += web(f"{SERVICE} tcp 10400-65535", servers="192.168.9.2", name="high")
    script += web(f"{SERVICE} tcp+udp {ports},10202-10204", servers="192.168.9.3", name="list")
    nat = nat_of(script)
    expected = {1: "1", 9999: "1", 10000: "9", 10001: "3", 10191: "3", 10002: "", 10203: "3", 10395: "9"}
    expected |= {10396: "", 10400: "2", 30000: "2", 65535: "2"}
    for port, server in expected.items():
        assert met(nat, outside(port=port)) == [f"192.168.9.{server}" if server else None]
    assert met(nat, outside(port=10203, protocol="udp")) == ["192.168.9.3"]
    assert met(nat, outside(port=80, protocol="udp")) == [None]


def test_a_list_too_long_for_one_match() -> None:
    ports = [*range(1, 33, 2), *range(100, 900, 100)]
    texts = ",".join([str(port) if port < 100 else f"{port}-{port + 10}" for port in ports])
    nat = nat_of(web(f"{SERVICE} udp {texts}"))
    for port in ports:
        assert met(nat, outside(port=port, protocol="udp"))[0] is not None
        assert met(nat, outside(port=port + 11 if port >= 100 else port + 1, protocol="udp")) == [None]
    assert met(nat, outside(port=910, protocol="udp")) == [None]


def test_reflection_of_long_lists_of_ports_takes_few_rules() -> None:
    """There is no list of original ports, so that each port and range has a rule: but a packet must not meet them all."""
    texts = ",".join([f"{port}-{port + 3}" if port % 3 else str(port) for port in range(1000, 1500, 5)])
    nat = nat_of("".join([web(f"203.0.113.{host} tcp+udp {texts} reflect", name=f"s{host}") for host in range(1, 31)]))
    for host in (1, 17, 30):
        for port in range(1000, 1500, 35):
            for protocol in ("tcp", "udp"):
                inside = Packet("192.168.1.9", "192.168.1.2", protocol, port, leaves="xl1")
                leaving = inside._replace(original=f"203.0.113.{host}", original_port=port)
                back = nat.postrouting(leaving)
                assert back.translation == "192.168.1.1"
                assert back.rules <= MOST_RULES
                assert nat.postrouting(leaving._replace(original_port=port + 4)).translation is None


def test_chains_are_declared_in_order() -> None:
    chains = [line for line in text_of(crowd_script(spread(200))).splitlines() if line.startswith(":LBSH/")]
    assert all(one < other for one, other in pairwise(chains))
