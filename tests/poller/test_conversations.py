"""Conversations of probe methods: what servers send, and what is made of it, however it is cut into pieces."""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Iterable
from typing import NamedTuple

import dns.message
import dns.rcode
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbsh.poller.conversation import Conversation, Method, Retry, Transport, Verdict
from lbsh.poller.probes import ber
from lbsh.poller.probes.dns import DnsConversation, DnsMethod
from lbsh.poller.probes.dns_messages import question_for
from lbsh.poller.probes.greeting import IMAP, POP3, GreetingMethod
from lbsh.poller.probes.http import Wanted, http_method
from lbsh.poller.probes.ldap import LdapMethod, bind_request, search_request
from lbsh.poller.probes.radius import RadiusConversation, RadiusMethod
from lbsh.poller.probes.smtp import GREETING, SmtpMethod, greeting_turn
from lbsh.poller.results import Reason
from lbsh.poller.targets import Target
from lbsh_lang.site.status import ServerId
from lbsh_lang.values import Address
from tests.poller.probing import probe_of

ADDRESS = Address(4, 0xC0000207)
TARGET = Target(ServerId("p", "S", ADDRESS), ADDRESS, 8080, probe_of("tcp"))


class Talk(NamedTuple):
    """The course of a conversation: all that was sent before the verdict, and the verdict; None if more is waited for."""

    sent: bytes
    end: Verdict | Retry | None


def talk(conversation: Conversation, pieces: Iterable[bytes]) -> Talk:
    """Holds a conversation with a server that sends these pieces."""
    sent = conversation.begin()
    assert isinstance(sent, bytes)
    for piece in pieces:
        step = conversation.receive(piece)
        if not isinstance(step, bytes):
            return Talk(sent, step)
        sent += step
    return Talk(sent, None)


def ldap(number: int, operation: int, code: int | None = None, words: bytes = b"") -> bytes:
    """A message of LDAP: a result, or an entry if there is no code."""
    name = ber.encode(ber.OCTETS, b"")
    if code is None:
        inside = ber.encode(operation, ber.encode(ber.OCTETS, b"dc=x"), ber.encode(ber.SEQUENCE))
    else:
        inside = ber.encode(operation, ber.encode_integer(code, ber.ENUMERATED), name, ber.encode(ber.OCTETS, words))
    return ber.encode(ber.SEQUENCE, ber.encode_integer(number), inside)


METHODS: dict[str, Method] = {
    "http": http_method("/health?a=1", "www.example.net", Wanted(200, 299, b""), 80),
    "http match": http_method("/", None, Wanted(200, 399, b"ready"), 80),
    "smtp": SmtpMethod((GREETING, greeting_turn("probe.example.net"))),
    "imap": GreetingMethod(IMAP),
    "pop3": GreetingMethod(POP3),
    "ldap": LdapMethod(bind_request(), b""),
    "ldap search": LdapMethod(bind_request(), search_request("dc=x", 0, ber.encode(0x87, b"objectClass"))),
}

GOOD = Reason.ANSWERED
BOUND = ldap(1, 0x61, 0)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

PAST_BOUND = "not in the first 32 KiB of the answer"

