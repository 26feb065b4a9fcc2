"""Toy servers: one loop in a thread of its own answers on the sockets of all servers, each opened in its server's namespace.

An answer is one line: the server's name, the address and port it was reached at, and the address and port of the client as
the server sees it. A request by HTTP gets it as the body of a response.

A server that was killed has no sockets: its kernel refuses connections. A frozen one goes on taking connections and
requests, as the kernel does for a program that hangs, and answers nothing; each request with a number is noted, so that
nobody needs to wait for an answer that does not come.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from typing import TypeVar

from lbsh.lab.machines import Door, Toy
from lbsh_lang.values import Family, PortRange, Protocol

LONGEST_REQUEST = 4096
BACKLOG = 1024
MOST_SOCKETS_OF_DOOR = 16
"""Ports of a door with a socket each; if there are more, the kernel leads all of them to the first (`redirects`)."""

_IP_FREEBIND, _IPV6_FREEBIND, _IP_PKTINFO = 15, 78, 8
_KINDS = {Protocol.TCP: socket.SOCK_STREAM, Protocol.UDP: socket.SOCK_DGRAM}
_DOMAINS = {4: socket.AF_INET, 6: socket.AF_INET6}
ANYWHERE = {4: "0.0.0.0", 6: "::"}  # noqa: S104 -- in a namespace
_METHODS = (b"GET ", b"HEAD ", b"POST ", b"PUT ", b"OPTIONS ", b"DELETE ")
_BY_RESET = struct.pack("ii", 1, 0)

T = TypeVar("T")


def redirects(toys: Sequence[Toy]) -> str:
    """Rules for nft, which lead the ports of wide doors of a machine to their first ones; empty if there are none."""
    wide = [door for toy in toys for door in toy.doors if _is_wide(door)]
    if not wide:
        return ""
    rules = "".join(
        f"{door.protocol.value} dport {door.ports} dnat to :{door.ports.first}\n" for door in dict.fromkeys(wide)
    )
    chain = f"chain in {{ type nat hook prerouting priority -100\n{rules}}}"
    return f"table ip lab {{ {chain}\n}}\ntable ip6 lab {{ {chain}\n}}\n"


def open_doors(toy: Toy, besides: Collection[tuple[Protocol, int]] = ()) -> list[socket.socket]:
    """The sockets of a server but for those that are open, in the namespace of the calling thread. Raises `OSError`."""
    opened: list[socket.socket] = []
    families: tuple[Family, ...] = (4, 6) if toy.address is None else (toy.address.family,)
    places = [(door.protocol, port) for door in toy.doors for port in _listened(door)]
    try:
        for protocol, port in dict.fromkeys(places):
            for family in families if (protocol, port) not in besides else ():
                place = ANYWHERE[family] if toy.address is None else str(toy.address)
                opened.append(_listen(_DOMAINS[family], _KINDS[protocol], (place, port)))
    except BaseException:
        for one in opened:
            one.close()
        raise
    return opened


def listened_port(toy: Toy, port: int) -> int | None:
    """The port on which a server listens for what comes to a port of it; None if it does not."""
    for door in toy.doors:
        if door.ports.first <= port <= door.ports.last:
            return door.ports.first if _is_wide(door) else port
    return None


def _is_wide(door: Door) -> bool:
    return door.ports.last - door.ports.first >= MOST_SOCKETS_OF_DOOR


def _listened(door: Door) -> range:
    ports = PortRange(door.ports.first, door.ports.first) if _is_wide(door) else door.ports
    return range(ports.first, ports.last + 1)


def _listen(family: int, kind: int, place: tuple[str, int]) -> socket.socket:
    listener = socket.socket(family, kind)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.setsockopt(socket.IPPROTO_IPV6, _IPV6_FREEBIND, 1)
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    else:
        listener.setsockopt(socket.IPPROTO_IP, _IP_FREEBIND, 1)
        listener.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
    listener.setblocking(False)
    listener.bind(place)
    if kind == socket.SOCK_STREAM:
        listener.listen(BACKLOG)
    return listener


class _Server:
    """A running server: its sockets, and whether it answers."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.frozen = False
        self.listeners: list[socket.socket] = []
        self.wide: dict[tuple[int, int], PortRange] = {}
        self.open: set[socket.socket] = set()


