"""Two uplinks: answers leave by the one that their connection came in by, whatever the routes say.

client1 is the router of one provider, the bystander that of another. Both lead to the same client addresses, to which the
device's routes go by client1. So answers to a connection from the bystander arrive only if they follow the uplink.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lbsh_lang.site.uplinks import DEFAULT_MARKS, Marks, uplinks_of
from tests.reading import site_of
from tests.system.firewalls import Firewall
from tests.system.lab import ASIDE, BYSTANDER, CLIENT_NETS, CLIENTS, DEVICE_PORT, EXTERNAL, Answer, Lab, Transport
from tests.system.scripts import V4, V6, only, web

WORLD4, WORLD6 = "198.51.100.7", "2001:db8:c::7"
TABLES = {EXTERNAL: 101, ASIDE: 102}

UPLINKS = f"""
interface external {ASIDE}
external gw {CLIENTS["client1"][0]} on {EXTERNAL}
external gw {CLIENTS["client1"][1]} on {EXTERNAL}
external gw {BYSTANDER[0]} on {ASIDE}
external gw {BYSTANDER[1]} on {ASIDE}
"""
SCRIPT = web(more=f"{UPLINKS}service six is {V6} tcp+udp 80\npool six for six\nadd fd00:1::2-fd00:1::4 to six\n")


def _commands(script: str, verb: str, marks: Marks = DEFAULT_MARKS) -> list[str]:
    """The commands of `ip` that lead marked packets to the next hops, or take these ways away."""
    lines = []
    for uplink in uplinks_of(site_of(script)):
        table = TABLES[uplink.interface.name]
        for hop in uplink.hops:
            ip = f"-{hop.address.family}" if hop.address.family == 6 else "-4"
            lines.append(f"{ip} route {verb} default via {hop.address} dev {uplink.interface.name} table {table}")
            match = f"fwmark {marks.of(uplink):#x}/{marks.mask:#x}"
            lines.append(f"{ip} rule {verb} {match} lookup {table}")
    return lines


@pytest.fixture
def uplinks(lab: Lab) -> Iterator[Lab]:
    """The laboratory with routing tables for the marks, and a bystander that speaks for the addresses of client1."""
    device, bystander = lab["device"], lab["bystander"]
    lend = [f"local {net} dev lo" for net in CLIENT_NETS["client1"]]
    bystander.set_sysctl("net.ipv6.ip_nonlocal_bind", 1)
    bystander.configure(*(f"route add {way}" for way in lend))
    device.set_sysctl(f"net.ipv4.conf.{ASIDE}.rp_filter", 2)
    for line in _commands(SCRIPT, "add"):
        device.run("ip", *line.split())
    yield lab
    for line in _commands(SCRIPT, "del"):
        device.run("ip", *line.split())
    bystander.configure(*(f"route del {way}" for way in lend))


PLACES: dict[str, tuple[str, str, int, Transport, str | None]] = {
    "balanced": (WORLD4, V4, 80, "tcp", None),
    "balanced, IPv6": (WORLD6, V6, 80, "tcp", None),
    "balanced, UDP over IPv6": (WORLD6, V6, 80, "udp", None),
    "forwarded": (WORLD4, "192.168.1.3", 80, "tcp", "server2"),
    "forwarded, UDP": (WORLD4, "192.168.1.3", 53, "udp", "server2"),
    "forwarded, IPv6": (WORLD6, "fd00:1::4", 80, "tcp", "server3"),
    "ending at the device": (WORLD4, V4, DEVICE_PORT, "tcp", "device"),
    "ending at the device, UDP": (WORLD4, V4, DEVICE_PORT, "udp", "device"),
    "ending at the device, IPv6": (WORLD6, V6, DEVICE_PORT, "tcp", "device"),
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("uplink", ["bystander", "client1"])
def test_answers_leave_by_the_uplink_of_their_connection(
    uplinks: Lab, firewall: Firewall, uplink: str, place: tuple[str, str, int, Transport, str | None]
) -> None:
    source, to, port, proto, server = place
    firewall.load(SCRIPT)
    answer = only(uplinks.connect(uplink, to, port, proto, source))
    assert answer.seen_address == source
    assert server is None or answer.server == server


def test_a_connection_keeps_its_way_through_a_change(uplinks: Lab, firewall: Firewall) -> None:
    firewall.load(SCRIPT)
    with uplinks.converse("bystander", V4, 80, source=WORLD4) as conversation:
        first = only(conversation.ask())
        firewall.change(SCRIPT, SCRIPT + "remove 192.168.1.4 from farm\nexternal addr 203.0.113.1\n")
        assert conversation.ask() == first
        assert isinstance(uplinks.connect("bystander", V4, 80, source=WORLD4), Answer)


def test_the_marks_of_others_stay(uplinks: Lab, firewall: Firewall) -> None:
    """Other bits of the marks of packets and connections keep what another program set."""
    firewall.load(SCRIPT)
    uplinks.load_nft(
        "table ip other {\n"
        " chain early { type filter hook prerouting priority -170; meta mark set 0x5; ct mark set ct mark or 0x7; }\n"
        " chain late { type filter hook postrouting priority 300;\n"
        "  meta mark and 0x00ffffff == 0x5 ct mark and 0x00ffffff == 0x7 ct direction reply counter;\n }\n}\n"
    )
    assert isinstance(uplinks.connect("bystander", V4, 80, source=WORLD4), Answer)
    assert "counter packets 0 " not in uplinks["device"].run("nft", "list", "chain", "ip", "other", "late")
