"""The toy servers' own loop, on sockets of this machine's loopback interface."""

from __future__ import annotations

import socket

from lbsh.lab.machines import Door, Toy
from lbsh.lab.servers import Farm
from lbsh_lang.values import PortRange, Protocol
from tests.limits import LONGEST


def test_a_request_without_an_answer_is_told_once_and_forgotten() -> None:
    farm = Farm()
    try:
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setblocking(False)
        port = listener.getsockname()[1]
        farm.serve(Toy("server1", "server1", None, (Door(Protocol.TCP, PortRange(port, port)),)), [listener])
        farm.freeze("server1")
        farm.noticed.settimeout(LONGEST)
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"? 7\n")
            assert farm.noticed.recv(1) == b"!"
            assert [farm.is_unanswered("7") for _ in range(2)] == [True, False]
    finally:
        farm.close()
