"""Conversations over real sockets, with servers that behave and servers that do not."""

from __future__ import annotations

import errno
import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import pytest

from lbsh.poller.conversation import Conversation, Retry, Step, Transport, Verdict
from lbsh.poller.results import Reason
from lbsh.poller.runner import Runner
from lbsh.poller.sockets import Budget
from lbsh.poller.stamps import keep_stamping
from lbsh.poller.targets import Target
from tests.limits import LONGEST
from tests.poller.conversing import WAYS, collected, converse, now, target_of

SOON, LONG = 200, 60_000
"""Milliseconds: a deadline that is to be met, and one that only a fault meets."""


@dataclass
class Greeted:
    """The server says `hello`, we say `bye`."""

    heard: bytes = b""

    def begin(self) -> Step:
        return b""

    def receive(self, data: bytes) -> Step:
        self.heard += data
        if b"hello\n".startswith(self.heard) and self.heard != b"hello\n":
            return b""
        if self.heard != b"hello\n":
            return b"" if len(self.heard) > len(b"rubbish\n") else Verdict(Reason.BAD_BANNER, repr(self.heard))
        return Verdict(Reason.ANSWERED, farewell=b"bye\n")

    def silence(self) -> Reason:
        return Reason.NO_ANSWER


@dataclass
class Asking:
    """We say `ping`, and the server `pong`; after `longer` it is asked once more by TCP."""

    heard: bytes = b""

    def begin(self) -> Step:
        return b"ping\n"

    def receive(self, data: bytes) -> Step:
        if data == b"longer\n":
            return Retry(Transport.TCP)
        self.heard += data
        return Verdict(Reason.ANSWERED, self.heard.decode()) if self.heard.endswith(b"pong\n") else b""

    def silence(self) -> Reason:
        return Reason.NO_ANSWER


class Endless:
    """Never has enough."""

    def begin(self) -> Step:
        return b""

    def receive(self, data: bytes) -> Step:
        return b""

    def silence(self) -> Reason:
        return Reason.NO_ANSWER


class Broken(Endless):
    """A method with a fault."""

    def receive(self, data: bytes) -> Step:
        raise IndexError(len(data))


@dataclass(frozen=True)
class Made:
    """A method that makes conversations of a kind."""

    kind: Callable[[], Conversation]
    transport: Transport = Transport.TCP

    def conversation(self, target: Target) -> Conversation:
        return self.kind()


Serve = Callable[[socket.socket], None]


