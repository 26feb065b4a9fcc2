"""`lbsh addresses --format ip` in a namespace: the addresses and routes are there afterwards, also when it runs again."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from lbsh_lang.renderings.lists.commands import render_ip
from lbsh_lang.site.addresses import DeviceLists, lists_of
from lbsh_lang.values import BITS
from tests.reading import site_of
from tests.system.namespaces import CommandError, Namespace

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


def test_a_wrong_interface_is_said_by_ip(device: Namespace) -> None:
    lists = lists_of(site_of("interface external em9\nservice A is 203.0.113.9 tcp 80\n"))
    with pytest.raises(CommandError, match="em9"):
        run_batch(device, lists)
    assert BITS[4] == lists.held[0].length
