"""Times connections: `python connector.py LISTENER TABLE`, two sockets of other namespaces by number.

It reads a list of addresses, connects to each of them in turn, and prints the median time of `connect()` and the addresses
at which the connections arrived. Then all of them are closed by a reset and the device forgets them, so that all series
start from the same state. The kernel does all work for a connection, on both ends and between them, within the call of
`connect()` and on its processor, which is always the same.
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
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def main(listener: socket.socket, table: socket.socket) -> None:
    """Answers each line of standard input by a line on standard output."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    gc.disable()
    listener.settimeout(SECONDS)  # the last step of a connection may still be under way when the client's call returns
    for line in sys.stdin:
        try:
            answer = series(json.loads(line), listener)
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
