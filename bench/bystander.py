"""Uses services while others are changed, and counts failures: `python bystander.py LISTENER`, a socket by number.

Standard input is a list of services in JSON, each with its address, its servers, and whether it is sticky. A connection to
each is kept open and passes data to and fro, again and again; new connections are made all the time. For each line of
input, it uses every service once more and then prints the counts of connections and failures so far: so a change made
before the line was written has met a connection. After the line `pause` it does nothing until the next one. It ends
with its input.
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
PAUSE = "pause\n"
SECONDS = 60.0
"""The time after which a connection counts as broken: an intact one takes milliseconds, and on a busy machine a second."""

RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Service(TypedDict):
    address: str
    servers: list[str]
    sticky: bool


@dataclass(slots=True)
class Account:
    """The counts of connections and the failures."""

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
    """Watches until the end of the input, and answers each line of it."""
    gc.disable()
    listener.settimeout(SECONDS)
    services: list[Service] = json.loads(sys.stdin.readline())
    account = Account()
    links = [(service, Link(service, listener)) for service in services]
    print("ready", flush=True)
    pause = False
    while True:
        is_asked = bool(select.select([sys.stdin], [], [], None if pause else 0)[0])
        line = sys.stdin.readline() if is_asked else ""
        if is_asked and not line:
            return
        pause = line == PAUSE
        look(links, listener, account)
        if is_asked:
            print(json.dumps(asdict(account)), flush=True)


def look(links: list[tuple[Service, Link]], listener: socket.socket, account: Account) -> None:
    """Uses every service once."""
    for service, link in links:
        try:
            link.exchange()
            account.exchanges += 1
            again(service, link.server, listener)
            account.connections += 1
        except OSError as error:
            account.failures.append(f"{service['address']}: {error}")


def again(service: Service, server: str, listener: socket.socket) -> None:
    """A new connection, which a sticky service leads to the server of the first."""
    link = Link(service, listener)
    link.close()
    if service["sticky"] and link.server != server:
        raise OSError(f"sticky, and led to {link.server} after {server}")


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
