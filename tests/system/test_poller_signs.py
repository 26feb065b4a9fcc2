"""Passive signs in a real kernel: what clients' packets tell of servers has these probed, long before their turn."""

from __future__ import annotations

import signal
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from lbsh.lab.namespaces import Namespace
from tests.system.device import Device
from tests.system.test_device_confirm import wait_until
from tests.system.watching import Watched

SERVERS = (1, 2, 3)
SITE = """\
interface external ext0
interface internal int0
external addr 203.0.113.1
internal net 10.0.0.0/24
internal gw 10.0.0.254
service WEB is 203.0.113.5 tcp 8080
pool web for WEB
add 10.0.0.1 to web
add 10.0.0.2 to web
add 10.0.0.3 to web
probe WEB with tcp every 1h timeout 500ms rise 1
"""
"""A probe comes every hour: what is found in a test is found by a sign."""


class Farm:
    """A device between clients and servers, each a machine of its own on a bridge."""

    def __init__(self, folder: Path, driver: str, site: str = SITE) -> None:
        self.namespace, self.clients, self.bridge = Namespace("device"), Namespace("clients"), Namespace("bridge")
        self.servers = {number: Namespace(f"server{number}") for number in SERVERS}
        self.bridge.configure("link add br0 type bridge", "link set br0 up")
        self._cable("int0", self.namespace, "port0")
        for number, server in self.servers.items():
            self._cable("eth0", server, f"port{number}")
            server.configure(
                "link set lo up", f"addr add 10.0.0.{number}/24 dev eth0", "route add default via 10.0.0.254"
            )
        self.namespace.configure(
            f"link add ext0 type veth peer name cl0 netns {self.clients.path}",
            "link set lo up",
            "link set ext0 up",
            "addr add 203.0.113.1/24 dev ext0",
            "addr add 10.0.0.254/24 dev int0",
        )
        self.clients.configure(
            "link set cl0 up", "addr add 203.0.113.9/24 dev cl0", "route add 203.0.113.5 via 203.0.113.1"
        )
        self.namespace.set_sysctl("net.ipv4.ip_forward", 1)
        self._listeners = {number: self._listen(number) for number in SERVERS}
        self.device = Device(self.namespace, folder)
        script = folder / "site.lb"
        script.write_text(site)
        self.device.lbsh("apply", "--driver", driver, str(script))

    def close(self) -> None:
        for listener in self._listeners.values():
            listener.close()
        for one in (self.namespace, self.clients, self.bridge, *self.servers.values()):
            one.delete()

    def kill(self, number: int) -> None:
        self._listeners[number].close()

    def accept(self, number: int) -> socket.socket:
        """The server's end of the next connection."""
        return self._listeners[number].accept()[0]

    def answer(self, number: int) -> None:
        """Says to clients of a server what they say, until it is killed."""
        with suppress(OSError):
            while True:
                client, _ = self._listeners[number].accept()
                threading.Thread(target=_echo, args=(client,), daemon=True).start()

    def filter(self, number: int, rule: str) -> None:
        """Gives the machine of a server a rule for what arrives."""
        chain = "type filter hook input priority 0;"
        self.servers[number].run("nft", "-f", "-", text=f"table ip own {{ chain input {{ {chain}\n{rule}\n}}\n}}\n")

    def tables(self) -> set[str]:
        return set(self.namespace.run("nft", "list", "tables").splitlines())

    @contextmanager
    def poller(self) -> Iterator[Watched]:
        """A poller of which clients take no notice: they connect all the time."""
        with self.device.started("poll", "--log", "json") as process:
            poller, over = Watched(process), threading.Event()
            poller.wait_for("notice", text="probes 3 servers of revision 1")
            clients = threading.Thread(target=self._knock, args=(over,))
            clients.start()
            try:
                yield poller
            finally:
                over.set()
                clients.join()

    def _knock(self, over: threading.Event) -> None:
        """Begins connections, of which the last hundred stay open."""
        kept: list[socket.socket] = []
        while not over.wait(0.01):
            one = self.clients.socket(socket.AF_INET, socket.SOCK_STREAM)
            one.setblocking(False)
            one.connect_ex(("203.0.113.5", 8080))
            kept.append(one)
            if len(kept) > 100:
                kept.pop(0).close()
        for one in kept:
            one.close()

    def _listen(self, number: int) -> socket.socket:
        listener = self.servers[number].socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.bind((f"10.0.0.{number}", 8080))
        listener.listen(4096)
        return listener

    def _cable(self, name: str, machine: Namespace, port: str) -> None:
        self.bridge.configure(
            f"link add {port} type veth peer name {name} netns {machine.path}",
            f"link set {port} master br0",
            f"link set {port} up",
        )
        machine.configure(f"link set {name} up")


