"""`lbsh apply --addresses` in a namespace: what it makes is there, what was there before stays, and all goes back."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lbsh.lab.namespaces import Namespace
from lbsh.store.disk import DiskStore
from lbsh.store.protocol import Record
from tests.limits import LONGEST
from tests.system.device import Device, without_capabilities

SCRIPT = """\
interface external em0
interface internal vlan.7
external net 203.0.113.0/28
external net 2001:db8::/64
internal net 192.168.1.0/24
internal net fd00:1::/64
internal gw 192.168.1.1
internal gw fd00:1::1
external addr 203.0.113.2
external gw 203.0.113.14
external gw 2001:db8::fe
service A is 203.0.113.9 tcp 80 reflect
pool a for A
add 192.168.1.2 to a
service B is 2001:db8::9 tcp 80
pool b for B
add fd00:1::2 to b
service C is 198.51.100.9 tcp 80  # lbsh: allow LB314
pool c for C
add 192.168.1.2 to c
service D is 2001:db8:1::9 tcp 80
pool d for D
add fd00:1::2 to d
"""
MADE = {
    ("em0", "203.0.113.2/28"),
    ("em0", "203.0.113.9/28"),
    ("em0", "2001:db8::9/64"),
    ("vlan.7", "192.168.1.1/24"),
    ("vlan.7", "fd00:1::1/64"),
}
UPLINKS = """\
interface external em0
interface external em2
interface internal vlan.7
external net 203.0.113.0/28 on em0
external net 198.51.100.0/28 on em2
external net 2001:db8::/64 on em0
external addr 203.0.113.2
external addr 198.51.100.2
external addr 2001:db8::2
external gw 203.0.113.14
external gw 198.51.100.14
external gw 2001:db8::fe
internal net 192.168.1.0/24
internal gw 192.168.1.1
service A is 203.0.113.9 tcp 80
pool a for A
add 192.168.1.2 to a
"""
FOREIGN = (
    "address add 203.0.113.1/28 dev em0",
    "address add 203.0.113.3/28 dev em0",
    "address add 2001:db8::1/64 dev em0 nodad",
    "route add 10.9.0.0/16 via 203.0.113.13",
    "route add blackhole 10.10.0.0/16",
    "rule add fwmark 0x1/0xff lookup 99",
    "route add default via 203.0.113.13 metric 77",
)


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    namespace = Namespace("device")
    try:
        for number, name in enumerate(("em0", "vlan.7", "em2")):
            namespace.run("ip", "link", "add", name, "up", "type", "veth", "peer", "name", f"far{number}")
            namespace.run("ip", "link", "set", f"far{number}", "up")
        yield Device(namespace, tmp_path)
    finally:
        namespace.delete()


def network(namespace: Namespace) -> dict[str, object]:
    """All that is known of the network of a namespace: addresses, routes, rules, and all settings; once links are ready."""
    settle_links(namespace)
    asked = {f"{family} {what}": ("ip", family, *what.split()) for family in ("-4", "-6") for what in SHOWN}
    shown = {name: sorted(namespace.run(*command).splitlines()) for name, command in asked.items()}
    settings = namespace.run("sysctl", "-a", "-r", r"^net\.ipv[46]\.(conf|ip_forward)")
    return {**shown, "addresses": addresses(namespace), "settings": settings}


SHOWN = ("route show table all", "rule show")


def addresses(namespace: Namespace) -> set[tuple[str, str]]:
    links = json.loads(namespace.run("ip", "-json", "address", "show"))
    return {
        (link["ifname"], f"{one['local']}/{one['prefixlen']}")
        for link in links
        for one in link["addr_info"]
        if one["scope"] == "global"
    }


def settle_links(namespace: Namespace) -> None:
    """Waits until no address is tentative: its routes come later."""
    deadline = time.monotonic() + LONGEST
    while "tentative" in namespace.run("ip", "-6", "address", "show"):
        assert time.monotonic() < deadline


@pytest.mark.sampled
@pytest.mark.parametrize("script", [SCRIPT, UPLINKS], ids=["one uplink", "several"])
@pytest.mark.parametrize("foreign", [(), FOREIGN], ids=["alone", "with others"])
def test_all_is_there_and_all_goes_back(device: Device, script: str, foreign: tuple[str, ...]) -> None:
    device.namespace.configure(*foreign)
    before = network(device.namespace)
    done = device.lbsh("apply", "--addresses", "-", stdin=script)
    assert re.search(r"^network: set 5 addresses, \d+ routes.* and \d settings$", done.errors, re.MULTILINE), (
        done.errors
    )
    assert addresses(device.namespace) > before["addresses"]  # type: ignore[operator]
    inside = network(device.namespace)
    again = device.lbsh("apply", "-", stdin=script)
    assert "network" not in again.errors
    assert network(device.namespace) == inside
    device.lbsh("apply", "--no-addresses", "-", stdin=script)
    assert network(device.namespace) == before
    assert DiskStore(device.store).record(Record.NETWORK) is None


def test_the_parts_are_those_of_the_lists(device: Device) -> None:
    device.lbsh("apply", "--addresses", "-", stdin=SCRIPT)
    assert addresses(device.namespace) == MADE
    routes = device.namespace.run("ip", "route", "show") + device.namespace.run("ip", "-6", "route", "show")
    for words in ("blackhole 198.51.100.9", "blackhole 2001:db8:1::9", "via 203.0.113.14 dev em0", "via 2001:db8::fe"):
        assert words in routes
    for name in ("ip_forward", "conf/all/accept_redirects", "conf/vlan.7/send_redirects"):
        assert device.namespace.run("cat", f"/proc/sys/net/ipv4/{name}").strip() == str(int(name == "ip_forward"))


def test_later_statements_follow_and_others_are_left(device: Device) -> None:
    device.namespace.configure("address add 203.0.113.10/28 dev em0")
    device.lbsh("apply", "--addresses", "-", stdin=SCRIPT)
    device.run("service E is 203.0.113.10 tcp 80", "service F is 203.0.113.11 tcp 80")
    assert addresses(device.namespace) == MADE | {("em0", "203.0.113.10/28"), ("em0", "203.0.113.11/28")}
    done = device.run("remove E", "remove F", "remove A")
    assert "network: took back 2 addresses and 2 settings" in done.errors
    left = MADE - {("em0", "203.0.113.9/28")} | {("em0", "203.0.113.10/28")}
    assert addresses(device.namespace) == left


def test_an_interface_that_is_missing_refuses_a_script(device: Device) -> None:
    before = network(device.namespace)
    done = device.lbsh("apply", "--addresses", "-", stdin=SCRIPT.replace("em0", "em9"), status=2)
    assert "the interface `em9` is not there" in done.errors
    assert network(device.namespace) == before
    assert not device.store.exists() or DiskStore(device.store).revision() == 0


def test_at_boot_what_can_be_made_is(device: Device) -> None:
    device.lbsh("apply", "--addresses", "-", stdin=SCRIPT)
    device.namespace.run("ip", "link", "del", "vlan.7")
    done = device.lbsh("apply", "--running", status=2)
    assert "the interface `vlan.7` is not there" in done.errors
    assert addresses(device.namespace) == {one for one in MADE if one[0] == "em0"}
    device.namespace.run("ip", "link", "add", "vlan.7", "up", "type", "veth", "peer", "name", "far9")
    device.lbsh("apply", "--running")
    assert addresses(device.namespace) == MADE


def test_a_step_that_fails_takes_all_back(device: Device) -> None:
    """An interface without IPv6 refuses addresses. Nothing is changed, neither script nor network."""
    device.namespace.set_sysctl("net.ipv6.conf.em0.disable_ipv6", 1)
    before = network(device.namespace)
    done = device.lbsh("apply", "--addresses", "-", stdin=SCRIPT, status=2)
    assert "the network cannot be configured: `ip address add 2001:db8::9/64 dev em0`: " in done.errors
    assert network(device.namespace) == before
    assert DiskStore(device.store).record(Record.NETWORK) is None
    assert DiskStore(device.store).revision() == 0


def test_a_default_route_of_others_stays(device: Device) -> None:
    device.namespace.configure("address add 203.0.113.1/28 dev em0", "route add default via 203.0.113.13")
    done = device.lbsh("apply", "--addresses", "-", stdin=SCRIPT, status=2)
    assert "would take the place of the default route via 203.0.113.13" in done.errors
    assert "default via 203.0.113.13" in device.namespace.run("ip", "route", "show")


def test_without_the_right_nothing_is_changed(device: Device) -> None:
    device.lbsh("apply", "-", stdin=SCRIPT)
    before = network(device.namespace)
    words = ("--addresses", "--driver", "nftables", "-")
    done = device.lbsh("apply", *words, stdin=SCRIPT, status=2, before=without_capabilities("net_admin"))
    assert "permitted" in done.errors
    assert network(device.namespace) == before


def test_the_next_hop_moves_at_once(device: Device) -> None:
    device.lbsh("apply", "--addresses", "-", stdin=SCRIPT)
    device.lbsh("apply", "-", stdin=SCRIPT.replace("203.0.113.14", "203.0.113.12").replace("db8::9 tcp", "db8::8 tcp"))
    assert "default via 203.0.113.12 dev em0" in device.namespace.run("ip", "route", "show", "default")
    assert ("em0", "2001:db8::9/64") not in addresses(device.namespace)


def test_the_driver_none_prints(device: Device) -> None:
    before = network(device.namespace)
    done = device.lbsh("apply", "--addresses", "--driver", "none", "-", stdin=SCRIPT, status=2)
    assert "make 203.0.113.9/28 on em0" in done.out
    assert network(device.namespace) == before


PARAMETERS = """\
interface external em0 inet 203.0.113.5/28 mtu 1400
interface internal em2 up inet6 fd00::5/64
external net 203.0.113.0/28
service A is 203.0.113.9 tcp 80
"""


def test_parameters_configure_interfaces(device: Device) -> None:
    device.namespace.run("ip", "link", "set", "em2", "down")
    before = network(device.namespace)
    device.lbsh("apply", "--addresses", "-", stdin=PARAMETERS)
    assert addresses(device.namespace) == {
        ("em0", "203.0.113.5/28"),
        ("em0", "203.0.113.9/28"),
        ("em2", "fd00::5/64"),
    }
    links = {one["ifname"]: one for one in json.loads(device.namespace.run("ip", "-json", "link", "show"))}
    assert links["em0"]["mtu"] == 1400
    assert "UP" in links["em2"]["flags"]
    device.lbsh("apply", "--no-addresses", "-", stdin=PARAMETERS)
    assert addresses(device.namespace) == before["addresses"]
    assert "mtu 1500" in device.namespace.run("ip", "link", "show", "em0")


@pytest.mark.sampled
@pytest.mark.parametrize("words", ["media auto", "mtu 9000 dev lo", "inet 192.0.2.1/24;reboot", "-force", "mtu 1 up"])
def test_other_parameters_never_reach_a_program(device: Device, words: str) -> None:
    log = device.folder / "calls"
    device.put("ip", f'echo "$@" >> {log}\ncat >> {log}\nexit 1')
    script = PARAMETERS.replace("mtu 1400", words)
    done = device.lbsh("apply", "--addresses", "-", stdin=script, status=1)
    assert "error[LB113]" in done.errors
    assert not log.exists()
    assert "LB113" in device.lbsh("apply", "-", stdin=script).errors
    assert not log.exists()


def counted(device: Device, number: int) -> list[str]:
    """The runs of `ip` for so many addresses, and for taking them back."""
    log = device.folder / "calls"
    device.put("ip", f'echo "$@" >> {log}\nexec {shutil.which("ip")} "$@"')
    services = "".join(f"service S{one} is 10.{one >> 8}.{one & 255}.9 tcp 80\n" for one in range(number))
    script = f"interface external em0\nexternal net 10.0.0.0/8\n{services}"
    device.lbsh("apply", "--addresses", "-", stdin=script)
    assert len(addresses(device.namespace)) == number
    device.lbsh("apply", "--no-addresses", "-", stdin=script)
    assert not addresses(device.namespace)
    calls = log.read_text().splitlines()
    log.unlink()
    return calls


@pytest.mark.parametrize("many", [300, pytest.param(10_000, marks=pytest.mark.gate)])
def test_many_addresses_are_one_run(device: Device, many: int) -> None:
    """Addresses by the thousand cost one run of `ip` that looks, and one that makes them."""
    assert counted(device, many) == counted(device, 2)


def test_addresses_that_others_add_later_stay(device: Device) -> None:
    """An address that is secondary to one of lbsh outlives it, with its routes."""
    device.lbsh("apply", "--addresses", "-", stdin=SCRIPT)
    device.namespace.configure("address add 203.0.113.7/28 dev em0", "address add 192.168.1.250/24 dev vlan.7")
    assert "secondary" in device.namespace.run("ip", "address", "show", "dev", "vlan.7")
    device.lbsh("apply", "--no-addresses", "-", stdin=SCRIPT)
    assert addresses(device.namespace) == {("em0", "203.0.113.7/28"), ("vlan.7", "192.168.1.250/24")}
    assert "192.168.1.0/24 dev vlan.7" in device.namespace.run("ip", "route", "show")


def test_a_setting_that_somebody_changed_since_stays(device: Device) -> None:
    device.lbsh("apply", "--addresses", "-", stdin=SCRIPT)
    device.namespace.set_sysctl("net.ipv4.ip_forward", 0)
    device.lbsh("apply", "--no-addresses", "-", stdin=SCRIPT)
    device.namespace.run("grep", "-x", "0", "/proc/sys/net/ipv4/ip_forward")


@pytest.mark.sampled
@pytest.mark.parametrize("name", ["all", "default", ".."])
def test_names_that_settings_have_are_no_interfaces(device: Device, name: str) -> None:
    """The kernel keeps settings of all interfaces beside those of each: a script must not set those by a name."""
    script = SCRIPT.replace("vlan.7", name)
    before = network(device.namespace)
    device.lbsh("apply", "--addresses", "-", stdin=script, status=None)
    device.lbsh("apply", "-", stdin=SCRIPT)
    device.lbsh("run", "-c", f"interface internal {name}", status=None)
    device.lbsh("apply", "--addresses", "-", stdin=SCRIPT)
    device.lbsh("run", "-c", f"interface internal {name} mtu 1400", status=None)
    device.lbsh("apply", "--no-addresses", "-", stdin=SCRIPT)
    assert network(device.namespace)["settings"] == before["settings"]


@pytest.mark.sampled
@pytest.mark.parametrize("run", range(1, 7))
def test_a_process_that_dies_leaves_nothing_unnamed(device: Device, run: int) -> None:
    """SIGKILL before and behind each run of `ip`: the next command makes the network what it should be, and back."""
    before = network(device.namespace)
    count = device.folder / "count"
    count.write_text("")
    ip = shutil.which("ip")
    kill = f'[ "$(wc -l < {count})" = {run} ] && kill -9 $PPID'
    device.put("ip", f'echo >> {count}\n{kill}\n{ip} "$@"\nstatus=$?\n{kill}\nexit $status')
    device.lbsh("apply", "--addresses", "-", stdin=SCRIPT, status=None)
    device.put("ip", f'exec {ip} "$@"')
    device.lbsh("apply", "--addresses", "-", stdin=SCRIPT)
    assert addresses(device.namespace) == MADE
    device.lbsh("apply", "--no-addresses", "-", stdin=SCRIPT)
    assert network(device.namespace) == before
