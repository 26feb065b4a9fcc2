"""Both kinds of iptables, over nf_tables and the older one, accept the output of lbsh and treat connections alike."""

from __future__ import annotations

import re
import shutil
import socket
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal

import pytest

from lbsh.lab.namespaces import Namespace
from lbsh.programs import CommandError
from lbsh_lang.backends.base import Options
from lbsh_lang.backends.iptables import BACKEND
from lbsh_lang.values import Family
from tests.reading import site_of
from tests.system.lab import Answer, Lab, Refused, no_rules

SITE = """
interface external xl0
interface internal xl1
external addr 203.0.113.1
external addr 2001:db8::1
external net 203.0.113.0/24
internal net 192.168.0.0/16
internal net fd00:1::/64
internal gw 192.168.1.1
internal gw fd00:1::1
"""
V4, V6 = "203.0.113.150", "2001:db8::150"

EVERYTHING = """
service PREROUTING is 203.0.113.150 tcp 25 reflect
pool drop for PREROUTING
add 192.168.1.2-3 to drop weight 2
add 192.168.1.4 to drop
service a..b is 203.0.113.150 tcp+udp 1,3,5,7,9,11,13,15,17,19,21,23,27,29,31,33,35,100-110,200-210,30000-30100 sticky 30d
pool many for a..b
add 192.168.1.2-4, 192.168.2.0/24 to many
service a-name-that-is-much-too-long-for-the-chains-of-iptables.example is 203.0.113.151 tcp+udp 53 reflect sticky
pool dns for a-name-that-is-much-too-long-for-the-chains-of-iptables.example port 8080 balance random
add 192.168.1.2 to dns weight 3
add 192.168.1.4, 192.168.3.0/24 to dns
service lots is 203.0.113.152 tcp 80
pool lots for lots balance source-hash
add 192.168.1.2-4 to lots weight 7
add 192.168.3.0/26 to lots weight 9
service lots6 is 2001:db8::150 tcp 80 reflect sticky
pool lots6 for lots6 port 8080 balance source-hash
add fd00:1::2-fd00:1::4 to lots6
service heavy is 2001:db8::150 udp 1-65535
pool heavy for heavy
add fd00:1::2 to heavy weight 256
add fd00:1::3 to heavy weight 255
service nobody is 203.0.113.153 tcp 80
pool nobody for nobody
"""


def text_of(script: str, *flags: str) -> str:
    return BACKEND.render(site_of(SITE + script), Options(BACKEND.targets[0], frozenset(flags))).text


def web(service: str = f"{V4} tcp 80", pool: str = "", servers: str = "192.168.1.2-4", more: str = "") -> str:
    return f"service web is {service}\npool farm for web {pool}\nadd {servers} to farm\n{more}"


FAMILIES: tuple[Family, ...] = (4, 6)
TABLES = ("nat", "mangle", "raw")


@dataclass(frozen=True, slots=True)
class Device:
    """The laboratory's device with one kind of iptables."""

    lab: Lab
    kind: str

    def program(self, family: Literal[4, 6] = 4) -> str:
        return f"{'iptables' if family == 4 else 'ip6tables'}-{self.kind}"

    def load(self, script: str, *flags: str) -> None:
        for family in (4, 6):
            program = f"{self.program(family)}-restore"
            self.lab["device"].run(program, "-w", "--noflush", text=text_of(script, *flags))

    def saved(self) -> str:
        texts = [self.lab["device"].run(f"{self.program(family)}-save") for family in (4, 6)]
        return plain("".join(texts))

    def clear(self) -> None:
        for family in FAMILIES:
            self.lab["device"].run(f"{self.program(family)}-restore", "-w", text=no_rules(*TABLES))

    def server(self, address: str = V4, source: str | None = None) -> str:
        outcome = self.lab.connect("client1", address, 80, source=source)
        assert isinstance(outcome, Answer), outcome
        return outcome.server


def plain(saved: str) -> str:
    return re.sub(r"^#.*\n|\[\d+:\d+\]", "", saved, flags=re.MULTILINE)


