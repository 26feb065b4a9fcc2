"""Hints: scripts in an editor's view, with each hint in its place between angle quotes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbsh_lang.analysis.live.regions import Region
from lbsh_lang.analysis.live.view import View
from lbsh_lang.analysis.names.hints import hints
from lbsh_lang.source import Position
from tests.analysis.marked import view_of, views_of
from tests.test_properties import TEXTS

SHOWN = {
    "ways of a device": """
interface external em0
interface external em3
interface internal em1
interface internal em2
external net 203.0.113.0/24 on em0
external gw 203.0.113.254«uplink 1, em0»  # comment
external gw 198.51.100.1 on em3«uplink 2, em3»
external addr 203.0.113.1«by em0»
external addr 198.51.100.2«by em0 or em3»
external addr 198.51.100.3 on em3 for 10.1.0.7
internal net 10.1.0.0/16«source 203.0.113.1 by em0 or 198.51.100.2 by em3»
internal net 10.2.0.0/16 on em2«gateway 10.1.0.1, source 203.0.113.1 by em0 or 198.51.100.2 by em3»
internal gw 10.1.0.1
""",
    "a device with one way out": """
interface external em0
external gw 203.0.113.254
external addr 203.0.113.1
internal net 10.1.0.0/16
internal gw 10.1.0.1
""",
    "sources of outbound connections": """
interface external em0
interface external em3
interface internal em1
external net 203.0.113.0/24 on em0
external addr 203.0.113.1«by em0»
external addr 198.51.100.2 on em3
external addr 203.0.113.9 on em0 for 10.2.0.0/16
external addr of em3 for 10.2.0.0/16
internal net 10.1.0.0/16«source 203.0.113.1 by em0 or 198.51.100.2 by em3»
internal net 10.2.0.0/16«source 203.0.113.9 by em0 or the address of em3 by em3»
internal net fd00::/64
""",
    "sources of pools": """
interface external em0
interface internal em1
external addr 203.0.113.1
internal net 10.1.0.0/16«source 203.0.113.1»
service MX is 203.0.113.25 tcp 25«→ mail»
pool mail for MX«1 server, source 203.0.113.25»
add 10.1.0.2 to mail
external addr 203.0.113.25 for mail
service OLD is 203.0.113.26 tcp 25«→ old»
pool old for OLD«0 servers»
external addr 203.0.113.26 for old
remove OLD
""",
    "services and pools": """
service A is 10.0.0.1 tcp 80 sticky«→ p»  # comment
pool p for A«3 servers»
add 192.168.1.2 to p
add 192.168.1.3-4«2 addresses» to p
""",
    "drained ones and backups": """
service A is 10.0.0.1 tcp 80«→ p»
pool p for A port 80«4 servers (2 backup, 1 drained, 1 down)»
add 192.168.1.2, 192.168.1.3 to p
add 192.168.1.4-5«2 addresses» to p backup
drain 192.168.1.2 from p
down 192.168.1.3
""",
    "networks": """
pool p for A«at least 258 servers»
add 192.168.1.0/24«254 addresses», 192.168.2.1, fd00::/127«2 addresses», 192.168.3.7/32«1 address» to p
add 192.168.4.1/24 to p
remove 192.168.1.2-3«2 addresses», 192.168.1.1 from p
add 192.168.5.0/30«2 addresses», 192.168.6.1 to p
""",
    "no pool, no server": """
service A is 10.0.0.1 tcp 80
service B is 10.0.0.2 tcp 80«→ b»
pool b for B«0 servers»
""",
    "each life has its own": """
service A is 10.0.0.1 tcp 80«→ a»
pool a for A«1 server»
add 192.168.1.2 to a
remove A
service A is 10.0.0.1 tcp 80«→ a»
pool a for A«2 servers»
add 192.168.1.2, 192.168.1.3 to a
""",
    "what is defined twice has none": """
service A is 10.0.0.1 tcp 80«→ a»
service A is 10.0.0.1 tcp 80
pool a for A«0 servers»
pool a for A
""",
}


def shown(view: View, region: Region) -> str:
    """The document with its hints."""
    lines = list(view.document.lines)
    for hint in sorted(hints([view], region), key=lambda one: one.at, reverse=True):
        line, column = hint.at
        lines[line] = f"{lines[line][:column]}«{hint.label}»{lines[line][column:]}"
    return "\n".join(lines)


@pytest.mark.parametrize("expected", SHOWN.values(), ids=list(SHOWN))
def test_hints(expected: str) -> None:
    view = view_of(re.sub("«[^»]*»", "", expected))
    assert shown(view, Region(Position(0, 0), view.document.end)) == expected


def test_only_lines_of_the_region_have_hints() -> None:
    view = view_of("pool a for A\npool b for B\npool c for C\npool d for D")
    region = Region(Position(1, 5), Position(2, 0))
    assert shown(view, region) == "pool a for A\npool b for B«0 servers»\npool c for C«0 servers»\npool d for D"


def test_a_hint_tells_more_and_leads_to_the_pool() -> None:
    text = "service A is 10.0.0.1 tcp 80\npool p for A\nadd 192.168.1.2-9 to p\nadd 192.168.1.1 to p backup\n"
    view = view_of(text + "drain 192.168.1.1 from p")
    of_service, of_pool, of_range = hints([view], Region(Position(0, 0), view.document.end))
    assert of_service.tooltip == "served by the pool `p`, 9 servers"
    assert of_service.target is not None
    assert view.document.text_of(of_service.target.region) == "p"
    assert of_pool.tooltip == (
        "the pool ends up with 9 servers; 1 backup: for when no other server is up; 1 drained: no new connections"
    )
    assert of_range.tooltip == "192.168.1.2 to 192.168.1.9"


def test_hints_of_a_file_of_several_scripts() -> None:
    """Equal hints of all scripts are shown once; different hints are all shown, with their scripts."""
    views = views_of(
        "service A is 10.0.0.1 tcp 80\nservice B is 10.0.0.1 tcp 81\npool b for B\nadd 10.1.0.2-3 to b\n"
        '== r1.lb\ninclude "site.lb"\npool p for A\n'
        '== r2.lb\ninclude "site.lb"\nadd 10.1.0.4 to b\n'
    )
    of_a, of_b, of_pool, of_range = hints(views, Region(Position(0, 0), views[0].document.end))
    assert (of_a.label, of_a.tooltip) == ("\N{RIGHTWARDS ARROW} p", "in `r1.lb` served by the pool `p`, 0 servers")
    assert of_a.target is not None
    assert of_a.target.identity == "r1.lb"
    assert of_b.label == "\N{RIGHTWARDS ARROW} b"
    assert of_pool.label == "2 servers or 3 servers"
    assert of_pool.tooltip == "in `r1.lb` the pool ends up with 2 servers; in `r2.lb` the pool ends up with 3 servers"
    assert (of_range.label, of_range.tooltip) == ("2 addresses", "10.1.0.2 to 10.1.0.3")


@given(TEXTS, st.integers(-1, 12), st.integers(-1, 12))
@settings(max_examples=200)
def test_any_text_has_an_answer(text: str, first: int, last: int) -> None:
    view = view_of(text)
    for hint in hints([view], Region(Position(first, 0), Position(last, 99))):
        assert hint.at == view.document.clamp(hint.at)
        assert hint.label
