"""The rules of a script and traces through it: the same as the output of the commands, or the reason why there are none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbsh import app
from lbsh_lang.analysis.emission import emit
from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.analysis.live.regions import Region
from lbsh_lang.analysis.live.session import Session
from lbsh_lang.analysis.live.snapshots import ScriptSnapshot, take_snapshot
from lbsh_lang.analysis.live.view import View
from lbsh_lang.analysis.packets import Traced, trace
from lbsh_lang.source import Position, Source
from lbsh_lang.syntax.parser import LineParser
from tests.test_cli import lbsh
from tests.test_properties import TEXTS

MAIL = Path(__file__).parents[2] / "examples" / "mail.lb"


def view_of(text: str, name: str = "site.lb") -> View:
    document = Document(name, name, text, LineParser())
    return View(Session(document, lambda path, includer: "no such file", app.all_backends()), document)


def script_of(text: str, name: str = "site.lb") -> ScriptSnapshot:
    return take_snapshot(view_of(text, name).session)


@pytest.mark.parametrize("backend", ["pf", "nftables", "iptables"])
def test_the_rules_are_those_of_the_command(backend: str) -> None:
    request = app.choose(backend, None)
    checked = app.check_source(Source.of("mail.lb", MAIL.read_text()), request)
    found = emit(script_of(MAIL.read_text(), "mail.lb"), backend)
    assert found.fault is None
    assert found.text == app.render(checked.site, request).text
    assert found.title.startswith("mail.lb: ")


def test_rules_name_the_lines_as_they_are_after_edits() -> None:
    view = view_of(MAIL.read_text(), "mail.lb")
    before = emit(take_snapshot(view.session), "nftables").text
    assert before is not None
    assert "mail.lb:11" in before
    splice = view.document.edit(Region(Position(0, 0), Position(0, 0)), "\n\n")
    view.session.splice(view.document, splice)
    after = emit(take_snapshot(view.session), "nftables").text
    assert after is not None
    assert "mail.lb:13" in after
    assert "mail.lb:11" not in after


FAULTS = [
    ("status", "pff", None, "there is no backend `pff`; a backend with a similar name exists: `pf` (installed are "),
    ("status", "pf", "freebsd-1", "pf has no target `freebsd-1`; its targets are "),
    (
        "interface external em0\nadd 10.0.0.1 to p\nadd 10.0.0.1 to q",
        "pf",
        None,
        "the script has 2 errors; the first is in site.lb, line 2: undefined pool `p`",
    ),
    ("ad", "pf", None, "the script has 2 errors; the first is in site.lb, line 1: `ad` starts no statement"),
    (
        "interface external em0\nservice S is 10.0.0.1 tcp 80 sticky 2m\nservice T is 10.0.0.1 tcp 81 sticky 3m\n"
        "pool p for S\nadd 10.0.0.2 to p\npool q for T\nadd 10.0.0.2 to q",
        "pf",
        None,
        "the script has an error in site.lb, line ",
    ),
]


@pytest.mark.parametrize(("text", "backend", "target", "fault"), FAULTS)
def test_why_there_are_no_rules(text: str, backend: str, target: str | None, fault: str) -> None:
    found = emit(script_of(text), backend, target)
    assert found.text is None
    assert found.fault is not None
    assert found.fault.startswith(fault)


def test_a_trace_is_that_of_the_command() -> None:
    packet = ("tcp", "203.0.113.9:4000", "62.103.127.154:smtp")
    found = trace(script_of(MAIL.read_text(), "mail.lb"), *packet)
    printed = lbsh("trace", "mail.lb", "--from", packet[1], "--to", packet[2], cwd=MAIL.parent)
    assert found == Traced(printed.stdout.decode(), None)


WAYS = """\
interface external em0
interface external em3
interface internal em1
interface internal em2
internal net 192.168.1.0/24
internal gw 192.168.1.1
service A is 62.103.127.154 tcp 25 reflect
pool a for A
add 192.168.1.2 to a
"""
UPLINKS = "external gw 62.103.127.158 on em0\nexternal gw 198.51.100.1 on em3\n"
DOUBTS = [
    ("answers by the way of the packet", UPLINKS, "203.0.113.9", None, ("em0", "em3")),
    ("an uplink and a way without answers of its own", UPLINKS.split("\n")[0], "203.0.113.9", None, ("em0", "em3")),
    ("its interface is stated", UPLINKS, "203.0.113.9", "em3", ()),
    ("no uplinks", "", "203.0.113.9", None, ()),
    ("from inside", UPLINKS, "192.168.1.9", None, ()),
    ("the device's own", UPLINKS, "192.168.1.1", None, ()),
]


@pytest.mark.parametrize(
    ("lines", "source", "stated", "interfaces"), [one[1:] for one in DOUBTS], ids=[one[0] for one in DOUBTS]
)
def test_the_interfaces_on_which_a_trace_depends(
    lines: str, source: str, stated: str | None, interfaces: tuple[str, ...]
) -> None:
    found = trace(script_of(WAYS + lines), "tcp", source, "62.103.127.154:25", stated)
    assert (found.fault, found.interfaces) == (None, interfaces)


PACKETS = [
    ("icmp", "10.0.0.1", "10.0.0.2:80", "`icmp` is no protocol of a packet; that is `tcp` or `udp`"),
    ("tcp", "", "10.0.0.2:80", "from : an address is written like 192.168.1.2 or fd00::2"),
    ("tcp", "10.0.0.1", "fd00::1", "to fd00::1: a port is missing; [fd00::1]:80 has one"),
    ("tcp", "10.0.0.1", "[fd00::1]:80", "no packet goes from IPv4 (10.0.0.1) to IPv6 (fd00::1)"),
    (
        "udp",
        "10.0.0.1",
        " 10.0.0.2:domian ",
        "to 10.0.0.2:domian: a port is a number from 1 to 65535 or a name such as",
    ),
    ("udp", "10.0.0.1", "10.0.0.2:53", "the script has an error in site.lb, line 1: undefined service `S`"),
]


@pytest.mark.parametrize(("proto", "start", "end", "fault"), PACKETS)
def test_why_there_is_no_trace(proto: str, start: str, end: str, fault: str) -> None:
    found = trace(script_of("pool p for S"), proto, start, end)
    assert found.text is None
    assert (found.fault or "").startswith(fault)


@given(TEXTS, st.text(max_size=20), st.text(max_size=20))
@settings(max_examples=100, deadline=None)
def test_any_text(text: str, start: str, end: str) -> None:
    script = script_of(text)
    for found in (trace(script, "tcp", start, end), trace(script, "udp", "10.0.0.1", "10.0.0.2:80")):
        assert (found.text is None) != (found.fault is None)
    rules = emit(script, "nftables")
    assert (rules.text is None) != (rules.fault is None)
