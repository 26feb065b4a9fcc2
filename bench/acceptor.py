"""Accepts every connection to a port, and closes it: `python acceptor.py PORT`. For `bench/probing.py`."""

from __future__ import annotations

import contextlib
import socket
import sys


def main(port: int) -> None:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("", port))
    listener.listen(65535)
    print("ready", flush=True)
    while True:
        with contextlib.suppress(OSError):
            listener.accept()[0].close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
