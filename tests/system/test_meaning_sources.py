"""The sources that the other end of a connection to the world sees, with several external addresses and interfaces."""

from __future__ import annotations

import pytest

from tests.system.firewalls import Firewall
from tests.system.lab import ASIDE, BYSTANDER, BYSTANDER_GATEWAYS, CLIENTS, EXTERNAL_ADDRESSES, Lab, Transport
from tests.system.scripts import SITE, V4, V6, only

ADDRESSES = f"""
interface external {ASIDE}
external addr {EXTERNAL_ADDRESSES[0]}
external addr {EXTERNAL_ADDRESSES[1]} on xl0
external addr of {ASIDE}
"""
EXCEPTIONS = f"""
service mail is {V4} tcp 25
pool mx for mail
add 192.168.1.2, 192.168.1.3 to mx
drain 192.168.1.3 from mx
external addr {V4} for mx
external addr 203.0.113.151 for 192.168.1.3
external addr 203.0.113.152 for 192.168.1.0/25
external addr 203.0.113.153 for 192.168.1.4/31
external addr {V6} on xl0 for fd00:1::3
keep source to {CLIENTS["client2"][0]}, 2001:db8::202/128
"""
NETS = SITE.replace("external net 203.0.113.0/24", "external net 203.0.113.0/24 on xl0")
SCRIPT = NETS + ADDRESSES + EXCEPTIONS
C4, C6 = CLIENTS["client1"]

SEEN: dict[str, tuple[str, str, Transport, str]] = {
    "for a pool": ("server1", C4, "tcp", V4),
    "for a single address rather than its pool": ("server2", C4, "tcp", "203.0.113.151"),
    "for the smallest block": ("server3", C4, "udp", "203.0.113.153"),
    "for an address, IPv6": ("server2", C6, "tcp", V6),
    "for all others, IPv6": ("server1", C6, "udp", EXTERNAL_ADDRESSES[1]),
    "of the interface": ("server1", BYSTANDER[0], "tcp", BYSTANDER_GATEWAYS[0]),
    "of the interface, UDP": ("server3", BYSTANDER[0], "udp", BYSTANDER_GATEWAYS[0]),
    "kept": ("server1", CLIENTS["client2"][0], "tcp", "192.168.1.2"),
    "kept, IPv6": ("server2", CLIENTS["client2"][1], "udp", "fd00:1::3"),
}


@pytest.mark.parametrize(("from_", "to", "proto", "seen"), SEEN.values(), ids=SEEN)
def test_the_most_specific_source_counts(
    lab: Lab, firewall: Firewall, from_: str, to: str, proto: Transport, seen: str
) -> None:
    firewall.load(SCRIPT)
    assert only(lab.connect(from_, to, 80, proto)).seen_address == seen


def test_a_change_of_sources_is_for_new_connections(lab: Lab, firewall: Firewall) -> None:
    before = NETS + ADDRESSES
    after = before + EXCEPTIONS
    firewall.load(before)
    with lab.converse("server1", C4, 80) as conversation:
        assert only(conversation.ask()).seen_address == EXTERNAL_ADDRESSES[0]
        firewall.change(before, after)
        assert only(conversation.ask()).seen_address == EXTERNAL_ADDRESSES[0]
        assert only(lab.connect("server1", C4, 80)).seen_address == V4
    firewall.change(after, after + "remove mail\n")
    assert only(lab.connect("server1", C4, 80)).seen_address == "203.0.113.152"
