"""`lbsh plan` against the kernel: what it says of open connections is what becomes of them when the change is made."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from lbsh.store.disk import DiskStore
from lbsh_lang.site.status import ServerId, State, Status
from lbsh_lang.values import Address
from tests.limits import LONGEST
from tests.system.device import PROGRAM, ROOT, UNPOLLED, Device
from tests.system.lab import EXTERNAL, INTERNAL, SERVERS, Answer, Conversation, Lab, Transport

SITE = f"""\
interface external {EXTERNAL}
interface internal {INTERNAL}
internal net 192.168.1.0/24
internal gw 192.168.1.1
service WEB is 203.0.113.150 tcp+udp 80
pool web for WEB port 8080
add 192.168.1.2-4 to web
service MAIL is 203.0.113.151 tcp+udp 25 reflect
pool mail for MAIL
add 192.168.1.2-3 to mail
service SAFE is 203.0.113.152 tcp 443 sticky
pool safe for SAFE
add 192.168.1.3-4 to safe
service WEB6 is 2001:db8::150 tcp+udp 80
pool web6 for WEB6
add fd00:1::2-fd00:1::3 to web6
"""
PLACES: dict[tuple[str, Transport], tuple[str, int]] = {
    ("WEB", "tcp"): ("203.0.113.150", 80),
    ("WEB", "udp"): ("203.0.113.150", 80),
    ("MAIL", "tcp"): ("203.0.113.151", 25),
    ("MAIL", "udp"): ("203.0.113.151", 25),
    ("SAFE", "tcp"): ("203.0.113.152", 443),
    ("WEB6", "tcp"): ("2001:db8::150", 80),
    ("WEB6", "udp"): ("2001:db8::150", 80),
}
FATES = ("stays", "moves", "cut")


class Case(NamedTuple):
    """A change of the site: texts in place of others, further statements, the driver, and servers that probes find down."""

    replaced: tuple[tuple[str, str], ...] = ()
    more: str = ""
    driver: str = ""
    down: tuple[ServerId, ...] = ()


def _down(pool: str, service: str, address: str) -> ServerId:
    value = int.from_bytes(bytes(map(int, address.split("."))))
    return ServerId(pool, service, Address(4, value), 0)


WEB = "add 192.168.1.2-4 to web"
CASES = {
    "a server is removed": Case(more="remove 192.168.1.2 from web\n"),
    "a server is drained": Case(more="drain 192.168.1.2 from web\n"),
    "a server is down": Case(down=(_down("web", "WEB", "192.168.1.3"),)),
    "all servers are down": Case(down=tuple(_down("mail", "MAIL", f"192.168.1.{n}") for n in (2, 3))),
    "the port of the servers": Case((("port 8080", "port 8443"),)),
    "the port of a server": Case(((WEB, "add 192.168.1.2 to web port 8443\nadd 192.168.1.3-4 to web"),)),
    "a weight": Case(more="set 192.168.1.2 in web weight 5\n"),
    "a service is removed": Case(more="remove MAIL\n"),
    "the address of a service": Case((("203.0.113.151", "203.0.113.159"),)),
    "the port of a service": Case((("tcp+udp 25", "tcp+udp 110"),)),
    "a protocol less": Case((("tcp+udp 25", "tcp 25"),)),
    "another pool": Case((("add 192.168.1.2-3 to mail", "add 192.168.1.4 to mail"),)),
    "a service takes the place of another": Case(
        (("113.150 tcp+udp 80", "113.158 tcp+udp 80"), ("113.151 tcp+udp 25", "113.150 tcp+udp 80"))
    ),
    "sticky": Case((("tcp+udp 80\npool web ", "tcp+udp 80 sticky\npool web "),)),
    "not sticky": Case(((" sticky", ""),)),
    "masquerade": Case((("25 reflect", "25 reflect masquerade"),)),
    "not reflected": Case(((" reflect", ""),)),
    "other clients": Case((("25 reflect", "25 from 10.0.0.0/8"),)),
    "no service of IPv6": Case(more="remove WEB6\n"),
    "another driver": Case(driver="other"),
    "no driver": Case(driver="none"),
    "another name of rules": Case(driver="named"),
}
OFTEN = ("a server is removed", "a server is down", "a protocol less", "no service of IPv6", "no driver")
"""The cases that run each time, and with very many connections in the gate; the others are for the gate."""

Kind = tuple[str, str, Transport]
"""A service, the address of a server, and a protocol."""


@contextlib.contextmanager
def opened(lab: Lab, number: int, datagrams: int) -> Iterator[list[tuple[Kind, Conversation]]]:
    """So many open connections to each place by TCP, and by UDP, each with its server."""
    with contextlib.ExitStack() as stack:
        found: list[tuple[Kind, Conversation]] = []
        for (service, protocol), (address, port) in PLACES.items():
            for _ in range(number if protocol == "tcp" else datagrams):
                one = stack.enter_context(lab.converse("client1", address, port, protocol))
                found.append(((service, answering(one, address), protocol), one))
        yield found


def answering(one: Conversation, address: str) -> str:
    """The address of the server that answers now, empty for none."""
    answer = one.ask()
    return SERVERS[answer.server][":" in address] if isinstance(answer, Answer) else ""


def port_of(one: Conversation) -> int:
    answer = one.ask()
    return answer.local_port if isinstance(answer, Answer) else 0


def fates(open_: list[tuple[Kind, Conversation]], ports: list[int]) -> Counter[tuple[Kind, str]]:
    """What became of connections: one that another server or another port of it answers has moved."""
    found: Counter[tuple[Kind, str]] = Counter()
    for (kind, one), port in zip(open_, ports, strict=True):
        answer = one.ask()
        now = SERVERS[answer.server][":" in kind[1]] if isinstance(answer, Answer) else ""
        same = isinstance(answer, Answer) and (now, answer.local_port) == (kind[1], port)
        found[kind, "stays" if same else "moves" if now else "cut"] += 1
    return found


def told(plan: dict[str, object]) -> Counter[tuple[Kind, str]]:
    """What a plan says of connections."""
    connections = plan["connections"]
    assert isinstance(connections, dict)
    found: Counter[tuple[Kind, str]] = Counter()
    for one in connections["by_server"]:
        found[(one["service"], one["server"], one["protocol"]), one["fate"]] += one["number"]
    assert {fate: connections[fate] for fate in FATES} == {
        fate: sum(number for (_, its), number in found.items() if its == fate) for fate in FATES
    }
    return found


@pytest.fixture(params=["nftables", "iptables"])
def driver(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _words(case: Case, driver: str) -> tuple[str, ...]:
    match case.driver:
        case "other":
            return ("--driver", "iptables" if driver == "nftables" else "nftables")
        case "none":
            return ("--driver", "none")
        case "no addresses":
            return ("--no-addresses",)
        case "named":
            return ("--name", "dmz")
    return ()


def compare(
    lab: Lab, device: Device, driver: str, case: Case, number: int, datagrams: int, *, addresses: bool = False
) -> None:
    """Opens connections, asks for the plan, makes the change, and compares.

    With `addresses`, lbsh configures them, and clients look anew at the end for the machine that has them: as long as they
    remember it, the kernel goes on to translate.
    """
    script = device.folder / "site.lb"
    site = SITE.replace(" sticky", "") if driver == "iptables" else SITE
    if addresses:
        site = f"external net 203.0.113.0/24\nexternal net 2001:db8::/64\n{site}"
    script.write_text(site)
    device.lbsh("apply", "--driver", driver, *(["--addresses"] if addresses else []), str(script))
    if addresses:  # late packets of an earlier test may have asked for the machine in vain
        lab["client1"].run("ip", "neigh", "flush", "all")
    for timeout in ("udp_timeout", "udp_timeout_stream"):  # on a busy machine the kernel would forget some meanwhile
        device.namespace.set_sysctl(f"net.netfilter.nf_conntrack_{timeout}", "3600")
    with opened(lab, number, datagrams) as connections:
        assert all(server for (_, server, _), _ in connections)
        ports = [port_of(one) for _, one in connections]
        text = site
        for old, new in case.replaced:
            text = text.replace(old, new)
        script.write_text(text + case.more)
        if case.down:
            DiskStore(device.store).set_statuses({one: Status(State.DOWN, 0, "test") for one in case.down})
        words = _words(case, driver)
        is_same = text + case.more == site and not words and not case.down
        planned = device.lbsh("plan", *words, "--format", "json", str(script), status=0 if is_same else 3)
        expected = told(json.loads(planned.out))
        device.lbsh("apply", *words, str(script), status=2 if case.driver == "none" else 0)
        if addresses:
            for (_, server, _), one in connections:
                if ":" not in server:
                    one.heed_errors()
            lab["client1"].run("ip", "neigh", "flush", "all")
        assert fates(connections, ports) == expected


@pytest.mark.parametrize("name", OFTEN)
def test_what_the_plan_says_is_what_happens(lab: Lab, tmp_path: Path, driver: str, name: str) -> None:
    compare(lab, Device(lab["device"], tmp_path), driver, CASES[name], 2, 2)


HELD = "203.0.113.151"
"""The address of MAIL, which lbsh gives to the device in the cases of addresses."""
ADDRESS_CASES = {
    "the service of an address is removed": Case(more="remove MAIL\n"),
    "a service gets another address": Case(((HELD, "203.0.113.159"),)),
    "addresses are given back": Case(driver="no addresses"),
    "the address of another service stays": Case(more="remove WEB6\n"),
}


@contextlib.contextmanager
def held_by_lbsh(lab: Lab, device: Device) -> Iterator[None]:
    """The device without the address of MAIL: what is there is there by `--addresses`. All is as before at the end."""
    place = next(word for word in lab["device"].run("ip", "-o", "address", "show", "to", HELD).split() if HELD in word)
    lab["device"].run("ip", "address", "del", place, "dev", EXTERNAL)
    try:
        yield
    finally:
        device.lbsh("apply", "--no-addresses", "-", stdin=SITE, status=None)
        lab["device"].run("ip", "address", "add", place, "dev", EXTERNAL)


@pytest.mark.gate
@pytest.mark.parametrize("name", ADDRESS_CASES)
def test_what_happens_when_an_address_goes(lab: Lab, tmp_path: Path, driver: str, name: str) -> None:
    device = Device(lab["device"], tmp_path)
    with held_by_lbsh(lab, device):
        compare(lab, device, driver, ADDRESS_CASES[name], 1, 1, addresses=True)


@pytest.mark.gate
@pytest.mark.parametrize("name", sorted({*CASES} - {*OFTEN}))
def test_what_the_plan_says_of_other_changes(lab: Lab, tmp_path: Path, driver: str, name: str) -> None:
    compare(lab, Device(lab["device"], tmp_path), driver, CASES[name], 25, 6)


@pytest.mark.gate
@pytest.mark.parametrize("name", OFTEN)
def test_what_happens_to_two_thousand_connections(lab: Lab, tmp_path: Path, driver: str, name: str) -> None:
    """Few of them by UDP: the kernel limits the rate at which it refuses datagrams, and silence would be waited for."""
    compare(lab, Device(lab["device"], tmp_path), driver, CASES[name], 500, 6)


NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all")


def test_without_rights_the_plan_says_what_it_cannot(lab: Lab) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        device, script = Device(lab["device"], folder), folder / "site.lb"
        script.write_text(SITE)
        device.lbsh("apply", "--driver", "nftables", str(script))
        for path in (device.store, *device.store.rglob("*")):
            path.chmod(0o755)
        script.write_text(SITE + "remove 192.168.1.2 from web\n")
        script.chmod(0o644)
        done = device.lbsh("plan", "--rules", str(script), before=NOBODY, status=3)
        assert "- WEB loses 192.168.1.2" in done.out
        assert "unknown what becomes of open connections: " in done.out
        assert "operation not permitted" in done.out
        assert "--- loaded" in done.out
        done = device.lbsh("plan", "--format", "json", str(script), before=NOBODY, status=3)
        assert json.loads(done.out)["connections"] is None
        assert device.lbsh("status", before=NOBODY, status=None).status in {UNPOLLED, 3}


TAKER = "service ALL is 203.0.113.1 tcp 7000\npool all for ALL port 80\nadd 192.168.1.2 to all\n"


def test_a_change_that_cuts_the_own_session_is_refused(lab: Lab, tmp_path: Path) -> None:
    device, script = Device(lab["device"], tmp_path), tmp_path / "site.lb"
    script.write_text(SITE)
    device.lbsh("apply", str(script))
    session = {"SSH_CONNECTION": "203.0.113.201 51000 203.0.113.1 7000"}
    script.write_text(SITE + TAKER)
    assert isinstance(lab.connect("client1", "203.0.113.1", 7000), Answer)
    words = "your session from 203.0.113.201 to 203.0.113.1 port 7000 would be cut: "
    words += "its packets would go to a server of the service `ALL`"
    assert words in device.lbsh("plan", str(script), environment=session, status=3).out
    refused = device.lbsh("apply", str(script), environment=session, status=1)
    assert f"lbsh: {words}\nnothing was changed" in refused.errors
    told = json.loads(device.lbsh("apply", "--format", "json", str(script), environment=session, status=1).out)
    assert (told["revision"], told["session"]) == (0, ["its packets would go to a server of the service `ALL`"])
    answer = lab.connect("client1", "203.0.113.1", 7000)
    assert isinstance(answer, Answer)
    assert answer.server == "device"
    device.lbsh("apply", "--yes", str(script), environment=session)
    answer = lab.connect("client1", "203.0.113.1", 7000)
    assert isinstance(answer, Answer)
    assert answer.server == "server1"


def on_terminal(device: Device, typed: str, *arguments: str) -> tuple[int, str]:
    """Runs a command at a terminal on which somebody has typed; its exit status, and what stands there."""
    master, slave = pty.openpty()
    environment = {**os.environ, "LBSH_STORE": str(device.store)}

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*PROGRAM, *arguments], cwd=ROOT, env=environment, stdin=slave, stdout=slave, stderr=slave
        )

    program = device.namespace.call(start)
    os.close(slave)
    os.write(master, typed.encode())
    seen = b""
    with contextlib.suppress(OSError):  # EIO: nobody writes there any more
        while part := os.read(master, 4096):
            seen += part
    os.close(master)
    return program.wait(LONGEST), seen.decode()


def test_on_a_terminal_it_asks_before_it_cuts(lab: Lab, tmp_path: Path) -> None:
    device, script = Device(lab["device"], tmp_path), tmp_path / "site.lb"
    script.write_text(SITE)
    status, seen = on_terminal(device, "", "apply", str(script))
    assert (status, "Make this change?" in seen) == (0, False)
    with lab.converse("client1", "203.0.113.151", 25, "udp") as one:
        server = answering(one, "203.0.113.151")
        script.write_text(SITE.replace("tcp+udp 25", "tcp 25"))
        status, seen = on_terminal(device, "n\n", "apply", str(script))
        assert status == 1
        assert f"MAIL udp on {server}: 1 is cut: no service takes its packets" in seen
        assert "nothing was changed" in seen
        assert answering(one, "203.0.113.151") == server
        status, seen = on_terminal(device, "y\n", "apply", str(script))
        assert status == 0, seen
        assert answering(one, "203.0.113.151") == ""


def test_a_file_beside_the_running_script(lab: Lab, tmp_path: Path) -> None:
    device, script = Device(lab["device"], tmp_path), tmp_path / "site.lb"
    script.write_text(SITE)
    device.lbsh("apply", str(script))
    assert device.lbsh("diff", "--running", str(script)).out == "no difference\n"
    script.write_text(SITE + "remove 192.168.1.2 from web\n")
    assert device.lbsh("diff", "--running", str(script), status=1).out.startswith("- WEB loses 192.168.1.2\n")


def test_statuses_of_a_change_that_is_pending(lab: Lab, tmp_path: Path) -> None:
    device, script = Device(lab["device"], tmp_path), tmp_path / "site.lb"
    script.write_text(SITE)
    told = json.loads(device.lbsh("apply", "--format", "json", str(script)).out)
    assert (told["version"], told["revision"], told["changed"]) == (1, 1, True)
    assert device.lbsh("plan", "--running").out == "nothing would change\n"
    assert json.loads(device.lbsh("status", "--format", "json", status=UNPOLLED).out)["version"] == 1
    device.nft("delete table ip lbsh")
    assert "changed by others, to be put back: " in device.lbsh("plan", "--running", status=3).out
    device.lbsh("status", status=3)
    device.lbsh("apply", "--running")
    device.lbsh("status", status=UNPOLLED)
