"""Properties of nftables alone: tables that vanish, and a record of clients that may be full."""

from __future__ import annotations

import pytest

from lbsh_lang.backends.base import Options
from lbsh_lang.backends.nftables import BACKEND
from tests.reading import site_of
from tests.system.lab import STRAYS, Answer, Lab

SITE = """
interface external xl0
interface internal xl1
internal net 192.168.1.0/24
internal net fd00:1::/64
"""
GATEWAYS = "internal gw 192.168.1.1\ninternal gw fd00:1::1\n"
WEB = "service web is 203.0.113.150 tcp 80 sticky\npool farm for web\nadd 192.168.1.2-4 to farm\n"
WEB6 = "service web6 is 2001:db8::150 tcp 80 sticky\npool farm6 for web6\nadd fd00:1::2 to farm6\n"


def rules(script: str) -> str:
    return BACKEND.render(site_of(SITE + script), Options(BACKEND.targets[0])).text


@pytest.mark.parametrize(("script", "tables"), [("", []), (WEB, ["ip"]), (WEB6, ["ip6"]), (WEB + WEB6, ["ip", "ip6"])])
def test_only_the_families_in_use_have_a_table(lab: Lab, script: str, tables: list[str]) -> None:
    lab.load_nft(rules(WEB + WEB6))
    lab.load_nft(rules(script))
    assert lab["device"].run("nft", "list", "tables").split() == [
        word for family in tables for word in ("table", family, "lbsh")
    ]


def test_the_listing_of_the_rules_can_be_loaded(lab: Lab) -> None:
    media = "service rtp is 2001:db8::150 tcp+udp 25,30000-30100 reflect\npool media for rtp\nadd fd00:1::2 to media\n"
    lab.load_nft(rules(GATEWAYS + WEB.replace("sticky", "sticky reflect") + WEB6 + media))
    listing = lab["device"].run("nft", "list", "ruleset")
    lab.load_nft(f"flush ruleset\n{listing}")
    assert lab["device"].run("nft", "list", "ruleset") == listing
    assert isinstance(lab.connect("client1", "203.0.113.150", 80), Answer)


def test_the_place_of_a_service_is_ours_whoever_loads_last(lab: Lab) -> None:
    foreign = """
        table ip foreign
        delete table ip foreign
        table ip foreign {
          chain prerouting {
            type nat hook prerouting priority dstnat
            ip daddr 203.0.113.150 tcp dport 80 dnat to 192.168.1.4:8443
          }
          chain postrouting {
            type nat hook postrouting priority srcnat
            oifname "xl0" masquerade
          }
        }
    """
    outbound = "external addr 203.0.113.150\n"
    lab.load_nft(foreign)
    for text in (rules(WEB + outbound), foreign):
        lab.load_nft(text)
        answer, leaving = lab.connect("client1", "203.0.113.150", 80), lab.connect("server1", "203.0.113.201", 80)
        assert isinstance(answer, Answer)
        assert isinstance(leaving, Answer)
        assert (answer.local_port, leaving.seen_address) == (80, "203.0.113.150")


def test_a_source_of_an_internal_net_that_comes_from_outside_stays(lab: Lab) -> None:
    """It is a connection from outside, whatever its source. (iptables cannot tell: it does not show the rule the way in.)"""
    lab.load_nft(rules(GATEWAYS + WEB.replace("sticky", "reflect")))
    answer = lab.connect("client1", "203.0.113.150", 80, source=STRAYS["client1"])
    assert isinstance(answer, Answer)
    assert answer.seen_address == STRAYS["client1"]


def test_clients_beyond_the_record_are_served_all_the_same(lab: Lab) -> None:
    text = rules(WEB)
    assert "size 262144" in text
    lab.load_nft(text.replace("size 262144", "size 2"))
    servers = []
    for _ in range(2):
        answers = [lab.connect("client1", "203.0.113.150", 80, source=f"198.51.100.{n}") for n in range(1, 7)]
        servers.append([answer.server for answer in answers if isinstance(answer, Answer)])
    assert [len(answered) for answered in servers] == [6, 6]
    assert servers[0][:2] == servers[1][:2], "those in the record stay"


def test_every_turn_of_a_long_list_of_ranges_is_served(lab: Lab) -> None:
    """The list has more elements than fit in one message from nft to the kernel, where nft 1.0.6 corrupts one."""
    service = "service rtp is 203.0.113.150 udp 1000-1001,2000-2001,30000-30100\npool media for rtp\n"
    servers = "add 192.168.1.2 to media weight 256\nadd 192.168.1.3 to media weight 255\n"
    lab.load_nft(rules(service + servers))
    answers = [lab.connect("client1", "203.0.113.150", 30050, "udp") for _ in range(511)]
    assert all(isinstance(answer, Answer) for answer in answers)
