"""Meaning, last paragraph: loading rules, for the first time or again, changes nothing else."""

from __future__ import annotations

import pytest

from tests.system.firewalls import Firewall
from tests.system.lab import GATEWAYS, SERVERS, Answer, Lab, Refused, Transport
from tests.system.scripts import MANY, OUTSIDE4, SITE, V4, V6, ask, only, web

OUTBOUND = "external addr 203.0.113.1\nexternal addr 2001:db8::1\n"
FOREIGN_NFT = """
table ip foreign {
  chain prerouting {
    type nat hook prerouting priority dstnat + 5
    ip daddr 203.0.113.159 tcp dport 80 dnat to 192.168.1.4:8443
    iifname "xl1" ip daddr 203.0.113.158 tcp dport 80 dnat to 192.168.1.4
    iifname "xl1" ip daddr 203.0.113.150 tcp dport 8443 dnat to 192.168.1.4:80
  }
  chain postrouting {
    type nat hook postrouting priority srcnat + 5
    oifname "xl1" ip daddr 192.168.1.4 ip saddr 192.168.1.0/24 ip protocol tcp snat to 192.168.1.1:7100-7199
  }
  chain marks {
    type filter hook prerouting priority mangle
    iifname "xl0" meta mark set 0x17
  }
  chain marked {
    type filter hook forward priority filter
    iifname "xl0" meta mark != 0x17 drop
  }
}
"""
FOREIGN_IPTABLES = """
*nat
-A PREROUTING -d 203.0.113.159/32 -p tcp -m tcp --dport 443 -j DNAT --to-destination 192.168.1.2:8443
COMMIT
"""

EVERYTHING = web(
    f"{V4} tcp 80,443 sticky reflect",
    more=OUTBOUND
    + f"service dns is {V6} tcp+udp 53\npool names for dns\nadd fd00:1::2-fd00:1::4 to names\n"
    + f"service rtp is {V4} udp 30000-30100\npool media for rtp\nadd 192.168.1.2-4 to media\n",
)


def test_loading_twice_changes_nothing(firewall: Firewall) -> None:
    firewall.load(EVERYTHING)
    once = firewall.lab.ruleset()
    firewall.load(EVERYTHING)
    assert firewall.lab.ruleset() == once


def test_services_of_an_older_script_are_served_no_more(firewall: Firewall) -> None:
    firewall.load(EVERYTHING)
    firewall.load(SITE)
    places: tuple[tuple[str, int, Transport], ...] = ((V4, 80, "tcp"), (V4, 30050, "udp"), (V6, 53, "udp"))
    for address, port, proto in places:
        assert firewall.lab.connect("client1", address, port, proto) == Refused()
    assert only(firewall.lab.connect("server1", OUTSIDE4, 80)).seen_address == SERVERS["server1"][0]


OTHER4, OTHER6 = "203.0.113.151", "2001:db8::151"


def other(servers: str = "192.168.1.3") -> str:
    """A script for other addresses, whose service and pool are called as those of `web`."""
    lines = f"service six is {OTHER6} udp 53 sticky\npool six for six\nadd fd00:1::3-fd00:1::4 to six\n"
    return web(f"{OTHER4} tcp 80 sticky reflect", servers=servers, more=lines)


def test_two_scripts_under_two_names(firewall: Firewall) -> None:
    """Each is loaded, changed and taken back by itself, and touches nothing of the other."""
    lab, first = firewall.lab, web(f"{V4} tcp 80 sticky reflect", servers="192.168.1.2")
    firewall.load(first)
    firewall.load(other(), "dmz")
    for _ in range(2):
        assert [answers(lab, V4), answers(lab, OTHER4)] == [("server1", "server1"), ("server2", "server2")]
        assert only(lab.connect("client1", OTHER6, 53, "udp")).server in ("server2", "server3")
        firewall.load(first)  # a further load of one leaves the other
    firewall.change(other(), other("192.168.1.4"), "dmz")
    lab.flush_connections()
    assert [answers(lab, V4), answers(lab, OTHER4)] == [("server1", "server1"), ("server3", "server3")]
    firewall.load(SITE, "dmz")
    assert answers(lab, V4) == ("server1", "server1")
    assert lab.connect("client1", OTHER4, 80) == Refused()
    firewall.load(SITE)
    assert lab.connect("client1", V4, 80) == Refused()


def answers(lab: Lab, address: str) -> tuple[str, str]:
    """The servers that answer a client outside, and one of the servers."""
    outside, inside = (only(lab.connect(machine, address, 80)).server for machine in ("client1", "server1"))
    return outside, inside


def test_foreign_rules_stay_and_work(firewall: Firewall) -> None:
    lab = firewall.lab
    lab.load_nft(FOREIGN_NFT)
    lab.load_iptables(FOREIGN_IPTABLES)
    foreign = lab["device"].run("nft", "-s", "list", "table", "ip", "foreign")
    for _ in range(2):
        firewall.load(EVERYTHING)
        assert lab["device"].run("nft", "-s", "list", "table", "ip", "foreign") == foreign
        assert lab["device"].run("iptables-save", "-t", "nat").count("--to-destination 192.168.1.2:8443") == 1
    assert only(lab.connect("client1", "203.0.113.159", 80)).local_port == 8443
    assert only(lab.connect("client1", "203.0.113.159", 443)).server == "server1"


@pytest.mark.parametrize(("address", "port"), [("203.0.113.158", 80), (V4, 8443)], ids=["address", "port"])
def test_foreign_reflection_is_not_ours(firewall: Firewall, address: str, port: int) -> None:
    """It goes to a server and a port of ours, but by another address or by another port of the same address."""
    lab = firewall.lab
    lab.load_nft(FOREIGN_NFT)
    firewall.load(EVERYTHING)
    reflected = only(lab.connect("server1", address, port))
    assert (reflected.server, reflected.local_port, reflected.seen_address) == ("server3", 80, GATEWAYS[0])
    assert 7100 <= reflected.seen_port < 7200, "our own reflection took somebody else's connection"


def test_ports_that_another_program_publishes_do_not_come_first(firewall: Firewall) -> None:
    """As a container engine does: a rule in the nat table for a service's own address and port, there before ours."""
    lab = firewall.lab
    lab.load_iptables(
        f"*nat\n-A PREROUTING -d {V4} -p tcp --dport 80 -j DNAT --to-destination 192.168.1.4:8443\nCOMMIT\n"
    )
    firewall.load(web())
    assert {only(lab.connect("client1", V4, 80)).local_port for _ in range(4)} == {80}


def test_marks_of_packets_stay(firewall: Firewall) -> None:
    """The foreign chain accepts only packets with their own mark."""
    firewall.lab.load_nft(FOREIGN_NFT)
    firewall.load(EVERYTHING)
    ask(firewall.lab, (V4, 80, "tcp"), MANY[:6])
    ask(firewall.lab, (V4, 30050, "udp"), MANY[:6])


def test_open_connections_go_on_when_rules_are_loaded(firewall: Firewall) -> None:
    lab = firewall.lab
    firewall.load(EVERYTHING)
    with lab.converse("client1", V4, 80) as web_talk, lab.converse("client1", V6, 53, "udp") as dns_talk:
        before = web_talk.ask(), dns_talk.ask()
        firewall.load(EVERYTHING)
        assert (web_talk.ask(), dns_talk.ask()) == before
    assert isinstance(before[0], Answer)
    assert isinstance(before[1], Answer)
