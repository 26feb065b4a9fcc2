"""Meaning, points 3 to 5: reflection, the device's own connections, outbound translation, and nobody to serve."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest

from lbsh_lang.backends.base import Capability
from tests.system.firewalls import Firewall
from tests.system.lab import BEHIND_SERVER1, DEVICE_PORT, GATEWAYS, SERVERS, Refused, Transport
from tests.system.scripts import OUTSIDE4, OUTSIDE6, SITE, V4, V6, ask, only, servers_of, web

GATEWAY4, GATEWAY6 = GATEWAYS

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
        web(f"{V4} tcp 80 reflect"), "server1", (V4, 80, "tcp"), BEHIND_SERVER1.replace(".0/24", ".7")
    ),
    "another port": Untranslated(web(), "client1", (V4, 81, "tcp")),
    "another protocol": Untranslated(web(), "client1", (V4, 80, "udp")),
    "another address": Untranslated(web(), "client1", ("203.0.113.151", 80, "tcp")),
    "before a range": Untranslated(web(f"{V4} tcp 80-90"), "client1", (V4, 79, "tcp")),
    "behind a range": Untranslated(web(f"{V4} tcp 80-90"), "client1", (V4, 91, "tcp")),
    "between ports of a list": Untranslated(web(f"{V4} tcp 80,443"), "client1", (V4, 81, "tcp")),
    # 5. With nobody to serve, the device refuses at once.
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

OUTBOUND = "external addr 203.0.113.1\nexternal addr 2001:db8::1\n"

LEAVING = {
    "with an external address": (OUTBOUND, "server1", OUTSIDE4, "tcp", "203.0.113.1"),
    "udp": (OUTBOUND, "server2", OUTSIDE4, "udp", "203.0.113.1"),
    "IPv6": (OUTBOUND, "server3", OUTSIDE6, "tcp", "2001:db8::1"),
    "without one": ("", "server1", OUTSIDE4, "tcp", SERVERS["server1"][0]),
    "with one of the other family": ("external addr 2001:db8::1\n", "server1", OUTSIDE4, "tcp", SERVERS["server1"][0]),
    "between servers": (OUTBOUND, "server1", SERVERS["server2"][0], "tcp", SERVERS["server1"][0]),
    "from outside to a server": (OUTBOUND, "client1", SERVERS["server2"][0], "tcp", OUTSIDE4),
}


@pytest.mark.parametrize(("lines", "from_", "to", "proto", "seen"), LEAVING.values(), ids=LEAVING)
def test_sources_of_leaving_connections(
    firewall: Firewall, lines: str, from_: str, to: str, proto: Transport, seen: str
) -> None:
    firewall.load(web(f"{V4} tcp 80 reflect", more=lines))
    assert only(firewall.lab.connect(from_, to, 443, proto)).seen_address == seen


def test_outbound_translation_needs_no_service(firewall: Firewall) -> None:
    firewall.load(SITE + OUTBOUND)
    assert only(firewall.lab.connect("server1", OUTSIDE4, 80)).seen_address == "203.0.113.1"
    assert only(firewall.lab.connect("server1", OUTSIDE6, 80)).seen_address == "2001:db8::1"
