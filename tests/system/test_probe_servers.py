"""Probes of real servers: while they serve, when they hang, when they are wrongly set up, and when they are gone."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from lbsh.poller.parts import Probed
from lbsh.poller.probes.methods import method_of
from lbsh.poller.results import Reason
from lbsh.poller.targets import Target
from lbsh_lang.site.status import ServerId
from lbsh_lang.values import Address, Protocol
from tests.certificates import NAME
from tests.limits import LONGEST
from tests.poller.conversing import converse
from tests.poller.probing import probe_of
from tests.system.real_servers import (
    DOVECOT,
    FREERADIUS,
    NGINX,
    PASSWORD,
    POSTFIX,
    SECRET,
    SLAPD,
    UNBOUND,
    Kind,
    Server,
    running,
)

HERE = Address(4, 0x7F000001)
SHORT = 0.5
"""Seconds for an answer that cannot come."""


class Ask(NamedTuple):
    """A probe as scripts have it, the protocol of its service, and the port that is asked."""

    words: str
    port: int
    protocol: str = "tcp"


class Case(NamedTuple):
    """A kind of server with a probe that it passes, and others that it fails, each with the reason and what it says."""

    kind: Kind
    good: tuple[Ask, ...]
    bad: tuple[tuple[Ask, Reason, str], ...]


def ldap(words: str = "") -> Ask:
    return Ask(f"ldap {words}", 389)


def dns(words: str, protocol: str = "udp") -> Ask:
    return Ask(f"dns {words}", 53, protocol)


def radius(words: str = "", secret: str = "secret") -> Ask:
    return Ask(f'radius {words} secret file "FOLDER/{secret}"', 1812, "udp")


def http(words: str) -> Ask:
    return Ask(f"http {words}", 80)


def https(words: str = "", port: int = 443) -> Ask:
    return Ask(f"https {words}", port)


VERIFIED = f'verify on ca file "FOLDER/ca.pem" name "{NAME}"'

CASES = {
    "postfix": Case(POSTFIX, (Ask("smtp", 25), Ask('smtp helo "probe.example.net" starttls on', 25)), ()),
    "dovecot": Case(
        DOVECOT,
        (Ask("imap", 143), Ask("pop3", 110), Ask("imap tls on", 993), Ask("pop3 tls on", 995)),
        (
            (Ask("imap tls on", 143), Reason.TLS_FAILED, ""),
            (Ask("pop3", 143), Reason.BAD_BANNER, "* OK"),
            (Ask("smtp", 110), Reason.BAD_BANNER, "+OK"),
        ),
    ),
    "slapd": Case(
        SLAPD,
        (
            ldap(),
            ldap('base "dc=example,dc=net"'),
            ldap('base "dc=example,dc=net" filter "(&(objectClass=organizationalUnit)(ou=pro*))"'),
            ldap('base ""'),
        ),
        (
            (ldap('base "dc=example,dc=net" filter "(!(objectClass=*))"'), Reason.NO_MATCH, "no entry"),
            (ldap('base "ou=gone,dc=example,dc=net"'), Reason.NO_MATCH, "32 no such object"),
            (ldap('base "nonsense"'), Reason.BAD_STATUS, "34 no valid name"),
        ),
    ),
    "unbound": Case(
        UNBOUND,
        (
            dns('query "www.example.net"'),
            dns('query "www.example.net" type A', "tcp"),
            dns('query "gone.example.net" expect NXDOMAIN'),
            dns('query "long.example.net" type TXT'),
        ),
        (
            (dns('query "gone.example.net"'), Reason.BAD_STATUS, "NXDOMAIN"),
            (dns('query "refused.example.net" type SOA', "tcp"), Reason.BAD_STATUS, "REFUSED"),
        ),
    ),
    "freeradius": Case(
        FREERADIUS,
        (radius(), radius('user "probe" password file "FOLDER/password"'), radius('user "nobody"')),
        (
            (radius('user "probe" password file "FOLDER/secret"'), Reason.DENIED, "rejected"),
            (radius(secret="password"), Reason.NO_ANSWER, ""),
        ),
    ),
    "nginx": Case(
        NGINX,
        (
            http('get "/health" expect 200 match "all is ready"'),
            http('get "/moved" host "www.example.net"'),
            http('get "/sick" expect 500-599'),
            https(VERIFIED),
            https(f'host "{NAME}" verify on ca file "FOLDER/ca.pem" match "ready"'),
            https('verify on ca file "FOLDER/ca.pem"'),
            https(port=444),
            https("verify off", 446),
        ),
        (
            (http('get "/health" match "all is lost"'), Reason.NO_MATCH, ""),
            (http('get "/sick"'), Reason.BAD_STATUS, "503 Service Temporarily Unavailable"),
            (http('get "/gone"'), Reason.BAD_STATUS, "404 Not Found"),
            (https(VERIFIED, 444), Reason.TLS_EXPIRED, "certificate has expired"),
            (https(VERIFIED, 445), Reason.TLS_NAME, "Hostname mismatch"),
            (https(VERIFIED, 446), Reason.TLS_UNTRUSTED, "self-signed certificate"),
            (https("verify on"), Reason.TLS_UNTRUSTED, ""),
            (https("", 80), Reason.TLS_FAILED, ""),
            (http('get "/"')._replace(port=443), Reason.BAD_STATUS, "400 Bad Request"),
        ),
    ),
}


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    found = CASES[request.param]
    if found.kind.path is None:
        pytest.skip(f"not installed: {found.kind.package}")
    return found


@pytest.fixture(scope="module")
def server(case: Case) -> Iterator[Server]:
    """The server, as soon as it answers."""
    with running(case.kind) as server:
        (server.folder / "secret").write_text(f"{SECRET}\n")
        (server.folder / "password").write_text(f"{PASSWORD}\n")
        await_answers(server, case)
        yield server


def await_answers(server: Server, case: Case) -> None:
    end = time.monotonic() + LONGEST
    for ask in case.good:
        while (found := probe(server, ask, SHORT)).reason is not Reason.ANSWERED:
            assert time.monotonic() < end, (found, (server.folder / "log").read_text())
            time.sleep(0.05)


def probe(server: Server, ask: Ask, patience: float) -> Probed:
    """The result of one probe of a server, which has so many seconds to answer."""
    words = ask.words.replace("FOLDER", str(server.folder))
    probe = dataclasses.replace(probe_of(words, ask.protocol), timeout=int(1000 * patience))
    target = Target(ServerId("p", "S", HERE), HERE, ask.port, probe)
    return server.namespace.call(converse, method_of(probe, [Protocol(ask.protocol)]), target)


def test_a_server_that_serves_is_up(server: Server, case: Case) -> None:
    for ask in case.good:
        assert (ask, probe(server, ask, LONGEST)[2:5:2]) == (ask, (Reason.ANSWERED, ""))


def test_the_end_of_a_certificate_is_seen_whether_it_is_verified_or_not(server: Server, case: Case) -> None:
    for ask in case.good:
        over_tls = "https" in ask.words or "tls on" in ask.words
        assert (ask, probe(server, ask, LONGEST).expiry is not None) == (ask, over_tls)


def test_a_server_that_is_wrongly_set_up_says_why(server: Server, case: Case) -> None:
    for ask, reason, detail in case.bad:
        found = probe(server, ask, SHORT if reason is Reason.NO_ANSWER else LONGEST)
        assert (ask, found.reason, found.detail[: len(detail)]) == (ask, reason, detail)


def test_a_server_that_hangs_is_found_out_and_found_again(server: Server, case: Case) -> None:
    """Its kernel goes on taking connections."""
    server.freeze()
    assert {probe(server, ask, SHORT).reason for ask in case.good} == {Reason.NO_ANSWER}
    server.thaw()
    await_answers(server, case)


def test_a_server_that_is_gone_refuses(case: Case) -> None:
    if case.kind.path is None:
        pytest.skip(f"not installed: {case.kind.package}")
    with running(case.kind) as server:
        (server.folder / "secret").write_text(f"{SECRET}\n")
        (server.folder / "password").write_text(f"{PASSWORD}\n")
        await_answers(server, case)
        server.kill()
        for ask in case.good:
            assert (ask, probe(server, ask, LONGEST).reason) == (ask, Reason.REFUSED)
