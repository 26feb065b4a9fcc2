"""The program of a laboratory's server: TCP and UDP responders on many ports, in one process.

It answers anything with one line: its name, the peer's address and port as it sees them, and the port on which it was
reached. It ends when its standard input does, so it never outlives the tests that started it.

Usage: responder.py NAME PORT[,PORT...]
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import sys
from collections.abc import Callable

LONGEST_REQUEST = 4096
IP_PKTINFO = 8


def main(name: str, ports: list[int]) -> None:
    with selectors.DefaultSelector() as selector:
        for port in ports:
            for family, anywhere in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
                _listen(selector, name, family, (anywhere, port))
        print("ready", flush=True)
        selector.register(sys.stdin, selectors.EVENT_READ, sys.exit)
        while True:
            for key, _ in selector.select():
                key.data()


def _listen(selector: selectors.BaseSelector, name: str, family: int, place: tuple[str, int]) -> None:
    tcp = _bound(family, socket.SOCK_STREAM, place)
    tcp.listen(128)
    selector.register(tcp, selectors.EVENT_READ, lambda: _accept(selector, name, tcp))
    udp = _bound(family, socket.SOCK_DGRAM, place)
    if family == socket.AF_INET6:
        udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    else:
        udp.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    selector.register(udp, selectors.EVENT_READ, lambda: _answer_datagram(name, udp))


def _bound(family: int, kind: int, place: tuple[str, int]) -> socket.socket:
    listener = socket.socket(family, kind)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listener.setblocking(False)
    listener.bind(place)
    return listener


def _accept(selector: selectors.BaseSelector, name: str, listener: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the client may be gone already
        connection, peer = listener.accept()
        line = _line(name, peer, listener)
        answer: Callable[[], None] = lambda: _answer_stream(selector, line, connection)  # noqa: E731
        selector.register(connection, selectors.EVENT_READ, answer)


def _answer_stream(selector: selectors.BaseSelector, line: bytes, connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        if connection.recv(LONGEST_REQUEST):
            connection.sendall(line)
            return
    selector.unregister(connection)
    connection.close()


def _answer_datagram(name: str, listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        # The packet's own destination goes back as the answer's source: a machine may have several addresses.
        _, destination, _, peer = listener.recvmsg(LONGEST_REQUEST, 128)
        listener.sendmsg([_line(name, peer, listener)], destination, 0, peer)


def _line(name: str, peer: tuple[str, int], listener: socket.socket) -> bytes:
    return f"{name} {peer[0]} {peer[1]} {listener.getsockname()[1]}\n".encode()


if __name__ == "__main__":
    main(sys.argv[1], [int(port) for port in sys.argv[2].split(",")])
