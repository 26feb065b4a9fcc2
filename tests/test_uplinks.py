"""Uplinks: marks as values, the rules for answers and for connections that are led to an uplink, options of the command."""

from __future__ import annotations

from pathlib import Path

import pytest

from lbsh_lang.backends.base import Options
from lbsh_lang.backends.registry import load_backend
from lbsh_lang.site.uplinks import DEFAULT_MARKS, Marks, uplinks_of
from tests import iptables_reader, pf_reader
from tests.reading import site_of
from tests.test_cli import lbsh

SCRIPT = """
interface external em0
interface external em3
interface internal em1
external net 203.0.113.0/24 on em0
external gw 203.0.113.254
external gw 198.51.100.1 on em3
external gw 2001:db8::ffff on em0
external addr 203.0.113.1
internal net 10.1.0.0/16
internal gw 10.1.0.1
service web is 203.0.113.20 tcp 80 reflect
pool farm for web
add 10.1.0.2-3 to farm
external addr 198.51.100.25 on em3 for farm, 10.1.7.0/24
external addr 203.0.113.9 on em0 for 10.1.7.9
keep source to 10.8.0.0/16
"""
ONE_ARMED = SCRIPT + "interface internal em3\n"
DEVICE = {"em0": ("203.0.113.1", "203.0.113.20", "203.0.113.9"), "em3": ("198.51.100.25",), "em1": ("10.1.0.1",)}

FIRST, SECOND = "0x01000000/0xff000000", "0x02000000/0xff000000"


def test_uplinks_are_numbered_in_the_order_of_their_gateways() -> None:
    found = {one.interface.name: (one.number, len(one.hops)) for one in uplinks_of(site_of(SCRIPT))}
    assert found == {"em0": (1, 2), "em3": (2, 1)}
    assert [hex(DEFAULT_MARKS.of(one)) for one in uplinks_of(site_of(SCRIPT))] == ["0x1000000", "0x2000000"]


def test_a_single_external_interface_is_no_uplink() -> None:
    assert uplinks_of(site_of("interface external em0\nexternal gw 203.0.113.254\n")) == ()


@pytest.mark.parametrize(
    ("mask", "most"),
    [(0xFF000000, 255), (0x1, 1), (0x00F0, 15), (0xFFFFFFFF, 2**32 - 1), (0, 0), (0x101, 0), (1 << 32, 0)],
)
def test_marks_are_neighbouring_bits(mask: int, most: int) -> None:
    marks = Marks(mask)
    assert marks.is_usable is bool(most)
    assert not most or (marks.most, marks.others & mask) == (most, 0)


# PF: the way of the packets of a connection

WAYS = {
    "from the world": ("em0", "9.9.9.9", "203.0.113.20", "reply-to em0 203.0.113.254"),
    "from the world by the other": ("em3", "9.9.9.9", "203.0.113.20", "reply-to em3 198.51.100.1"),
    "from the link": ("em0", "203.0.113.77", "203.0.113.20", " "),
    "from a server to the world": ("em1", "10.1.0.2", "9.9.9.9", "route-to em3 198.51.100.1"),
    "from a block to the world": ("em1", "10.1.7.1", "9.9.9.9", "route-to em3 198.51.100.1"),
    "from a single address": ("em1", "10.1.7.9", "9.9.9.9", "route-to em0 203.0.113.254"),
    "to a kept network": ("em1", "10.1.7.1", "10.8.0.1", " "),
    "to a server": ("em1", "10.1.7.1", "10.1.0.2", " "),
    "to the device": ("em1", "10.1.7.1", "203.0.113.20", " "),
}


