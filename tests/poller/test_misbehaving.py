"""Every method that holds a conversation, against real servers that misbehave in every way; all of them at once."""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

from lbsh.poller.probes.methods import method_of
from lbsh.poller.results import Reason
from lbsh.poller.runner import Runner
from lbsh.poller.sockets import Budget
from lbsh.poller.targets import Target
from lbsh_lang.site.model import Probe
from lbsh_lang.site.status import ServerId
from lbsh_lang.values import Address, Protocol
from tests.limits import LONGEST
from tests.poller.conversing import now
from tests.poller.probing import probe_of

HERE = Address(4, 0x7F000001)
TIMEOUT = 400
"""Milliseconds: what a server that says nothing is given."""

HELLO = b"\x16\x03\x03\x00\x7a\x02\x00\x00"
"""How the answer of a server of TLS begins."""


class Stream(NamedTuple):
    """A method: the words of a script, how a good answer begins, and what is said of rubbish in its place."""

    words: str
    answer: bytes
    rubbish: Reason


STREAMS = {
    "http": Stream("http", b"HTTP/1.1 200 OK\r\n\r\n", Reason.BAD_ANSWER),
    "https": Stream("https", HELLO, Reason.TLS_FAILED),
    "smtp": Stream("smtp", b"220 mx.example.net ESMTP\r\n", Reason.BAD_BANNER),
    "smtp starttls": Stream("smtp starttls on", b"220 mx.example.net ESMTP\r\n", Reason.BAD_BANNER),
    "smtp tls": Stream("smtp tls on", HELLO, Reason.TLS_FAILED),
    "imap": Stream("imap", b"* OK ready\r\n", Reason.BAD_BANNER),
    "imap tls": Stream("imap tls on", HELLO, Reason.TLS_FAILED),
    "pop3": Stream("pop3", b"+OK ready\r\n", Reason.BAD_BANNER),
    "pop3 tls": Stream("pop3 tls on", HELLO, Reason.TLS_FAILED),
    "ldap": Stream("ldap", bytes.fromhex("300c02010161070a010004000400"), Reason.BAD_ANSWER),
    "ldap tls": Stream("ldap tls on", HELLO, Reason.TLS_FAILED),
    "dns": Stream('dns query "example.net"', b"\x00\x20\x12\x34\x81\x80", Reason.BAD_ANSWER),
}
DATAGRAMS = {"dns": 'dns query "example.net"', "radius": 'radius secret file "SECRET"'}


@dataclass(frozen=True)
class Manner:
    """What a server does with its client and the good answer, and what is to be said of it."""

    serve: Callable[[socket.socket, bytes], None]
    reason: Callable[[Stream], Reason]


def _wait(client: socket.socket) -> None:
    """Until the client leaves, whatever it says."""
    while client.recv(1 << 16):
        pass


def _silent(client: socket.socket, answer: bytes) -> None:
    _wait(client)


def _drips(client: socket.socket, answer: bytes) -> None:
    """The first byte at once, each further one a second after the one before, until the client leaves."""
    client.settimeout(1)
    for byte in answer[:-1]:
        client.sendall(bytes([byte]))
        with suppress(TimeoutError):
            while client.recv(1 << 16):
                pass
            return
    client.settimeout(LONGEST)
    _wait(client)


def _rubbish(client: socket.socket, answer: bytes) -> None:
    client.sendall(b"\x00\xffrubbish\r\n" * 100)
    _wait(client)


