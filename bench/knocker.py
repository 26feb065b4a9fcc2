"""Clients that connect to a service all the time: `python knocker.py ADDRESS PORT RATE`, connections a second.

Each gives up after `PATIENCE` if nothing has come of it, and breaks off what came about. For `bench/detection.py`.
"""

from __future__ import annotations

import contextlib
import gc
import socket
import struct
import sys
import time
from collections import deque

TICK, PATIENCE = 0.005, 0.25
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def main(address: str, port: int, rate: float) -> None:
    gc.disable()
    links: deque[tuple[float, socket.socket]] = deque()
    opened, begun = 0, time.monotonic()
    print("ready", flush=True)
    while True:
        now = time.monotonic()
        while links and links[0][0] + PATIENCE <= now:
            links.popleft()[1].close()
        for _ in range(int((now - begun) * rate) - opened):
            opened += 1
            link = socket.socket()
            link.setblocking(False)
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            with contextlib.suppress(BlockingIOError):
                link.connect((address, port))
            links.append((now, link))
        time.sleep(TICK)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
