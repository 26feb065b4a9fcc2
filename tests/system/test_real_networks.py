"""Networks as they are: VLANs and a router behind them, a device with a single interface, rules of other programs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lbsh import app
from lbsh_lang.backends.registry import load_backend
from lbsh_lang.site.trace.tracer import trace_packet
from lbsh_lang.site.trace.values import Packet
from lbsh_lang.source import Source
from lbsh_lang.values import Protocol
from tests.agreement.claims import address_of
from tests.reading import site_of
from tests.system.firewalls import Firewall
from tests.system.lab import Lab, Refused
from tests.system.networks import OneArm, Vlans
from tests.system.scripts import only

VLANS = """
interface external wan
interface internal lan.10
interface internal lan.20
external addr 203.0.113.1
external addr 2001:db8::1
internal net 10.10.0.0/24 on lan.10
internal net 10.30.0.0/24 on lan.10
internal net 10.20.0.0/24 on lan.20
internal net fd00:10::/64 on lan.10
internal net fd00:30::/64 on lan.10
internal net fd00:20::/64 on lan.20
internal gw 10.10.0.1
internal gw 10.20.0.1
internal gw fd00:10::1
internal gw fd00:20::1
service WEB is 203.0.113.150 tcp 80 reflect
pool web for WEB
add 10.10.0.2-3 to web
service APP is 203.0.113.151 tcp 80 reflect masquerade
pool app for APP
add 10.30.0.2-3 to app
service WEB6 is 2001:db8::150 tcp 80 reflect
pool web6 for WEB6
add fd00:10::2-fd00:10::3 to web6
service APP6 is 2001:db8::151 tcp 80 reflect masquerade
pool app6 for APP6
add fd00:30::2-fd00:30::3 to app6
"""
WEB, APP = ("203.0.113.150", "2001:db8::150"), ("203.0.113.151", "2001:db8::151")
GATEWAY10 = ("10.10.0.1", "fd00:10::1")
ARRIVES = {"client": "wan", "user": "lan.20"}


@pytest.fixture(scope="module")
def running_vlans() -> Iterator[Lab]:
    with Vlans() as lab:
        yield lab


@pytest.fixture(scope="module")
def running_arm() -> Iterator[Lab]:
    with OneArm() as lab:
        yield lab


@pytest.fixture(params=["nftables", "iptables"])
def vlans(request: pytest.FixtureRequest, running_vlans: Lab) -> Firewall:
    running_vlans.reset()
    return Firewall(load_backend(request.param), running_vlans)


@pytest.fixture(params=["nftables", "iptables"])
def arm(request: pytest.FixtureRequest, running_arm: Lab) -> Firewall:
    running_arm.reset()
    return Firewall(load_backend(request.param), running_arm)


def met(firewall: Firewall, sender: str, address: str, port: int = 80, times: int = 2) -> tuple[set[str], set[str]]:
    """The machines that answer some connections in a row, and the sources that they see."""
    answers = [only(firewall.lab.connect(sender, address, port)) for _ in range(times)]
    return {answer.server for answer in answers}, {answer.seen_address for answer in answers}


# VLANs

SEEN_BY_WEB = {"client": None, "user": None, "app1": None, "web1": GATEWAY10}
"""The source that servers of WEB see of each sender; None is the sender's own address."""


@pytest.mark.parametrize("family", [0, 1], ids=["IPv4", "IPv6"])
def test_servers_in_a_vlan_see_all_but_their_neighbours(vlans: Firewall, family: int) -> None:
    vlans.load(VLANS)
    for sender, gateway in SEEN_BY_WEB.items():
        seen = (gateway or Vlans.places[sender])[family]
        assert met(vlans, sender, WEB[family]) == ({"web1", "web2"}, {seen}), sender
        assert traced(sender, WEB[family], family) == {seen}, sender


