"""Both directions of TFTP, packet by packet, and over networks that lose, double and delay packets."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import chain, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbsh.remote.tftp_packets import Ack, Data, Error, Options, read_packet
from lbsh.remote.tftp_transfers import Again, Done, Failed, Fetching, Ignore, Send, Step, Storing, Transfer

MOST = 1 << 20
OFFER = b"blksize\x001428\x00tsize\x000\x00timeout\x002\x00"


def oack(**options: str) -> bytes:
    return b"\0\6" + b"".join([f"{name}\0{value}\0".encode() for name, value in options.items()])


def data(block: int, content: bytes) -> bytes:
    return Data(block, content).encode()


def ack(block: int) -> bytes:
    return Ack(block).encode()


def error(code: int, words: str = "") -> bytes:
    return Error(code, words.encode()).encode()


def fetching(most: int = MOST) -> Fetching:
    return Fetching("site.lb", most, with_options=True)


def storing(content: bytes) -> Storing:
    return Storing("site.lb", content, with_options=True)


def play(transfer: Transfer, *datagrams: bytes) -> list[Step]:
    transfer.begin()
    return [transfer.receive(one) for one in datagrams]


FULL = b"x" * 512


def test_requests_are_those_of_the_standard() -> None:
    assert fetching().begin() == b"\0\1site.lb\0octet\0" + OFFER
    assert storing(b"1234").begin() == b"\0\2site.lb\0octet\0" + OFFER.replace(b"tsize\x000", b"tsize\x004")
    assert Fetching("é", MOST, with_options=False).begin() == b"\0\1\xc3\xa9\0octet\0"


def test_file_comes_from_a_server_without_options() -> None:
    steps = play(fetching(), data(1, FULL), data(2, b"end"))
    assert steps == [Send(ack(1)), Done(FULL + b"end", ack(2))]


def test_file_comes_in_blocks_as_agreed() -> None:
    steps = play(fetching(), oack(blksize="8", tsize="11"), data(1, b"12345678"), data(2, b"901"))
    assert steps == [Send(ack(0)), Send(ack(1)), Done(b"12345678901", ack(2))]


def test_copy_of_a_block_is_acknowledged_again_and_taken_once() -> None:
    steps = play(fetching(), data(1, FULL), data(1, FULL), data(2, b""))
    assert steps == [Send(ack(1)), Send(ack(1), is_progress=False), Done(FULL, ack(2))]


def test_copy_of_the_options_is_acknowledged_again() -> None:
    steps = play(fetching(), oack(tsize="3"), oack(tsize="3"), data(1, b"end"))
    assert steps == [Send(ack(0)), Send(ack(0), is_progress=False), Done(b"end", ack(1))]


def test_block_from_elsewhere_is_passed_over() -> None:
    assert play(fetching(), data(1, FULL), data(7, FULL), data(2, b""))[1:] == [Ignore(), Done(FULL, ack(2))]


def test_copy_of_an_acknowledgement_sends_nothing() -> None:
    """The Sorcerer's Apprentice."""
    steps = play(storing(FULL + b"end"), ack(0), ack(1), ack(1), ack(0), ack(2))
    assert steps == [Send(data(1, FULL)), Send(data(2, b"end")), Ignore(), Ignore(), Done(FULL + b"end")]


def test_full_last_block_is_followed_by_an_empty_one() -> None:
    assert play(storing(FULL), ack(0), ack(1), ack(2)) == [Send(data(1, FULL)), Send(data(2, b"")), Done(FULL)]


def test_file_goes_in_blocks_as_agreed() -> None:
    steps = play(storing(b"12345678901"), oack(blksize="8", tsize="11"), ack(1), ack(2))
    assert steps == [Send(data(1, b"12345678")), Send(data(2, b"901")), Done(b"12345678901")]


@pytest.mark.parametrize("code", [8, 4])
def test_refused_options_begin_it_once_more_without(code: int) -> None:
    for make in (
        lambda one: Fetching("x", MOST, with_options=one),
        lambda one: Storing("x", b"", with_options=one),
    ):
        assert play(make(True), error(code)) == [Again()]
        (step,) = play(make(False), error(code))
        assert isinstance(step, Failed)


def test_refusal_in_the_middle_is_one() -> None:
    for steps in (play(fetching(), data(1, FULL), error(8)), play(storing(b""), ack(0), error(8))):
        assert isinstance(steps[-1], Failed)


