"""`lbsh addresses --format ip` in a namespace: the addresses and routes are there afterwards, also when it runs again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from lbsh.lab.namespaces import Namespace
from lbsh.programs import CommandError
from lbsh_lang.renderings.lists.commands import render_ip
from lbsh_lang.site.addresses import DeviceLists, lists_of
from lbsh_lang.values import BITS
from tests.reading import site_of
from tests.system.firewalls import Firewall
from tests.system.lab import CLIENT_NETS, INTERNAL, Lab
from tests.system.scripts import only
from tests.system.test_meaning_uplinks import PLACES
from tests.system.test_meaning_uplinks import SCRIPT as SEVERAL_UPLINKS

NAMES = ("em0", "vlan.7_a-b", "em2")
SCRIPT = """\
interface external em0
interface internal vlan.7_a-b
interface internal em2
external net 203.0.113.0/28
external net 2001:db8::/64
internal net 192.168.1.0/24 on vlan.7_a-b
internal net fd00:1::/64 on vlan.7_a-b
internal net 192.168.2.0/24 on em2
internal gw 192.168.1.1
internal gw fd00:1::1
internal gw 192.168.2.1
external addr 203.0.113.2
service A is 203.0.113.9 tcp 80 reflect
pool a for A
add 192.168.1.2 to a
service B is 2001:db8::9 tcp 80
pool b for B
add fd00:1::2 to b
service C is 198.51.100.9 tcp 80
service D is 2001:db8:1::9 tcp 80
"""


@pytest.fixture
def device() -> Iterator[Namespace]:
    namespace = Namespace("device")
    try:
        for number, name in enumerate(NAMES):
            namespace.run("ip", "link", "add", name, "up", "type", "veth", "peer", "name", f"far{number}")
        yield namespace
    finally:
        namespace.delete()


def run_batch(device: Namespace, lists: DeviceLists) -> None:
    device.run("ip", "-batch", "-", text=render_ip(lists))


def addresses(device: Namespace) -> set[tuple[str, str]]:
    """All addresses with the length of their prefix, and their interface."""
    links = json.loads(device.run("ip", "-json", "address", "show"))
    return {
        (link["ifname"], f"{one['local']}/{one['prefixlen']}")
        for link in links
        for one in link["addr_info"]
        if one["scope"] == "global"
    }


def blackholes(device: Namespace) -> set[str]:
    shown = "".join(device.run("ip", family, "route", "show", "type", "blackhole") for family in ("-4", "-6"))
    return {line.split()[1] for line in shown.splitlines()}


def test_the_addresses_and_routes_are_there(device: Namespace) -> None:
    lists = lists_of(site_of(SCRIPT))
    for _ in range(2):
        run_batch(device, lists)
        assert addresses(device) == {(held.interface, f"{held.address}/{held.length}") for held in lists.held}
        assert blackholes(device) == {str(one.address) for one in lists.routed}
    assert len(lists.held) == 6
    assert len(lists.routed) == 2


def test_the_settings_are_those_of_the_kernel(device: Namespace) -> None:
    """The comments are commands of sysctl(8), which finds each of them; its own notation, so that dots in names stay."""
    lists = lists_of(site_of(SCRIPT))
    run_batch(device, lists)
    settings = [line.split()[-1] for line in render_ip(lists).splitlines() if line.startswith("# sysctl -w ")]
    assert settings
    for setting in settings:
        key, _, value = setting.partition("=")
        path = key.translate({ord("."): "/", ord("/"): "."})
        device.run("tee", f"/proc/sys/{path}", text=value)
        assert device.run("cat", f"/proc/sys/{path}").strip() == value


@pytest.fixture
def with_tables(lab: Lab) -> Iterator[Lab]:
    """The laboratory, its device and the ways of its world as `lbsh addresses` lists them for several uplinks."""
    device, bystander, text = lab["device"], lab["bystander"], render_ip(lists_of(site_of(SEVERAL_UPLINKS)))
    lend = [f"local {net} dev lo" for net in CLIENT_NETS["client1"]]
    bystander.set_sysctl("net.ipv6.ip_nonlocal_bind", 1)
    bystander.configure(*(f"route add {way}" for way in lend))
    for _ in range(2):
        device.run("ip", "-batch", "-", text=text)
        for line in [line.removeprefix("# ") for line in text.splitlines() if line.startswith("# ip -6")]:
            device.run(*line.split())
    for key in re.findall(r"^# sysctl -w (net\S*)\.(\w+)=(\d+)$", text, re.MULTILINE):
        device.set_sysctl(f"{key[0]}.{key[1]}", int(key[2]))
    yield lab
    for family in ("-4", "-6"):
        device.run("ip", family, "route", "del", "default")
        for mark in ("0x01000000", "0x02000000"):
            device.run("ip", family, "rule", "flush", "table", mark)
            device.run("ip", family, "route", "flush", "table", mark)
    bystander.configure(*(f"route del {way}" for way in lend))


@pytest.mark.parametrize("strict", [False, True], ids=["", "a strict test of sources inside"])
def test_answers_leave_by_the_uplinks_of_the_lists(with_tables: Lab, firewall: Firewall, strict: bool) -> None:
    device = with_tables["device"]
    device.set_sysctl(f"net.ipv4.conf.{INTERNAL}.rp_filter", int(strict))
    firewall.load(SEVERAL_UPLINKS)
    for uplink in ("bystander", "client1"):
        for source, to, port, proto, _ in PLACES.values():
            assert only(with_tables.connect(uplink, to, port, proto, source)).seen_address == source
    device.set_sysctl(f"net.ipv4.conf.{INTERNAL}.rp_filter", 0)


def test_a_wrong_interface_is_said_by_ip(device: Namespace) -> None:
    lists = lists_of(site_of("interface external em9\nservice A is 203.0.113.9 tcp 80\n"))
    with pytest.raises(CommandError, match="em9"):
        run_batch(device, lists)
    assert BITS[4] == lists.held[0].length
