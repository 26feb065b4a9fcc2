"""Two uplinks: answers leave by the one that their connection came in by, whatever the routes say.

client1 is the router of one provider, the bystander that of another. Both lead to the same client addresses, to which the
device's routes go by client1. So answers to a connection from the bystander arrive only if they follow the uplink.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lbsh.lab.namespaces import Namespace
from lbsh_lang.site.uplinks import DEFAULT_MARKS, Marks, uplinks_of
from tests.reading import site_of
from tests.system.firewalls import Firewall
from tests.system.lab import (
    ASIDE,
    BYSTANDER,
    BYSTANDER_GATEWAYS,
    CLIENT_NETS,
    CLIENTS,
    DEVICE_PORT,
    EXTERNAL,
    EXTERNAL_ADDRESSES,
    GATEWAYS,
    Answer,
    Lab,
    Transport,
)
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


def _route(device: Namespace, verb: str, marks: Marks = DEFAULT_MARKS) -> None:
    """Leads marked packets to the next hops (`add`), or takes these ways away (`del`)."""
    lines: dict[int, list[str]] = {4: [], 6: []}
    for uplink in uplinks_of(site_of(SCRIPT)):
        interface = uplink.interface.name
        match = f"fwmark {marks.of(uplink):#x}/{marks.mask:#x}"
        for hop in uplink.hops:
            lines[hop.address.family] += [
                f"route {verb} default via {hop.address} dev {interface} table {TABLES[interface]}",
                f"rule {verb} {match} lookup {TABLES[interface]}",
            ]
    for family, commands in lines.items():
        device.run("ip", f"-{family}", "-batch", "-", text="".join(f"{line}\n" for line in commands))


@pytest.fixture
def uplinks(lab: Lab) -> Iterator[Lab]:
    """The laboratory with routing tables for the marks, and a bystander that speaks for the addresses of client1."""
    device, bystander = lab["device"], lab["bystander"]
    lend = [f"local {net} dev lo" for net in CLIENT_NETS["client1"]]
    bystander.set_sysctl("net.ipv6.ip_nonlocal_bind", 1)
    bystander.configure(*(f"route add {way}" for way in lend))
    device.set_sysctl(f"net.ipv4.conf.{ASIDE}.rp_filter", 2)
    _route(device, "add")
    yield lab
    _route(device, "del")
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


@pytest.mark.sampled
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


LED = (
    SCRIPT.replace(f"{V4} tcp 80", f"{V4} tcp 80 reflect")
    + f"""
external addr {EXTERNAL_ADDRESSES[0]} on {EXTERNAL}
external addr {EXTERNAL_ADDRESSES[1]} on {EXTERNAL}
external addr {BYSTANDER_GATEWAYS[0]} on {ASIDE} for 192.168.1.2
external addr {BYSTANDER_GATEWAYS[1]} on {ASIDE} for six
remove fd00:1::4 from six
"""
)
LEAVING: dict[str, tuple[str, str, Transport, str, str]] = {
    "led": ("server1", WORLD4, "tcp", "bystander", BYSTANDER_GATEWAYS[0]),
    "led, UDP": ("server1", WORLD4, "udp", "bystander", BYSTANDER_GATEWAYS[0]),
    "led for its pool, IPv6": ("server2", WORLD6, "tcp", "bystander", BYSTANDER_GATEWAYS[1]),
    "another server": ("server2", WORLD4, "tcp", "client1", EXTERNAL_ADDRESSES[0]),
    "another server, IPv6": ("server3", WORLD6, "udp", "client1", EXTERNAL_ADDRESSES[1]),
}


@pytest.mark.parametrize(("from_", "to", "proto", "by", "seen"), LEAVING.values(), ids=LEAVING)
def test_an_exception_for_an_uplink_leads_there(
    uplinks: Lab, firewall: Firewall, from_: str, to: str, proto: Transport, by: str, seen: str
) -> None:
    firewall.load(LED)
    with uplinks.converse(from_, to, 80, proto) as conversation:
        for _ in range(3):
            answer = only(conversation.ask())
            assert (answer.server, answer.seen_address) == (by, seen)


def test_connections_inside_are_not_led(uplinks: Lab, firewall: Firewall) -> None:
    """One to a service goes to a server, whatever exception there is for its source; and one to the device ends there."""
    firewall.load(LED)
    for _ in range(3):
        with uplinks.converse("server1", V4, 80) as conversation:
            answer = only(conversation.ask())
            assert conversation.ask() == answer
            assert answer.seen_address == GATEWAYS[0]
    assert only(uplinks.connect("server1", V4, DEVICE_PORT)).server == "device"


def test_an_exception_comes_by_a_change(uplinks: Lab, firewall: Firewall) -> None:
    before = LED.replace(f"external addr {BYSTANDER_GATEWAYS[0]} on {ASIDE} for 192.168.1.2\n", "")
    firewall.load(before)
    with uplinks.converse("server1", WORLD4, 80, "udp") as conversation:
        assert only(conversation.ask()).server == "client1"
        firewall.change(before, LED)
        assert only(uplinks.connect("server1", WORLD4, 80, "udp")).server == "bystander"