@pytest.mark.parametrize(("enters", "source", "to", "way"), WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("release", ["freebsd-14", "freebsd-15"])
def test_pf_leads_packets(release: str, enters: str, source: str, to: str, way: str) -> None:
    rules = pf_reader.read_pf(load_backend("pf").render(site_of(SCRIPT), Options(release)).text, release)
    rule = rules.passing(pf_reader.Packet.of(enters, "in", "tcp", source, to, 80), DEVICE)
    assert rule is not None
    assert f"{rule.way} {rule.exit} {rule.hop or ''}".strip() == way.strip()


def test_pf_answers_machines_inside_on_the_link() -> None:
    text = load_backend("pf").render(site_of(ONE_ARMED), Options("freebsd-15")).text
    rule = pf_reader.read_pf(text, "freebsd-15").passing(
        pf_reader.Packet.of("em3", "in", "tcp", "10.1.3.3", "203.0.113.20", 80), DEVICE
    )
    assert rule is not None
    assert not rule.way


def test_pf_says_what_its_anchor_needs(tmp_path: Path) -> None:
    script = tmp_path / "site.lb"
    script.write_text(SCRIPT)
    done = lbsh("emit", "--backend", "pf", "--anchor", str(script))
    assert '`anchor "lbsh"` among its own' in done.stdout.decode()
    refused = lbsh("emit", "--backend", "pf", "--pass", str(script))
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert b"--pass" in refused.stderr


# iptables: the marks of packets and connections


def _nat(script: str, marks: Marks = DEFAULT_MARKS) -> iptables_reader.Nat:
    options = Options("iptables-1.8", frozenset({"hook"}), marks=marks)
    nat = iptables_reader.Nat(4)
    nat.restore(load_backend("iptables").render(site_of(script), options).text)
    return nat


def _packet(
    source: str,
    to: str,
    enters: str,
    *,
    is_first: bool = True,
    is_answer: bool = False,
    connection_mark: int = 0,
    original: str = "",
) -> iptables_reader.Packet:
    packet = iptables_reader.Packet(source, to, "tcp", 80, arrives=enters, original=original)
    return packet._replace(is_first=is_first, is_answer=is_answer, connection_mark=connection_mark)


MARKED: dict[str, tuple[iptables_reader.Packet, str | None]] = {
    "new by the first": (_packet("9.9.9.9", "203.0.113.20", "em0"), FIRST),
    "new by the second": (_packet("9.9.9.9", "203.0.113.20", "em3"), SECOND),
    "further": (_packet("9.9.9.9", "203.0.113.20", "em3", is_first=False, connection_mark=0x02000000), None),
    "answer": (
        _packet("10.1.0.2", "9.9.9.9", "em1", is_first=False, is_answer=True, connection_mark=0x02000005),
        SECOND,
    ),
    "answer of another mark": (
        _packet("10.1.0.2", "9.9.9.9", "em1", is_first=False, is_answer=True, connection_mark=0x00000002),
        None,
    ),
    "led, first": (_packet("10.1.7.1", "9.9.9.9", "em1"), None),
    "led, further": (_packet("10.1.7.1", "9.9.9.9", "em1", is_first=False), SECOND),
    "led by the most specific": (_packet("10.1.7.9", "9.9.9.9", "em1", is_first=False), FIRST),
    "reflected, further": (
        _packet("10.1.7.1", "203.0.113.20", "em1", is_first=False, original="203.0.113.20"),
        None,
    ),
    "kept": (_packet("10.1.7.1", "10.8.0.1", "em1", is_first=False), None),
    "inside": (_packet("10.1.7.1", "10.1.0.2", "em1", is_first=False), None),
}


@pytest.mark.parametrize(("packet", "mark"), MARKED.values(), ids=MARKED)
def test_iptables_marks(packet: iptables_reader.Packet, mark: str | None) -> None:
    assert _nat(SCRIPT).mangle.walk("PREROUTING", packet).translation == mark


def test_iptables_marks_nothing_from_inside_on_an_interface_of_both_sides() -> None:
    nat = _nat(ONE_ARMED)
    assert nat.mangle.walk("PREROUTING", _packet("10.1.3.3", "203.0.113.20", "em3")).translation is None
    assert nat.mangle.walk("PREROUTING", _packet("9.9.9.9", "203.0.113.20", "em3")).translation == SECOND


def test_marks_are_other_bits_if_the_user_says_so(tmp_path: Path) -> None:
    packet = _packet("9.9.9.9", "203.0.113.20", "em3")
    assert _nat(SCRIPT, Marks(0xF0)).mangle.walk("PREROUTING", packet).translation == "0x00000020/0x000000f0"
    script = tmp_path / "site.lb"
    script.write_text(SCRIPT)
    text = lbsh("emit", "--backend", "nftables", "--marks", "0xF0", str(script)).stdout.decode()
    assert 'iifname "em3" ct state new ct mark set ct mark and 0xffffff0f or 0x00000020' in text


@pytest.mark.parametrize("marks", ["0", "0x0", "0x101", "0x1ff000000", "255", "-1", "0xff0000000", "0x1"])
def test_marks_that_do_not_do(tmp_path: Path, marks: str) -> None:
    script = tmp_path / "site.lb"
    script.write_text(SCRIPT)
    done = lbsh("emit", "--backend", "nftables", "--marks", marks, str(script))
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"--marks" in done.stderr


WORDS = ("on", "of", "keep", "source", "gw2")


@pytest.mark.parametrize("word", WORDS)
def test_the_words_are_names_elsewhere(word: str) -> None:
    site = site_of(
        f"interface external {word}\ninterface external em0\ninterface internal em1\n"
        f"external net 203.0.113.0/24 on {word}\nexternal gw 203.0.113.254 on {word}\nexternal addr of {word}\n"
        f"internal net 10.1.0.0/16\nservice {word} is 203.0.113.20 tcp 80\npool {word}-p for {word}\n"
        f"add 10.1.0.2 to {word}-p\nservice x is 203.0.113.20 tcp 81\npool {word} for x\nadd 10.1.0.2 to {word}\n"
        f"external addr 203.0.113.9 on em0 for {word}\nfailover device {word}\nfailover device b skew 5\n"
        'failover password file "/p"\n'
    )
    assert [one.interface.name for one in uplinks_of(site)] == [word]
    assert [one.pools for one in site.sources if one.pools] == [(word,)]
