"""Takes every connection to a port, and closes it: `python acceptor.py PORT [http]`. For `bench/probing.py`.

With `http` it reads a request first, and answers that all is well.
"""

from __future__ import annotations

import contextlib
import socket
import sys

SECONDS = 1.0
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def main(port: int, http: bool) -> None:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("", port))
    listener.listen(65535)
    print("ready", flush=True)
    while True:
        with contextlib.suppress(OSError), listener.accept()[0] as link:
            if http:
                link.settimeout(SECONDS)
                if link.recv(4096):
                    link.send(ANSWER)


if __name__ == "__main__":
    main(int(sys.argv[1]), "http" in sys.argv[2:])
