"""The machines of `topology` in network namespaces, and real connections between them.

Every socket, of clients and of servers, belongs to this process, and one loop serves them all: so a connection costs a
fraction of a millisecond. A server answers with the addresses and ports that it sees.
"""

from __future__ import annotations

import contextlib
import itertools
import selectors
import socket
import struct
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import NamedTuple

from lbsh.lab.miniature import Miniature
from lbsh.lab.namespaces import CLIENT_PORTS, Namespace
from tests.agreement.claims import Meeting
from tests.agreement.topology import (
    BESIDE_ADDRESS,
    BESIDE_GATEWAY,
    BESIDE_NET,
    CLIENT_NET,
    EXTERNAL,
    EXTERNAL_ADDRESS,
    FAMILIES,
    GATEWAYS,
    INNER_ADDRESS,
    INNER_NET,
    INTERNAL,
    INTERNAL_NETS,
    LAST_SERVER,
    NEIGHBOURS,
    OUTSIDE_ADDRESS,
    PORTS,
    SECOND,
    SERVICE_ADDRESSES,
    Family,
    Protocol,
    Sender,
    family_of,
    net_of,
    server_address,
)
from tests.drawing import Drawing
from tests.limits import LONGEST

LOOK, LOOKS = 0.05, 60
"""A connection counts as silent after so many looks in a row, of so many seconds, without an answer.

Looks are counted rather than time: while this process waits for a processor, time passes in which it could not have seen an
answer. Every correct answer comes in a few milliseconds.
"""

MACHINES: tuple[Sender, ...] = ("outside", "beside", "device", "inner1", "farm1", "inner2", "farm2")
_KINDS: dict[Protocol, int] = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}
_DOMAINS = {4: socket.AF_INET, 6: socket.AF_INET6}
_RESET = struct.pack("ii", 1, 0)
_IP_PKTINFO = 8
_NETLINK_NETFILTER = 12


class Call(NamedTuple):
    """A new connection: its machine, its source, and its destination."""

    sender: Sender
    source: str
    protocol: Protocol
    destination: str
    port: int


