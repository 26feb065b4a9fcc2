"""Meaning, points 3 to 5: reflection, the device's own connections, outbound translation, and services without a server."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest

from lbsh_lang.backends.base import Capability
from tests.system.firewalls import Firewall
from tests.system.lab import (
    BEHIND_SERVER1,
    BYSTANDER,
    BYSTANDER_NETS,
    DEVICE_PORT,
    EXTERNAL_ADDRESSES,
    GATEWAYS,
    SERVERS,
    STRAYS,
    Refused,
    Transport,
)
from tests.system.scripts import OUTSIDE4, OUTSIDE6, SITE, V4, V6, ask, only, servers_of, web

GATEWAY4, GATEWAY6 = GATEWAYS
ADDRESS_BEHIND_SERVER1 = BEHIND_SERVER1.replace(".0/24", ".7")
OUTBOUND = "".join([f"external addr {address}\n" for address in EXTERNAL_ADDRESSES])

# 3. With `reflect`, connections from inside are balanced too and come from the gateway; without it, they are not
#    translated. The device's own never are.


REFLECTIONS = {
    "tcp": (web(f"{V4} tcp 80 reflect"), (V4, 80, "tcp"), GATEWAY4, ()),
    "udp": (web(f"{V4} udp 53 reflect"), (V4, 53, "udp"), GATEWAY4, ()),
    "range": (web(f"{V4} tcp 80-90 reflect"), (V4, 80, "tcp"), GATEWAY4, (Capability.PORT_RANGES,)),
    "IPv6": (web(f"{V6} tcp 80 reflect", "", "fd00:1::2-fd00:1::4"), (V6, 80, "tcp"), GATEWAY6, (Capability.IPV6,)),
}


@pytest.mark.parametrize(("script", "place", "gateway", "needs"), REFLECTIONS.values(), ids=REFLECTIONS)
def test_reflected_connections_come_from_the_gateway(
    firewall: Firewall, script: str, place: tuple[str, int, Transport], gateway: str, needs: tuple[Capability, ...]
) -> None:
    firewall.require(Capability.REFLECT, *needs)
    firewall.load(script)
    inside, outside = (SERVERS["server1"][0], OUTSIDE4) if "." in gateway else (SERVERS["server1"][1], OUTSIDE6)
    answers = ask(firewall.lab, place, [inside] * 6, "server1")
    assert Counter(servers_of(answers)) == dict.fromkeys(SERVERS, 2)
    assert {answer.seen_address for answer in answers} == {gateway}
    assert {answer.seen_address for answer in ask(firewall.lab, place, [outside])} == {outside}


MASQUERADES = {
    "tcp": (web(f"{V4} tcp 80 masquerade"), (V4, 80, "tcp"), GATEWAY4, ()),
    "udp": (web(f"{V4} udp 53 masquerade"), (V4, 53, "udp"), GATEWAY4, ()),
    "range": (web(f"{V4} tcp 80-90 masquerade"), (V4, 80, "tcp"), GATEWAY4, (Capability.PORT_RANGES,)),
    "port": (web(f"{V4} tcp 80 masquerade", "port 8080"), (V4, 80, "tcp"), GATEWAY4, (Capability.SERVER_PORT,)),
    "IPv6": (web(f"{V6} tcp 80 masquerade", "", "fd00:1::2-fd00:1::4"), (V6, 80, "tcp"), GATEWAY6, (Capability.IPV6,)),
    "no gateway": (
        web(f"{V4} tcp 80 masquerade").replace(f"internal gw {GATEWAY4}\n", ""),
        (V4, 80, "tcp"),
        GATEWAY4,
        (),
    ),
    "no gateway, IPv6": (
        web(f"{V6} udp 53 masquerade", "", "fd00:1::2-fd00:1::4").replace(f"internal gw {GATEWAY6}\n", ""),
        (V6, 53, "udp"),
        GATEWAY6,
        (Capability.IPV6,),
    ),
}


@pytest.mark.parametrize(("script", "place", "seen", "needs"), MASQUERADES.values(), ids=MASQUERADES)
def test_servers_of_a_masqueraded_service_see_the_device(
    firewall: Firewall, script: str, place: tuple[str, int, Transport], seen: str, needs: tuple[Capability, ...]
) -> None:
    firewall.require(Capability.MASQUERADE, *needs)
    firewall.load(script)
    inside, outside = (SERVERS["server1"][0], OUTSIDE4) if "." in seen else (SERVERS["server1"][1], OUTSIDE6)
    answers = ask(firewall.lab, place, [outside] * 6)
    assert Counter(servers_of(answers)) == dict.fromkeys(SERVERS, 2)
    assert {answer.seen_address for answer in answers} == {seen}
    assert firewall.lab.connect("server1", *place, inside) == Refused(), "it does not imply `reflect`"
    direct = "192.168.1.4" if "." in seen else "fd00:1::4"
    untouched = only(firewall.lab.connect("client1", direct, 80, source=outside))
    assert untouched.seen_address == outside, "connections that are not balanced stay as they are"


def test_masquerade_comes_and_goes_while_clients_are_connected(firewall: Firewall) -> None:
    firewall.require(Capability.MASQUERADE, Capability.STICKY)
    plain = web(
        f"{V4} tcp 80 reflect", more=f"service dns is {V4} udp 53\npool names for dns\nadd 192.168.1.3 to names\n"
    )
    masked = plain.replace("80 reflect", "80 reflect masquerade").replace("udp 53", "udp 53 masquerade")
    lab = firewall.lab
    firewall.load(plain)
    with lab.converse("client1", V4, 80, source=OUTSIDE4) as before, lab.converse("client1", V4, 53, "udp") as udp:
        first, second = before.ask(), udp.ask()
        firewall.change(plain, masked)
        assert (before.ask(), udp.ask()) == (first, second), "open connections go on"
        assert {only(lab.connect("client1", V4, 80)).seen_address for _ in range(3)} == {GATEWAY4}
        assert {only(lab.connect("server1", V4, 80)).seen_address for _ in range(3)} == {GATEWAY4}
        with lab.converse("client1", V4, 53, "udp") as later:
            masqueraded = later.ask()
            firewall.change(masked, plain)
            assert later.ask() == masqueraded
        assert only(lab.connect("client1", V4, 53, "udp", OUTSIDE4)).seen_address == OUTSIDE4
        assert only(lab.connect("client1", V4, 80, source=OUTSIDE4)).seen_address == OUTSIDE4


def test_reflected_clients_are_sticky(firewall: Firewall) -> None:
    firewall.require(Capability.REFLECT, Capability.STICKY)
    firewall.load(web(f"{V4} tcp 80 sticky reflect"))
    first, second = ([only(firewall.lab.connect(server, V4, 80)) for server in SERVERS] for _ in range(2))
    assert servers_of(first) == servers_of(second)
    assert set(servers_of(first)) == set(SERVERS)
    assert {answer.seen_address for answer in first + second} == {GATEWAY4}


@pytest.mark.parametrize("options", ["", "sticky", "reflect", "sticky reflect"])
def test_the_devices_own_connections_are_untouched(firewall: Firewall, options: str) -> None:
    firewall.load(web(f"{V4} tcp 80 {options}"))
    assert firewall.lab.connect("device", V4, 80) == Refused()
    assert only(firewall.lab.connect("device", V4, DEVICE_PORT)).server == "device"
    assert only(firewall.lab.connect("device", "192.168.1.4", 80)).server == "server3"


OWN_SOURCES = (EXTERNAL_ADDRESSES[0], V4, GATEWAY4)


@pytest.mark.parametrize("options", ["", "reflect"])
def test_the_devices_own_connections_keep_their_source(firewall: Firewall, options: str) -> None:
    firewall.load(web(f"{V4} tcp 80 {options}", more=OUTBOUND))
    to_farm = [only(firewall.lab.connect("device", "192.168.1.4", 80, source=source)) for source in OWN_SOURCES]
    assert [answer.seen_address for answer in to_farm] == list(OWN_SOURCES)
    assert only(firewall.lab.connect("device", OUTSIDE4, 80, source=V4)).seen_address == V4


@dataclass(frozen=True, slots=True)
class Untranslated:
    """A connection that no rule may take: the device refuses it."""

    script: str
    from_: str
    place: tuple[str, int, Transport]
    source: str | None = None


UNTRANSLATED = {
    "from inside without reflect": Untranslated(web(), "server1", (V4, 80, "tcp")),
    "udp from inside without reflect": Untranslated(web(f"{V4} udp 53"), "server1", (V4, 53, "udp")),
    "IPv6 from inside without reflect": Untranslated(web(f"{V6} tcp 80", "", "fd00:1::2"), "server1", (V6, 80, "tcp")),
    "from inside, but no internal net": Untranslated(
        web(f"{V4} tcp 80 reflect"), "server1", (V4, 80, "tcp"), ADDRESS_BEHIND_SERVER1
    ),
    "by a third interface": Untranslated(web(), "bystander", (V4, 80, "tcp")),
    "by a third interface, range": Untranslated(web(f"{V4} udp 53-54 reflect"), "bystander", (V4, 53, "udp")),
    "by a third interface, IPv6": Untranslated(
        web(f"{V6} tcp 80 reflect", "", "fd00:1::2"), "bystander", (V6, 80, "tcp")
    ),
    "by a third interface from an internal net": Untranslated(
        web(f"{V4} tcp 80 reflect"), "bystander", (V4, 80, "tcp"), STRAYS["bystander"]
    ),
    "by a third interface, itself an internal net": Untranslated(
        web(f"{V4} tcp 80 reflect", more=f"internal net {BYSTANDER_NETS[0]}\n"), "bystander", (V4, 80, "tcp")
    ),
    "another port": Untranslated(web(), "client1", (V4, 81, "tcp")),
    "another protocol": Untranslated(web(), "client1", (V4, 80, "udp")),
    "another address": Untranslated(web(), "client1", ("203.0.113.151", 80, "tcp")),
    "before a range": Untranslated(web(f"{V4} tcp 80-90"), "client1", (V4, 79, "tcp")),
    "behind a range": Untranslated(web(f"{V4} tcp 80-90"), "client1", (V4, 91, "tcp")),
    "between ports of a list": Untranslated(web(f"{V4} tcp 80,443"), "client1", (V4, 81, "tcp")),
    # 5. Without a server in service, the device refuses at once.
    "empty pool": Untranslated(web(more="remove 192.168.1.2-4 from farm\n"), "client1", (V4, 80, "tcp")),
    "empty pool, udp": Untranslated(
        web(f"{V4} udp 53", more="remove 192.168.1.2-4 from farm\n"), "client1", (V4, 53, "udp")
    ),
    "empty pool, IPv6": Untranslated(
        web(f"{V6} tcp 80", "", "fd00:1::2", "remove fd00:1::2 from farm\n"), "client1", (V6, 80, "tcp")
    ),
    "empty pool, sticky": Untranslated(
        web(f"{V4} tcp 80 sticky", more="remove 192.168.1.2-4 from farm\n"), "client1", (V4, 80, "tcp")
    ),
    "empty pool, range": Untranslated(
        web(f"{V4} tcp 80-90", more="remove 192.168.1.2-4 from farm\n"), "client1", (V4, 80, "tcp")
    ),
    "empty pool, from inside": Untranslated(
        web(f"{V4} tcp 80 reflect", more="remove 192.168.1.2-4 from farm\n"), "server1", (V4, 80, "tcp")
    ),
    "all drained": Untranslated(
        web(servers="192.168.1.2", more="drain 192.168.1.2 from farm\n"), "client1", (V4, 80, "tcp")
    ),
    "removed service": Untranslated(web(more="remove web\n"), "client1", (V4, 80, "tcp")),
}


@pytest.mark.parametrize("case", UNTRANSLATED.values(), ids=UNTRANSLATED)
def test_the_device_refuses_what_is_not_served(firewall: Firewall, case: Untranslated) -> None:
    firewall.load(case.script)
    address, port, proto = case.place
    assert firewall.lab.connect(case.from_, address, port, proto, case.source) == Refused()


# 4. Traffic of the internal nets that leaves by the external interface gets the external address as its source.
BOTH_INSIDE = OUTBOUND + "".join([f"internal net {net}\n" for net in BYSTANDER_NETS])

LEAVING = {
    "with an external address": (OUTBOUND, "server1", OUTSIDE4, "tcp", "203.0.113.1"),
    "udp": (OUTBOUND, "server2", OUTSIDE4, "udp", "203.0.113.1"),
    "IPv6": (OUTBOUND, "server3", OUTSIDE6, "tcp", "2001:db8::1"),
    "without one": ("", "server1", OUTSIDE4, "tcp", SERVERS["server1"][0]),
    "with one of the other family": ("external addr 2001:db8::1\n", "server1", OUTSIDE4, "tcp", SERVERS["server1"][0]),
    "between servers": (OUTBOUND, "server1", SERVERS["server2"][0], "tcp", SERVERS["server1"][0]),
    "from outside to a server": (OUTBOUND, "client1", SERVERS["server2"][0], "tcp", OUTSIDE4),
    "by a third interface": (OUTBOUND, "server1", BYSTANDER[0], "tcp", SERVERS["server1"][0]),
    "from one internal net to another": (BOTH_INSIDE, "server1", BYSTANDER[0], "udp", SERVERS["server1"][0]),
    "and back": (BOTH_INSIDE, "bystander", SERVERS["server1"][0], "tcp", BYSTANDER[0]),
    "from the other internal net": (BOTH_INSIDE, "bystander", OUTSIDE4, "tcp", "203.0.113.1"),
    "from one to another, IPv6": (BOTH_INSIDE, "server1", BYSTANDER[1], "tcp", SERVERS["server1"][1]),
    "from a net that is none of ours": (OUTBOUND, "bystander", SERVERS["server1"][0], "tcp", BYSTANDER[0]),
}


@pytest.mark.parametrize(("lines", "from_", "to", "proto", "seen"), LEAVING.values(), ids=LEAVING)
def test_sources_of_leaving_connections(
    firewall: Firewall, lines: str, from_: str, to: str, proto: Transport, seen: str
) -> None:
    firewall.load(web(f"{V4} tcp 80 reflect", more=lines))
    assert only(firewall.lab.connect(from_, to, 443, proto)).seen_address == seen


def test_a_source_outside_the_internal_nets_stays(firewall: Firewall) -> None:
    firewall.load(web(more=OUTBOUND))
    answer = only(firewall.lab.connect("server1", OUTSIDE4, 443, source=ADDRESS_BEHIND_SERVER1))
    assert answer.seen_address == ADDRESS_BEHIND_SERVER1


def test_outbound_translation_needs_no_service(firewall: Firewall) -> None:
    firewall.load(SITE + OUTBOUND)
    assert only(firewall.lab.connect("server1", OUTSIDE4, 80)).seen_address == "203.0.113.1"
    assert only(firewall.lab.connect("server1", OUTSIDE6, 80)).seen_address == "2001:db8::1"
