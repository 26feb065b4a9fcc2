"""A POP3 server on all addresses of its namespace, slow to greet. Run as a program of its own, which can be stopped.

Usage: python banners.py PORT MILLISECONDS. A greeting goes out so long after the connection came. After each hundred
greetings a line says how many there were.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import sys
import time
from collections import deque

TELLS = 100


def main(port: int, delay: float) -> None:
    listener = socket.create_server(("0.0.0.0", port), backlog=4096)
    listener.setblocking(False)
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    waiting: deque[tuple[float, socket.socket]] = deque()
    greeted = 0
    while True:
        for key, _ in selector.select(max(waiting[0][0] - time.monotonic(), 0) if waiting else None):
            if key.fileobj is listener:
                with contextlib.suppress(BlockingIOError):
                    while True:
                        link, _ = listener.accept()
                        link.setblocking(False)
                        waiting.append((time.monotonic() + delay, link))
            else:
                assert isinstance(key.fileobj, socket.socket)
                _answer(selector, key.fileobj)
        while waiting and waiting[0][0] <= time.monotonic():
            _, link = waiting.popleft()
            with contextlib.suppress(OSError):
                link.send(b"+OK at last\r\n")
            selector.register(link, selectors.EVENT_READ)
            greeted += 1
            if greeted % TELLS == 0:
                print(greeted, flush=True)


def _answer(selector: selectors.BaseSelector, link: socket.socket) -> None:
    """Whatever is asked is well; a client that goes is let go."""
    try:
        if link.recv(4096):
            link.send(b"+OK\r\n")
            return
    except OSError:
        pass
    selector.unregister(link)
    link.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) / 1000)