class Wires:
    """The running machines; a context manager that removes everything at its end."""

    def __init__(self) -> None:
        self._cleanup = contextlib.ExitStack()
        self._selector = selectors.DefaultSelector()
        self._ports = itertools.cycle(CLIENT_PORTS)

    def __enter__(self) -> Wires:
        with contextlib.ExitStack() as stack:
            self._cleanup = stack
            stack.callback(self._selector.close)
            self._miniature = Miniature(_drawn().topology())
            stack.callback(self._miniature.close)
            for machine in MACHINES:
                self._listen(machine)
            self._cleanup = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cleanup.close()

    @property
    def device(self) -> Namespace:
        return self._miniature.device

    def forget_connections(self) -> None:
        """Make the device forget all connections, as `conntrack -F` does (nfnetlink_conntrack.h, CT_DELETE)."""
        message = struct.pack("=IHHIIBBH", 20, 1 << 8 | 2, 0x05, 1, 0, socket.AF_UNSPEC, 0, 0)
        with self.device.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER) as link:
            link.settimeout(LONGEST)
            link.send(message)
            (status,) = struct.unpack_from("=i", link.recv(4096), 16)
        assert status == 0, status

    # Traffic

    def call(self, calls: Sequence[Call]) -> list[Meeting]:
        """Make connections at the same time, and return the meeting of each."""
        links = list(self._open(calls))
        found = [_begin(call, link, next(self._ports)) for call, link in zip(calls, links, strict=True)]
        waiting = {link: number for number, link in enumerate(links) if found[number] is None}
        for link, number in waiting.items():
            protocol = calls[number].protocol
            self._selector.register(link, selectors.EVENT_READ | selectors.EVENT_WRITE * (protocol == "tcp"))
        try:
            self._listen_to(waiting, found)
        finally:
            for link in waiting:
                self._selector.unregister(link)
            for link in links:
                link.close()
        return [met or Meeting("silence", 0, "") for met in found]

    def _listen_to(self, waiting: dict[socket.socket, int], found: list[Meeting | None]) -> None:
        """Serve all machines until every waiting client has a meeting, or nothing comes any more."""
        quiet = 0
        while waiting and quiet < LOOKS:
            ready = self._selector.select(LOOK)
            quiet = 0 if ready else quiet + 1
            for key, _ in ready:
                end = key.fileobj
                assert isinstance(end, socket.socket)
                if key.data is not None:
                    key.data(end)
                elif (met := self._heard(end)) is not None:
                    self._selector.unregister(end)
                    found[waiting.pop(end)] = met

    def _heard(self, link: socket.socket) -> Meeting | None:
        """The meeting received on a client's socket, None if it has only been connected."""
        try:
            line = link.recv(4096)
        except BlockingIOError:
            self._selector.modify(link, selectors.EVENT_READ)
            return None
        except OSError as error:
            return Meeting(f"refusal ({error.strerror})", 0, "")
        local, port, peer = line.decode().split() if line else ("an end without words", "0", "")
        return Meeting(local, int(port), peer)

    def _open(self, calls: Sequence[Call]) -> Iterator[socket.socket]:
        """A socket for each call, made in the caller's namespace; those of one machine at once."""
        made: dict[str, list[socket.socket]] = {}
        for machine in dict.fromkeys(call.sender for call in calls):
            kinds = [
                (_DOMAINS[family_of(call.destination)], _KINDS[call.protocol])
                for call in calls
                if call.sender == machine
            ]
            made[machine] = self._miniature.namespace(machine).sockets(kinds)[::-1]
        return (made[call.sender].pop() for call in calls)

    # Answers

    def _listen(self, machine: Sender) -> None:
        places = [(family, protocol, port) for family in FAMILIES for protocol in _KINDS for port in PORTS]
        links = self._miniature.namespace(machine).sockets(
            [(_DOMAINS[family], _KINDS[protocol]) for family, protocol, _ in places]
        )
        for (family, protocol, port), link in zip(places, links, strict=True):
            self._cleanup.callback(link.close)
            link.setblocking(False)
            link.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == 6:
                link.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            link.bind(("::" if family == 6 else "0.0.0.0", port))
            if protocol == "tcp":
                link.listen(128)
                self._selector.register(link, selectors.EVENT_READ, _accept)
            else:
                level, option = (
                    (socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO) if family == 6 else (socket.IPPROTO_IP, _IP_PKTINFO)
                )
                link.setsockopt(level, option, 1)
                self._selector.register(link, selectors.EVENT_READ, _reply)


def _drawn() -> Drawing:
    """The machines of `topology`, with their cables, addresses and routes."""
    drawing = Drawing(MACHINES)
    for machine in MACHINES:
        _set(drawing, machine)
    device = [address for family in FAMILIES for address in (EXTERNAL_ADDRESS[family], *SERVICE_ADDRESSES[family])]
    _plug(drawing, "device", EXTERNAL, "out", device)
    near = [address for family in FAMILIES for address in (GATEWAYS[family][0], BESIDE_GATEWAY[family])]
    _plug(drawing, "device", INTERNAL, "in", near)
    _plug(drawing, "device", SECOND, "in2", [GATEWAYS[family][1] for family in FAMILIES])
    _plug(drawing, "beside", "eth0", "in", [BESIDE_ADDRESS[family] for family in FAMILIES])
    outside = [address for family in FAMILIES for address in (OUTSIDE_ADDRESS[family], *NEIGHBOURS[family])]
    _plug(drawing, "outside", "eth0", "out", outside)
    for family in FAMILIES:
        for rank in range(len(INTERNAL_NETS[family])):
            _draw_inside(drawing, family, rank)
        _lend(drawing, "outside", CLIENT_NET[family], OUTSIDE_ADDRESS[family])
        _lend(drawing, "beside", BESIDE_NET[family], BESIDE_ADDRESS[family])
        _route(drawing, "beside", "default", BESIDE_GATEWAY[family])
    return drawing