@pytest.mark.parametrize("family", [0, 1], ids=["IPv4", "IPv6"])
def test_servers_behind_a_router_answer_to_the_device(vlans: Firewall, family: int) -> None:
    """Without `masquerade` web1 would get its answers from the router, past the device."""
    vlans.load(VLANS)
    for sender in ("client", "user", "web1", "app1"):
        assert met(vlans, sender, APP[family]) == ({"app1", "app2"}, {GATEWAY10[family]}), sender
        assert traced(sender, APP[family], family) == {None}, "the address of the interface"


@pytest.mark.parametrize("family", [0, 1], ids=["IPv4", "IPv6"])
def test_clients_away_from_the_router_need_no_masquerade(vlans: Firewall, family: int) -> None:
    """LB325 warns for clients in the router's net alone."""
    script = VLANS.replace(" masquerade", "")
    for address, user in zip(APP, Vlans.places["user"], strict=True):
        script = script.replace(f"{address} tcp 80 reflect", f"{address} tcp 80 reflect from {user}")
    vlans.load(script)
    assert met(vlans, "user", APP[family]) == ({"app1", "app2"}, {Vlans.places["user"][family]})
    for text, warnings in ((VLANS, 0), (VLANS.replace(" masquerade", ""), 2), (script, 0)):
        found = app.check_source(Source.of("site.lb", text)).diagnostics
        assert [one.code for one in found] == ["LB325"] * warnings


def traced(sender: str, address: str, family: int) -> set[str | None]:
    """The sources that the tracer names for a connection by the sender's interface."""
    packet = Packet(Protocol.TCP, address_of(Vlans.places[sender][family]), address_of(address), 80)
    trace = trace_packet(site_of(VLANS), packet, arrives_by=ARRIVES.get(sender, "lan.10"))
    return {source if source is None else str(source) for source in trace.sources}


@pytest.mark.parametrize("family", [0, 1], ids=["IPv4", "IPv6"])
def test_all_networks_inside_leave_under_one_address(vlans: Firewall, family: int) -> None:
    vlans.load(VLANS)
    client, own = Vlans.places["client"][family], ("203.0.113.1", "2001:db8::1")[family]
    for sender in ("web1", "app1", "user"):
        assert met(vlans, sender, client, times=1) == ({"client"}, {own}), sender
    there = Vlans.places["user"][family]
    assert met(vlans, "app1", there, times=1) == ({"user"}, {Vlans.places["app1"][family]})


@pytest.mark.parametrize("family", [0, 1], ids=["IPv4", "IPv6"])
def test_a_change_between_vlans_leaves_open_connections(vlans: Firewall, family: int) -> None:
    after = VLANS.replace("80 reflect masquerade", "80 reflect ").replace("80 reflect\n", "80 reflect masquerade\n")
    vlans.load(VLANS)
    lab = vlans.lab
    with lab.converse("user", WEB[family], 80) as plain, lab.converse("user", APP[family], 80) as masked:
        before = plain.ask(), masked.ask()
        vlans.change(VLANS, after)
        assert (plain.ask(), masked.ask()) == before
    assert met(vlans, "user", WEB[family]) == ({"web1", "web2"}, {GATEWAY10[family]})
    assert met(vlans, "user", APP[family]) == ({"app1", "app2"}, {Vlans.places["user"][family]})


# One arm

ONE_ARM = """
interface external eth0
interface internal eth0
internal net 192.168.1.0/24
internal net fd00:1::/64
internal gw 192.168.1.1
internal gw fd00:1::1
service NEAR is 192.168.1.100 tcp 80 reflect
pool near for NEAR
add 192.168.1.2-3 to near
service FAR is 192.168.1.100 tcp 443 reflect masquerade
pool far for FAR
add 192.168.1.4 to far
service NEAR6 is fd00:1::100 tcp 80 reflect
pool near6 for NEAR6
add fd00:1::2-fd00:1::3 to near6
service FAR6 is fd00:1::100 tcp 443 reflect masquerade
pool far6 for FAR6
add fd00:1::4 to far6
"""