ERRORS = {
    error(1, "File not found"): "the server has no such file: File not found",
    error(2): "the server allows no access to it",
    error(3, "ENOSPC"): "the disk of the server is full: ENOSPC",
    error(0, "no\x1b[31m!"): "the server refuses: no\ufffd[31m!",
    error(99): "the server ends the transfer (error 99)",
    b"\0\5\0\1no end": "the server has no such file: no end",
}


@pytest.mark.parametrize("packet", ERRORS)
def test_error_is_put_into_words(packet: bytes) -> None:
    assert play(fetching(), packet) == [Failed(ERRORS[packet])]
    assert play(storing(b""), packet) == [Failed(ERRORS[packet])]


UNASKED = [
    oack(),
    oack(windowsize="4"),
    oack(blksize="1429"),
    oack(blksize="7"),
    oack(blksize="-8"),
    oack(blksize=""),
    oack(blksize="9" * 5000),
    oack(timeout="1"),
    oack(tsize="x"),
]


@pytest.mark.parametrize("packet", UNASKED)
def test_options_that_nobody_asked_for_end_it(packet: bytes) -> None:
    for transfer in (fetching(), storing(b"")):
        (step,) = play(transfer, packet)
        assert isinstance(step, Failed)
        assert read_packet(step.farewell) == Error(8, b"options that were not asked for")


def test_options_in_the_middle_end_it() -> None:
    assert isinstance(play(fetching(), data(1, FULL), oack(blksize="8"))[-1], Failed)


NONSENSE = [
    b"",
    b"\0",
    b"\0\3",
    b"\0\1x\0octet\0",
    b"\xff\xff\0\0",
    oack(a="1") + b"rest",
    b"\0\6tsize\x001\0tsize\x001\0",
]


@pytest.mark.parametrize("packet", NONSENSE)
def test_nonsense_ends_it(packet: bytes) -> None:
    for transfer in (fetching(), storing(b"")):
        (step,) = play(transfer, packet)
        assert isinstance(step, Failed)
        assert step.words == "the server says something that has no place in this transfer"


def test_packet_of_the_other_direction_is_nonsense() -> None:
    assert isinstance(play(fetching(), ack(0))[0], Failed)
    assert isinstance(play(storing(b""), data(1, b""))[0], Failed)


def test_block_larger_than_agreed_is_nonsense() -> None:
    assert isinstance(play(fetching(), oack(blksize="8"), data(1, b"123456789"))[-1], Failed)


def test_file_of_another_length_than_announced_is_no_file() -> None:
    (_, step) = play(fetching(), oack(tsize="4"), data(1, b"123"))
    assert step == Failed("the server announced 4 bytes and sent 3", ack(1))


def test_too_large_a_file_is_refused_as_soon_as_that_is_known() -> None:
    for steps in (
        play(fetching(1000), oack(tsize="1001")),
        play(fetching(1000), data(1, FULL), data(2, FULL)),
    ):
        step = steps[-1]
        assert isinstance(step, Failed)
        assert step.words.startswith("it is larger than")


def test_endless_copies_end_it() -> None:
    assert isinstance(play(fetching(), data(1, FULL), *repeat(data(1, FULL), 2000))[-1], Failed)
    assert isinstance(play(storing(b""), ack(0), *repeat(ack(0), 2000))[-1], Failed)


