"""The poller's engine as a process of its own that is stopped by a signal, and in networks without routes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from lbsh.lab.namespaces import Namespace
from lbsh.poller.board import Board
from lbsh.poller.parts import Team
from lbsh.poller.results import Reason
from lbsh.poller.sockets import Budget
from lbsh.poller.tcp import TcpProber, Way
from tests.poller.stand_ins import Bench, Recorder, bench, targets

pytestmark = pytest.mark.system


@pytest.fixture
def net() -> Iterator[Namespace]:
    made = Namespace("poller")
    yield made
    made.delete()


@pytest.mark.parametrize("way", Way)
def test_what_the_network_of_the_poller_lacks_is_not_the_servers_fault(net: Namespace, way: Way) -> None:
    """No route is this machine's fault; a route that says that a server is unreachable or a closed port is the server's."""
    net.configure("link set lo up", "addr add 192.0.2.1/32 dev lo")
    net.configure("route add unreachable 203.0.113.0/24", "route add blackhole 10.0.0.0/8")
    places = [("198.51.100.1", 80), ("203.0.113.1", 80), ("10.0.0.1", 80), ("192.0.2.1", 80), ("2001:db8::1", 80)]

    def probe() -> dict[int, Reason]:
        made = one_round(places, way)
        return {probed.server: probed.reason for probed in made.health.results}

    assert net.call(probe) == {
        0: Reason.SPOILT,
        1: Reason.UNREACHABLE,
        2: Reason.SPOILT,
        3: Reason.REFUSED,
        4: Reason.SPOILT,
    }


def one_round(places: list[tuple[str, int]], way: Way) -> Bench:
    """One probe of each, to the end."""
    with ExitStack() as stack:
        board = Board(targets(places, every=1000, timeout=900))
        health = Recorder(bytearray(b"\1" * len(places)))
        prober = TcpProber(board, health.special, way, Budget(100))
        stack.callback(prober.close)
        made = bench(board, health, Team((prober,), bytes(len(places)), prober))
        stack.callback(made.loop.close)
        made.until(lambda: {probed.server for probed in health.results} == set(range(len(places))))
        return made


STOPPED = """
import socket, sys
from lbsh.poller.board import Board
from lbsh.poller.sockets import Budget
from lbsh.poller.tcp import TcpProber, best_way
from lbsh.poller.parts import Team
from tests.poller.stand_ins import Recorder, bench, targets

listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
board = Board(targets([("127.0.0.1", listener.getsockname()[1])] * 200, every=100, timeout=60))
health = Recorder(bytearray(b"\\1" * 200))
prober = TcpProber(board, health.special, best_way(), Budget(500))
made = bench(board, health, Team((prober,), bytes(200), prober))
made.until(lambda: len(health.results) > 400)
print("probing", flush=True)
sys.stdin.readline()
before = len(health.results)
made.until(lambda: len(health.results) > before + 400)
print(sum(not probed.reason.is_good for probed in health.results), made.loop.clock.lag, flush=True)
"""


def test_a_poller_that_is_stopped_by_a_signal_fails_nobody() -> None:
    """Longer than the time-out of each of its 200 probes in a tenth of a second, whose answers wait in the kernel."""
    with subprocess.Popen(
        [sys.executable, "-c", STOPPED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as poller:
        assert poller.stdin is not None
        assert poller.stdout is not None
        assert poller.stdout.readline() == "probing\n"
        os.kill(poller.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, poller.pid, os.WSTOPPED)
        with pytest.raises(subprocess.TimeoutExpired):
            poller.wait(1)  # a second in which it does not run
        os.kill(poller.pid, signal.SIGCONT)
        poller.stdin.write("go on\n")
        poller.stdin.flush()
        failures, lag = map(int, poller.stdout.readline().split())
    assert failures == 0
    assert lag > 800_000
