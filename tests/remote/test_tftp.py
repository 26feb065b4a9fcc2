"""TFTP over a socket: ports, addresses, repetition, silence, and servers that keep something else."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from lbsh.remote.errors import RemoteError
from lbsh.remote.limits import USUAL
from lbsh.remote.storage import fetch, put
from lbsh.remote.tftp_packets import Ack, Code, Data, Error, Operation, read_packet
from lbsh.remote.urls import Url, parse_url
from tests.limits import LONGEST

LIMITS = USUAL._replace(silence=LONGEST, total=LONGEST)


class Clock:
    """The time of the client, which servers put forward: so nobody waits, and no busy machine is taken for a silent one."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead

    def pass_all_limits(self) -> None:
        self._ahead += 10 * LONGEST


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("lbsh.remote.tftp.time", made)
    return made


class Sockets:
    """The sockets of a server: one for requests, and others of the same address or another."""

    def __init__(self, stack: ExitStack, address: str) -> None:
        self._stack = stack
        self._address = address
        self.main = self.further()
        host = f"[{address}]" if ":" in address else address
        self.url: Url = parse_url(f"tftp://{host}:{self.main.getsockname()[1]}/site.lb")

    def further(self, address: str = "") -> socket.socket:
        family = socket.AF_INET6 if ":" in self._address else socket.AF_INET
        opened = self._stack.enter_context(socket.socket(family, socket.SOCK_DGRAM))
        opened.bind((address or self._address, 0))
        opened.settimeout(LONGEST)
        return opened


Part = Callable[[Sockets], None]
"""What a server does, from the first request on."""


class Played:
    """A server that plays a part beside the test; what fails in it fails the test."""

    def __init__(self, part: Part, address: str = "127.0.0.1") -> None:
        self._stack = ExitStack()
        self.sockets = Sockets(self._stack, address)
        self._errors: list[BaseException] = []
        self._thread = threading.Thread(target=self._play, args=(part,), daemon=True)

    def __enter__(self) -> Url:
        self._thread.start()
        return self.sockets.url

    def __exit__(self, *_: object) -> None:
        self._thread.join(LONGEST)
        assert not self._thread.is_alive()
        self._stack.close()
        if self._errors:
            raise self._errors[0]

    def _play(self, part: Part) -> None:
        try:
            part(self.sockets)
        except BaseException as error:  # shown where the test waits
            self._errors.append(error)


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as opened:
            opened.bind(("::1", 0))
    except OSError:
        return False
    return True


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(RemoteError) as caught:
        act()
    assert str(caught.value).isprintable()
    return str(caught.value)


def test_other_ports_of_the_server_change_nothing() -> None:
    """They hear that nobody waits for them (RFC 1350, section 4)."""

    def part(sockets: Sockets) -> None:
        _, client = sockets.main.recvfrom(1000)
        one, other = sockets.further(), sockets.further()
        one.sendto(Data(1, b"x" * 512).encode(), client)
        assert read_packet(one.recv(1000)) == Ack(1)
        other.sendto(Data(2, b"evil").encode(), client)
        other.sendto(Error(Code.UNDEFINED, b"evil").encode(), client)
        for _ in range(2):
            answer = read_packet(other.recv(1000))
            assert isinstance(answer, Error)
            assert answer.code == Code.UNKNOWN_PORT
        one.sendto(Data(2, b"end").encode(), client)
        assert read_packet(one.recv(1000)) == Ack(2)

    with Played(part) as url:
        assert fetch(url, LIMITS).content == b"x" * 512 + b"end"


def test_other_addresses_are_not_listened_to() -> None:
    def part(sockets: Sockets) -> None:
        _, client = sockets.main.recvfrom(1000)
        sockets.further("127.0.0.2").sendto(Data(1, b"evil").encode(), client)
        sockets.main.sendto(Data(1, b"good").encode(), client)

    with Played(part) as url:
        assert fetch(url, LIMITS).content == b"good"


def test_only_another_address_that_answers_is_said(clock: Clock) -> None:
    def part(sockets: Sockets) -> None:
        _, client = sockets.main.recvfrom(1000)
        sockets.further("127.0.0.2").sendto(Data(1, b"evil").encode(), client)
        sockets.main.recv(1000)  # the request once more: by now the client has seen that packet
        clock.pass_all_limits()

    with Played(part) as url:
        assert "no answer from the server's address, but from another" in refusal(lambda: fetch(url, LIMITS))


