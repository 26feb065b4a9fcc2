"""What people asked for in public, each as a script in `tests/asked/`: the findings, and where packets go.

    #! LB201                        behind a statement: the codes that are reported for it; no others are
    #! pf LB401                     on a line of its own: this packet filter cannot express the script
    #> SOURCE PROTO PLACE = WHO     a packet, and the servers that may get it, or where it ends;
                                    `from` is the source that they see

A script without errors has rules under every packet filter but those that a line names.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from lbsh import app
from lbsh.files import read_source
from lbsh_lang.diagnostics import Severity
from lbsh_lang.packets import Refused, parse_packet
from lbsh_lang.site.trace.tracer import trace_packet
from lbsh_lang.site.trace.values import Trace
from lbsh_lang.values import Protocol

CASES = sorted((Path(__file__).parent / "asked").glob("*.lb"))
FILTERS = ("nftables", "iptables", "pf")


class Asked(NamedTuple):
    """A packet with the answer: where it goes, and from which source."""

    source: str
    protocol: str
    place: str
    answer: str


def packets(text: str) -> list[Asked]:
    return [Asked(*found) for found in re.findall(r"^#> (\S+) (\S+) (\S+) = (.*)$", text, re.MULTILINE)]


def expected(text: str) -> list[tuple[int, str]]:
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        match = re.search(r"\S.*#!((?: LB\d{3})+)$", line)
        found += [(number, code) for code in match[1].split()] if match else []
    return found


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_findings_are_those_of_the_page(path: Path) -> None:
    found = app.check_for_any(read_source(str(path))).diagnostics
    assert sorted((one.span.start.line + 1, one.code) for one in found) == sorted(expected(path.read_text()))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_packets_go_where_they_were_wanted(path: Path) -> None:
    site = app.check_source(read_source(str(path))).site
    for asked in packets(path.read_text()):
        packet = parse_packet(asked.source, asked.place, Protocol(asked.protocol))
        assert not isinstance(packet, Refused), packet
        assert said(trace_packet(site, packet), asked) == asked.answer, asked


def said(trace: Trace, asked: Asked) -> str:
    """The servers with their ports, if these are not the packet's, or the outcome; and the source that is seen."""
    who = [_place(trace, str(one.address), one.port) for one in trace.servers]
    return " ".join([*(who or [trace.outcome.value]), *_sources(trace, asked)])


def _place(trace: Trace, address: str, port: int | None) -> str:
    there = port or trace.port
    return address if there == trace.packet.port else f"{address}:{there}"


def _sources(trace: Trace, asked: Asked) -> list[str]:
    """Only where the packet goes on; an interface stands for its address."""
    if " from " not in f" {asked.answer}":
        return []
    sources = {str(source) if source is not None else trace.leaves[0].name for source in trace.sources}
    return ["from", *sorted(sources)]


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_filters_express_what_was_wanted(path: Path, name: str) -> None:
    refused = name in re.findall(r"^#! (\w+) LB401$", path.read_text(), re.MULTILINE)
    request = app.choose(name, None)
    checked = app.check_source(read_source(str(path)), request)
    errors = {one.code for one in checked.diagnostics if one.severity is Severity.ERROR}
    if not errors or refused:
        assert errors == ({"LB401"} if refused else set())
    if not errors:
        assert app.render(checked.site, request).text