@contextmanager
def listening(serve: Serve, address: str = "127.0.0.1") -> Iterator[int]:
    """A TCP server that serves one client; the port."""
    with socket.create_server((address, 0), family=socket.AF_INET6 if ":" in address else socket.AF_INET) as listener:
        thread = threading.Thread(target=_serve, args=(listener, serve), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(LONGEST)
        assert not thread.is_alive()


def _serve(listener: socket.socket, serve: Serve) -> None:
    client, _ = listener.accept()
    client.settimeout(LONGEST)
    with client, suppress(ConnectionResetError, BrokenPipeError):
        serve(client)


def until_it_leaves(client: socket.socket) -> None:
    while client.recv(1 << 16):
        pass


def says(*parts: bytes) -> Serve:
    def serve(client: socket.socket) -> None:
        for part in parts:
            client.sendall(part)
        until_it_leaves(client)

    return serve


def says_and_leaves(data: bytes) -> Serve:
    return lambda client: client.sendall(data)


def hears_and_leaves(client: socket.socket) -> None:
    client.recv(100)
    client.sendall(b"po")


def slow(client: socket.socket) -> None:
    """A byte whenever the client has had time for the one before."""
    for byte in b"hello"[:3]:
        client.sendall(bytes([byte]))
    until_it_leaves(client)


def resets(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def without_end(client: socket.socket) -> None:
    while True:
        client.sendall(b"x" * 4096)


TABLE: list[tuple[str, Serve, Callable[[], Conversation], int, Reason]] = [
    ("good", says(b"hel", b"lo\n"), Greeted, LONG, Reason.ANSWERED),
    ("silent", until_it_leaves, Greeted, SOON, Reason.NO_ANSWER),
    ("half an answer", says(b"hel"), Greeted, SOON, Reason.NO_ANSWER),
    ("a byte at a time", slow, Greeted, SOON, Reason.NO_ANSWER),
    ("rubbish", says(b"rubbish\n"), Greeted, LONG, Reason.BAD_BANNER),
    ("closes half-way", says_and_leaves(b"hel"), Greeted, LONG, Reason.CLOSED),
    ("closes at once", says_and_leaves(b""), Greeted, LONG, Reason.CLOSED),
    ("resets", resets, Greeted, LONG, Reason.RESET),
    ("answers and closes", says_and_leaves(b"hello\n"), Greeted, LONG, Reason.ANSWERED),
    ("endless", without_end, Endless, LONG, Reason.BAD_ANSWER),
    ("a method with a fault", says(b"hello\n"), Broken, LONG, Reason.SPOILT),
    ("asked", says(b"pong\n"), Asking, LONG, Reason.ANSWERED),
    ("asked, closes", hears_and_leaves, Asking, LONG, Reason.CLOSED),
    ("asked, silent", until_it_leaves, Asking, SOON, Reason.NO_ANSWER),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("serve", "kind", "timeout", "reason"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_servers_by_tcp(serve: Serve, kind: Callable[[], Conversation], timeout: int, reason: Reason, way: str) -> None:
    with listening(serve) as port:
        probed = converse(Made(kind), target_of(port, timeout=timeout), way)
    assert probed.reason is reason, probed
    if timeout == SOON:
        assert probed.duration >= SOON * 1000


def test_the_farewell_comes_after_the_result_and_the_server_may_end_politely() -> None:
    heard = []

    def serve(client: socket.socket) -> None:
        client.sendall(b"hello\n")
        heard.append(client.recv(100))
        client.sendall(b"so long\n")

    with listening(serve) as port:
        runner = Runner([target_of(port)], [Made(Greeted)], budget := Budget(10))
        runner.start(0, 1, now())
        assert collected(runner, runner.descriptor).reason is Reason.ANSWERED
    while budget.left < 10:
        assert [*runner.collect(now())] == []
    assert heard == [b"bye\n"]
    runner.close()


def test_a_server_that_ignores_a_farewell_is_left() -> None:
    with listening(says(b"hello\n")) as port:
        runner = Runner([target_of(port)], [Made(Greeted)], budget := Budget(10))
        runner.start(0, 1, now())
        assert collected(runner, runner.descriptor).reason is Reason.ANSWERED
        assert budget.left == 9
        assert [*runner.collect(now() + 10_000_000)] == []
        assert budget.left == 10
    runner.close()


@pytest.mark.parametrize("way", WAYS)
def test_a_closed_port_refuses(way: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for kind, transport in ((Greeted, Transport.TCP), (Asking, Transport.TCP), (Asking, Transport.UDP)):
        probed = converse(Made(kind, transport), target_of(port, timeout=LONG), way)
        assert probed.reason is Reason.REFUSED
        assert not probed.detail


def test_ipv6() -> None:
    with listening(says(b"hello\n"), "::1") as port:
        assert converse(Made(Greeted), target_of(port, "::1")).reason is Reason.ANSWERED


def test_no_connection_in_time_is_a_timeout() -> None:
    """A listener whose queue is full drops what comes."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            probed = converse(Made(Greeted), target_of(port, timeout=SOON))
    assert probed.reason is Reason.TIMEOUT


def test_no_descriptor_says_nothing_of_the_server() -> None:
    runner = Runner([target_of(1)], [Made(Greeted)], Budget(0))
    assert not runner.start(0, 1, now())
    assert runner.open == 0
    runner.close()


def test_what_the_kernel_refuses_is_this_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> tuple[socket.socket, int]:
        raise OSError(errno.EMFILE, "no")

    monkeypatch.setattr("lbsh.poller.runner.open_socket", refuse)
    probed = converse(Made(Greeted), target_of(1))
    assert (probed.reason, probed.detail) == (Reason.SPOILT, "too many open files")


def test_an_abandoned_probe_gives_no_result() -> None:
    with listening(says(b"hello\n")) as port:
        runner = Runner([target_of(port)], [Made(Greeted)], budget := Budget(10))
        runner.start(0, 1, now())
        runner.abandon(0, 1)
        assert [*runner.collect(now() + 10**9)] == []
        assert (runner.open, budget.left) == (0, 10)
        runner.close()


@contextmanager
def datagrams(*answers: bytes) -> Iterator[int]:
    """A UDP server that gives each client these answers; the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def serve() -> None:
            _, client = server.recvfrom(1000)
            for answer in answers:
                server.sendto(answer, client)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(LONGEST)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("answers", "kind", "timeout", "reason"),
    [
        ((b"pong\n",), Asking, LONG, Reason.ANSWERED),
        ((b"", b"", b"pong\n"), Asking, LONG, Reason.ANSWERED),
        ((), Asking, SOON, Reason.NO_ANSWER),
        ((b"x" * 40_000, b"x" * 40_000), Asking, LONG, Reason.BAD_ANSWER),
    ],
    ids=["good", "empty ones before", "silent", "endless"],
)
def test_servers_by_udp(
    answers: tuple[bytes, ...], kind: Callable[[], Conversation], timeout: int, reason: Reason, way: str
) -> None:
    with datagrams(*answers) as port:
        probed = converse(Made(kind, Transport.UDP), target_of(port, timeout=timeout), way)
    assert probed.reason is reason, probed


def test_a_conversation_begins_again_by_tcp() -> None:
    with datagrams(b"longer\n") as port, socket.create_server(("127.0.0.1", port)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, says(b"pong\n")), daemon=True)
        thread.start()
        probed = converse(Made(Asking, Transport.UDP), target_of(port))
        thread.join(LONGEST)
    assert (probed.reason, probed.detail) == (Reason.ANSWERED, "pong\n")


def test_the_duration_does_not_depend_on_when_the_answer_is_read() -> None:
    """An answer that lay in the kernel for a second took no second."""
    with listening(says(b"hello\n")) as port:
        runner = Runner([target_of(port)], [Made(Greeted)], Budget(10))
        runner.start(0, 1, now())
        threading.Event().wait(1)
        (probed,) = runner.collect(now())
        runner.close()
    assert probed.reason is Reason.ANSWERED
    assert probed.duration < 900_000


def test_the_duration_of_a_datagram_does_not_depend_on_it_either() -> None:
    durations = []
    with keep_stamping():
        for _ in range(5):  # the kernel begins to stamp packets some time after it is asked to
            with datagrams(b"pong\n") as port:
                runner = Runner([target_of(port)], [Made(Asking, Transport.UDP)], Budget(10))
                runner.start(0, 1, now())
                threading.Event().wait(1)
                (probed,) = runner.collect(now())
                runner.close()
            assert probed.reason is Reason.ANSWERED
            durations.append(probed.duration)
            if probed.duration < 900_000:
                break
    assert min(durations) < 900_000


def test_an_answer_is_read_before_the_deadline_is_looked_at() -> None:
    with listening(says(b"hello\n")) as port:
        runner = Runner([target_of(port, timeout=SOON)], [Made(Greeted)], Budget(10))
        runner.start(0, 1, now())
        assert runner.descriptor is not None
        assert select.select([runner.descriptor], [], [], LONGEST)[0]
        (probed,) = runner.collect(now() + 10**9)
        runner.close()
    assert probed.reason is Reason.ANSWERED
