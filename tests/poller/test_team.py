"""The probers of a board: which server is probed by which, and what is said where a probe cannot be made."""

from __future__ import annotations

import socket
import threading
from collections.abc import Collection
from contextlib import suppress

import pytest

from lbsh.poller import team
from lbsh.poller.board import Board
from lbsh.poller.conversation import Method
from lbsh.poller.loop import Loop
from lbsh.poller.probes.methods import method_of
from lbsh.poller.results import Reason
from lbsh.poller.sockets import Budget
from lbsh_lang.site.model import Probe
from lbsh_lang.values import Protocol
from tests.poller.conversing import collected, now, target_of


def crew_of(loop: Loop) -> team.Crew:
    return team.Crew(loop, Budget(50))


def fail(error: Exception) -> None:
    raise error


@pytest.mark.parametrize(
    ("words", "prober"),
    [
        ("tcp", "TcpProber"),
        ("http", "Runner"),
        ("smtp", "Runner"),
        ('exec "/bin/true"', "ExecProber"),
        ("icmp", "IcmpProber"),
    ],
)
def test_methods_have_their_probers(words: str, prober: str) -> None:
    loop = Loop(fail)
    board, crew = Board([target_of(80, words=words)]), crew_of(loop)
    made = crew.team(board, bytearray(1))
    assert type(made.probers[made.of[0]]).__name__ == prober
    crew.dissolve()
    loop.close()


@pytest.mark.parametrize(("may", "prober"), [(True, "SynProber"), (False, "TcpProber")])
def test_without_the_right_to_raw_sockets_syn_is_tcp(may: bool, prober: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team, "may_probe_half_open", lambda: may)
    loop = Loop(fail)
    crew = crew_of(loop)
    made = crew.team(Board([target_of(80, words="syn")]), bytearray(1))
    assert type(made.probers[made.of[0]]).__name__ == prober
    crew.dissolve()
    loop.close()


def test_a_probe_that_cannot_be_made_says_nothing_of_a_server() -> None:
    """Its file of certificates is missing."""
    loop = Loop(fail)
    target = target_of(443, words='https verify on ca file "/no/such/file.pem"')
    crew = crew_of(loop)
    made = crew.team(Board([target]), bytearray(1))
    prober = made.probers[made.of[0]]
    assert prober.start(0, 7, now())
    probed = collected(prober, None)
    assert (probed.server, probed.serial, probed.reason) == (0, 7, Reason.SPOILT)
    assert "/no/such/file.pem" in probed.detail
    assert prober.start(0, 8, now())
    prober.abandon(0, 8)
    assert [*prober.collect(now())] == []
    crew.dissolve()
    loop.close()


def test_a_probe_is_prepared_once_for_all_servers_of_its_service() -> None:
    made: list[str] = []

    def make(probe: Probe, protocols: Collection[Protocol]) -> Method:
        made.append(probe.method)
        return method_of(probe, protocols)

    target = target_of(80, words="http")
    loop = Loop(fail)
    crew = team.Crew(loop, Budget(50), make)
    crew.team(Board([target, target._replace(port=81)]), bytearray(2))
    assert made == ["http"]
    crew.dissolve()
    loop.close()


def test_an_answer_wakes_the_loop() -> None:
    """The runner's descriptor is watched: an answer ends the loop's sleep."""
    loop = Loop(fail)
    crew = crew_of(loop)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            client, _ = listener.accept()
            with client, suppress(ConnectionResetError):
                client.recv(4096)
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                client.recv(4096)

        thread = threading.Thread(target=serve)
        thread.start()
        made = crew.team(Board([target_of(listener.getsockname()[1], words="http")]), bytearray(1))
        made.begin()
        prober = made.probers[made.of[0]]
        prober.start(0, 1, now())
        results: list[Reason] = []
        while not results:
            loop.turn()
            results += [probed.reason for probed in prober.collect(now())]
        crew.dissolve()
        thread.join()
    assert results == [Reason.ANSWERED]
    loop.close()
