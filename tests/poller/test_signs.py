"""Passive signs without a kernel: what packets, counters and messages say, and the rules that ask for them."""

from __future__ import annotations

import random
import socket
import struct
from collections.abc import Iterator

import pytest

from lbsh.drivers.netlink import attribute
from lbsh.drivers.probing import is_of_poller, table_of
from lbsh.poller.signs.counters import Dump
from lbsh.poller.signs.counts import Counters, Counts, Place
from lbsh.poller.signs.elements import counters_in
from lbsh.poller.signs.links import LostLink, LostNeighbour, losses_in
from lbsh.poller.signs.packets import Hint, hint_in
from lbsh_lang.values import Address

SERVER, CLIENT, SERVER6, CLIENT6 = (
    b"\x0a\0\0\1",
    b"\xcb\0\x71\x09",
    b"\xfd" + bytes(14) + b"\1",
    b"\x20" + bytes(14) + b"\2",
)
A, B = SERVER + b"\0\x50\0\0", SERVER + b"\0\x51\0\0"


def ip(protocol: int, source: bytes, destination: bytes, rest: bytes, fragment: int = 0) -> bytes:
    if len(source) == 4:
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(rest), 0, fragment, 64, protocol, 0)
        return head + source + destination + rest
    return struct.pack(">IHBB", 6 << 28, len(rest), protocol, 64) + source + destination + rest


def tcp(source: int, destination: int, flags: int) -> bytes:
    return struct.pack(">HHIIBBHHH", source, destination, 0, 1, 0x50, flags, 0, 0, 0)


RST, ACK = 4, 16
ASKED = tcp(4000, 80, 2)
UNREACHABLE = Hint(SERVER, 80, "it is said to be unreachable")
PACKETS = {
    "refusal": (ip(6, SERVER, CLIENT, tcp(80, 4000, RST | ACK)), Hint(SERVER, 80, "it refuses a client")),
    "refusal 6": (ip(6, SERVER6, CLIENT6, tcp(80, 4000, RST)), Hint(SERVER6, 80, "it refuses a client")),
    "no reset": (ip(6, SERVER, CLIENT, tcp(80, 4000, ACK)), None),
    "a later fragment": (ip(6, SERVER, CLIENT, tcp(80, 4000, RST), 1), None),
    "unreachable": (ip(1, SERVER, CLIENT, b"\3\1" + bytes(6) + ip(6, CLIENT, SERVER, ASKED)), UNREACHABLE),
    "said by a router": (
        ip(1, b"\x0a\0\0\xfe", CLIENT, b"\3\1" + bytes(6) + ip(6, CLIENT, SERVER, ASKED)),
        UNREACHABLE,
    ),
    "of a datagram": (ip(1, SERVER, CLIENT, b"\3\3" + bytes(6) + ip(17, CLIENT, SERVER, ASKED[:8])), UNREACHABLE),
    "too long": (ip(1, SERVER, CLIENT, b"\3\4" + bytes(6) + ip(6, CLIENT, SERVER, ASKED)), None),
    "an echo": (ip(1, SERVER, CLIENT, bytes(8) + ip(6, CLIENT, SERVER, ASKED)), None),
    "unreachable 6": (
        ip(58, SERVER6, CLIENT6, b"\1\4" + bytes(6) + ip(6, CLIENT6, SERVER6, ASKED)),
        UNREACHABLE._replace(address=SERVER6),
    ),
    "about an echo": (ip(1, SERVER, CLIENT, b"\3\1" + bytes(6) + ip(1, CLIENT, SERVER, bytes(8))), None),
}


@pytest.mark.parametrize("name", PACKETS)
def test_a_packet_says_what_it_says_and_nothing_when_it_is_cut_off(name: str) -> None:
    packet, hint = PACKETS[name]
    assert hint_in(packet) == hint
    for size in range(len(packet)):
        assert hint_in(packet[:size]) in (hint, None)


def test_rubbish_is_read_without_trouble() -> None:
    chance = random.Random(14)
    for _ in range(2000):
        data = chance.randbytes(chance.randrange(120))
        for first in (b"", b"\x45", b"\x4f", b"\x60"):
            hint_in(first + data)
        counters_in(data)
        list(counters_in(attribute(3, data)))
        list(losses_in(data))


