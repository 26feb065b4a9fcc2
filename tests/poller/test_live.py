"""The status socket and the metrics of a poller, in a real loop: answers, limits, and hostile words."""

from __future__ import annotations

import errno
import gzip
import http.client
import json
import os
import socket
import stat
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from lbsh.live.answers import LiveError, question, read_answer, read_question
from lbsh.live.asking import ask
from lbsh.live.facts import Facts
from lbsh.live.place import folder_of, socket_of
from lbsh.poller.board import Board
from lbsh.poller.labels import STEP, Labels
from lbsh.poller.live.peers import Peer, may_look, peer_in
from lbsh.poller.live.scraping import Refusal, Request, Scraper, read_request, takes_gzip
from lbsh.poller.live.serving import Door, Limits
from lbsh.poller.live.status import StatusSocket, answer
from lbsh.poller.loop import Loop
from lbsh.poller.metrics import FAMILIES, Chosen, exposition
from lbsh.poller.results import Reason
from lbsh.poller.targets import targets_of
from lbsh_lang.site.status import ServerId
from lbsh_lang.values import Address
from tests.limits import LONGEST
from tests.reading import site_of

SCRIPT = """\
interface external xl0
interface internal xl1
service SMTP is 62.103.127.154 tcp 25
service LDAP is 62.103.127.157 tcp 389
pool mx for SMTP
add 192.168.1.2-4 to mx
pool ldap for LDAP
add 192.168.1.2 to ldap
probe SMTP with tcp every 3s timeout 1s
probe LDAP with tcp every 30s timeout 1s
"""
FACTS = Facts(4711, "1.0", 1_000_000, 7, held=("no descriptors",), bounds=(1000, 50_000), lateness=(3, 2, 1))
FIRST = ServerId("mx", "SMTP", Address(4, 0xC0A80102))


@pytest.fixture
def board() -> Board:
    """A board with a server of each state, one of them with hostile words."""
    board = Board(targets_of(site_of(SCRIPT)))
    board.state[0], board.state[1] = 1, 2
    board.since[0], board.last[0], board.duration[0], board.good[0] = 5000, 9500, 1234, 3
    board.bad[1], board.reason[1], board.detail[1] = 4, Reason.BAD_BANNER, 'bad "\n\x1b[31m'
    board.held[1], board.expiry[0] = 77_000, 99_000
    return board


@contextmanager
def running(loop: Loop) -> Iterator[None]:
    """A loop in a thread of its own."""
    thread = threading.Thread(target=loop.run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        loop.stop()
        thread.join(LONGEST)


def raised(error: Exception) -> None:
    raise error


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop(raised)
    yield loop
    loop.close()


def whole(board: Board, pools: frozenset[str] | None = None) -> bytes:
    return b"".join(answer(board, FACTS, pools))


def test_an_answer_says_what_the_board_has(board: Board) -> None:
    live = read_answer(whole(board))
    assert live.facts == FACTS
    assert [(one.service, one.method, one.every) for one in live.services.values()] == [
        ("SMTP", "tcp", 3000),
        ("LDAP", "tcp", 30_000),
    ]
    assert all(one.detection > one.every + one.timeout for one in live.services.values())
    states = [(server.service, found.state) for server, found in live.servers.items()]
    assert states == [("SMTP", "UP"), ("SMTP", "DOWN"), ("SMTP", "UNKNOWN"), ("LDAP", "UNKNOWN")]
    first, second, *_ = live.servers.values()
    assert (first.since, first.last, first.duration, first.good, first.expiry) == (5000, 9500, 1234, 3, 99_000)
    assert (second.bad, second.reason, second.detail, second.until) == (4, "bad-banner", 'bad "\n\x1b[31m', 77_000)


def test_an_answer_says_why_a_server_is_down_that_answers_again_and_is_held(board: Board) -> None:
    del board.reason[1], board.detail[1]
    board.cause[1] = Reason.BAD_STATUS, "503"
    second = [*read_answer(whole(board)).servers.values()][1]
    assert (second.state, second.reason, second.detail, second.until) == ("DOWN", "bad-status", "503", 77_000)


def test_an_answer_is_about_the_pools_that_were_asked_for(board: Board) -> None:
    live = read_answer(whole(board, read_question(question(["ldap", "other"]))))
    assert {server.pool for server in live.servers} == {"ldap"}
    assert read_question(question(None)) is None
    assert not read_answer(whole(board, frozenset())).servers


@pytest.mark.parametrize("cut", range(1, 400, 7))
def test_an_answer_that_broke_off_is_none(board: Board, cut: int) -> None:
    with pytest.raises(LiveError):
        read_answer(whole(board)[:-cut])


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff",
        b"null\n1",
        b"[1]\n1",
        b"[" * 100_000,
        json.dumps(FACTS).encode() + b"\n[4,1,0,1]\n5",
        json.dumps(FACTS._replace(held="x")).encode() + b"\n5",  # type: ignore[arg-type]
        json.dumps(FACTS).encode() + b'\n["S","p","tcp","3",1,1]\n5',
        json.dumps(FACTS).encode() + b'\n["S","p","tcp",3,1,1]\n[4,1,0,"GONE",0,0,0,0,0]\n5',
    ],
)
def test_an_answer_of_others_is_refused_in_a_phrase(text: bytes) -> None:
    with pytest.raises(LiveError):
        read_answer(text)