def test_request_that_is_lost_is_repeated() -> None:
    def part(sockets: Sockets) -> None:
        first, _ = sockets.main.recvfrom(1000)
        again, client = sockets.main.recvfrom(1000)
        assert first == again
        sockets.main.sendto(Data(1, b"end").encode(), client)

    with Played(part) as url:
        assert fetch(url, LIMITS).content == b"end"


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 on loopback here")
def test_file_comes_by_ipv6() -> None:
    def part(sockets: Sockets) -> None:
        _, client = sockets.main.recvfrom(1000)
        sockets.further().sendto(Data(1, b"end").encode(), client)

    with Played(part, "::1") as url:
        assert str(url).startswith("tftp://[::1]:")
        assert fetch(url, LIMITS).content == b"end"


def test_silence_is_said(clock: Clock) -> None:
    def part(sockets: Sockets) -> None:
        sockets.main.recv(1000)
        clock.pass_all_limits()

    with Played(part) as url:
        assert refusal(lambda: fetch(url, LIMITS)).endswith("is not fetched: no answer")


def test_file_that_ends_half_way_is_none(clock: Clock) -> None:
    def part(sockets: Sockets) -> None:
        _, client = sockets.main.recvfrom(1000)
        sockets.main.sendto(Data(1, b"x" * 512).encode(), client)
        assert read_packet(sockets.main.recv(1000)) == Ack(1)
        clock.pass_all_limits()

    with Played(part) as url:
        assert "the server fell silent before the end" in refusal(lambda: fetch(url, LIMITS))


def test_options_that_are_refused_are_left_out_from_another_port() -> None:
    def part(sockets: Sockets) -> None:
        request, client = sockets.main.recvfrom(1000)
        assert b"blksize" in request
        sockets.main.sendto(Error(Code.OPTIONS, b"").encode(), client)
        request, other = sockets.main.recvfrom(1000)
        assert request == b"\0\1site.lb\0octet\0"
        assert other != client
        sockets.main.sendto(Data(1, b"end").encode(), other)

    with Played(part) as url:
        assert fetch(url, LIMITS).content == b"end"


def test_upload_that_stops_half_way_is_said_to_have_left_a_part(clock: Clock) -> None:
    def part(sockets: Sockets) -> None:
        _, client = sockets.main.recvfrom(1000)
        sockets.main.sendto(Ack(0).encode(), client)
        assert read_packet(sockets.main.recv(1000)) == Data(1, b"text\n")
        clock.pass_all_limits()

    with Played(part) as url:
        words = refusal(lambda: put(url, "text\n", LIMITS))
        assert words.endswith("the server fell silent before the end; what the server has of it may be a part")


def keeps(something: bytes) -> Part:
    """A server that takes all and hands out something."""

    def part(sockets: Sockets) -> None:
        _, client = sockets.main.recvfrom(1000)
        sockets.main.sendto(Ack(0).encode(), client)
        sockets.main.recvfrom(1000)
        sockets.main.sendto(Ack(1).encode(), client)
        request, client = sockets.main.recvfrom(1000)
        assert request[:2] == Operation.READ.to_bytes(2, "big")
        sockets.main.sendto(Data(1, something).encode(), client)

    return part


def test_upload_is_read_back() -> None:
    with Played(keeps(b"text\n")) as url:
        put(url, "text\n", LIMITS)
    with Played(keeps(b"tex")) as url:
        assert "what the server has is not what was sent" in refusal(lambda: put(url, "text\n", LIMITS))


def test_deadline_ends_a_server_that_never_ends(clock: Clock) -> None:
    """It makes progress all the time."""

    def part(sockets: Sockets) -> None:
        _, client = sockets.main.recvfrom(1000)
        for block in range(1, 10):
            sockets.main.sendto(Data(block, b"x" * 512).encode(), client)
            assert read_packet(sockets.main.recv(1000)) == Ack(block)
        clock.pass_all_limits()
        sockets.main.sendto(Data(10, b"x" * 512).encode(), client)
        has_ended.wait(LONGEST)

    has_ended = threading.Event()
    with Played(part) as url:
        words = refusal(lambda: fetch(url, LIMITS._replace(silence=100 * LONGEST)))
        has_ended.set()
    assert "was not over within" in words


def test_too_long_a_name_is_refused() -> None:
    assert "at most 400 bytes" in refusal(lambda: fetch(parse_url(f"tftp://127.0.0.1/{'x' * 401}"), LIMITS))


@pytest.mark.parametrize("scheme", ["tftp", "https"])
def test_host_without_an_address_is_said(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    url = parse_url(f"{scheme}://no-such-host.invalid/x")
    assert refusal(lambda: fetch(url, LIMITS)).endswith("is not fetched: name or service not known")