LOOKS: tuple[tuple[str, list[tuple[int, int]], list[bool]], ...] = (
    ("the first look says nothing", [(100, 0)], [False]),
    ("all are answered", [(0, 0), (9, 9), (18, 18)], [False, False, False]),
    ("none is answered", [(0, 0), (3, 0), (6, 0)], [False, True, True]),
    ("few a look", [(5, 5), (6, 5), (7, 5), (8, 5), (9, 5)], [False, False, False, True, False]),
    ("one answer is enough", [(0, 0), (2, 0), (4, 1), (6, 1), (7, 1)], [False, False, False, False, True]),
    ("nobody asks", [(5, 5), (5, 5)], [False, False]),
    ("counters begin anew", [(50, 50), (4, 0), (6, 0), (7, 0)], [False, False, False, True]),
)


@pytest.mark.parametrize(("looks", "silent"), [look[1:] for look in LOOKS], ids=[look[0] for look in LOOKS])
def test_a_server_is_silent_that_is_asked_three_times_without_an_answer(
    looks: list[tuple[int, int]], silent: list[bool]
) -> None:
    counts = Counts()
    found = []
    for asked, answered in looks:
        counts.asked([(A, asked)])
        counts.answered([(A, answered)])
        found.append(list(counts.silent()) == [A])
    assert found == silent


def test_a_look_without_an_end_counts_for_nothing() -> None:
    counts, both = Counts(), [(A, 0), (B, 0)]
    for found in (both, both):
        counts.asked(found)
        counts.answered(found)
        assert list(counts.silent()) == []
    counts.begin()
    counts.asked([(A, 3)])
    counts.begin()
    for piece in ([(A, 3)], [(B, 2)]):
        counts.asked(piece)
    counts.answered(both)
    assert list(counts.silent()) == [A]


def element(key: bytes, packets: int) -> bytes:
    counter = attribute(1, bytes(8)) + attribute(2, struct.pack(">Q", packets))
    expression = attribute(1, b"counter\0") + attribute(2, counter)
    return attribute(1, attribute(1, attribute(1, key)) + attribute(7, expression))


@pytest.mark.parametrize("count", [1, 2, 300])
def test_counters_are_read_from_a_list_of_elements(count: int) -> None:
    first, second = element(A, 7), element(SERVER6 + b"\0\x19\0\0", 1 << 40)
    assert list(counters_in(attribute(3, first + second))) == [(A, 7), (SERVER6 + b"\0\x19\0\0", 1 << 40)]
    expected = [(number.to_bytes(4) + b"\0\x50\0\0", 3 * number) for number in range(count)]
    alike = b"".join(element(*one) for one in expected)
    assert list(counters_in(attribute(3, alike))) == expected
    assert list(counters_in(attribute(3, alike + attribute(1, attribute(1, attribute(1, A)))))) == expected
    assert list(counters_in(attribute(3, alike[:-1]))) == expected[:-1]


Found = dict[Place, int]


class Listed(Counts):
    """All that a round hands over."""

    def begin(self) -> None:
        super().begin()
        self.both: tuple[Found, Found] = ({}, {})

    def asked(self, counters: Counters) -> None:
        found = [*counters]
        super().asked(found)
        self.both[0].update(found)

    def answered(self, counters: Counters) -> None:
        self.both[1].update(counters)


class Kernel:
    """The other end of a dump, which answers requests as a test wishes."""

    def __init__(self) -> None:
        link, self._own = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._own.setblocking(False)
        self.taken: list[tuple[Found, Found]] = []
        counts = Listed()
        self.dump = Dump("lbsh_poll", counts, lambda: self.taken.append(counts.both), link)

    def close(self) -> None:
        self.dump.close()
        self._own.close()

    def asked(self) -> int:
        """The sequence number of the request that came."""
        (number,) = struct.unpack_from("=I", self._own.recv(1 << 16), 8)
        assert isinstance(number, int)
        return number

    def is_asked(self) -> bool:
        try:
            return bool(self._own.recv(1 << 16, socket.MSG_PEEK))
        except BlockingIOError:
            return False

    def list(self, sequence: int, packets: int, flags: int = 0) -> None:
        """Sends a list of one element, and its end."""
        self._send(sequence, 10 << 8 | 12, bytes(4) + attribute(3, element(SERVER + b"\0\x50\0\0", packets)), flags)
        self._send(sequence, 3, bytes(4), 0)

    def end(self, sequence: int) -> None:
        """Sends a list of nothing."""
        self._send(sequence, 3, bytes(4), 0)

    def _send(self, sequence: int, kind: int, body: bytes, flags: int) -> None:
        self._own.send(struct.pack("=IHHII", 16 + len(body), kind, flags, sequence, 0) + body)
        self.dump.read()

    def die(self) -> None:
        self._own.close()


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    made = Kernel()
    yield made
    made.close()