@pytest.mark.parametrize("family", [0, 1], ids=["IPv4", "IPv6"])
def test_a_single_interface_serves_neighbours_and_the_world(arm: Firewall, family: int) -> None:
    arm.load(ONE_ARM)
    service, own, places = OneArm.service[family], OneArm.own[family], OneArm.places
    assert met(arm, "client", service) == ({"near1", "near2"}, {places["client"][family]})
    assert met(arm, "neighbour", service) == ({"near1", "near2"}, {own})
    assert met(arm, "near1", service) == ({"near1", "near2"}, {own})


@pytest.mark.parametrize("family", [0, 1], ids=["IPv4", "IPv6"])
def test_servers_with_another_router_answer_to_the_device(arm: Firewall, family: int) -> None:
    arm.load(ONE_ARM)
    for sender in ("client", "neighbour", "near1", "far1"):
        assert met(arm, sender, OneArm.service[family], 443, 1) == ({"far1"}, {OneArm.own[family]}), sender


@pytest.mark.parametrize("family", [0, 1], ids=["IPv4", "IPv6"])
def test_without_reflect_neighbours_get_nothing(arm: Firewall, family: int) -> None:
    arm.load(ONE_ARM.replace(" reflect", ""))
    for port in (80, 443):
        assert arm.lab.connect("neighbour", OneArm.service[family], port) == Refused()
    assert met(arm, "client", OneArm.service[family], 443, 1) == ({"far1"}, {OneArm.own[family]})


@pytest.mark.parametrize("family", [0, 1], ids=["IPv4", "IPv6"])
def test_without_internal_nets_servers_see_the_interface(arm: Firewall, family: int) -> None:
    there = OneArm.places["near1"][family], OneArm.places["far1"][family]
    arm.load(
        f"interface external eth0\nservice S is {OneArm.service[family]} tcp 80 masquerade\n"
        f"pool p for S\nadd {there[0]} to p\nadd {there[1]} to p\n"
    )
    for sender in ("client", "neighbour", "near1"):
        assert met(arm, sender, OneArm.service[family]) == ({"near1", "far1"}, {OneArm.own[family]}), sender


# Rules of other programs

CONTAINERS = """
*nat
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 10.20.0.0/24 ! -o lan.20 -j MASQUERADE
-A DOCKER -p tcp --dport 80 -j DNAT --to-destination 10.20.0.9:8080
-A DOCKER -p tcp --dport 8443 -j DNAT --to-destination 10.20.0.9:8443
COMMIT
*filter
:DOCKER-USER - [0:0]
:FORWARD DROP [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -d 10.20.0.9 -p tcp -j ACCEPT
-A DOCKER-USER -j RETURN
COMMIT
"""
"""A container engine: `user` is a container with two published ports. Only these are forwarded."""


def test_published_ports_and_services_get_along(vlans: Firewall) -> None:
    lab = vlans.lab
    for once_more in range(2):
        if once_more:  # loaded the other way round
            lab.reset()
            vlans.load(VLANS)
        lab.load_iptables(CONTAINERS)
        try:
            if not once_more:
                vlans.load(VLANS)
            lab["device"].run(
                "iptables", "-w", "-I", "DOCKER-USER", "-m", "conntrack", "--ctstate", "DNAT", "-j", "ACCEPT"
            )
            assert met(vlans, "client", WEB[0])[0] == {"web1", "web2"}, "the service is ours"
            assert met(vlans, "client", "203.0.113.1", 8443)[0] == {"user"}, "the published port is theirs"
            assert met(vlans, "client", APP[0]) == ({"app1", "app2"}, {GATEWAY10[0]})
            assert met(vlans, "web1", APP[0]) == ({"app1", "app2"}, {GATEWAY10[0]})
        finally:
            lab["device"].run("iptables", "-w", "-P", "FORWARD", "ACCEPT")
            lab["device"].run("iptables", "-w", "-F")
            lab["device"].run("iptables", "-w", "-X")
