"""TLS around conversations, against a server in memory: what a certificate makes of a verdict, and any cut into pieces."""

from __future__ import annotations

import contextlib
import shutil
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbsh.poller.certificates import CertificateError, expiry_of
from lbsh.poller.conversation import Conversation, Step, Verdict
from lbsh.poller.probes.greeting import IMAP, GreetingConversation
from lbsh.poller.probes.methods import method_of
from lbsh.poller.results import Reason
from lbsh.poller.targets import Target
from lbsh.poller.tls import TlsConversation, TrustError, context_of
from lbsh_lang.site.status import ServerId
from lbsh_lang.values import Address
from tests.certificates import NAME, Certificates, make_certificates
from tests.poller.probing import probe_of

DAY = 86_400_000
HERE = Address(4, 0x7F000001)

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="not installed: openssl")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


class Peer:
    """A server in memory, which says something after the handshake, or answers the first bytes with it."""

    def __init__(self, certificate: Path, words: bytes, first: bool = True) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_side=True)
        self._words, self._first, self._stands = words, first, False
        self.heard = b""
        self.alarm: str | None = None

    def answer(self, data: bytes) -> bytes:
        """What it sends after these bytes."""
        self._in.write(data)
        try:
            if not self._stands:
                self._tls.do_handshake()
                self._stands = True
                if self._first:
                    self._tls.write(self._words)
            while True:
                self.heard += self._tls.read(9999)
                if not self._first:
                    self._tls.write(self._words)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            self.alarm = error.reason
        return self._out.read()


def talk(conversation: Conversation, peer: Peer, cut: Callable[[bytes], list[bytes]]) -> Verdict | None:
    """A conversation with a peer, whose bytes come in the pieces that `cut` makes of them."""
    step: Step = conversation.begin()
    while isinstance(step, bytes) and step:
        data, step = peer.answer(step), b""
        for piece in cut(data):
            new = conversation.receive(piece)
            if not isinstance(new, bytes):
                assert isinstance(new, Verdict)
                peer.answer(new.farewell)
                return new
            step += new
    return None


def whole(data: bytes) -> list[bytes]:
    return [data] if data else []