def _set(drawing: Drawing, machine: str) -> None:
    """Sets the parameters of a machine's kernel."""
    # A device with one arm tells hosts of shorter ways, which Linux cannot forbid for IPv6: they would pass it by.
    for key in ("accept_dad", "accept_ra", "accept_redirects"):
        for interface in ("all", "default"):
            drawing.set_sysctl(machine, f"net.ipv6.conf.{interface}.{key}", 0)
    drawing.set_sysctl(machine, "net.ipv6.ip_nonlocal_bind", 1)
    if machine != "device":
        return
    drawing.set_sysctl(machine, "net.ipv4.ip_forward", 1)
    drawing.set_sysctl(machine, "net.ipv6.conf.all.forwarding", 1)
    # A late packet of a connection that the device has forgotten must not be taken for a connection of the next site.
    drawing.set_sysctl(machine, "net.netfilter.nf_conntrack_tcp_loose", 0)
    for interface in ("all", "default"):
        drawing.set_sysctl(machine, f"net.ipv4.conf.{interface}.send_redirects", 0)


def _draw_inside(drawing: Drawing, family: Family, rank: int) -> None:
    """An internal net: its servers, and its client."""
    _route(drawing, "outside", INTERNAL_NETS[family][rank], EXTERNAL_ADDRESS[family])
    servers = [server_address(family, rank, number) for number in range(2, LAST_SERVER + 1)]
    segment, farm, inner = ("in", "in2")[rank], f"farm{rank + 1}", f"inner{rank + 1}"
    _plug(drawing, farm, "eth0", segment, servers)
    _plug(drawing, inner, "eth0", segment, [INNER_ADDRESS[family][rank]])
    for inside in (farm, inner):
        _route(drawing, inside, "default", GATEWAYS[family][rank])
    _lend(drawing, inner, INNER_NET[family][rank], INNER_ADDRESS[family][rank], farm)


def _plug(drawing: Drawing, machine: str, interface: str, segment: str, addresses: Sequence[str]) -> None:
    drawing.plug(machine, interface, segment, [f"{one}/{_length(one)}" for one in addresses])


def _route(drawing: Drawing, machine: str, net: str, via: str) -> None:
    drawing.configure(machine, f"route add {net} via {via}")


def _lend(drawing: Drawing, machine: str, net: str, via: str, *neighbours: str) -> None:
    """Make a whole network local to a machine, and give the others a route to it."""
    drawing.configure(machine, f"route add local {net} dev lo")
    for other in ("device", *neighbours):
        _route(drawing, other, net, via)


def _length(address: str) -> int:
    """The length of the prefix of an address on its link."""
    if family_of(address) == 6:
        return 64
    return 24 if net_of(address) is None else 16


def _begin(call: Call, link: socket.socket, port: int) -> Meeting | None:
    """Send the first packet; a failure to send is a meeting already."""
    link.setblocking(False)
    if call.protocol == "tcp":
        # Closing by a reset leaves nothing behind, here and on the device.
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    try:
        link.bind((call.source, port))
        link.connect((call.destination, call.port))
        link.send(b"?")
    except BlockingIOError:
        return None
    except OSError as error:
        return Meeting(f"refusal ({error.strerror})", 0, "")
    return None


def _accept(listener: object) -> None:
    assert isinstance(listener, socket.socket)
    with contextlib.suppress(OSError):  # the client may be gone already
        link, peer = listener.accept()
        with link:
            local = link.getsockname()
            link.sendall(f"{local[0]} {local[1]} {peer[0]}".encode())


def _reply(listener: object) -> None:
    assert isinstance(listener, socket.socket)
    with contextlib.suppress(OSError):
        _, [(level, kind, info)], _, peer = listener.recvmsg(64, 128)
        # The packet's own destination goes back as the answer's source, since a machine has several addresses; the
        # interface does not, since routes decide on it.
        if level == socket.IPPROTO_IPV6:
            domain, local, back = socket.AF_INET6, info[:16], info[:16] + bytes(4)
        else:
            domain, local, back = socket.AF_INET, info[8:12], bytes(4) + info[8:12] * 2
        line = f"{socket.inet_ntop(domain, local)} {listener.getsockname()[1]} {peer[0]}"
        listener.sendmsg([line.encode()], [(level, kind, back)], 0, peer)