@pytest.mark.parametrize(
    "line", [b"", b"\n", b"{}\n", b"[2, null]\n", b'[1, "mx"]\n', b"[1, [3]]\n", b"[" * 90_000 + b"\n"]
)
def test_a_question_of_others_gets_no_answer(line: bytes) -> None:
    with pytest.raises(LiveError):
        read_question(line)


def test_the_socket_answers_those_who_may_look_at_the_store(tmp_path: Path, board: Board, loop: Loop) -> None:
    store = str(tmp_path)
    opened = StatusSocket(loop, store, lambda: board, lambda: FACTS)
    assert stat.S_IMODE(Path(folder_of(store)).stat().st_mode) == 0o750
    assert stat.S_IMODE(Path(socket_of(store)).stat().st_mode) == 0o660
    with running(loop):
        assert ask(store, patience=LONGEST).servers.keys() == board.index_of.keys()
        assert ask(store, ["mx"], patience=LONGEST).servers[FIRST].state == "UP"
        with socket.socket(socket.AF_UNIX) as rude:
            rude.settimeout(LONGEST)
            rude.connect(socket_of(store))
            rude.sendall(b"quit\n")
            assert rude.recv(100) == b""
    opened.close()
    with pytest.raises(LiveError, match="no poller runs"):
        ask(store)


def test_a_socket_of_a_dead_poller_is_replaced_and_no_poller_is_seen_there(
    tmp_path: Path, board: Board, loop: Loop
) -> None:
    StatusSocket(loop, str(tmp_path), lambda: board, lambda: FACTS)._door.close()
    with pytest.raises(LiveError, match="no poller runs"):
        ask(str(tmp_path))
    StatusSocket(loop, str(tmp_path), lambda: board, lambda: FACTS)
    with running(loop):
        assert ask(str(tmp_path), patience=LONGEST).facts == FACTS


def test_a_store_may_lie_deeper_than_a_path_of_a_socket(tmp_path: Path, board: Board, loop: Loop) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    opened = StatusSocket(loop, str(deep), lambda: board, lambda: FACTS)
    with running(loop):
        assert ask(str(deep), patience=LONGEST).facts == FACTS
    opened.close()
    assert not list(Path(folder_of(str(deep))).iterdir())


def test_a_poller_that_is_stopped_does_not_answer(tmp_path: Path, board: Board, loop: Loop) -> None:
    StatusSocket(loop, str(tmp_path), lambda: board, lambda: FACTS)
    with pytest.raises(LiveError, match="does not answer"):
        ask(str(tmp_path), patience=0.01)


@pytest.mark.parametrize(
    ("peer", "may"),
    [
        (Peer(0, frozenset()), True),
        (Peer(os.geteuid(), frozenset()), True),
        (Peer(1007, frozenset()), True),
        (Peer(1008, frozenset({5, 1009})), True),
        (Peer(1008, frozenset({0, 5})), False),
    ],
)
def test_root_the_owner_and_the_group_of_the_store_may_look(peer: Peer, may: bool) -> None:
    assert may_look(peer, 1007, 1009) is may


def test_who_is_at_the_other_end_on_freebsd() -> None:
    assert peer_in(struct.pack("@IIh16I", 0, 1007, 2, 5, 6, *[0] * 14) + b"rest") == Peer(1007, frozenset({5, 6}))


def served(loop: Loop, board: Callable[[], Board]) -> tuple[Door, int]:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    return Door(loop, listener, Scraper(board, lambda: FACTS).read), port