def single(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


def https(words: str, certificates: Certificates, peer: Peer, cut: Callable[[bytes], list[bytes]] = whole) -> Verdict:
    """The verdict of a probe by HTTPS."""
    probe = probe_of(f"https {words.replace('CA', str(certificates.authority))}")
    target = Target(ServerId("p", "S", HERE), HERE, 443, probe)
    found = talk(method_of(probe).conversation(target), peer, cut)
    assert found is not None
    return found


FOUND = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
VERIFIED = f'verify on ca file "CA" name "{NAME}"'

CASES = {
    "good": (VERIFIED, "good", Reason.ANSWERED, ""),
    "good by the name of its site": (f'host "{NAME}:8443" verify on ca file "CA"', "good", Reason.ANSWERED, ""),
    "good by its address": ('verify on ca file "CA"', "good", Reason.ANSWERED, ""),
    "expired": (VERIFIED, "expired", Reason.TLS_EXPIRED, "certificate has expired"),
    "another name": (VERIFIED, "other_name", Reason.TLS_NAME, "Hostname mismatch, certificate is not valid for 'www"),
    "another address": ('verify on ca file "CA"', "other_name", Reason.TLS_NAME, "IP address mismatch, certificate is"),
    "signed by itself": (VERIFIED, "own", Reason.TLS_UNTRUSTED, "self-signed certificate"),
    "of an authority that the system does not know": (f'verify on name "{NAME}"', "good", Reason.TLS_UNTRUSTED, ""),
    "not verified": (f'host "{NAME}"', "own", Reason.ANSWERED, ""),
    "not verified, without a name": ("verify off", "expired", Reason.ANSWERED, ""),
}


@pytest.mark.parametrize("case", CASES)
def test_a_certificate_decides_where_it_is_verified(case: str, certificates: Certificates) -> None:
    words, kind, reason, detail = CASES[case]
    for cut in (whole, single):
        peer = Peer(getattr(certificates, kind), FOUND, first=False)
        found = https(words, certificates, peer, cut)
        assert (found.reason, found.detail[: len(detail)]) == (reason, detail)
        assert (found.expiry is None) == (reason is not Reason.ANSWERED)
        assert peer.heard.startswith(b"GET / HTTP/1.1\r\nHost: ") == (reason is Reason.ANSWERED)
        assert (peer.alarm is None) == (reason is Reason.ANSWERED)  # the server is told why


def test_the_end_of_a_certificate_is_seen(certificates: Certificates) -> None:
    for words, kind, days in ((VERIFIED, "good", 5), ("verify off", "expired", -1)):
        found = https(words, certificates, Peer(getattr(certificates, kind), FOUND, first=False))
        assert found.expiry is not None
        assert abs(found.expiry - (time.time_ns() // 1_000_000 + days * DAY)) < DAY


def test_a_status_is_judged_inside(certificates: Certificates) -> None:
    found = https("", certificates, Peer(certificates.good, b"HTTP/1.1 503 no\r\n\r\n", first=False))
    assert (found.reason, found.detail, found.expiry is None) == (Reason.BAD_STATUS, "503 no", False)


def test_a_farewell_is_encrypted(certificates: Certificates) -> None:
    peer = Peer(certificates.good, b"* OK ready\r\n")
    inside = TlsConversation(GreetingConversation(IMAP), context_of(verify=False, ca=None), None)
    found = talk(inside, peer, whole)
    assert found is not None
    assert (found.reason, peer.heard) == (Reason.ANSWERED, b"a LOGOUT\r\n")


def test_what_is_no_tls_has_a_reason() -> None:
    context = context_of(verify=False, ca=None)
    for pieces, reason in (
        ([b"HTTP/1.1 400 Bad Request\r\n\r\n"], Reason.TLS_FAILED),
        ([b""], Reason.CLOSED),
        ([b"\x16\x03\x01", b""], Reason.CLOSED),
        ([b"\x15\x03\x03\x00\x02\x02\x28"], Reason.TLS_FAILED),
    ):
        conversation = TlsConversation(GreetingConversation(IMAP), context, None)
        hello = conversation.begin()
        assert isinstance(hello, bytes)
        assert hello.startswith(b"\x16\x03")
        assert conversation.silence() is Reason.NO_ANSWER
        *_, last = (conversation.receive(piece) for piece in pieces)
        assert isinstance(last, Verdict)
        assert last.reason is reason


def test_starttls_goes_over_to_tls_and_greets_again(certificates: Certificates) -> None:
    probe = probe_of('smtp helo "probe.example.net" starttls on')
    target = Target(ServerId("p", "S", HERE), HERE, 25, probe)
    for cut in (whole, single):
        conversation = method_of(probe).conversation(target)
        steps = [conversation.begin(), *map(conversation.receive, (b"220 mx\r\n", b"250-mx\r\n250 STARTTLS\r\n"))]
        assert steps == [b"", b"EHLO probe.example.net\r\n", b"STARTTLS\r\n"]
        hello = conversation.receive(b"220 go\r\n")
        assert isinstance(hello, bytes)
        peer = Peer(certificates.good, b"250 mx\r\n", first=False)
        (rest,) = [hello]
        found: Step = b""
        while rest:
            answer, rest = peer.answer(rest), b""
            for piece in cut(answer):
                found = conversation.receive(piece)
                if not isinstance(found, bytes):
                    break
                rest += found
        assert isinstance(found, Verdict)
        peer.answer(found.farewell)
        assert (found.reason, found.expiry is None) == (Reason.ANSWERED, False)
        assert peer.heard == b"EHLO probe.example.net\r\nQUIT\r\n"


def test_a_server_without_starttls_fails_where_it_is_asked_for() -> None:
    conversation = method_of(probe_of("smtp starttls on")).conversation(
        Target(ServerId("p", "S", HERE), HERE, 25, probe_of("smtp"))
    )
    for line in (b"220 mx\r\n", b"250 mx\r\n"):
        conversation.receive(line)
    assert conversation.receive(b"502 no\r\n") == Verdict(Reason.TLS_FAILED, "502 no", b"QUIT\r\n")


@given(st.lists(st.binary(max_size=60), max_size=5))
@settings(max_examples=200)
def test_any_bytes_in_place_of_tls_give_a_step(pieces: list[bytes]) -> None:
    for after in (b"", b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03"):
        conversation = TlsConversation(GreetingConversation(IMAP), context_of(verify=False, ca=None), None)
        step: Step = conversation.begin()
        for piece in [after, *pieces] if after else pieces:
            if not isinstance(step, bytes):
                break
            step = conversation.receive(piece)


@given(st.binary(max_size=300))
def test_any_bytes_in_place_of_a_certificate_give_an_end_or_an_error(data: bytes) -> None:
    with contextlib.suppress(CertificateError):
        expiry_of(data)


def test_a_file_that_holds_no_certificate_is_an_error_with_words(tmp_path: Path, certificates: Certificates) -> None:
    empty = tmp_path / "empty.pem"
    empty.touch()
    with pytest.raises(TrustError, match="No such file"):
        context_of(verify=True, ca=str(tmp_path / "gone.pem"))
    with pytest.raises(TrustError, match="no certificate in PEM"):
        context_of(verify=True, ca=str(empty))
    assert context_of(True, str(certificates.authority)) is context_of(True, str(certificates.authority))