def test_numbers_of_blocks_go_round() -> None:
    length = 8 * ((1 << 16) + 3)
    content = bytes(range(8)) * (length // 8)
    parts = [data(number % (1 << 16), content[8 * number - 8 : 8 * number]) for number in range(1, length // 8 + 2)]
    steps = play(fetching(), oack(blksize="8"), *parts)
    assert isinstance(steps[-1], Done)
    assert steps[-1].content == content
    acks = [ack(number % (1 << 16)) for number in range(1, length // 8 + 2)]
    assert play(storing(content), oack(blksize="8"), *acks)[-1] == Done(content)


# Networks

Fate = str
"""Of a packet: `once`, `lost`, `twice` or `late` (behind the next)."""


class Way:
    """Packets in one direction."""

    def __init__(self, fates: Iterator[Fate]) -> None:
        self._fates = fates
        self._late: list[bytes] = []
        self.packets: deque[bytes] = deque()
        self.sent = 0

    def send(self, packet: bytes) -> None:
        self.sent += 1
        fate = next(self._fates)
        if fate == "late":
            self._late.append(packet)
            return
        self.packets.extend({"once": [packet], "lost": [], "twice": [packet, packet]}[fate])
        self.packets.extend(self._late)
        self._late = []


class Sender:
    """A server that sends a file, after RFC 1350, with copies of acknowledgements passed over."""

    def __init__(self, content: bytes, options: bytes | None, size: int) -> None:
        self.last = b""
        self._blocks = [content[start : start + size] for start in range(0, len(content) + 1, size)]
        self._options = options
        self._sent = 0

    def receive(self, packet: bytes) -> bytes:
        known = read_packet(packet)
        if known is None:  # a request
            self.last = self.last or self._options or self._next()
            return self.last
        is_news = isinstance(known, Ack) and known.block == self._sent and self._sent < len(self._blocks)
        if not is_news:
            return b""
        self.last = self._next()
        return self.last

    def _next(self) -> bytes:
        self._sent += 1
        return data(self._sent, self._blocks[self._sent - 1])


class Taker:
    """A server that takes a file."""

    def __init__(self, options: bytes | None, size: int) -> None:
        self.last = b""
        self.content = b""
        self._blocks = 0
        self._size = size
        self._options = options
        self._is_over = False

    def receive(self, packet: bytes) -> bytes:
        known = read_packet(packet)
        if known is None:
            self.last = self.last or self._options or ack(0)
            return self.last
        assert isinstance(known, Data)
        if known.block == self._blocks + 1 and not self._is_over:
            self.content += known.content
            self._blocks += 1
            self._is_over = len(known.content) < self._size
            self.last = ack(known.block)
            return self.last
        return ack(known.block)


def converse(transfer: Transfer, server: Sender | Taker, fates: list[Fate]) -> tuple[Step, Way, Way]:
    """Runs a transfer to its end over a network with these fates of packets, behind which it does well."""
    chance = chain(fates, repeat("once"))
    there, back = Way(chance), Way(chance)
    last = transfer.begin()
    there.send(last)
    for _ in range(10_000):
        if there.packets:
            answer = server.receive(there.packets.popleft())
            if answer:
                back.send(answer)
        elif back.packets:
            step = transfer.receive(back.packets.popleft())
            if isinstance(step, Done | Failed | Again):
                return step, there, back
            if isinstance(step, Send):
                last = step.packet if step.is_progress else last
                there.send(step.packet)
        else:  # both wait in vain
            there.send(last)
            if server.last:
                back.send(server.last)
    raise AssertionError("the transfer does not end")


FATES = st.lists(st.sampled_from(["once", "once", "lost", "twice", "late"]), max_size=60)
SIZES = st.sampled_from([(None, 512), (oack(blksize="8", timeout="2"), 8), (oack(blksize="100"), 100)])
CONTENTS = st.integers(0, 2000).map(lambda length: bytes(one % 251 for one in range(length)))


@given(CONTENTS, SIZES, FATES)
def test_file_comes_whole_over_any_network(content: bytes, size: tuple[bytes | None, int], fates: list[Fate]) -> None:
    step, _, _ = converse(fetching(), Sender(content, *size), fates)
    assert isinstance(step, Done)
    assert step.content == content


@given(CONTENTS, SIZES, FATES)
def test_file_arrives_whole_over_any_network(content: bytes, size: tuple[bytes | None, int], fates: list[Fate]) -> None:
    server = Taker(*size)
    step, _, _ = converse(storing(content), server, fates)
    assert isinstance(step, Done)
    assert server.content == content


def test_a_doubled_packet_does_not_double_the_rest() -> None:
    content = bytes(8 * 200)
    for transfer, server in (
        (fetching(), Sender(content, oack(blksize="8"), 8)),
        (storing(content), Taker(oack(blksize="8"), 8)),
    ):
        _, there, back = converse(transfer, server, ["once"] * 10 + ["twice"] * 2)
        assert there.sent + back.sent < 2 * 202 + 10


@given(st.lists(st.binary(max_size=40)))
def test_any_packets_are_survived(packets: list[bytes]) -> None:
    for transfer in (fetching(), storing(b"x" * 600)):
        transfer.begin()
        for one in packets:
            step = transfer.receive(one)
            assert not isinstance(step, Failed) or step.words.isprintable()


def test_options_as_a_value() -> None:
    assert read_packet(oack(BLKSIZE="8")) == Options({b"blksize": b"8"})