def _echo(client: socket.socket) -> None:
    with client, suppress(OSError):
        while words := client.recv(100):
            client.sendall(words)


@pytest.fixture(params=["nftables", "iptables"])
def farm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Farm]:
    made = Farm(tmp_path, request.param)
    yield made
    made.close()


def test_a_killed_server_is_found_by_its_resets(farm: Farm) -> None:
    with farm.poller() as poller:
        farm.kill(2)
        assert poller.wait_for_rules("server-down", address="10.0.0.2")["reason"] == "refused"


def test_a_server_whose_machine_rejects_is_found_by_what_it_says(farm: Farm) -> None:
    with farm.poller() as poller:
        farm.filter(1, "tcp dport 8080 reject with icmp type admin-prohibited")
        poller.wait_for_rules("server-down", address="10.0.0.1")


def test_a_server_that_goes_silent_is_found_by_counting(farm: Farm) -> None:
    with farm.poller() as poller:
        farm.filter(3, "tcp dport 8080 drop")
        assert poller.wait_for_rules("server-down", address="10.0.0.3")["reason"] == "timeout"


def test_a_machine_that_dies_is_found_by_counting(farm: Farm) -> None:
    with farm.poller() as poller:
        farm.bridge.configure("link set port2 down")
        poller.wait_for_rules("server-down", address="10.0.0.2")


def test_a_lost_link_of_the_device_holds_statuses(farm: Farm) -> None:
    with farm.poller() as poller:
        farm.bridge.configure("link set port0 down")
        poller.wait_for(
            "notice", text="the path through `int0` is broken: statuses of servers behind it are held for 10 s"
        )


def test_refusals_that_others_forge_have_a_server_probed_and_eject_nobody(farm: Farm) -> None:
    """Server 3 sends refusals in the name of server 2, which is probed, is found to be up, and stays."""
    forged = struct.pack(">HHIIBBHHH", 8080, 40_000, 0, 1, 0x50, 0x14, 0, 0, 0)
    packet = struct.pack(">BBHHHBBH", 0x45, 0, 40, 0, 0, 64, 6, 0) + bytes((10, 0, 0, 2, 203, 0, 113, 9)) + forged
    over = threading.Event()

    def forge() -> None:
        with farm.servers[3].socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as forger:
            while not over.wait(0.02):
                forger.sendto(packet, ("203.0.113.9", 0))

    with farm.poller() as poller:
        forging = threading.Thread(target=forge)
        forging.start()
        try:
            poller.wait_for("server-up", address="10.0.0.2")
            farm.kill(1)
            assert poller.wait_for("server-down")["address"] == "10.0.0.1"
        finally:
            over.set()
            forging.join()


def test_a_table_is_there_while_a_poller_runs_and_nothing_takes_it_for_foreign(farm: Farm) -> None:
    before = farm.tables()
    with farm.poller() as poller:
        own = {"table inet lbsh_poll", "table inet lbsh_raw"}
        wait_until(lambda: farm.tables() == before | own, "its own tables are not loaded")
        poller.process.kill()
        poller.process.wait()
    with farm.poller() as poller:  # it makes its rules anew
        farm.kill(1)
        poller.wait_for_rules("server-down", address="10.0.0.1")
        poller.process.send_signal(signal.SIGTERM)
        assert poller.process.wait() == 0
    assert farm.tables() == before