def _leaves(client: socket.socket, answer: bytes) -> None:
    client.sendall(answer[: len(answer) // 2])
    client.shutdown(socket.SHUT_WR)
    _wait(client)


def _late(client: socket.socket, answer: bytes) -> None:
    """Nothing for longer than the timeout, then all."""
    client.settimeout(2 * TIMEOUT / 1000)
    with suppress(TimeoutError):
        _wait(client)
    client.sendall(answer)


MANNERS = {
    "silent": Manner(_silent, lambda stream: Reason.NO_ANSWER),
    "drips": Manner(_drips, lambda stream: Reason.NO_ANSWER),
    "rubbish": Manner(_rubbish, lambda stream: stream.rubbish),
    "leaves half-way": Manner(_leaves, lambda stream: Reason.CLOSED),
    "late": Manner(_late, lambda stream: Reason.NO_ANSWER),
}


@contextmanager
def _stream(manner: Manner, answer: bytes) -> Iterator[int]:
    """A server for one client; the port. It ends once its client has left."""

    def serve() -> None:
        client, _ = listener.accept()
        client.settimeout(LONGEST)
        with client, suppress(ConnectionError):
            manner.serve(client, answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(LONGEST)
        assert not thread.is_alive()


@contextmanager
def _black_hole() -> Iterator[int]:
    """A listener whose queue is full: the kernel drops what comes."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            yield port


@contextmanager
def _closed() -> Iterator[int]:
    """A port that is taken, and at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@contextmanager
def _datagrams(data: bytes | None) -> Iterator[int]:
    """A server that says the same to every question, or nothing; the port."""

    def serve() -> None:
        with suppress(OSError):
            while True:
                _, client = server.recvfrom(1 << 16)
                if data is not None:
                    server.sendto(data, client)
                else:
                    return

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(LONGEST)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", server.getsockname())
        server.settimeout(0)


def _probe(words: str, protocol: str, secret: Path) -> Probe:
    return probe_of(f"{words.replace('SECRET', str(secret))} every 100s timeout {TIMEOUT}ms", protocol)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret"
    file.write_text("geheim\n")
    return file


def test_a_server_that_misbehaves_is_found_out_by_every_method(secret: Path) -> None:
    """Each gives one result, with the reason that tells what the server did, and nothing after it."""
    expected: dict[tuple[str, str], Reason] = {}
    ports: list[tuple[int, Probe, Protocol]] = []

    def add(key: tuple[str, str], reason: Reason, port: int, probe: Probe, protocol: Protocol) -> None:
        expected[key] = reason
        ports.append((port, probe, protocol))

    with ExitStack() as stack:
        for method, stream in STREAMS.items():
            probe = _probe(stream.words, "tcp", secret)
            for name, manner in MANNERS.items():
                port = stack.enter_context(_stream(manner, stream.answer))
                add((method, name), manner.reason(stream), port, probe, Protocol.TCP)
            add((method, "refuses"), Reason.REFUSED, stack.enter_context(_closed()), probe, Protocol.TCP)
            add((method, "black hole"), Reason.TIMEOUT, stack.enter_context(_black_hole()), probe, Protocol.TCP)
        for method, words in DATAGRAMS.items():
            probe, key = _probe(words, "udp", secret), f"{method} by datagram"
            silent, rubbish = (stack.enter_context(_datagrams(data)) for data in (None, b"rubbish" * 9))
            add((key, "silent"), Reason.NO_ANSWER, silent, probe, Protocol.UDP)
            add((key, "rubbish"), Reason.BAD_ANSWER, rubbish, probe, Protocol.UDP)
            add((key, "refuses"), Reason.REFUSED, stack.enter_context(_closed_datagrams()), probe, Protocol.UDP)
        found = _all_results(ports, stack)
    assert dict(zip(expected, found, strict=True)) == expected


@contextmanager
def _closed_datagrams() -> Iterator[int]:
    """A port at which nobody has listened since it was asked for."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    yield port


def _all_results(ports: list[tuple[int, Probe, Protocol]], stack: ExitStack) -> list[Reason]:
    targets = [Target(ServerId("p", "S", HERE), HERE, port, probe) for port, probe, _ in ports]
    runner = Runner(targets, [method_of(probe, (protocol,)) for _, probe, protocol in ports], Budget(1000))
    found: dict[int, Reason] = {}
    end = time.monotonic() + LONGEST
    try:
        for index in range(len(targets)):
            assert runner.start(index, 1, now())
        while (len(found) < len(targets) or runner.open) and time.monotonic() < end:
            select.select([] if runner.descriptor is None else [runner.descriptor], [], [], 0.01)
            for probed in runner.collect(now()):
                assert probed.server not in found, "a second result"
                found[probed.server] = probed.reason
    finally:
        runner.close()
    return [found[index] for index in range(len(targets))]
