"""Untracked probes in a real kernel: they leave no entry, stop where rules need one, and take no client's answers."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lbsh.drivers.conntrack import Conntrack
from lbsh.drivers.states import State
from lbsh.drivers.untracking import TRIALS, raw_table_of
from lbsh.lab.namespaces import Namespace
from lbsh_lang.values import Address
from tests.limits import LONGEST
from tests.system.device import ROOT, UNPOLLED
from tests.system.test_device_confirm import wait_until
from tests.system.test_poller_signs import SERVERS, SITE, Farm
from tests.system.watching import Watched

RESERVED = "net/ipv4/ip_local_reserved_ports"
PROBE = "probe WEB with tcp every {} timeout 150ms rise 1"
FAST = SITE.replace("probe WEB with tcp every 1h timeout 500ms rise 1", PROBE.format("200ms"))
PORTS = raw_table_of("").ports
RANGE = f"8000-8001,{PORTS.start}-{PORTS.stop - 1}"
NOBODY = 65534
UNTRACKED = "tcp probes of servers behind `int0` (IPv4) are untracked"
TRACKED = "tcp probes of servers behind `int0` (IPv4) are tracked: an untracked one to "
STRICT = """\
table inet others {
chain input {
type filter hook input priority 0;
ct state established,related accept
ct state new,untracked drop
}
}
"""


ONE_KIND = pytest.mark.parametrize("farm", ["nftables"], indirect=True)
"""The rules of untracked probes are the same beside all others."""


@pytest.fixture(params=["nftables", "iptables"])
def farm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Farm]:
    made = Farm(tmp_path, request.param, FAST)
    yield made
    made.close()


def test_probes_leave_no_entry_and_nothing_is_left_of_them(farm: Farm) -> None:
    farm.namespace.set_sysctl(RESERVED.replace("/", "."), "8000-8001")
    before = farm.tables()
    with farm.device.started("poll", "--log", "json") as process:
        poller = Watched(process)
        poller.wait_for("notice", text=UNTRACKED)
        assert reserved(farm) == RANGE
        count_probes(farm, 1)
        assert entries(farm, of_range=False) != [], "trials of the other kind"
        wait_for_probes(farm, 1, 10)
        assert entries(farm, of_range=True) == []
        process.send_signal(signal.SIGTERM)
        assert process.wait(LONGEST) == 0
    assert farm.tables() == before
    assert reserved(farm) == "8000-8001"


@ONE_KIND
def test_rules_of_others_that_need_an_entry_keep_probes_tracked(farm: Farm) -> None:
    farm.namespace.run("nft", "-f", "-", text=STRICT)
    with farm.device.started("poll", "--log", "json") as process:
        poller = Watched(process)
        wait_calmly(poller, TRACKED)
        farm.namespace.run("nft", "delete", "table", "inet", "others")
        change(farm, "210ms")  # another script has nets tried at once
        wait_calmly(poller, UNTRACKED)
        count_probes(farm, 1)
        wait_for_probes(farm, 1, 5)
        farm.namespace.run("nft", "-f", "-", text=STRICT)
        wait_for_probes(farm, 1, 5, "1-65535")
        change(farm, "220ms")
        wait_calmly(poller, TRACKED)
        end_calmly(poller)


@pytest.mark.gate
@ONE_KIND
def test_a_killed_poller_s_ports_and_rules_are_taken_over_and_flushed_ones_made_again(farm: Farm) -> None:
    farm.namespace.set_sysctl(RESERVED.replace("/", "."), "8000-8001")
    before = farm.tables()
    with farm.device.started("poll", "--log", "json") as process:
        Watched(process).wait_for("notice", text=UNTRACKED)
        process.kill()
        process.wait()
    assert farm.tables() >= before | {"table inet lbsh_raw"}
    assert reserved(farm) == RANGE
    with farm.device.started("poll", "--log", "json") as process:
        poller = Watched(process)
        wait_calmly(poller, UNTRACKED)
        assert reserved(farm) == RANGE
        farm.namespace.set_sysctl(RESERVED.replace("/", "."), "8000-8001")
        farm.namespace.run("nft", "delete", "table", "inet", "lbsh_raw")
        count_probes(farm, 1)
        wait_for_probes(farm, 1, 5)
        change(farm, "210ms")
        wait_calmly(poller, UNTRACKED)
        assert reserved(farm) == RANGE
        assert "table inet lbsh_raw" in farm.tables()
        end_calmly(poller)
    assert farm.tables() == before
    assert reserved(farm) == "8000-8001"
    with farm.device.started("poll", "--log", "json") as process:
        Watched(process).wait_for("notice", text=UNTRACKED)
        assert "another poller probes the servers" in farm.device.lbsh("poll", "--clear", status=2).errors
        process.kill()
        process.wait()
    farm.device.lbsh("poll", "--clear")
    assert farm.tables() == before
    assert reserved(farm) == "8000-8001"
    farm.device.lbsh("poll", "--clear")


def test_commands_take_no_table_of_a_poller_for_a_change(farm: Farm) -> None:
    """Neither where they look at rules, nor in a file that has them."""
    device, own = farm.device, {"table inet lbsh_poll", "table inet lbsh_raw"}
    device.lbsh("status", status=UNPOLLED)
    found = findings(farm)
    with farm.device.started("poll", "--log", "json") as process:
        Watched(process).wait_for("notice", text=UNTRACKED)
        wait_until(lambda: farm.tables() > own, "its own tables are not loaded")
        assert "changed-by-others" not in findings(farm)
        assert findings(farm) == found
        device.lbsh("status", status=0)
        assert "changes nothing: revision 1 runs already" in device.lbsh("apply", str(device.folder / "site.lb")).out
        assert device.lbsh("plan", str(device.folder / "site.lb")).out == "nothing would change\n"
        if "table ip lbsh" in farm.tables():  # the file of iptables has no such table anyway
            listing = farm.namespace.run("nft", "list", "ruleset")
            path = device.folder / "rules.nft"
            path.write_text(listing)
            device.lbsh("save", str(path))
            assert "table ip lbsh " in path.read_text()
            assert "lbsh_" not in path.read_text()
        farm.namespace.run("nft", "-f", "-", text=STRICT)
        assert findings(farm) == found | {"probes-tracked"}


@pytest.mark.gate
@ONE_KIND
def test_programs_of_the_device_with_a_port_of_the_range_are_served(farm: Farm) -> None:
    """Those of other users are tracked; where one has the very port of a probe, that gets another."""
    answering = threading.Thread(target=farm.answer, args=(1,), daemon=True)
    with farm.device.started("poll", "--log", "json") as process:
        poller = Watched(process)
        poller.wait_for("notice", text=UNTRACKED)
        count_probes(farm, 1)
        wait_for_probes(farm, 1, 5)
        answering.start()
        of_others, of_same = (PORTS[0], PORTS[-TRIALS - 1], PORTS[-1]), (PORTS[1], PORTS[-TRIALS - 2], PORTS[-2])
        programs = [
            *(farm.namespace.call(connected_by, NOBODY, port) for port in of_others),
            *(farm.namespace.call(connected_by, os.geteuid(), port) for port in of_same),
        ]
        assert [said(one, b"first") for one in programs] == [b"first"] * 6
        assert {state.client[1] for state in entries(farm, of_range=True) if state.client} >= {*of_others}
        count_probes(farm, 1, "1-65535")
        wait_for_probes(farm, 1, 20)
        change(farm, "210ms")
        assert [said(one, b"again") for one in programs] == [b"again"] * 6
        for one in programs:
            one.close()
        end_calmly(poller)


@ONE_KIND
def test_a_client_with_our_address_and_a_port_of_the_range_is_served(farm: Farm) -> None:
    """Its address is translated to that of the device, and its port is one from which servers are probed."""
    farm.namespace.run("nft", "-f", "-", text=MASQUERADE)
    farm.clients.configure("route add 10.0.0.0/24 via 203.0.113.1")
    answering = threading.Thread(target=farm.answer, args=(1,), daemon=True)
    early = connected(farm, PORTS[0])
    early.sendall(b"news?")
    at_server = farm.accept(1)
    with farm.device.started("poll", "--log", "json") as process:
        poller = Watched(process)
        poller.wait_for("notice", text=UNTRACKED)
        count_probes(farm, 1)
        wait_for_probes(farm, 1, 5)
        at_server.sendall(b"news")  # before its client says anything that our rules could remember
        assert early.recv(100) == b"news"
        answering.start()
        clients = [connected(farm, port) for port in PORTS[-TRIALS - 6 : -TRIALS]]
        assert [said(one, b"first") for one in clients] == [b"first"] * 6
        count_probes(farm, 1, "1-65535")  # where a client has the port of a probe, this one gets another
        wait_for_probes(farm, 1, 20)
        assert [said(one, b"again") for one in clients] == [b"again"] * 6
        for one in (*clients, early, at_server):
            one.close()
        end_calmly(poller)
    assert reserved(farm) == ""


MASQUERADE = "table ip others {\nchain out {\ntype nat hook postrouting priority 100;\noifname int0 masquerade\n}\n}\n"


ALONE = """
import sys
sys.path.insert(0, sys.argv[1])
from lbsh.drivers.untracking import raw_table_of
from lbsh.poll.ground import Ground
from lbsh.poller.reserved import PLACE
ground = Ground(raw_table_of(""))
ground.take()
ground.require()
print(PLACE.read_text().strip(), ground.table.left_behind())
ground.give_back()
"""


def test_one_right_is_enough() -> None:
    """As nobody with CAP_NET_ADMIN alone, which nft inherits."""
    alone = Namespace("alone")
    rights = ("--inh-caps=+net_admin", "--ambient-caps=+net_admin", "--bounding-set=-all,+net_admin")
    who = ("--reuid=65534", "--regid=65534", "--clear-groups", *rights)
    try:
        told = alone.run("setpriv", *who, sys.executable, "-c", ALONE, str(ROOT))
        assert told == f"{PORTS.start}-{PORTS.stop - 1} {PORTS}\n"
        assert alone.run("nft", "list", "tables") == ""
        assert alone.run("cat", f"/proc/sys/{RESERVED}") == "\n"
    finally:
        alone.delete()


def change(farm: Farm, every: str) -> None:
    script = farm.device.folder / "site.lb"
    script.write_text(FAST.replace("200ms", every))
    farm.device.lbsh("apply", str(script))


def findings(farm: Farm) -> set[str]:
    """The names of what the doctor finds."""
    said = farm.device.lbsh("doctor", "--format", "json", status=None)
    return {finding["name"] for check in json.loads(said.out)["checks"] for finding in check["findings"]}


def connected_by(user: int, port: int) -> socket.socket:
    """A connection to a server by a program of this user, from this port."""
    libc = ctypes.CDLL(None)  # of this thread alone, which the kernel then takes for the user of its sockets
    libc.setfsuid(user)
    try:
        one = socket.socket()
    finally:
        libc.setfsuid(os.geteuid())
    one.settimeout(LONGEST)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("", port))
    one.connect(("10.0.0.1", 8080))
    return one


def end_calmly(poller: Watched) -> None:
    """Ends the poller, which has taken out no server until then."""
    poller.process.send_signal(signal.SIGTERM)
    assert poller.process.wait(LONGEST) == 0
    while poller.hear("notice") is not None:
        pass
    assert not poller.of("server-down")


def reserved(farm: Farm) -> str:
    return farm.namespace.run("cat", f"/proc/sys/{RESERVED}").strip()


def count_probes(farm: Farm, number: int, ports: str = f"{PORTS.start}-{PORTS.stop - TRIALS - 1}") -> None:
    """Has the machine of a server count what begins connections from these ports; trials have others than probes."""
    rule = f"tcp sport {ports} tcp flags & (syn | ack) == syn counter"
    chain = f"type filter hook input priority 0;\nip saddr 10.0.0.254 {rule}\n"
    table = f"table ip counted {{\nchain input {{\n{chain}}}\n}}\n"
    farm.servers[number].run("nft", "-f", "-", text=f"table ip counted\ndelete table ip counted\n{table}")


def wait_for_probes(farm: Farm, number: int, more: int, ports: str = "") -> None:
    """Waits until so many more have come, from these ports if others are to be counted than before."""
    if ports:
        count_probes(farm, number, ports)
    first = probes(farm, number)
    wait_until(lambda: probes(farm, number) >= first + more, "no probes come")


def probes(farm: Farm, number: int) -> int:
    words = farm.servers[number].run("nft", "list", "table", "ip", "counted").split()
    return int(words[words.index("packets") + 1])


def entries(farm: Farm, *, of_range: bool) -> list[State]:
    """What the kernel tracks of connections to servers from ports of the range, or from others."""
    states = farm.namespace.call(Conntrack().states, [Address(4, 0x0A000000 + number) for number in SERVERS])
    return [state for state in states if state.client is not None and (state.client[1] in PORTS) == of_range]


def wait_calmly(poller: Watched, text: str) -> None:
    """Waits for a notice; until then no server is taken out."""
    while not str(poller.wait_for("notice")["text"]).startswith(text):
        pass
    assert not poller.of("server-down")


def connected(farm: Farm, port: int) -> socket.socket:
    one = farm.clients.socket(socket.AF_INET, socket.SOCK_STREAM)
    one.settimeout(LONGEST)
    one.bind(("", port))
    one.connect(("10.0.0.1", 8080))
    return one


def said(one: socket.socket, words: bytes) -> bytes:
    one.sendall(words)
    return one.recv(100)
