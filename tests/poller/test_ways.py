"""Each way of tcp probes with health itself: a probe that has ended is open no longer, and counts once."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from time import monotonic

import pytest

from lbsh.poller.board import Board
from lbsh.poller.health import Health
from lbsh.poller.loop import Loop
from lbsh.poller.order import DOWN, UP
from lbsh.poller.parts import Team
from lbsh.poller.sockets import Budget
from lbsh.poller.tcp import TcpProber, Way
from lbsh.poller.turning import Turning
from lbsh.poller.wheel import Wheel
from tests.limits import LONGEST
from tests.poller.stand_ins import Noted, fail, targets


class Poller:
    """A loop that probes one port of this machine, with `fall 2` and without re-checks."""

    def __init__(self, way: Way, port: int) -> None:
        (target,) = targets([("127.0.0.1", port)], every=100, timeout=90)
        probe = replace(target.probe, fall=2, recheck=False)
        self.board = Board([target._replace(probe=probe)])
        self.health, self.loop = Health(self.board), Loop(fail)
        self.prober = TcpProber(self.board, self.health.special, way, Budget(50))
        team, wheel = Team((self.prober,), bytes(1), self.prober), Wheel([probe.every])
        self.loop.probe_with(Turning(self.board, self.health, wheel, team, Noted(), lambda _: None))

    def until(self, done: Callable[[], bool]) -> None:
        end = monotonic() + LONGEST
        while not done():
            assert monotonic() < end, "nothing came of it"
            self.loop.turn()

    def close(self) -> None:
        self.prober.close()
        self.loop.close()


@pytest.fixture(params=list(Way), ids=[way.value for way in Way])
def way(request: pytest.FixtureRequest) -> Way:
    assert isinstance(request.param, Way)
    return request.param


def test_a_server_that_answers_leaves_nothing_open(way: Way) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, closing(Poller(way, listener.getsockname()[1])) as poller:
        poller.until(lambda: poller.board.good[0] >= 5 and not poller.health.watches)
        assert poller.board.state[0] == UP
        assert poller.board.bad[0] == 0


def test_one_refusal_is_one_failure(way: Way) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with closing(Poller(way, port)) as poller:
        poller.until(lambda: poller.board.state[0] == DOWN)
        assert poller.board.bad[0] == 2
        poller.until(lambda: poller.board.bad[0] >= 4)
        assert sum(watch.open for watch in poller.health.watches.values()) == 0
