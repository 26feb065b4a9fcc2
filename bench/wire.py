"""A client, a device and a server, each a network namespace, and a program that connects from one to the other.

    client 192.0.2.1 --- eth0  device  eth1 --- server 203.0.113.2, which is every address of 10.0.0.0/8

The device translates nothing until it is given rules. All servers of a farm are one machine: the network behind the
device costs the same for all rules under comparison. The program that connects (`bench/connector.py`) runs in the
client; it inherits sockets that were opened in the server and in the device, and so plays every part of a connection
itself, on one processor, without waiting for another process.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.programs import find
from bench.runs import RunError
from lbsh.lab.miniature import Miniature
from lbsh.lab.namespaces import Namespace
from lbsh.programs import CommandError
from tests.drawing import Drawing

CONNECTOR = Path(__file__).with_name("connector.py")
EXTERNAL = "eth0"
PORT = 80
BACKLOG = 4096
NETLINK_NETFILTER = 12


class Block(NamedTuple):
    """The result of a series of connections: their median time in microseconds, and the servers that took them."""

    median: float
    servers: frozenset[str]


class Wire(NamedTuple):
    """The three machines, wired."""

    client: Namespace
    device: Namespace
    server: Namespace

    def listener(self) -> socket.socket:
        """Takes connections to every address of the server."""
        link = self.server.socket(socket.AF_INET, socket.SOCK_STREAM)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        link.bind(("", PORT))
        link.listen(BACKLOG)
        link.setblocking(False)
        return link

    def connection_table(self) -> socket.socket:
        """A socket through which the device's connections are deleted."""
        return self.device.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)


class Connector:
    """The running program in the client."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def connect(self, addresses: Sequence[str]) -> Block:
        """Connects to all addresses, one after the other. Raises `RunError` if an address cannot be reached."""
        return self._ask(addresses)

    def exchange(self, addresses: Sequence[str]) -> Block:
        """Exchanges bytes over a connection to the first address; the time is that of one exchange."""
        return self._ask({"exchange": addresses[0]})

    def _ask(self, question: object) -> Block:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(question) + "\n")
        stdin.flush()
        answer = json.loads(stdout.readline() or '{"error": "the program that connects has ended"}')
        if "error" in answer:
            raise RunError(str(answer["error"]))
        return Block(answer["nanoseconds"] / 1000, frozenset(answer["servers"]))


def why_no_wire(*programs: str) -> str:
    """The reason why namespaces cannot be used here; empty if they can."""
    missing = [program for program in ("ip", *programs) if find(program) is None]
    if missing:
        return f"{' and '.join(missing)} not installed"
    return "" if os.geteuid() == 0 else "network namespaces need root"


@contextlib.contextmanager
def laid() -> Iterator[Wire]:
    """The wire, removed at the end. Raises `RunError` if the system refuses."""
    try:
        miniature = Miniature(_drawn().topology())
        try:
            yield Wire(*(miniature.namespace(role) for role in Wire._fields))
        finally:
            miniature.close()
    except CommandError as error:
        raise RunError(" ".join(str(error).split("\n")[:2])) from error


@contextlib.contextmanager
def connector(wire: Wire) -> Iterator[Connector]:
    """The program that connects, ended at the end."""
    with wire.listener() as listener, wire.connection_table() as table:
        process = subprocess.Popen(
            wire.client.inside(sys.executable, "-I", str(CONNECTOR), str(listener.fileno()), str(table.fileno())),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=(listener.fileno(), table.fileno()),
        )
        with process:
            try:
                yield Connector(process)
            finally:
                process.kill()


def _drawn() -> Drawing:
    """The machines, with a cable straight from one to the next: a switch would take time, which belongs to no rules."""
    drawing = Drawing(Wire._fields, cables=("outside", "inside"))
    drawing.plug("device", EXTERNAL, "outside", ["192.0.2.254/24"])
    drawing.plug("client", "eth0", "outside", ["192.0.2.1/24"])
    drawing.plug("device", "eth1", "inside", ["203.0.113.1/24"])
    drawing.plug("server", "eth0", "inside", ["203.0.113.2/24"])
    drawing.configure("client", "route add default via 192.0.2.254")
    drawing.configure("device", "route add 10.0.0.0/8 via 203.0.113.2")
    drawing.configure("server", "route add default via 203.0.113.1", "route add local 10.0.0.0/8 dev lo")
    drawing.set_sysctl("device", "net.ipv4.ip_forward", 1)
    return drawing
