"""Tcp probes of real sockets, in each way and family: good servers, and all kinds of bad ones."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from lbsh.poller.board import Board
from lbsh.poller.failures import reason_of_call, reason_of_end
from lbsh.poller.parts import Probed, Team
from lbsh.poller.results import Reason
from lbsh.poller.sockets import Budget
from lbsh.poller.tcp import TcpProber, Way, best_way
from tests.poller.stand_ins import Bench, Recorder, bench, targets

Place = tuple[str, int]
HOSTS = {"IPv4": "127.0.0.1", "IPv6": "::1"}


class Farm:
    """Servers on loopback addresses, until the test ends."""

    def __init__(self, host: str, stack: ExitStack) -> None:
        self.host, self._stack = host, stack
        self.listeners: list[socket.socket] = []

    def good(self, backlog: int = 4096) -> Place:
        """Its connections are made by the kernel; none is accepted."""
        return self._listen(backlog)

    def closed(self) -> Place:
        """A port that is bound, so that nobody else listens on it, and answers nothing but RST."""
        bound = self._socket()
        bound.bind((self.host, 0))
        return self.host, bound.getsockname()[1]

    def silent(self) -> Place:
        """A black hole until somebody accepts: its queue of connections is full, so the kernel drops SYNs."""
        place = self._listen(0)
        for _ in range(2):
            client = self._socket()
            client.setblocking(False)
            client.connect_ex(place)
        return place

    def _listen(self, backlog: int) -> Place:
        listener = self._socket()
        listener.bind((self.host, 0))
        listener.listen(backlog)
        self.listeners.append(listener)
        return self.host, listener.getsockname()[1]

    def _socket(self) -> socket.socket:
        return self._stack.enter_context(socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET))


@pytest.fixture(params=HOSTS.values(), ids=list(HOSTS))
def farm(request: pytest.FixtureRequest) -> Iterator[Farm]:
    with ExitStack() as stack:
        yield Farm(request.param, stack)


@pytest.fixture(params=Way, ids=lambda way: way.value)
def way(request: pytest.FixtureRequest) -> Way:
    assert isinstance(request.param, Way)
    return request.param


Maker = Callable[..., Bench]


@pytest.fixture
def make(way: Way) -> Iterator[Maker]:
    """Makes a poller of places; `calm` says that health wants no good result, `budget` how many descriptors there are."""
    with ExitStack() as stack:

        def maker(
            places: list[Place],
            every: int = 3000,
            timeout: int = 1000,
            *,
            calm: bool = False,
            budget: int = 1000,
            real: Callable[[], int] | None = None,
        ) -> Bench:
            board = Board(targets(places, every, timeout))
            health = Recorder(bytearray([not calm] * len(places)))
            prober = TcpProber(board, health.special, way, Budget(budget))
            stack.callback(prober.close)
            made = bench(board, health, Team((prober,), bytes(len(places)), prober), real)
            stack.callback(made.loop.close)
            return made

        yield maker


def reasons(made: Bench) -> dict[int, Reason]:
    return {probed.server: probed.reason for probed in made.health.results}


def test_good_and_bad_servers(farm: Farm, make: Maker) -> None:
    made = make([farm.good(), farm.closed(), farm.silent(), farm.good()], every=400, timeout=300)
    made.until(lambda: len(reasons(made)) == 4)
    assert reasons(made) == {0: Reason.ANSWERED, 1: Reason.REFUSED, 2: Reason.TIMEOUT, 3: Reason.ANSWERED}


def test_sockets_serve_server_after_server(farm: Farm, make: Maker) -> None:
    """Good, refused and unanswered connections alike: ten rounds of each, and nothing but its own result for each server."""
    made = make([farm.good(), farm.closed(), farm.silent()], every=100, timeout=50)
    made.until(lambda: len(made.health.results) >= 30)
    expected = {0: Reason.ANSWERED, 1: Reason.REFUSED, 2: Reason.TIMEOUT}
    assert {(probed.server, probed.reason) for probed in made.health.results} == set(expected.items())


def test_good_results_of_calm_servers_are_counted_and_bad_ones_handed_over(farm: Farm, make: Maker) -> None:
    made = make([farm.good(), farm.closed()], every=100, calm=True)
    made.until(
        lambda: len(made.health.results) >= 3 and (made.board.good[0] >= 3 or made.health.results[-1].server == 0)
    )
    assert made.board.bad[0] == 0
    if not any(probed.server == 0 for probed in made.health.results):  # in the plain way, all results are handed over
        assert made.board.last[0] > 0
        assert made.board.duration[0] > 0


def test_a_slow_server_is_opened_to_health_and_answers_later(farm: Farm, make: Maker) -> None:
    """A full queue of connections that empties: the kernel sends its SYN once more after a second."""
    place = farm.silent()
    made = make([place], every=200_000, timeout=100_000)
    made.until(lambda: bool(made.health.opened))
    assert not made.health.results
    listener = farm.listeners[0]

    def accept() -> None:
        listener.accept()[0].close()

    made.loop.watch(listener.fileno(), accept)
    made.until(lambda: bool(made.health.results))
    assert reasons(made) == {0: Reason.ANSWERED}
    assert len(made.health.opened) == 1


def test_a_stop_of_the_poller_fails_nobody(farm: Farm, make: Maker) -> None:
    """Five seconds in the middle of each probe, whose answers wait meanwhile: time-outs are 60 ms, and nobody fails."""
    time = [0]
    made = make([farm.good() for _ in range(20)], every=3000, timeout=60, real=lambda: time[0])

    def turn_and_stop() -> bool:
        time[0] += 5_000_000
        return len(made.health.results) >= 40

    made.until(turn_and_stop)
    assert {probed.reason for probed in made.health.results} == {Reason.ANSWERED}


def test_a_stop_of_poller_and_servers_fails_nobody(farm: Farm, make: Maker) -> None:
    """A paused machine: there is no answer when the poller goes on, and the server has the rest of its time."""
    time = [0]
    made = make([farm.silent()], every=200_000, timeout=1000, real=lambda: time[0])

    def after(elapsed: int) -> None:
        time[0] += elapsed
        made.loop.turn()

    while not made.health.opened:
        after(10_000)
    for _ in range(10):
        after(5_000_000)
    assert not made.health.results
    while not made.health.results:
        after(10_000)
    assert reasons(made) == {0: Reason.TIMEOUT}


def test_probes_are_bounded_by_descriptors_and_late_not_failed(farm: Farm, make: Maker) -> None:
    """Two descriptors for five black holes and a good server: each has its turn."""
    places = [farm.silent() for _ in range(5)]
    made = make([*places, farm.good()], every=100, timeout=60, budget=2)
    made.until(lambda: len(reasons(made)) == 6)
    assert made.turning.starved
    assert reasons(made)[5] is Reason.ANSWERED
    assert {probed.reason for probed in made.health.results} == {Reason.ANSWERED, Reason.TIMEOUT}


def test_an_abandoned_probe_gives_no_result(farm: Farm, way: Way) -> None:
    board = Board(targets([farm.good(), farm.silent()]))
    prober = TcpProber(board, bytearray(b"\1\1"), way, Budget(2))
    for number in range(10):
        assert prober.start_all([0, 1], 10 * number, 1000 * number) == 2
        if number % 2:
            prober.collect(1_000_000 + number)  # the first look
        prober.abandon(0, 10 * number)
        prober.abandon(1, 10 * number + 1)
        found = list(prober.collect(100_000_000 * (number + 1)))
        assert not found or number % 2
    prober.close()


def test_a_prober_gives_back_its_descriptors(farm: Farm, way: Way) -> None:
    board, budget = Board(targets([farm.good(), farm.silent()])), Budget(10)
    prober = TcpProber(board, bytearray(b"\1\1"), way, budget)
    prober.start_all([0, 1, 0, 1], 1, 0)
    prober.collect(10_000)
    prober.start(1, 5, 10_000)
    prober.close()
    assert budget.left == 10


def test_the_last_descriptor_goes_from_one_family_to_the_other(way: Way) -> None:
    with ExitStack() as stack:
        places = [Farm(host, stack).good() for host in HOSTS.values()]
        prober = TcpProber(Board(targets(places)), bytearray(b"\1\1"), way, Budget(1))
        stack.callback(prober.close)
        for turn in range(6):
            assert prober.start(turn % 2, turn, 10_000 * turn)
            assert not prober.start((turn + 1) % 2, turn, 10_000 * turn)
            results: list[Probed] = []
            while not results:
                results = list(prober.collect(10_000 * (turn + 1)))
            assert [probed.server for probed in results] == [turn % 2]


def test_sockets_keep_to_a_range_of_ports(farm: Farm) -> None:
    """Each has a port of its own and keeps it from server to server; those that somebody else has are left out.

    Where none is left, and for a probe out of turn or of a server that is not calm, any other port will do.
    """
    with ExitStack() as stack:
        family = socket.AF_INET6 if ":" in farm.host else socket.AF_INET
        taken = stack.enter_context(socket.socket(family))
        taken.bind((farm.host, 0))
        free = [stack.enter_context(socket.socket(family)) for _ in range(2)]
        for one in free:
            one.bind((farm.host, 0))
        ports = [one.getsockname()[1] for one in (taken, *free)]
        for one in free:
            one.close()
        place = farm.good()
        special, board = bytearray(1), Board(targets([place]))
        prober = TcpProber(board, special, Way.EPOLL_POOL, Budget(10), ports, bytearray(b"\1"))
        stack.callback(prober.close)
        assert prober.start(0, 1, 0)
        special[0] = 1
        assert prober.start_all([0], 2, 0) == 1
        assert not any(is_taken(family, port) for port in ports[1:])
        assert [probed.reason for probed in prober.collect(20_000)] == [Reason.ANSWERED] * 2
        special[0] = 0
        for turn in range(1, 5):
            assert prober.start_all([0, 0, 0], 3 * turn, 20_000 * turn) == 3
            assert all(is_taken(family, port) for port in ports[1:])
            assert not list(prober.collect(20_000 * (turn + 1)))
            assert board.good[0] == 3 * turn


def test_a_probe_from_a_port_of_its_own_never_says_that_a_server_failed(farm: Farm) -> None:
    """What is not good at the first look goes on from another port, and has its result from there."""
    with ExitStack() as stack:
        family = socket.AF_INET6 if ":" in farm.host else socket.AF_INET
        with socket.socket(family) as one:
            one.bind((farm.host, 0))
            port = one.getsockname()[1]
        board = Board(targets([farm.closed()]))
        prober = TcpProber(board, bytearray(1), Way.EPOLL_POOL, Budget(10), [port], bytearray(b"\1"))
        stack.callback(prober.close)
        assert prober.start_all([0], 1, 0) == 1
        assert is_taken(family, port)
        results = [*prober.collect(20_000), *prober.collect(20_000)]
        assert [probed.reason for probed in results] == [Reason.REFUSED]


def test_a_probe_that_begins_again_has_all_its_time(farm: Farm) -> None:
    """A server whose answers take longer than the first look is then probed from other ports at once."""
    with ExitStack() as stack:
        board = Board(targets([farm.silent(), farm.good()], timeout=100))
        ports = [port_of_nobody(farm) for _ in range(2)]
        prober = TcpProber(board, bytearray(2), Way.EPOLL_POOL, Budget(10), ports, bytearray(b"\1\1"))
        stack.callback(prober.close)
        assert prober.start_all([0], 1, 0) == 1
        assert list(prober.collect(30_000)) == []
        assert [(opened.serial, opened.time) for opened in prober.opened()] == [(1, 30_000)]
        assert list(prober.collect(129_999)) == []
        assert [(one.reason, one.duration) for one in prober.collect(130_000)] == [(Reason.TIMEOUT, 100_000)]
        board.duration[1] = 10_000
        assert prober.start_all([1], 2, 200_000) == 1
        assert sum(source.own_port for batch in prober._batches for source in batch.sources) == 0


def test_calm_servers_get_ports_of_their_own_beside_others_in_their_turn(farm: Farm) -> None:
    with ExitStack() as stack:
        special, place = bytearray(b"\0\0\1\0\1"), farm.good()
        board = Board(targets([place] * 5))
        ports = [port_of_nobody(farm) for _ in range(5)]
        prober = TcpProber(board, special, Way.EPOLL_POOL, Budget(20), ports, bytearray(b"\1\1\1\0\0"))
        stack.callback(prober.close)
        for turn in range(3):
            assert prober.start_all(range(5), 5 * turn, 20_000 * turn) == 5
            used = {
                server: source.own_port
                for batch in prober._batches
                for server, source in zip(batch.servers, batch.sources, strict=True)
            }
            assert used == {0: True, 1: True, 2: False, 3: False, 4: False}
            results = [*prober.collect(20_000 * (turn + 1))]
            assert [(one.server, one.serial, one.reason) for one in results] == [
                (2, 5 * turn + 2, Reason.ANSWERED),
                (4, 5 * turn + 4, Reason.ANSWERED),
            ]
        assert list(board.good) == [3, 3, 0, 3, 0]


def test_the_last_descriptor_serves_whichever_kind_of_port_is_asked_for(farm: Farm) -> None:
    with ExitStack() as stack:
        special = bytearray(1)
        prober = TcpProber(
            Board(targets([farm.good()])), special, Way.EPOLL_POOL, Budget(1), [port_of_nobody(farm)], bytearray(b"\1")
        )
        stack.callback(prober.close)
        for turn in range(4):
            special[0] = turn % 2
            assert prober.start_all([0, 0], turn, 20_000 * turn) == 1
            assert len(list(prober.collect(20_000 * (turn + 1)))) == turn % 2


def port_of_nobody(farm: Farm) -> int:
    with socket.socket(socket.AF_INET6 if ":" in farm.host else socket.AF_INET) as one:
        one.bind((farm.host, 0))
        port: int = one.getsockname()[1]
        return port


def is_taken(family: int, port: int) -> bool:
    with socket.socket(family) as one:
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            one.bind(("", port))
        except OSError:
            return True
    return False


def test_the_application_never_sees_a_probe(farm: Farm, make: Maker) -> None:
    """On Linux; so the queue of a server that accepts nothing is not filled by probes: it has room for one, and gets 50."""
    made = make([farm.good(backlog=0)], every=10, timeout=500)
    made.until(lambda: len(made.health.results) >= 50)
    assert set(reasons(made).values()) == {Reason.ANSWERED}
    farm.listeners[0].setblocking(False)
    with pytest.raises(BlockingIOError):
        farm.listeners[0].accept()


def test_the_cheapest_way_of_linux_needs_no_compiler() -> None:
    assert best_way() is Way.EPOLL_POOL


OF_THIS_MACHINE = "EMFILE ENFILE ENOBUFS ENOMEM EADDRNOTAVAIL ENETUNREACH ENETDOWN EPERM EACCES EADDRINUSE"


def test_what_this_machine_spoilt_says_nothing_of_a_server() -> None:
    for name in OF_THIS_MACHINE.split():
        assert reason_of_call(getattr(errno, name)) is Reason.SPOILT
    assert reason_of_call(errno.EHOSTUNREACH) is Reason.UNREACHABLE
    assert reason_of_call(errno.ECONNREFUSED) is Reason.REFUSED
    for failure in errno.errorcode:
        assert reason_of_end(failure) not in {Reason.SPOILT, Reason.ANSWERED}
