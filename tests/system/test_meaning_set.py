"""Meaning of `set`: what is changed in place holds for new connections; open ones, and remembered clients, stay."""

from __future__ import annotations

from collections import Counter

import pytest

from lbsh_lang.backends.base import Capability
from tests.system.firewalls import Firewall
from tests.system.lab import SERVERS, Transport
from tests.system.scripts import MANY, V4, V6, ask, servers_of, web

FAMILIES = {
    "over IPv4": (V4, ("192.168.1.2", "192.168.1.3", "192.168.1.4"), MANY),
    "over IPv6": (V6, ("fd00:1::2", "fd00:1::3", "fd00:1::4"), [f"2001:db8:c::{n:x}" for n in range(1, 61)]),
}


@pytest.mark.parametrize(("address", "servers", "clients"), FAMILIES.values(), ids=FAMILIES)
def test_clients_and_connections_stay_when_servers_and_services_change(
    firewall: Firewall, address: str, servers: tuple[str, ...], clients: list[str]
) -> None:
    firewall.require(Capability.STICKY, Capability.WEIGHTS, Capability.BACKUP)
    lab = firewall.lab
    place: tuple[str, int, Transport] = (address, 80, "tcp")
    whole = web(f"{address} tcp 80 sticky 1h", servers=", ".join(servers))
    known, new = clients[:9], clients[9:49]
    firewall.load(whole)
    before = servers_of(ask(lab, place, known))
    assert set(before) == set(SERVERS)
    with lab.converse("client1", address, 80) as talk:
        first = talk.ask()
        script = whole
        for change in (f"set {servers[1]} in farm weight 6", "set web sticky 2h reflect", "set web no reflect"):
            script, old = f"{script}{change}\n", script
            firewall.change(old, script)
            assert servers_of(ask(lab, place, known)) == before, change
            assert talk.ask() == first, change
        assert Counter(servers_of(ask(lab, place, new)))["server2"] == 30
        backup = f"{script}set {servers[0]} in farm backup\n"
        firewall.change(script, backup)
        after = servers_of(ask(lab, place, known))
        assert [one for one in zip(before, after, strict=True) if one[0] != one[1] and one[0] != "server1"] == []
        assert "server1" not in after
        assert talk.ask() == first
        firewall.change(backup, f"{backup}set {servers[0]} in farm no backup\n")
        assert servers_of(ask(lab, place, known)) == after


@pytest.mark.parametrize("sticky", ["", " sticky"])
def test_another_port_is_for_new_connections(firewall: Firewall, sticky: str) -> None:
    firewall.require(Capability.OWN_PORTS, Capability.STICKY)
    lab = firewall.lab
    place: tuple[str, int, Transport] = (V4, 80, "tcp")
    whole = web(f"{V4} tcp 80{sticky}", servers="192.168.1.2-4")
    firewall.load(whole)
    before = servers_of(ask(lab, place, MANY[:6]))
    with lab.converse("client1", V4, 80) as talk:
        first = talk.ask()
        one = f"{whole}set 192.168.1.3 in farm port 8080\n"
        firewall.change(whole, one)
        assert talk.ask() == first
        after = ask(lab, place, MANY[:6])
        assert {(answer.server, answer.local_port) for answer in after} == {
            ("server1", 80),
            ("server2", 8080),
            ("server3", 80),
        }
        others = [one for one in zip(before, servers_of(after), strict=True) if one[0] != "server2"]
        assert not sticky or all(was == is_now for was, is_now in others), "clients of the other servers are remembered"
        firewall.change(one, f"{one}set 192.168.1.2-4 in farm port 8080\n")
        assert talk.ask() == first
        assert {answer.local_port for answer in ask(lab, place, MANY[:6])} == {8080}


def test_masquerade_is_for_new_connections(firewall: Firewall) -> None:
    firewall.require(Capability.MASQUERADE)
    lab = firewall.lab
    whole = web(f"{V4} tcp 80", servers="192.168.1.2-4")
    firewall.load(whole)
    with lab.converse("client1", V4, 80) as talk:
        first = talk.ask()
        masked = f"{whole}set web masquerade\n"
        firewall.change(whole, masked)
        assert talk.ask() == first
        assert {answer.seen_address for answer in ask(lab, (V4, 80, "tcp"), MANY[:3])} == {"192.168.1.1"}
        firewall.change(masked, f"{masked}set web no masquerade\n")
        assert {answer.seen_address for answer in ask(lab, (V4, 80, "tcp"), MANY[:3])} == set(MANY[:3])
