"""Servers that can be killed: `python doors.py PORT ADDRESS…`. For `bench/detection.py`.

It takes every connection to the addresses, and closes it. A line of addresses on standard input closes those that are
open and opens those that are closed; the answer is the time at which that began, by the clock that all processes share.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import sys
import time
from collections.abc import Sequence


def main(port: int, addresses: Sequence[str]) -> None:
    selector = selectors.DefaultSelector()
    selector.register(sys.stdin, selectors.EVENT_READ)
    doors: dict[str, socket.socket] = {}

    def turn(wanted: Sequence[str]) -> float:
        begun = time.monotonic()
        for address in wanted:
            door = doors.pop(address, None)
            if door is not None:
                selector.unregister(door)
                door.close()
            else:
                doors[address] = door = socket.create_server((address, port), backlog=4096)
                door.setblocking(False)
                selector.register(door, selectors.EVENT_READ)
        return begun

    turn(addresses)
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            if isinstance(key.fileobj, socket.socket):
                with contextlib.suppress(OSError):
                    key.fileobj.accept()[0].close()
                continue
            line = sys.stdin.readline()
            if not line:
                return
            print(turn(line.split()), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