def test_a_round_is_over_when_all_sets_have_come(kernel: Kernel) -> None:
    kernel.dump.start((4,))
    kernel.list(kernel.asked(), 7)
    kernel.list(kernel.asked(), 5)
    assert kernel.taken == [({A: 7}, {A: 5})]


def test_answers_are_not_asked_for_where_nobody_was_asked(kernel: Kernel) -> None:
    assert not Counts().were_asked
    counts = Counts()
    for asked, is_asked in ((5, True), (5, False), (6, True)):
        counts.asked([(A, asked)])
        assert counts.were_asked is is_asked
        counts.answered([(A, asked)])
        assert [*counts.silent()] == []
    kernel.dump.start((4,))
    kernel.end(kernel.asked())
    assert not kernel.is_asked()
    assert kernel.taken == [({}, {})]


def test_a_round_that_goes_on_is_not_begun_again(kernel: Kernel) -> None:
    kernel.dump.start((4,))
    first = kernel.asked()
    kernel.dump.start((4,))
    assert not kernel.is_asked()
    kernel.list(first, 7)
    kernel.list(kernel.asked(), 5)
    assert kernel.taken == [({A: 7}, {A: 5})]


INTERRUPTED = 0x10


def test_late_answers_to_a_round_that_failed_are_no_part_of_the_next_one(kernel: Kernel) -> None:
    kernel.dump.start((4,))
    first = kernel.asked()
    kernel.list(first, 7, INTERRUPTED)
    kernel.dump.start((4,))
    second = kernel.asked()
    kernel.list(first, 100)
    assert not kernel.is_asked()
    kernel.list(second, 8)
    kernel.list(kernel.asked(), 6)
    assert kernel.taken == [({A: 8}, {A: 6})]


def test_a_kernel_that_takes_no_request_gives_nothing_and_the_next_round_asks_again(kernel: Kernel) -> None:
    kernel.die()
    kernel.dump.start((4,))
    kernel.dump.start((4,))
    kernel.dump.read()
    assert kernel.taken == []


AF_BRIDGE = 7
"""Linux, bits/socket.h."""


def test_a_link_without_a_carrier_and_a_neighbour_that_failed_are_losses() -> None:
    def message(kind: int, body: bytes) -> bytes:
        return struct.pack("=IHHII", 16 + len(body), kind, 0, 0, 0) + body

    def link(flags: int, family: int = socket.AF_UNSPEC) -> bytes:
        return struct.pack("=BxHiII", family, 1, 3, flags, 0) + attribute(3, b"int0\0")

    def neighbour(state: int) -> bytes:
        return struct.pack("=BxxxiHBB", socket.AF_INET, 3, state, 0, 1) + attribute(1, SERVER)

    told = [message(16, link(0x41)), message(16, link(0x01)), message(17, link(0x41)), message(28, neighbour(2))]
    told += [message(28, neighbour(0x20)), message(17, link(0x41, AF_BRIDGE))]
    assert list(losses_in(b"".join(told))) == [LostLink("int0"), LostLink("int0"), LostNeighbour(SERVER)]


def test_the_table_follows_from_the_name_and_holds_each_place_once() -> None:
    door = (Address(4, int.from_bytes(SERVER)), 80)
    table = table_of("dmz")
    text = "\n".join(table.lines([door, door]))
    assert text.startswith("table inet lbsh_poll.dmz\ndelete table inet lbsh_poll.dmz\ntable inet lbsh_poll.dmz {\n")
    assert text.count("elements = { 10.0.0.1 . 80 }") == 2
    assert table.group != table_of("").group
    assert is_of_poller("inet lbsh_poll.dmz")
    assert is_of_poller("inet lbsh_poll")
    assert not is_of_poller("inet lbsh_polling")