def kinds() -> Iterator[object]:
    for kind in ("nft", "legacy"):
        absent = [name for name in (f"iptables-{kind}-restore", f"ip6tables-{kind}-restore") if not shutil.which(name)]
        reason = f"not installed: {', '.join(absent)}"
        yield pytest.param(kind, marks=pytest.mark.skipif(bool(absent), reason=reason))


@pytest.fixture(params=kinds())
def device(request: pytest.FixtureRequest, lab: Lab) -> Iterator[Device]:
    device = Device(lab, request.param)
    yield device
    device.clear()


def test_the_commands_of_the_header_set_each_jump_once(device: Device) -> None:
    text = text_of(EVERYTHING)
    commands = re.findall(r"^#   (ip6?tables)( .* -C .*) 2>/dev/null \|\| \1( .*)$", text, re.MULTILINE)
    device.load(EVERYTHING)
    families = {"iptables": FAMILIES[0], "ip6tables": FAMILIES[1]}
    for is_there in (False, True):
        for name, *arguments in commands:
            program = device.program(families[name])
            try:
                device.lab["device"].run(program, *arguments[0].split())
                assert is_there
            except CommandError:
                assert not is_there
                device.lab["device"].run(program, *arguments[1].split())
    jumps = {f"-A {arguments[0].partition(' -C ')[2]}" for _, *arguments in commands}
    assert jumps
    found = Counter(line for line in device.saved().splitlines() if line in jumps)
    assert found == dict.fromkeys(jumps, len(FAMILIES))


@pytest.mark.sampled
def test_takes_everything_and_gives_it_back_as_it_is(device: Device) -> None:
    """The output of iptables-save must load again, since this is how rules return after a restart."""
    device.load(EVERYTHING, "hook")
    other = Namespace("restart")
    try:
        for family, table in product(FAMILIES, ("nat", "mangle")):
            program = device.program(family)
            saved = device.lab["device"].run(f"{program}-save", "-t", table)
            other.run(f"{program}-restore", "-w", text=saved)
            assert plain(other.run(f"{program}-save", "-t", table)) == plain(saved)
    finally:
        other.delete()


@pytest.mark.sampled
def test_the_first_load_can_set_the_jumps_and_later_ones_leave_them(device: Device) -> None:
    device.load(EVERYTHING, "hook")
    device.lab["device"].run(device.program(), "-w", "-t", "nat", "-A", "PREROUTING", "-p", "tcp", "-j", "RETURN")
    once = device.saved()
    assert once.count("-A PREROUTING -j LBSH-PREROUTING\n") == 2
    assert once.count("-A POSTROUTING -j LBSH-POSTROUTING\n") == 2
    device.load(EVERYTHING)
    assert device.saved() == once
    with pytest.raises(CommandError, match="failed"):
        device.load(web(), "hook")
    assert device.saved() == once


def test_round_robin_sticky_and_no_server(device: Device) -> None:
    whole = web(f"{V4} tcp 80 sticky")
    reduced = whole + "drain 192.168.1.3 from farm\n"
    clients = [f"198.51.100.{host}" for host in range(1, 10)]
    device.load(whole, "hook")
    before = [device.server(source=client) for client in clients]
    assert before == ["server1", "server2", "server3"] * 3
    device.load(reduced)
    during = [device.server(source=client) for client in clients]
    assert [new for old, new in zip(before, during, strict=True) if old != "server2"] == ["server1", "server3"] * 3
    assert "server2" not in during
    device.load(whole)
    assert [device.server(source=client) for client in clients] == during
    device.load(whole + "remove 192.168.1.2-4 from farm\n")
    assert device.lab.connect("client1", V4, 80) == Refused()