class Farm:
    """All toy servers of a miniature. Its loop runs in a thread; everything here is carried out there."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._servers: dict[str, _Server] = {}
        self._unanswered: set[str] = set()
        self.noticed, self._notice = socket.socketpair()
        self._notice.setblocking(False)
        self._wake, self._woken = socket.socketpair()
        self._work: list[Callable[[], None]] = []
        self._guard = threading.Lock()
        self._selector.register(self._woken, selectors.EVENT_READ, self._carry_out)
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="farm", daemon=True)
        self._thread.start()

    # What others ask of it

    def serve(self, toy: Toy, listeners: Sequence[socket.socket]) -> None:
        """Starts a server on sockets, besides those that it has."""
        self._call(lambda: self._serve(toy, listeners))

    def open_doors(self, name: str) -> set[tuple[Protocol, int]]:
        """Where a server listens."""
        return self._call(lambda: self._open_doors(name))

    def kill(self, name: str, port: int | None = None) -> int:
        """Ends a server, or what it does on a port; the number of connections that end with it."""
        return self._call(lambda: self._kill(name, port))

    def freeze(self, name: str) -> None:
        """Lets a server answer nothing from now on."""
        self._call(lambda: self._set_frozen(name, frozen=True))

    def thaw(self, name: str) -> None:
        """Lets a frozen server answer again."""
        self._call(lambda: self._set_frozen(name, frozen=False))

    def is_unanswered(self, number: str) -> bool:
        """Whether a frozen server has taken the request with a number; of each request it is told once."""
        is_unanswered = number in self._unanswered
        self._unanswered.discard(number)
        return is_unanswered

    def connections(self, name: str) -> int:
        """The number of open TCP connections of a server."""
        return self._call(lambda: len(self._servers[name].open))

    def close(self) -> None:
        """Ends all servers, and the loop."""
        self._call(self._end)
        self._thread.join()

    def _end(self) -> None:
        for server in self._servers.values():
            self._kill(server.name, None)
        self._is_closed = True

    def _call(self, function: Callable[[], T]) -> T:
        done: Future[T] = Future()

        def carry_out() -> None:
            try:
                done.set_result(function())
            except BaseException as error:
                done.set_exception(error)

        with self._guard:
            self._work.append(carry_out)
        self._wake.send(b"!")
        return done.result()

    # The loop

    def _run(self) -> None:
        while not self._is_closed:
            for key, _ in self._selector.select():
                key.data()
        for one in (self._selector, self.noticed, self._notice, self._wake, self._woken):
            one.close()

    def _carry_out(self) -> None:
        self._woken.recv(4096)
        with self._guard:
            work, self._work = self._work, []
        for one in work:
            one()

    def _serve(self, toy: Toy, listeners: Sequence[socket.socket]) -> None:
        server = self._servers.setdefault(toy.name, _Server(toy.name))
        wide = [door for door in toy.doors if _is_wide(door)]
        server.wide.update({(_KINDS[door.protocol], door.ports.first): door.ports for door in wide})
        server.listeners += listeners
        for listener in listeners:
            accepts = listener.type == socket.SOCK_STREAM
            self._selector.register(listener, selectors.EVENT_READ, self._event(server, listener, accepts=accepts))

    def _open_doors(self, name: str) -> set[tuple[Protocol, int]]:
        protocols = {kind: protocol for protocol, kind in _KINDS.items()}
        return {(protocols[one.type], one.getsockname()[1]) for one in self._servers[name].listeners}

    def _event(self, server: _Server, link: socket.socket, *, accepts: bool) -> Callable[[], None]:
        if accepts:
            return lambda: self._accept(server, link)
        return lambda: self._answer_datagram(server, link)

    def _set_frozen(self, name: str, *, frozen: bool) -> None:
        self._servers[name].frozen = frozen

    def _kill(self, name: str, port: int | None) -> int:
        server, ended = self._servers[name], 0
        for link in [*server.listeners, *server.open]:
            if port is None or link.getsockname()[1] == port:
                if link in server.open:
                    ended += 1
                    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _BY_RESET)
                self._close(server, link)
        return ended

    def _close(self, server: _Server, link: socket.socket) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(link)
        if link in server.listeners:
            server.listeners.remove(link)
        server.open.discard(link)
        link.close()

    def _accept(self, server: _Server, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the client may be gone already
            link, _ = listener.accept()
            link.setblocking(False)
            server.open.add(link)
            self._selector.register(link, selectors.EVENT_READ, lambda: self._answer_stream(server, link))

    def _answer_stream(self, server: _Server, link: socket.socket) -> None:
        with contextlib.suppress(OSError):
            request = link.recv(LONGEST_REQUEST)
            if request:
                if self._is_answered(server, request):
                    answer = _line(server, link, link.getpeername())
                    link.sendall(_http(answer) if request.startswith(_METHODS) else answer)
                if not request.startswith(_METHODS):
                    return
        self._close(server, link)

    def _answer_datagram(self, server: _Server, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            # The packet's own destination goes back as the answer's source: a machine may have several addresses.
            request, destination, _, peer = listener.recvmsg(LONGEST_REQUEST, 128)
            if self._is_answered(server, request):
                listener.sendmsg([_line(server, listener, peer)], destination, 0, peer)

    def _is_answered(self, server: _Server, request: bytes) -> bool:
        if server.frozen:
            self._unanswered.update(_numbers(request))
            with contextlib.suppress(BlockingIOError):  # then there is more than enough to be noticed
                self._notice.send(b"!")
        return not server.frozen


def _numbers(request: bytes) -> Iterator[str]:
    """The numbers of requests, each of them a line, `? NUMBER`."""
    for line in request.decode(errors="replace").splitlines():
        if line.startswith("? "):
            yield line[2:]


def _line(server: _Server, link: socket.socket, peer: tuple[str, int]) -> bytes:
    """The answer; of a wide door it has all ports, since only the kernel knows which of them was asked."""
    address, port = link.getsockname()[:2]
    return f"{server.name} {address} {server.wide.get((link.type, port), port)} {peer[0]} {peer[1]}\n".encode()


def _http(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body
