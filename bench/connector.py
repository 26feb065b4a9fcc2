"""Times connections: `python connector.py LISTENER TABLE`, two sockets of other namespaces by number.

It reads a list of addresses, connects to each of them in turn, and prints the median time of `connect()` and the addresses
at which the connections arrived. For `{"exchange": ADDRESS}` it makes one connection, and prints the median time in which
a byte goes to the server and another comes back. Then all connections are closed by a reset and the device forgets them,
so that all series start from the same state. The kernel does all work for a connection, on both ends and between them,
within the calls of this program and on its processor, which is always the same.
"""

from __future__ import annotations

import gc
import json
import os
import socket
import struct
import sys
from statistics import median
from time import perf_counter_ns

PORT = 80
SECONDS = 60.0
WARM_UP = 10
BATCHES, EXCHANGES = 40, 50
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def main(listener: socket.socket, table: socket.socket) -> None:
    """Answers each line of standard input by a line on standard output."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    gc.disable()
    listener.settimeout(SECONDS)  # the last step of a connection may still be under way when the client's call returns
    for line in sys.stdin:
        try:
            wanted = json.loads(line)
            answer = series(wanted, listener) if isinstance(wanted, list) else exchanges(wanted["exchange"], listener)
        except OSError as error:
            answer = {"error": str(error)}
        forget(table)
        print(json.dumps(answer), flush=True)


def series(addresses: list[str], listener: socket.socket) -> dict[str, object]:
    """Connects to all addresses; the first few of them twice, since after a change of rules nothing is in any cache."""
    links: list[socket.socket] = []
    try:
        for address in addresses[:WARM_UP]:
            connect(address, links)
        times = [connect(address, links) for address in addresses]
        servers = arrived(listener, len(links))
    finally:
        for link in links:
            link.close()
    return {"nanoseconds": median(times), "servers": servers}


def exchanges(address: str, listener: socket.socket) -> dict[str, object]:
    """Sends a byte and gets one back, again and again; the time is that of one exchange, the median of batches."""
    links: list[socket.socket] = []
    try:
        connect(address, links)
        link, peer = links[0], listener.accept()[0]
        links.append(peer)
        for one in (link, peer):
            one.settimeout(SECONDS)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        times = [batch(link, peer) for _ in range(WARM_UP + BATCHES)]
        server = peer.getsockname()[0]
    finally:
        for one in links:
            one.close()
    return {"nanoseconds": median(times[WARM_UP:]), "servers": [server]}


def batch(link: socket.socket, peer: socket.socket) -> float:
    start = perf_counter_ns()
    for _ in range(EXCHANGES):
        link.send(b"?")
        peer.recv(1)
        peer.send(b"!")
        link.recv(1)
    return (perf_counter_ns() - start) / EXCHANGES


def connect(address: str, links: list[socket.socket]) -> int:
    """Makes one more connection; returns its time in nanoseconds."""
    link = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    links.append(link)
    link.settimeout(None)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", int(SECONDS), 0))
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    place = (address, PORT)
    start = perf_counter_ns()
    link.connect(place)
    return perf_counter_ns() - start


def arrived(listener: socket.socket, count: int) -> list[str]:
    """The addresses at which the connections arrived."""
    servers = set()
    for _ in range(count):
        link, _ = listener.accept()
        servers.add(link.getsockname()[0])
        link.close()
    return sorted(servers)


def forget(table: socket.socket) -> None:
    """Empties the device's table of connections, as `conntrack -F` does (nfnetlink_conntrack.h, CT_DELETE)."""
    delete, request, acknowledge = 1 << 8 | 2, 0x01, 0x04
    table.send(struct.pack("=IHHIIBBH", 20, delete, request | acknowledge, 1, 0, socket.AF_UNSPEC, 0, 0))
    (status,) = struct.unpack_from("=i", table.recv(4096), 16)
    if status:
        raise OSError(-status, os.strerror(-status))


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])), socket.socket(fileno=int(sys.argv[2])))
