"""A small laboratory: a device between clients outside and a farm of servers inside, with real TCP and UDP traffic.

    client1 ---+                                        +--- server1  192.168.1.2  fd00:1::2
    client2 ---+--- xl0  device  xl1 ---+ (switch)  ----+--- server2  192.168.1.3  fd00:1::3
                                                        +--- server3  192.168.1.4  fd00:1::4
    bystander ----- xl2  device

`lbsh.lab` builds it: each machine is a network namespace, and Ethernet segments are bridges in a namespace of their own, so
that frames between two servers pass no filter of the device. The device owns the service addresses 203.0.113.150-159 and
2001:db8::150-159, and the gateways 192.168.1.1 and fd00:1::1. Clients may take any address of 198.51.100.0/24 or
2001:db8:c::/64 (client1) and 192.0.2.0/24 or 2001:db8:d::/64 (client2) as their source. They have routes to the farm,
so that a missing translation is seen as an address and not as silence. The bystander belongs to neither side. One
address of the first internal net is client1's and one is the bystander's, and all machines know the way there.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import re
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import TracebackType
from typing import ClassVar, Literal, Self

from lbsh.lab.machines import Toy
from lbsh.lab.miniature import Miniature
from lbsh.lab.namespaces import CLIENT_PORTS, Namespace, run
from lbsh.programs import CommandError
from tests.drawing import Drawing
from tests.limits import LONGEST

EXTERNAL, INTERNAL, ASIDE = "xl0", "xl1", "xl2"
EXTERNAL_ADDRESSES = ("203.0.113.1", "2001:db8::1")
GATEWAYS = ("192.168.1.1", "fd00:1::1")
INTERNAL_NETS = ("192.168.1.0/24", "fd00:1::/64")
SERVICE_ADDRESSES = tuple(f"203.0.113.{n}" for n in range(150, 160)) + tuple(f"2001:db8::{n}" for n in range(150, 160))

CLIENTS = {
    "client1": ("203.0.113.201", "2001:db8::201"),
    "client2": ("203.0.113.202", "2001:db8::202"),
}
CLIENT_NETS = {
    "client1": ("198.51.100.0/24", "2001:db8:c::/64"),
    "client2": ("192.0.2.0/24", "2001:db8:d::/64"),
}
SERVERS = {
    "server1": ("192.168.1.2", "fd00:1::2"),
    "server2": ("192.168.1.3", "fd00:1::3"),
    "server3": ("192.168.1.4", "fd00:1::4"),
}
BYSTANDER = ("172.16.0.2", "fd00:9::2")
BYSTANDER_GATEWAYS = ("172.16.0.1", "fd00:9::1")
BYSTANDER_NETS = ("172.16.0.0/24", "fd00:9::/64")

STRAYS = {"client1": "192.168.1.201", "bystander": "192.168.1.202"}
"""Addresses of an internal net on the wrong side of the device."""

BEHIND_SERVER1 = "10.99.0.0/24"
"""A network behind a server, unknown to the script; server1 may take any address of it as its source."""

PORTS = (21, 25, 53, 80, 110, 143, 389, 443, 1812, 8080, 8443, 30000, 30050, 30100)
"""The ports on which servers and clients answer, by TCP and by UDP."""

DEVICE_PORT = 7000
"""The port on which the device itself answers, on all of its addresses; it refuses all others."""

Transport = Literal["tcp", "udp"]

NETLINK_NETFILTER = 12
IP_RECVERR = 11
UNREACHABLE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ETIMEDOUT}


@cache
def is_legacy(program: str) -> bool:
    """Whether an iptables program keeps its rules in tables of its own, which nft does not flush."""
    return "legacy" in run(program, "--version")


@dataclass(frozen=True, slots=True)
class Answer:
    """The answering machine, and the peer's address and port and its own port as that machine saw them."""

    server: str
    seen_address: str
    seen_port: int
    local_port: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A reset, or an ICMP "port unreachable"."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """An ICMP "host unreachable" or "net unreachable", or silence until the limit."""


Outcome = Answer | Refused | NoAnswer


class Conversation:
    """One TCP connection or one UDP socket of a client; each question takes the same path as the first."""

    def __init__(self, link: socket.socket, address: str, port: int) -> None:
        self._link = link
        self._place = (address, port)
        self._connected = False

    def heed_errors(self) -> None:
        """Has an ICMP "host unreachable" end an open IPv4 connection, which TCP would wait out (IP_RECVERR of ip(7))."""
        self._link.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)

    def ask(self) -> Outcome:
        try:
            if not self._connected:
                self._link.connect(self._place)
                self._connected = True
            self._link.send(b"?\n")
            return _read_answer(self._link.recv(4096))
        except (ConnectionRefusedError, ConnectionResetError):
            return Refused()
        except TimeoutError:
            return NoAnswer()
        except OSError as error:
            if error.errno in UNREACHABLE:
                return NoAnswer()
            raise


class Lab:
    """The running laboratory; a context manager that removes everything at its end.

    Other networks are classes of their own, with other machines and other cables (`networks`).
    """

    machines: ClassVar[tuple[str, ...]] = (*SERVERS, *CLIENTS, "bystander")
    """The machines that answer on `PORTS`."""
    routers: ClassVar[tuple[str, ...]] = ()
    """Machines that forward packets, besides the device."""
    switches: ClassVar[tuple[str, ...]] = ()
    """Machines that only join cables."""
    cables: ClassVar[tuple[str, ...]] = ()
    """Segments that are a cable from one machine straight to another: when an end goes down, the other loses its carrier."""

    def __init__(self) -> None:
        self._ports = itertools.cycle(CLIENT_PORTS)

    def __enter__(self) -> Self:
        machines = ("device", *self.routers, *self.machines)
        drawing = Drawing((*machines, *self.switches), self.cables)
        for machine in machines:
            for key in ("accept_dad", "accept_ra", "accept_redirects"):
                for interface in ("all", "default"):
                    drawing.set_sysctl(machine, f"net.ipv6.conf.{interface}.{key}", 0)
        self._draw(drawing)
        for machine in self.machines:
            drawing.serve(machine, PORTS)
        drawing.serve("device", (DEVICE_PORT,))
        self._miniature = Miniature(drawing.topology())
        self._answer_without_rate_limit()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._miniature.close()

    # Traffic

    def connect(
        self,
        from_: str,
        address: str,
        port: int,
        proto: Transport = "tcp",
        source: str | None = None,
        source_port: int | None = None,
    ) -> Outcome:
        """One new connection (UDP: one datagram and its answer) from a machine to a place; returns its outcome."""
        with self.converse(from_, address, port, proto, source, source_port) as conversation:
            return conversation.ask()

    @contextlib.contextmanager
    def converse(
        self,
        from_: str,
        address: str,
        port: int,
        proto: Transport = "tcp",
        source: str | None = None,
        source_port: int | None = None,
    ) -> Iterator[Conversation]:
        """A connection for several questions; it begins with the first.

        Without a `source_port` it gets one that no connection had before.
        """
        family = _family(address)
        with self[from_].socket(family, socket.SOCK_STREAM if proto == "tcp" else socket.SOCK_DGRAM) as link:
            link.settimeout(LONGEST)
            link.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if proto == "tcp":
                # Closing by a reset leaves no TIME_WAIT behind, so a test may take the same source port again.
                link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            anywhere = "0.0.0.0" if family == socket.AF_INET else "::"
            link.bind((source or anywhere, source_port or next(self._ports)))
            yield Conversation(link, address, port)

    # The device's packet filter

    def load_nft(self, text: str) -> None:
        self["device"].run("nft", "-f", "-", text=text)

    def load_iptables(self, text: str, family: Literal[4, 6] = 4) -> None:
        """Load rules of one family by its restore program."""
        self["device"].run("iptables-restore" if family == 4 else "ip6tables-restore", "-w", "--noflush", text=text)

    def ruleset(self) -> str:
        """All rules of the device in one text, without counters and time stamps: equal texts are equal rules."""
        device = self["device"]
        saved = device.run("iptables-save") + device.run("ip6tables-save")
        plain = re.sub(r"^#.*\n|\[\d+:\d+\]", "", saved, flags=re.MULTILINE)
        return device.run("nft", "-s", "list", "ruleset") + plain

    def flush_rules(self) -> None:
        """Remove all rules of the device, including foreign ones."""
        self["device"].run("nft", "flush", "ruleset")
        for program in ("iptables", "ip6tables"):
            if is_legacy(program):
                self["device"].run(f"{program}-restore", "-w", text=no_rules("nat", "raw", "mangle", "filter"))

    def flush_connections(self) -> None:
        """Make the device forget all connections, as `conntrack -F` does (nfnetlink_conntrack.h, CT_DELETE)."""
        delete, request, acknowledge = 1 << 8 | 2, 0x01, 0x04
        message = struct.pack("=IHHIIBBH", 20, delete, request | acknowledge, 1, 0, socket.AF_UNSPEC, 0, 0)
        with self["device"].socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as link:
            link.settimeout(LONGEST)
            link.send(message)
            (status,) = struct.unpack_from("=i", link.recv(4096), 16)
        if status != 0:
            raise CommandError(f"the kernel does not flush its connections: error {-status}")

    def reset(self) -> None:
        self.flush_rules()
        self.flush_connections()

    # Machines

    def __getitem__(self, machine: str) -> Namespace:
        return self._miniature.namespace(machine)

    def start(self, machine: str) -> None:
        """Start the server of a machine that was stopped."""
        self._miniature.start(self._server(machine))

    def stop(self, machine: str, port: int | None = None) -> None:
        """End the server of a machine, or what it does on a port: it then refuses connections, and those open break."""
        self._miniature.kill(self._server(machine), port)

    def _server(self, machine: str) -> Toy:
        return next(toy for toy in self._miniature.topology.toys if toy.machine == machine)

    # Topology

    def _draw(self, drawing: Drawing) -> None:
        """Lay the cables, give addresses and routes, and let the device forward."""
        drawing.plug("device", EXTERNAL, "outside", _prefixed((*EXTERNAL_ADDRESSES, *SERVICE_ADDRESSES)))
        drawing.plug("device", INTERNAL, "inside", _prefixed(GATEWAYS))
        drawing.plug("device", ASIDE, "aside", _prefixed(BYSTANDER_GATEWAYS))
        for client, addresses in CLIENTS.items():
            drawing.plug(client, "eth0", "outside", _prefixed(addresses))
            self._give_client_nets(drawing, client)
        for server, addresses in SERVERS.items():
            drawing.plug(server, "eth0", "inside", _prefixed(addresses))
            drawing.configure(server, *(f"route add default via {gateway}" for gateway in GATEWAYS))
        drawing.plug("bystander", "eth0", "aside", _prefixed(BYSTANDER))
        drawing.configure("bystander", *(f"route add default via {gateway}" for gateway in BYSTANDER_GATEWAYS))
        drawing.configure("server1", f"route add local {BEHIND_SERVER1} dev lo")
        drawing.configure("device", f"route add {BEHIND_SERVER1} via {SERVERS['server1'][0]}")
        drawing.configure("client1", f"route add {BEHIND_SERVER1} via {EXTERNAL_ADDRESSES[0]}")
        self._place_strays(drawing)
        forward(drawing, "device")

    def _give_client_nets(self, drawing: Drawing, client: str) -> None:
        """Make whole networks local to a client, so that it can send from any of their addresses."""
        drawing.set_sysctl(client, "net.ipv6.ip_nonlocal_bind", 1)
        drawing.configure(
            client,
            *(f"route add local {net} dev lo" for net in CLIENT_NETS[client]),
            *(f"route add {net} via {device}" for net, device in zip(INTERNAL_NETS, EXTERNAL_ADDRESSES, strict=True)),
        )
        drawing.configure(
            "device",
            *(f"route add {net} via {via}" for net, via in zip(CLIENT_NETS[client], CLIENTS[client], strict=True)),
        )

    def _place_strays(self, drawing: Drawing) -> None:
        ways = {"client1": CLIENTS["client1"][0], "bystander": BYSTANDER[0]}
        for machine, address in STRAYS.items():
            drawing.configure(machine, f"route add local {address} dev lo")
            drawing.configure("device", f"route add {address} via {ways[machine]}")
            for server in SERVERS:
                drawing.configure(server, f"route add {address} via {GATEWAYS[0]}")

    def _answer_without_rate_limit(self) -> None:
        """Let the device send every ICMP error: refusals of UDP are observed by the dozen."""
        self["device"].set_sysctl("net.ipv4.icmp_ratelimit", 0)
        self["device"].set_sysctl("net.ipv6.icmp.ratelimit", 0)
        for machine in ("device", *self.machines):
            with contextlib.suppress(FileNotFoundError, PermissionError):  # not per namespace before Linux 6.13
                self[machine].set_sysctl("net.ipv4.icmp_msgs_per_sec", 1_000_000)


def forward(drawing: Drawing, machine: str) -> None:
    """Let a machine forward packets of both families."""
    for family in ("ipv4.ip_forward", "ipv6.conf.all.forwarding"):
        drawing.set_sysctl(machine, f"net.{family}", 1)


def no_rules(*tables: str) -> str:
    """The input of iptables-restore that takes all rules and chains out of tables."""
    return "".join(f"*{table}\nCOMMIT\n" for table in tables)


def _family(address: str) -> int:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _prefixed(addresses: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{address}/{64 if ':' in address else 24}" for address in addresses)


def _read_answer(line: bytes) -> Answer:
    server, _, local_port, address, port = line.decode().split()
    return Answer(server, address, int(port), int(local_port))