@pytest.mark.parametrize(
    ("address", "servers", "gone"), [(V4, "192.168.1.2-4", "192.168.1.3"), (V6, "fd00:1::2-fd00:1::4", "fd00:1::3")]
)
def test_source_hash_moves_the_clients_of_a_server_that_leaves_and_no_others(
    device: Device, address: str, servers: str, gone: str
) -> None:
    whole = web(f"{address} tcp 80", "balance source-hash", servers)
    net = "198.51.100." if address == V4 else "2001:db8:c::"
    clients = [f"{net}{host}" for host in range(1, 61)]
    device.load(whole, "hook")
    before = [device.server(address, client) for client in clients]
    assert min(Counter(before)[server] for server in ("server1", "server2", "server3")) > 8
    for change in ("drain", "remove"):
        device.load(f"{whole}{change} {gone} from farm\n")
        after = [device.server(address, client) for client in clients]
        assert all((old == new) == (old != "server2") for old, new in zip(before, after, strict=True))
    device.load(whole)
    assert [device.server(address, client) for client in clients] == before


@pytest.mark.parametrize("size", [31, 32, 101])
def test_round_robin_is_strict_in_large_pools(device: Device, size: int) -> None:
    """Read from the rules' counters, since there are not that many servers."""
    device.load(web(f"{V4} udp 80", servers=f"192.168.9.1-{size}"), "hook")
    for _ in range(2 * size):
        with device.lab["client1"].socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
            link.sendto(b"?", (V4, 80))
    saved = device.lab["device"].run(f"{device.program()}-save", "-c", "-t", "nat")
    counts = re.findall(r"^\[(\d+):\d+\] .* --to-destination 192\.168\.9\.", saved, re.MULTILINE)
    assert counts == ["2"] * size


FOREIGN = """
*nat
-A PREROUTING -i xl1 -d 203.0.113.150 -p tcp --dport 81 -j DNAT --to-destination 192.168.1.4:80
-A POSTROUTING -o xl1 -s 192.168.1.0/24 -d 192.168.1.4 -p tcp -j SNAT --to-source 192.168.1.1:7100-7199
COMMIT
"""


def test_reflection_leaves_what_others_translate_at_its_address(device: Device) -> None:
    """Their port, our address, the same server: only the port of the client's request distinguishes them."""
    device.load(web(f"{V4} tcp 80,90-95 reflect", "port 80,77-82", "192.168.1.4"), "hook")
    device.lab["device"].run(f"{device.program()}-restore", "-w", "--noflush", text=FOREIGN)
    for port, ours in ((80, True), (81, False), (93, True)):
        answer = device.lab.connect("server1", V4, port)
        assert isinstance(answer, Answer), answer
        assert (answer.server, answer.seen_address) == ("server3", "192.168.1.1")
        assert (7100 <= answer.seen_port < 7200) != ours


def test_a_site_that_loses_ipv6_loses_its_rules_too(device: Device) -> None:
    """Both programs load every text; for IPv6 the text of an IPv4-only site leaves only the jumps to empty chains."""
    device.load(web(f"{V6} tcp 80 reflect", servers="fd00:1::2"), "hook")
    assert device.server(V6) == "server1"
    four = "interface external xl0\ninterface internal xl1\ninternal net 192.168.0.0/16\n" + web()
    text = BACKEND.render(site_of(four), Options(BACKEND.targets[0], frozenset())).text
    program = device.program(6)
    device.lab["device"].run(f"{program}-restore", "-w", "--noflush", text=text)
    rules = re.findall("^-A (LBSH-.*)", device.lab["device"].run(f"{program}-save", "-t", "nat"), re.MULTILINE)
    assert rules == []
    assert device.lab.connect("client1", V6, 80) == Refused()


@pytest.mark.gate
def test_a_thousand_services(device: Device) -> None:
    addresses = [f"203.0.{index // 250}.{index % 250 + 1}" for index in range(990)]
    addresses += [f"203.0.113.{host}" for host in range(150, 160)]
    script = "".join(
        [
            f"service s{rank} is {address} tcp 80 reflect\npool p{rank} for s{rank}\n"
            f"add 192.168.1.{2 + rank % 3}, 192.168.9.1-9 to p{rank}\n"
            for rank, address in enumerate(addresses)
        ]
    )
    device.load(script, "hook")
    for rank, address in list(enumerate(addresses))[-10:]:
        assert device.server(address) == f"server{1 + rank % 3}"
    assert device.lab.connect("client1", addresses[-1], 443) == Refused()