TABLE: list[tuple[str, bytes, Reason | None, str]] = [
    ("http", b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n", GOOD, ""),
    ("http", b"HTTP/1.0 204\r\n\r\n", GOOD, ""),
    ("http", b"HTTP/1.1 299 x\n\n", GOOD, ""),
    ("http", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", GOOD, ""),
    ("http", b"HTTP/1.1 100 Continue\r\n\r\n", None, ""),
    ("http", b"HTTP/1.1 100 Continue\r\n\r\n" * 11, Reason.BAD_ANSWER, "interim answers without end"),
    ("http", b"HTTP/1.1 503 Service Unavailable\r\n\r\n", Reason.BAD_STATUS, "503 Service Unavailable"),
    ("http", b"HTTP/1.1 302 \x1b[31mFound\r\n\r\n", Reason.BAD_STATUS, "302 \ufffd[31mFound"),
    ("http", b"HTTP/1.1 200 OK\r\n", None, ""),
    ("http", b"HTTP/1.1 2000 OK\r\n\r\n", Reason.BAD_ANSWER, "HTTP/1.1 2000 OK"),
    ("http", b"SSH-2.0-x\r\n", Reason.BAD_ANSWER, "no answer by HTTP"),
    ("http", b"HTTP/2 200\r\n\r\n", Reason.BAD_ANSWER, "no answer by HTTP"),
    ("http", b"HTTP/1.1 200 OK\r\nA: " + b"b" * 20000, Reason.BAD_ANSWER, "a head without end"),
    ("http match", b"HTTP/1.1 200 OK\r\n\r\nnot yet, al", None, ""),
    ("http match", b"HTTP/1.1 200 OK\r\n\r\nall is ready now", GOOD, ""),
    ("http match", b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nready", Reason.NO_MATCH, ""),
    ("http match", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nready", GOOD, ""),
    ("http match", b"HTTP/1.1 200 ready\r\nready: 1\r\nContent-Length: 0\r\n\r\n", Reason.NO_MATCH, ""),
    ("http match", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", Reason.BAD_ANSWER, "a length that is none"),
    (
        "http match",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        Reason.BAD_ANSWER,
        "a length that is none",
    ),
    (
        "http match",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        Reason.BAD_ANSWER,
        "an unknown transfer coding",
    ),
    ("http match", CHUNKED + b"3\r\nrea\r\n2;x=y\r\ndy\r\n", GOOD, ""),
    ("http match", CHUNKED + b"3\r\nrea\r\n0\r\n\r\n", Reason.NO_MATCH, ""),
    ("http match", CHUNKED + b"3\r\nready", Reason.BAD_ANSWER, "a chunk longer than it says"),
    ("http match", CHUNKED + b"-3\r\nready", Reason.BAD_ANSWER, "a chunk without a length"),
    ("http match", CHUNKED + b"3" * 2000, Reason.BAD_ANSWER, "a chunk without a length"),
    (
        "http match",
        CHUNKED + (b"8\r\n" + b"x" * 8 + b"\r\n") * 5000,
        Reason.NO_MATCH,
        "not in the first 32 KiB of the answer",
    ),
    ("http match", b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 40000 + b"ready", Reason.NO_MATCH, PAST_BOUND),
    ("smtp", b"220 mx ESMTP\r\n", None, ""),
    ("smtp", b"220-mx\r\n220 ESMTP\r\n250-mx\r\n250-SIZE 1\r\n250 HELP\r\n", GOOD, ""),
    ("smtp", b"220\r\n250\r\n", GOOD, ""),
    ("smtp", b"421 too many connections\r\n", Reason.BAD_BANNER, "421 too many connections"),
    ("smtp", b"554-no\r\n554 service\r\n", Reason.BAD_BANNER, "554-no"),
    ("smtp", b"220 mx\r\n502 what?\r\n", Reason.BAD_STATUS, "502 what?"),
    ("smtp", b"220 mx\r\n250-mx\r\n251 HELP\r\n", Reason.BAD_ANSWER, "251 HELP"),
    ("smtp", b"220 mx\r\nhello\r\n", Reason.BAD_ANSWER, "hello"),
    ("smtp", b"* OK IMAP\r\n", Reason.BAD_BANNER, "* OK IMAP"),
    ("smtp", b"220 " + b"x" * 3000, Reason.BAD_BANNER, "a line without end"),
    ("smtp", b"220-x\r\n" * 300, Reason.BAD_BANNER, "lines without end"),
    ("imap", b"* OK [CAPABILITY IMAP4rev1] ready\r\n", GOOD, ""),
    ("imap", b"* PREAUTH\r\n", GOOD, ""),
    ("imap", b"* OK rea", None, ""),
    ("imap", b"* BYE try again\r\n", Reason.DENIED, "* BYE try again"),
    ("imap", b"* OKAY\r\n", Reason.BAD_BANNER, "* OKAY"),
    ("imap", b"\x00" * 5000, Reason.BAD_BANNER, "a line without end"),
    ("pop3", b"+OK Dovecot ready.\r\n", GOOD, ""),
    ("pop3", b"-ERR [SYS/TEMP] no\r\n", Reason.DENIED, "-ERR [SYS/TEMP] no"),
    ("pop3", b"220 mx\r\n", Reason.BAD_BANNER, "220 mx"),
    ("ldap", BOUND, GOOD, ""),
    ("ldap", BOUND[:-1], None, ""),
    ("ldap", ldap(1, 0x61, 48, b"not anonymous"), Reason.DENIED, "48 inappropriate authentication: not anonymous"),
    ("ldap", ldap(1, 0x61, 51), Reason.BAD_STATUS, "51 busy"),
    ("ldap", ldap(2, 0x61, 0), Reason.BAD_ANSWER, "an answer to another request"),
    ("ldap", ldap(1, 0x65, 0), Reason.BAD_ANSWER, "no answer to a bind"),
    ("ldap", ldap(0, 0x78, 52, b"bye"), Reason.CLOSED, "52 unavailable: bye"),
    ("ldap", b"\x30\x84\xff\xff\xff\xff", Reason.BAD_ANSWER, "a value without end"),
    ("ldap", b"\x30\x80", Reason.BAD_ANSWER, "a length of a kind that LDAP has not"),
    ("ldap", b"\x30\x05\x02\x01\x01\x61\x7f", Reason.BAD_ANSWER, "a value that is cut off"),
    ("ldap", b"\x30\x03\x02\x01\x01", Reason.BAD_ANSWER, "no message of LDAP"),
    ("ldap", b"220 mx\r\n", Reason.BAD_ANSWER, "no message of LDAP"),
    ("ldap search", BOUND, None, ""),
    ("ldap search", BOUND + ldap(2, 0x64), None, ""),
    ("ldap search", BOUND + ldap(2, 0x64) + ldap(2, 0x65, 0), GOOD, ""),
    ("ldap search", BOUND + ldap(2, 0x64) + ldap(2, 0x65, 4), GOOD, ""),
    ("ldap search", BOUND + ldap(2, 0x65, 0), Reason.NO_MATCH, "no entry"),
    ("ldap search", BOUND + ldap(2, 0x65, 32), Reason.NO_MATCH, "32 no such object"),
    ("ldap search", BOUND + ldap(2, 0x64) + ldap(2, 0x65, 80), Reason.BAD_STATUS, "80 other"),
    ("ldap search", BOUND + ldap(2, 0x65, 50), Reason.DENIED, "50 insufficient access rights"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "reason", "detail"), TABLE)
def test_what_is_made_of_the_bytes_of_a_server(name: str, data: bytes, reason: Reason | None, detail: str) -> None:
    """The same whether they come at once, byte by byte, or in three pieces."""
    third = max(1, len(data) // 3)
    thirds = [data[:third], data[third : 2 * third], data[2 * third :]]
    single = (data[at : at + 1] for at in range(len(data)))
    for pieces in ([data], single, [piece for piece in thirds if piece]):
        end = talk(METHODS[name].conversation(TARGET), pieces).end
        if reason is None:
            assert end is None
        else:
            assert isinstance(end, Verdict)
            assert (end.reason, end.detail, end.expiry) == (reason, detail, None)


REQUESTS = {
    "http": b"GET /health?a=1 HTTP/1.1\r\nHost: www.example.net\r\nUser-Agent: lbsh\r\nAccept: */*\r\n"
    b"Accept-Encoding: identity\r\nConnection: close\r\n\r\n",
    "http match": b"GET / HTTP/1.1\r\nHost: 192.0.2.7:8080\r\nUser-Agent: lbsh\r\nAccept: */*\r\n"
    b"Accept-Encoding: identity\r\nConnection: close\r\n\r\n",
    "smtp": b"",
    "imap": b"",
    "pop3": b"",
    "ldap": bytes.fromhex("300c020101600702010304008000"),
    "ldap search": bytes.fromhex("300c020101600702010304008000"),
}


@pytest.mark.parametrize("name", METHODS)
def test_the_request_is_the_known_one(name: str) -> None:
    assert METHODS[name].conversation(TARGET).begin() == REQUESTS[name]


@pytest.mark.parametrize("name", METHODS)
def test_silence_and_an_early_end_have_reasons(name: str) -> None:
    conversation = METHODS[name].conversation(TARGET)
    conversation.begin()
    assert conversation.silence() is Reason.NO_ANSWER
    assert conversation.receive(b"") == Verdict(Reason.CLOSED)


def test_a_body_that_ends_with_the_connection_is_whole() -> None:
    end = talk(METHODS["http match"].conversation(TARGET), [b"HTTP/1.1 200 OK\r\n\r\nbusy", b""]).end
    assert end == Verdict(Reason.NO_MATCH)
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbusy"
    assert talk(METHODS["http match"].conversation(TARGET), [cut, b""]).end == Verdict(Reason.CLOSED)


def test_a_mail_server_is_greeted_after_its_banner_and_left_politely() -> None:
    course = talk(METHODS["smtp"].conversation(TARGET), [b"220-mx\r\n", b"220 mx\r\n", b"250 mx\r\n"])
    assert course == Talk(b"EHLO probe.example.net\r\n", Verdict(GOOD, farewell=b"QUIT\r\n"))


def test_an_ipv6_server_is_asked_by_its_address_in_brackets() -> None:
    address = Address(6, 1)
    target = Target(ServerId("p", "S", address), address, 80, probe_of("http"))
    request = METHODS["http match"].conversation(target).begin()
    assert isinstance(request, bytes)
    assert b"\r\nHost: [::1]\r\n" in request


# DNS

QUESTION = question_for("www.example.net", "AAAA")


def dns_reply(question: bytes, code: dns.rcode.Rcode = dns.rcode.NOERROR, flags: int = 0) -> bytes:
    """An answer without records to a question."""
    answer = dns.message.make_response(dns.message.from_wire(question))
    answer.set_rcode(code)
    answer.flags |= flags
    return answer.to_wire()


def asked(conversation: DnsConversation) -> bytes:
    question = conversation.begin()
    assert isinstance(question, bytes)
    return question


def test_a_question_is_answered_by_datagram() -> None:
    method = DnsMethod(QUESTION, "NOERROR", Transport.UDP)
    conversation = method.conversation(TARGET)
    question = asked(conversation)
    assert question[2:] == QUESTION
    assert conversation.receive(dns_reply(question)) == Verdict(GOOD)


def test_another_code_is_a_bad_status_unless_it_is_expected() -> None:
    for expected, verdict in (("NOERROR", Verdict(Reason.BAD_STATUS, "NXDOMAIN")), ("NXDOMAIN", Verdict(GOOD))):
        conversation = DnsMethod(QUESTION, expected, Transport.UDP).conversation(TARGET)
        assert conversation.receive(dns_reply(asked(conversation), dns.rcode.NXDOMAIN)) == verdict


def test_a_datagram_with_another_number_is_passed_over() -> None:
    conversation = DnsMethod(QUESTION, "NOERROR", Transport.UDP).conversation(TARGET)
    answer = dns_reply(asked(conversation))
    other = bytes((answer[0] ^ 1, answer[1])) + answer[2:]
    assert conversation.silence() is Reason.NO_ANSWER
    for data in (b"", b"x", other):
        assert conversation.receive(data) == b""
    assert conversation.silence() is Reason.BAD_ANSWER
    assert conversation.receive(answer) == Verdict(GOOD)


def test_an_answer_to_another_question_is_bad() -> None:
    conversation = DnsMethod(QUESTION, "NOERROR", Transport.UDP).conversation(TARGET)
    other = asked(conversation)[:2] + question_for("example.org", "A")
    assert conversation.receive(dns_reply(other)) == Verdict(Reason.BAD_ANSWER, "an answer to another question")
    assert conversation.receive(asked(conversation)) == Verdict(Reason.BAD_ANSWER, "an answer to another question")


def test_a_truncated_answer_is_asked_for_by_tcp() -> None:
    conversation = DnsMethod(QUESTION, "NOERROR", Transport.UDP).conversation(TARGET)
    cut = dns_reply(asked(conversation), flags=0x0200)
    assert conversation.receive(cut) == Retry(Transport.TCP)
    question = asked(conversation)
    assert struct.unpack("!H", question[:2])[0] == len(question) - 2 == len(QUESTION) + 2
    answer = dns_reply(question[2:])
    stream = struct.pack("!H", len(answer)) + answer
    *first, last = (conversation.receive(stream[at : at + 1]) for at in range(len(stream)))
    assert (first, last) == ([b""] * (len(stream) - 1), Verdict(GOOD))


def test_a_stream_that_is_no_dns_is_bad() -> None:
    for data, verdict in (
        (b"\0\x05", Verdict(Reason.BAD_ANSWER, "no message of DNS")),
        (b"\0\x0c" + b"\0" * 12, Verdict(Reason.BAD_ANSWER, "an answer to another question")),
        (b"", Verdict(Reason.CLOSED)),
        (b"220 mx\r\n", b""),
    ):
        conversation = DnsMethod(QUESTION, "NOERROR", Transport.TCP).conversation(TARGET)
        conversation.begin()
        assert conversation.receive(data) == verdict


# Any bytes

SNIPPETS = st.sampled_from([
    *(b"", b"\r\n", b"\n", b"HTTP/1.1 ", b"200", b"HTTP/1.1 200 OK\r\n\r\n", CHUNKED, b"5\r\nready\r\n", b"0\r\n\r\n"),
    *(b"220 ", b"220-", b"250 x\r\n", b"* OK ", b"+OK", b"-ERR", BOUND, BOUND[:3], ldap(2, 0x64), ldap(2, 0x65, 0)),
    *(b"\x30\x84\0\0\0\x0c", b"x" * 3000, b"\0\x0c", b"HTTP/1.1 100 \r\n\r\n", b"Content-Length: 3\r\n"),
])  # fmt: skip
STREAMS = st.lists(st.one_of(SNIPPETS, st.binary(max_size=40)), max_size=12).map(b"".join)


@given(st.sampled_from(sorted(METHODS)), STREAMS, st.lists(st.integers(1, 60)), st.booleans())
def test_any_bytes_give_a_step_and_pieces_do_not_matter(name: str, data: bytes, sizes: list[int], ends: bool) -> None:
    whole = talk(METHODS[name].conversation(TARGET), [*([data] if data else []), *([b""] if ends else [])]).end
    pieces, at = [], 0
    for size in [*sizes, len(data)]:
        pieces.append(data[at : at + size])
        at += size
    cut = talk(METHODS[name].conversation(TARGET), [*filter(None, pieces), *([b""] if ends else [])]).end
    assert whole == cut
    assert whole is not None or not ends


@given(st.binary(max_size=200), st.binary(max_size=40), st.integers(0, 60))
def test_any_datagrams_of_dns_give_a_step(rubbish: bytes, junk: bytes, place: int) -> None:
    """Also those with the number of the question, and answers of which a part is exchanged."""
    question = b"\0\0" + QUESTION
    answer = dns_reply(question)
    for data in (rubbish, answer[:place] + junk + answer[place + len(junk) :], answer[:12] + junk):
        for transport in Transport:
            conversation = DnsMethod(QUESTION, "NOERROR", transport).conversation(TARGET)
            number = asked(conversation)[-len(question) :][:2]
            message = number + data[2:]
            conversation.receive(message if transport is Transport.UDP else struct.pack("!H", len(message)) + message)


# RADIUS


SECRET = b"geheim"
STATUS = RadiusMethod(SECRET, None, None)
ACCESS = RadiusMethod(SECRET, b"probe", b"password")
EXISTENCE = RadiusMethod(SECRET, b"probe", None)


def radius_reply(request: bytes, code: int, secret: bytes = SECRET, attributes: bytes = b"") -> bytes:
    """An answer with a response authenticator (RFC 2865, section 3)."""
    head = struct.pack("!BBH", code, request[1], 20 + len(attributes))
    return head + hashlib.md5(head + request[4:20] + attributes + secret).digest() + attributes


def radius_request(method: RadiusMethod) -> tuple[RadiusConversation, bytes]:
    conversation = method.conversation(TARGET)
    request = conversation.begin()
    assert isinstance(request, bytes)
    return conversation, request


@pytest.mark.parametrize(("method", "code"), [(STATUS, 12), (ACCESS, 1), (EXISTENCE, 1)])
def test_a_request_of_radius_is_signed(method: RadiusMethod, code: int) -> None:
    """The Message-Authenticator comes first, as protection against BlastRADIUS asks."""
    _, request = radius_request(method)
    assert (request[0], struct.unpack("!H", request[2:4])[0], request[20:22]) == (code, len(request), b"\x50\x12")
    unsigned = request[:22] + bytes(16) + request[38:]
    assert hmac.digest(SECRET, unsigned, "md5") == request[22:38]


@pytest.mark.parametrize(
    ("method", "code", "verdict"),
    [
        (STATUS, 2, Verdict(GOOD)),
        (STATUS, 5, Verdict(GOOD)),
        (STATUS, 3, Verdict(Reason.DENIED, "rejected")),
        (STATUS, 77, Verdict(Reason.BAD_STATUS, "code 77")),
        (ACCESS, 2, Verdict(GOOD)),
        (ACCESS, 3, Verdict(Reason.DENIED, "rejected")),
        (ACCESS, 11, Verdict(Reason.DENIED, "challenged")),
        (EXISTENCE, 3, Verdict(GOOD)),
        (EXISTENCE, 11, Verdict(GOOD)),
    ],
)
def test_an_answer_of_radius_is_judged_by_its_code(method: RadiusMethod, code: int, verdict: Verdict) -> None:
    conversation, request = radius_request(method)
    assert conversation.receive(radius_reply(request, code)) == verdict


def test_an_answer_without_the_secret_is_passed_over() -> None:
    conversation, request = radius_request(STATUS)
    good = radius_reply(request, 2)
    assert conversation.silence() is Reason.NO_ANSWER
    wrong_number = bytes((2, request[1] ^ 1)) + good[2:]
    wrong_signature = radius_reply(request, 2, attributes=b"\x50\x12" + bytes(16))
    for data in (b"", b"x", good[:-1], wrong_number, radius_reply(request, 2, b"other"), wrong_signature):
        assert conversation.receive(data) == b""
    assert conversation.silence() is Reason.BAD_ANSWER
    assert conversation.receive(good) == Verdict(GOOD)


@given(st.integers(0, 255), st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=20))), st.binary(max_size=60))
def test_any_datagrams_of_radius_are_passed_over_or_judged(
    code: int, attributes: list[tuple[int, bytes]], junk: bytes
) -> None:
    """Also those that know the number of the request, and the secret."""
    packed = b"".join(bytes((kind, len(value) + 2)) + value for kind, value in attributes)
    for method in (STATUS, ACCESS):
        conversation, request = radius_request(method)
        answer = radius_reply(request, code, attributes=packed)
        for data in (junk, request[:20] + junk, radius_reply(request, code, attributes=junk), answer[:-1], answer):
            conversation.receive(data)