def got(port: int, target: str = "/metrics", **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST)
    connection.request("GET", target, headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, (gzip.decompress(body) if response.headers["Content-Encoding"] else body).decode()


def test_a_scrape_by_http_is_whole_with_gzip_and_without(board: Board, loop: Loop) -> None:
    _, port = served(loop, lambda: board)
    with running(loop):
        status, text = got(port)
        assert status == 200
        assert got(port, **{"Accept-Encoding": "deflate, gzip;q=0.5"}) == (200, text)
        assert got(port, "/metrics?scope=service")[1].count("# TYPE") == 2
        assert got(port, "/metrics?name=lbsh_server_up&scope=server")[1].count("\nlbsh_server_up{") == 4
        assert got(port, "/metrics?name=nothing")[0] == 400
        assert got(port, "/")[0] == 404
    assert text == "".join(exposition(Labels(board), FACTS, Chosen()))


def test_what_a_scrape_says(board: Board) -> None:
    lines = "".join(exposition(Labels(board), FACTS, Chosen())).splitlines()
    smtp = '{service="SMTP",pool="mx"'
    for line in (
        f'lbsh_server_up{smtp},server="192.168.1.2"}} 1',
        f'lbsh_server_up{smtp},server="192.168.1.3"}} 0',
        f'lbsh_server_up{smtp},server="192.168.1.4"}} NaN',
        f'lbsh_server_probe_timestamp_seconds{smtp},server="192.168.1.2"}} 9.500',
        f'lbsh_server_probe_duration_seconds{smtp},server="192.168.1.2"}} 0.001234',
        f'lbsh_server_failure{smtp},server="192.168.1.3",reason="bad-banner"}} 1',
        f'lbsh_server_held_until_timestamp_seconds{smtp},server="192.168.1.3"}} 77.000',
        f'lbsh_service_servers{smtp},state="unknown"}} 1',
        'lbsh_poller_start_lateness_seconds_bucket{le="0.05"} 5',
        'lbsh_poller_start_lateness_seconds_bucket{le="+Inf"} 6',
    ):
        assert line in lines
    assert len({line.rsplit(" ", 1)[0] for line in lines if line[0] != "#"}) == sum(line[0] != "#" for line in lines)


def test_every_family_is_one_group_however_many_servers_there_are(board: Board) -> None:
    target = board.targets[0]
    many = Board([target._replace(server=target.server._replace(port=port)) for port in range(1, 2 * STEP + 10)])
    many.held = dict.fromkeys(range(5, 2 * STEP, 100), 9000)
    text = "".join(exposition(Labels(many), FACTS, Chosen()))
    names = [line.split("{")[0].split(" ")[0] for line in text.splitlines() if line[0] != "#"]
    groups = [name for name, before in zip(names, [None, *names], strict=False) if name != before]
    assert len(groups) == len(set(groups))
    assert names.count("lbsh_server_up") == len(many.targets)
    assert f'server="192.168.1.2:{2 * STEP}"}} NaN\n' in text


def test_names_with_other_signs_stay_in_their_quotes() -> None:
    target = targets_of(site_of(SCRIPT))[0]
    board = Board([target._replace(server=target.server._replace(service='a"\\\n\x1b', port=3))])
    text = "".join(exposition(Labels(board), FACTS, Chosen(names=frozenset({"lbsh_server_up"}))))
    assert (
        text.splitlines()[-1] == 'lbsh_server_up{service="a\\"\\\\\ufffd\ufffd",pool="mx",server="192.168.1.2:3"} NaN'
    )


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"POST /metrics HTTP/1.1\r\n\r\n", "405"),
        (b"HEAD /metrics HTTP/1.1\r\n\r\n", "405"),
        (b"GET /metrics HTTP/2\r\n\r\n", "400"),
        (b"\x16\x03\x01\r\n\r\n", "400"),
        (b"GET /../etc/passwd HTTP/1.1\r\n\r\n", "404"),
        (b"GET /metrics?scope=all HTTP/1.1\r\n\r\n", "400"),
        (b"GET /metrics?&=& HTTP/1.1\r\n\r\n", "400"),
        (b"GET //[x HTTP/1.1\r\n\r\n", "400"),
    ],
)
def test_other_requests_are_refused(data: bytes, status: str) -> None:
    refused = read_request(data)
    assert isinstance(refused, Refusal)
    assert refused.status.startswith(status)


def test_a_request_is_read_once_it_is_whole() -> None:
    text = b"GET /metrics?scope=poller HTTP/1.0\r\nHost: x\r\nACCEPT-encoding:  gzip \r\n\r\n"
    assert all(read_request(text[:end]) is None for end in range(len(text)))
    assert read_request(text) == Request(Chosen(frozenset({"poller"})), gzip=True, chunked=False)


@pytest.mark.parametrize(
    ("header", "takes"),
    [("gzip", True), ("br, gzip", True), ("gzip;q=0", False), ("gzip; q=0.0", False), ("", False), ("xgzip", False)],
)
def test_gzip_is_for_those_who_take_it(header: str, takes: bool) -> None:
    assert takes_gzip(header) is takes


