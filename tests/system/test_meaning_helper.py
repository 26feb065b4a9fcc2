"""Meaning, `helper`: connections that belong to a session follow it, and come from the service's address."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lbsh_lang.backends.base import Capability
from tests.limits import LONGEST
from tests.system.firewalls import Firewall
from tests.system.lab import Lab
from tests.system.scripts import SITE, V4, V6

SESSIONS = Path(__file__).with_name("sessions.py")
PORT = 2121
"""The port of the servers, other than the service's: a session is known by its connection, not by a port."""

FAMILIES = {"IPv4": (V4, "192.168.1.2, 192.168.1.3"), "IPv6": (V6, "fd00:1::2, fd00:1::3")}
EXTERNAL = "external addr 203.0.113.1\nexternal addr 2001:db8::1\n"
"""Without a helper, a connection that a server opens would have these as its source."""


def script(address: str, servers: str, service: str) -> str:
    return f"{SITE}{EXTERNAL}service files is {address} {service}\npool farm for files port {PORT}\nadd {servers} to farm\n"


class Program:
    """A running program of `sessions`, asked line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def ask(self) -> list[str]:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self.line().split()


@contextlib.contextmanager
def running(lab: Lab, machine: str, *arguments: str) -> Iterator[Program]:
    command = lab[machine].inside(sys.executable, "-I", str(SESSIONS), *arguments)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Program(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(LONGEST)


@contextlib.contextmanager
def servers(lab: Lab, kind: str) -> Iterator[None]:
    with (
        running(lab, "server1", kind, "server1", str(PORT)) as one,
        running(lab, "server2", kind, "server2", str(PORT)) as two,
    ):
        assert one.line() == two.line() == "ready"
        yield


@pytest.mark.sampled
@pytest.mark.parametrize(("address", "members"), FAMILIES.values(), ids=FAMILIES)
@pytest.mark.parametrize("mode", ["passive", "active"])
@pytest.mark.parametrize("options", ["", " masquerade"])
def test_data_of_an_ftp_session_comes_from_the_address_of_the_service(
    firewall: Firewall, address: str, members: str, mode: str, options: str
) -> None:
    firewall.require(Capability.HELPER)
    site = script(address, members, f"tcp 21{options} helper ftp")
    firewall.load(site)
    with (
        servers(firewall.lab, "ftp-server"),
        running(firewall.lab, "client1", "ftp-client", address, mode) as one,
        running(firewall.lab, "client2", "ftp-client", address, mode) as two,
    ):
        assert {one.line(), two.line()} == {"220 server1", "220 server2"}
        listings = [one.ask(), two.ask()]
        assert sorted(listings) == [[address, "server1"], [address, "server2"]]
        first = members.split(",")[0]
        firewall.change(site, f"{site}drain {first} from farm\n")
        assert [one.ask(), two.ask()] == listings, "sessions go on after a change"


def test_without_a_helper_an_active_session_has_no_data_from_the_service(firewall: Firewall) -> None:
    """The test above would find that: the data come from the external address."""
    firewall.load(script(*FAMILIES["IPv4"], "tcp 21"))
    with servers(firewall.lab, "ftp-server"), running(firewall.lab, "client1", "ftp-client", V4, "active") as client:
        assert client.line().startswith("220 server")
        assert client.ask()[:1] != [V4]


@pytest.mark.parametrize(("address", "members"), FAMILIES.values(), ids=FAMILIES)
def test_a_file_by_tftp_comes_from_the_address_of_the_service(firewall: Firewall, address: str, members: str) -> None:
    firewall.require(Capability.HELPER)
    firewall.load(script(address, members, "udp 69 helper tftp"))
    with servers(firewall.lab, "tftp-server"), running(firewall.lab, "client1", "tftp-client", address) as client:
        assert client.line().split() in ([address, "server1"], [address, "server2"])


@pytest.mark.sampled
@pytest.mark.parametrize(("address", "members"), FAMILIES.values(), ids=FAMILIES)
@pytest.mark.parametrize("protocol", ["tcp", "udp", "tcp+udp"])
def test_rules_for_calls_are_accepted(firewall: Firewall, address: str, members: str, protocol: str) -> None:
    firewall.require(Capability.HELPER)
    site = script(address, members, f"{protocol} 5060 helper sip")
    firewall.load(site)
    firewall.change(site, script(address, members, f"{protocol} 5060"))
    firewall.change(script(address, members, f"{protocol} 5060"), site)
