"""Methods by name: what options make of them, and what a machine may lack for them."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbsh.poller.conversation import Transport, Verdict
from lbsh.poller.probes.files import LARGEST_SECRET, ProbeFileError, read_secret
from lbsh.poller.probes.ldap_filter import encode_filter
from lbsh.poller.probes.methods import GROUP, METHODS, MethodError, method_of
from lbsh.poller.results import Reason
from lbsh.poller.targets import Target
from lbsh_lang.probes.filters import FilterError, parse_filter
from lbsh_lang.probes.registry import BUILT_IN
from lbsh_lang.site.model import Probe
from lbsh_lang.site.status import ServerId
from lbsh_lang.values import Address, Protocol
from tests.plugins import install, install_example
from tests.poller.probing import probe_of

HERE = Address(4, 0x7F000001)
TARGET = Target(ServerId("p", "S", HERE), HERE, 8080, probe_of("tcp"))

WITHOUT_CONVERSATION = {"tcp", "syn", "icmp", "exec"}


def first(words: str, protocol: str = "tcp") -> bytes:
    """What a probe sends first."""
    probe = probe_of(words, protocol)
    step = method_of(probe, [Protocol(protocol)]).conversation(TARGET).begin()
    assert isinstance(step, bytes)
    return step


def test_every_built_in_method_has_a_conversation_or_needs_none() -> None:
    assert {*METHODS} | WITHOUT_CONVERSATION == {*BUILT_IN}
    assert {*METHODS}.isdisjoint(WITHOUT_CONVERSATION)


def test_options_become_requests() -> None:
    asked = b"GET /x HTTP/1.1\r\nHost: www.example.net:81\r\n"
    assert first('http get "/x" host "www.example.net:81"').startswith(asked)
    assert first('ldap base "dc=x" filter "(a=*)"') == first("ldap")
    question = b"\1\0\0\1\0\0\0\0\0\0\7example\3net\0\0\6\0\1"
    assert first('dns query "example.net" type SOA', "udp")[2:] == question
    assert first('dns query "example.net." type SOA', "tcp")[4:] == question


def test_a_question_goes_by_datagram_where_the_service_has_them() -> None:
    probe = probe_of('dns query "example.net"')
    for protocols, transport in (
        ([Protocol.TCP], Transport.TCP),
        ([Protocol.UDP], Transport.UDP),
        ([Protocol.TCP, Protocol.UDP], Transport.UDP),
    ):
        assert method_of(probe, protocols).transport is transport


def test_no_two_questions_are_alike(tmp_path: Path) -> None:
    """Else the answer to an old one would do for a new one."""
    secret = tmp_path / "secret"
    secret.write_text("geheim\n")
    for words in ('dns query "example.net"', f'radius secret file "{secret}"'):
        method = method_of(probe_of(words, "udp"), [Protocol.UDP])
        assert len({method.conversation(TARGET).begin() for _ in range(20)}) > 10


def test_what_radius_cannot_carry_is_an_error(tmp_path: Path) -> None:
    for name, size in (("secret", 9), ("long", 129)):
        (tmp_path / name).write_text("x" * size)
    for words in ('user ""', f'user "{"x" * 254}"', f'user "a" password file "{tmp_path}/long"'):
        with pytest.raises(MethodError, match="1 to 253 bytes"):
            method_of(probe_of(f'radius {words} secret file "{tmp_path}/secret"', "udp"))


@pytest.mark.parametrize(("module", "words"), [("dns", 'dns query "a"'), ("pyrad", 'radius secret file "FILE"')])
def test_a_missing_library_is_an_error_with_advice(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, module: str, words: str
) -> None:
    for name in [
        name for name in sys.modules if name.startswith(("lbsh.poller.probes.dns", "lbsh.poller.probes.radius"))
    ]:
        monkeypatch.delitem(sys.modules, name)
    for name in [name for name in sys.modules if name.split(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    probe = probe_of(words.replace("FILE", str(tmp_path / "secret")), "udp")
    with pytest.raises(MethodError, match=r"needs the library (dnspython|pyrad), .* pip install 'lbsh\[poller\]'"):
        method_of(probe)


def test_a_method_without_a_conversation_is_an_error() -> None:
    with pytest.raises(MethodError, match="no plug-in says how to carry out the probe method `tcp`"):
        method_of(probe_of("tcp"))


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Probe:
    """A probe by the method of the example, whose plug-in is installed."""
    install_example(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    options = (("tls", "off"), ("capability", "READER"))
    return dataclasses.replace(probe_of("tcp"), method="nntp", options=options)


def test_a_plug_in_carries_out_its_method(example: Probe) -> None:
    for lines, verdict in (
        ((b"200 hello\r\n", b"101 list\r\nVERSION 2\r\nREADER\r\n"), Verdict(Reason.ANSWERED, farewell=b"QUIT\r\n")),
        ((b"200 hello\r\n", b"101 list\r\nVERSION 2\r\n.\r\n"), Verdict(Reason.NO_MATCH, farewell=b"QUIT\r\n")),
        ((b"400 closed\r\n",), Verdict(Reason.BAD_BANNER, "400 closed", b"QUIT\r\n")),
    ):
        conversation = method_of(example).conversation(TARGET)
        *_, last = [conversation.begin(), *map(conversation.receive, lines)]
        assert last == verdict


def test_a_plug_in_that_cannot_be_loaded_is_an_error_with_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sick.py").write_text("raise RuntimeError('no\\nlibrary')\n")
    install(tmp_path, "sick", {GROUP: {"nntp": "sick:make"}})
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(MethodError, match="the plug-in for the probe method `nntp` cannot be used: no library"):
        method_of(dataclasses.replace(probe_of("tcp"), method="nntp"))


SECRETS = {
    b"geheim\n": b"geheim",
    b"geheim\r\n": b"geheim",
    b" two words ": b" two words ",
    b"x" * LARGEST_SECRET + b"\n": b"x" * LARGEST_SECRET,
    b"": None,
    b"\n": None,
    b"one\ntwo\n": None,
    b"x" * (LARGEST_SECRET + 1): None,
}


@pytest.mark.parametrize("data", SECRETS)
def test_a_secret_is_the_only_line_of_its_file(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "secret"
    path.write_bytes(data)
    secret = SECRETS[data]
    if secret is not None:
        assert read_secret(str(path)) == secret
        return
    with pytest.raises(ProbeFileError, match="one secret, in one line") as raised:
        read_secret(str(path))
    assert "xxx" not in str(raised.value)


def test_a_secret_that_cannot_be_read_is_an_error_with_words(tmp_path: Path) -> None:
    for path in (str(tmp_path / "gone"), str(tmp_path), "a\0b"):
        with pytest.raises(ProbeFileError, match="cannot read the secret"):
            read_secret(path)


# Filters of LDAP (RFC 4515, with the bytes of RFC 4511, section 4.5.1.7)

FILTERS = {
    "(a=b)": "a306040161040162",
    "(a~=b)": "a806040161040162",
    "(a>=b)": "a506040161040162",
    "(a<=b)": "a606040161040162",
    "(a=*)": "870161",
    "(a=)": "a305040161" + "0400",
    r"(a=\2a\28)": "a30704016104022a28",
    "(a;lang-de=\N{LATIN SMALL LETTER E WITH ACUTE})": "a30f0409613b6c616e672d64650402c3a9",
    "(1.2.3=b)": "a30a0405312e322e33040162",
    "(a=b*c*d)": "a40e0401613009800162810163820164",
    "(a=*c*)": "a4080401613003810163",
    "(a=b*)": "a4080401613003800162",
    "(&(a=b)(c=*))": "a00b a306040161040162 870163",
    "(|(a=b))": "a108a306040161040162",
    "(!(a=*))": "a203870161",
    "(a:=b)": "a906820161830162",
    "(a:dn:2.5.13.5:=b)": "a913 8108322e352e31332e35 820161 830162 8401ff",
    "(:caseExactMatch:=b)": "a913810e636173654578616374" + "4d61746368" + "830162",
}


@pytest.mark.parametrize("text", FILTERS)
def test_a_filter_is_encoded(text: str) -> None:
    assert encode_filter(parse_filter(text)).hex() == FILTERS[text].replace(" ", "")


NO_FILTERS = (
    *("", "a=b", "(a=b", "(a=b))", "()", "(=b)", "(&)", "(!)", "(!(a=b)(c=d))"),
    *("(a=b(c)", r"(a=\2)", "(a=b**c)", "(a>=*)", "(:=b)", "(a b=c)"),
    *("(a=\0)", "(a=b) ", "(" * 2000, "(!" * 30 + "(a=b)" + ")" * 30),
)  # fmt: skip


@pytest.mark.parametrize("text", NO_FILTERS)
def test_another_text_is_no_filter(text: str) -> None:
    with pytest.raises(FilterError):
        parse_filter(text)


@given(st.text("()&|!=*~<>:\\ab1.;-\0\N{EURO SIGN}"))
def test_any_text_is_a_filter_or_none(text: str) -> None:
    for one in (text, f"({text})", f"(a={text})"):
        try:
            found = parse_filter(one)
        except FilterError:
            continue
        assert encode_filter(found)