class Time:
    """A time that tests set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Hands:
    """A reactor that does what a test has it do."""

    def __init__(self) -> None:
        self.reading: dict[int, Callable[[], None]] = {}
        self.chores: list[Iterator[None]] = []
        self.timers: list[Callable[[], None]] = []

    def watch(self, descriptor: int, ready: Callable[[], None], *, writing: bool = False) -> None:
        self.reading[descriptor] = ready

    def forget(self, descriptor: int) -> None:
        self.reading.pop(descriptor, None)

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        self.timers.append(call)

    def chore(self, steps: Iterator[None]) -> None:
        self.chores.append(steps)

    def suspect(self, servers: object, sign: str) -> None:
        raise AssertionError

    def sweep(self) -> None:
        timers, self.timers = self.timers, []
        for call in timers:
            call()


def is_over(client: socket.socket) -> bool:
    client.settimeout(LONGEST)
    with suppress(ConnectionResetError):
        return client.recv(1 << 20) == b""
    return True


def test_clients_are_few_and_those_that_say_nothing_or_too_much_are_cut_off() -> None:
    hands, time = Hands(), Time()
    listener = socket.create_server(("127.0.0.1", 0))
    Door(hands, listener, lambda data: None, Limits(clients=2, request=10, idle=5), clock=time)
    silent, loud, third = (socket.create_connection(listener.getsockname()) for _ in range(3))
    while len(hands.reading) < 3:
        hands.reading[listener.fileno()]()
    hands.reading[listener.fileno()]()
    assert is_over(third)
    loud.sendall(b"x" * 11)
    while len(hands.reading) == 3:
        for ready in list(hands.reading.values()):
            ready()
    assert is_over(loud)
    time.now = 5.1
    hands.sweep()
    assert is_over(silent)
    assert not hands.timers
    assert list(hands.reading) == [listener.fileno()]
    listener.close()


class Full(socket.socket):
    """A listener without descriptors for clients, as long as a test says so."""

    is_full = True

    def accept(self) -> tuple[socket.socket, object]:
        if self.is_full:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return super().accept()


def test_without_a_descriptor_for_a_client_nobody_listens_for_a_while() -> None:
    """Else the client who waits would wake the loop without end."""
    hands = Hands()
    with Full() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        door = Door(hands, listener, lambda data: None)
        client = socket.create_connection(listener.getsockname())
        hands.reading[listener.fileno()]()
        assert not hands.reading
        hands.sweep()
        assert list(hands.reading) == [listener.fileno()]
        hands.reading[listener.fileno()]()
        listener.is_full = False
        hands.sweep()
        hands.reading[listener.fileno()]()
        assert len(hands.reading) == 2
        listener.is_full = True
        hands.reading[listener.fileno()]()
        door.close()
        while hands.timers:
            hands.sweep()
        assert not hands.reading
        client.close()


def test_a_client_that_takes_nothing_is_waited_for_without_work_and_then_cut_off() -> None:
    hands, time = Hands(), Time()
    listener = socket.create_server(("127.0.0.1", 0))
    Door(hands, listener, lambda data: iter(lambda: b"y" * 65_536, b""), Limits(idle=5, whole=60), clock=time)
    client = socket.create_connection(listener.getsockname())
    client.sendall(b"x")
    while not hands.chores:
        for ready in list(hands.reading.values()):
            ready()
    for _ in hands.chores.pop():
        pass
    waiting = hands.reading.copy()
    assert len(waiting) == 2  # the listener, and the client until it takes more
    client.recv(1 << 20)
    time.now = 5.1
    hands.sweep()
    assert list(hands.reading) == [listener.fileno()]
    client.close()
    listener.close()


def test_every_family_can_be_asked_for_by_its_name(board: Board) -> None:
    for family in FAMILIES:
        text = "".join(exposition(Labels(board), FACTS, Chosen(names=frozenset({family.name}))))
        assert {line.split()[2] for line in text.splitlines() if line.startswith("#")} == {family.name}


def test_answers_come_in_small_pieces_however_many_servers_there_are(board: Board) -> None:
    """The loop makes one piece at a time: a piece is the work of a millisecond or less."""
    target = board.targets[0]
    many = Board([target._replace(server=target.server._replace(port=port)) for port in range(1, 5000)])
    many.reason = dict.fromkeys(range(5000 - 1), Reason.REFUSED)
    assert all(piece.count(b"\n") <= 66 for piece in answer(many, FACTS, None))
    nobody = list(answer(many, FACTS, frozenset({"other"})))
    assert len(nobody) > len(many.targets) // 2048  # the search goes in steps, too
    pieces = exposition(Labels(many), FACTS, Chosen())
    assert all(piece.count("\n") <= STEP for piece in pieces)
