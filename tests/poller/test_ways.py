"""Each way of tcp probes with health itself: a probe that has ended is open no longer, and counts once."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from time import monotonic

import pytest

from lbsh.poller import readiness, tcp
from lbsh.poller.board import Board
from lbsh.poller.health import Health
from lbsh.poller.loop import Loop
from lbsh.poller.order import DOWN, UP
from lbsh.poller.parts import Team
from lbsh.poller.results import Reason
from lbsh.poller.sockets import Budget
from lbsh.poller.tcp import TcpProber, Way, best_way
from lbsh.poller.team import Crew
from lbsh.poller.turning import Turning
from lbsh.poller.wheel import Wheel
from tests.limits import LONGEST
from tests.poller.conversing import target_of
from tests.poller.kqueue import SELECT, SELECTORS
from tests.poller.stand_ins import Noted, Recorder, bench_of, fail, targets


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


@pytest.fixture(params=[*Way, "kqueue"], ids=[*(way.value for way in Way), "kqueue"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Way:
    if isinstance(request.param, Way):
        return request.param
    as_on_freebsd(monkeypatch)
    return best_way()


def as_on_freebsd(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the poller take a system without epoll and with kqueue."""
    monkeypatch.setattr(readiness, "selectors", SELECTORS)
    for module in (readiness, tcp):
        monkeypatch.setattr(module, "select", SELECT)


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


def test_every_prober_works_on_a_system_without_epoll(monkeypatch: pytest.MonkeyPatch) -> None:
    """New sockets, SO_ERROR and kqueue, for a connection, conversations over TCP and UDP, and a program."""
    as_on_freebsd(monkeypatch)
    loop = Loop(fail)
    crew = Crew(loop, Budget(50))
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as names:
        names.bind(("127.0.0.1", 0))
        tcp_port, udp_port = listener.getsockname()[1], names.getsockname()[1]
        loop.watch(listener.fileno(), lambda: served.append(greet(listener)))
        loop.watch(names.fileno(), lambda: refuse_name(names))
        served: list[socket.socket] = []
        words = (("tcp", tcp_port), ("imap", tcp_port), ('dns query "a.test"', udp_port), ('exec "/bin/true"', 0))
        board = Board([target_of(port, words=one) for one, port in words])
        health = Recorder(bytearray(b"\1" * len(words)))
        team = crew.team(board, health.special)
        one = bench_of(loop, board, health, team)
        one.until(lambda: {probed.server for probed in health.results} == {0, 1, 2, 3})
        crew.dissolve()
    found = {probed.server: probed.reason for probed in health.results}
    assert found == {0: Reason.ANSWERED, 1: Reason.ANSWERED, 2: Reason.BAD_STATUS, 3: Reason.ANSWERED}
    for client in served:
        client.close()
    loop.close()


def greet(listener: socket.socket) -> socket.socket:
    client, _ = listener.accept()
    client.sendall(b"* OK ready\r\n")
    return client


def refuse_name(names: socket.socket) -> None:
    """Answers a question with REFUSED."""
    question, place = names.recvfrom(512)
    names.sendto(question[:2] + b"\x81\x05" + question[4:], place)
