"""Uses services while others are changed, and counts what goes wrong: `python bystander.py LISTENER`, a socket by number.

Standard input is a list of services in JSON, each with its address, its servers, and whether it is sticky. A connection to
each is kept open and passes data to and fro, again and again; new connections are made all the time. It ends with the next
line of input and prints what it did and what failed.
"""

from __future__ import annotations

import gc
import json
import select
import socket
import struct
import sys
from dataclasses import asdict, dataclass, field
from typing import TypedDict

PORT = 80
SECONDS = 2.0
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Service(TypedDict):
    address: str
    servers: list[str]
    sticky: bool


@dataclass(slots=True)
class Account:
    """What was done and what failed."""

    exchanges: int = 0
    connections: int = 0
    failures: list[str] = field(default_factory=list)


class Link:
    """Both ends of one connection."""

    def __init__(self, service: Service, listener: socket.socket) -> None:
        self._client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._client.settimeout(SECONDS)
        self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self._client.connect((service["address"], PORT))
        self._server, peer = listener.accept()
        self._server.settimeout(SECONDS)
        self.server: str = self._server.getsockname()[0]
        if peer != self._client.getsockname():
            raise OSError(f"{service['address']}: another connection arrived, from {peer}")
        if self.server not in service["servers"]:
            raise OSError(f"{service['address']}: led to {self.server}, which is not a server of it")

    def exchange(self) -> None:
        """A byte to the server and one back."""
        for sender, receiver in ((self._client, self._server), (self._server, self._client)):
            sender.send(b"?")
            if receiver.recv(1) != b"?":
                raise OSError("the connection is closed")

    def close(self) -> None:
        self._client.close()
        self._server.close()


def main(listener: socket.socket) -> None:
    """Watches until told to stop."""
    gc.disable()
    listener.settimeout(SECONDS)
    services: list[Service] = json.loads(sys.stdin.readline())
    account = Account()
    links = [(service, Link(service, listener)) for service in services]
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:
        for service, link in links:
            try:
                link.exchange()
                account.exchanges += 1
                again(service, link.server, listener)
                account.connections += 1
            except OSError as error:
                account.failures.append(f"{service['address']}: {error}")
    print(json.dumps(asdict(account)), flush=True)


def again(service: Service, server: str, listener: socket.socket) -> None:
    """A new connection, which a sticky service leads to the server of the first."""
    link = Link(service, listener)
    link.close()
    if service["sticky"] and link.server != server:
        raise OSError(f"sticky, and led to {link.server} after {server}")


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
