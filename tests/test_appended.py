"""The exchange that appended statements make leads from the old site to the new one, and costs what they touch."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import farm
from lbsh_lang.check import check
from lbsh_lang.diagnostics import Severity
from lbsh_lang.site.appended import exchange_of
from lbsh_lang.site.down import with_down
from lbsh_lang.site.everywhere import MOST
from lbsh_lang.site.exchange import Exchange, exchanged
from lbsh_lang.site.model import Site
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import Script, no_files, read_script
from lbsh_lang.site.sources import translations
from lbsh_lang.site.status import ServerId
from lbsh_lang.source import Source
from lbsh_lang.values import BITS
from tests.costs import calls_of
from tests.extensions import WITH_FARM
from tests.sites import scripts

SITE = """\
interface external em0
interface internal em1
internal net 10.0.0.0/8
internal gw 10.255.255.254
service A is 203.0.113.10 tcp 80
service B is 203.0.113.10 tcp 70-90 sticky
service C is 203.0.113.11 udp 53
service D is 203.0.113.12 tcp 25
pool ab for A, B
pool c for C
pool d for D
add 10.0.0.2, 10.0.0.3 to ab
add 10.0.0.2 to c
add 10.0.0.4 to d
external addr 203.0.113.2 for d
drain 10.0.0.2 from c
"""

LINES = (
    "add 10.0.0.5 to ab",
    "add 10.0.0.5-10.0.0.7 to c weight 3",
    "add 10.0.0.5 to c port 5353",
    "add 10.0.0.6 to d backup",
    "remove 10.0.0.2 from ab",
    "remove 10.0.0.4 from d",
    "drain 10.0.0.3 from ab keep clients",
    "drain 10.0.0.4 from d",
    "drain 10.0.0.2",
    "resume 10.0.0.2",
    "resume 10.0.0.2 in c",
    "set 10.0.0.2 in ab weight 5",
    "set 10.0.0.2 in c port 54",
    "set B no sticky",
    "set A reflect",
    "remove A",
    "remove B",
    "remove C",
    "remove D",
    "service E is 203.0.113.10 tcp 75-79",
    "service A is 203.0.113.10 tcp 81 sticky",
    "service F is 203.0.113.13 tcp 1-1000",
    "service G is 203.0.113.13 tcp 20-30",
    "service H is 203.0.113.13 tcp 25",
    "pool e for E, F",
    "pool a for A",
    "pool g for G, H port 9",
    "add 10.0.0.2, 10.0.0.9 to e",
    "add 10.0.0.2 to a",
    "probe C with dns query",
    "probe D with tcp",
    "remove probe D",
    "farm h serves H with 10.0.0.2 spare 10.0.0.9",
    "status A",
    "help",
    "external addr 203.0.113.3 for ab",
    "internal net 10.9.0.0/16",
    "add 10.0.0.x to ab",
    "service Z is",
)
OF_DEVICE = ("external", "internal")


def statements_at(text: str, lines: int) -> tuple[Resolution, Resolution, int]:
    """The script without its last lines, the whole script, and the rank of the first of them."""
    script = read_script(Source.of("site.lb", text), no_files, WITH_FARM)
    kept = len(text.splitlines()) - lines
    first = next((one.rank for one in script.statements if one.line >= kept), len(script.statements))
    old = Script(script.sources, script.statements[:first], (), WITH_FARM)
    return Resolution(old), Resolution(script), first


def is_device_changed(old: Resolution, new: Resolution) -> bool:
    """Whether more than services differs: the device, or the servers that some `external addr` is for."""
    sources = [[translations(one.site, family) for family in BITS] for one in (old, new)]
    return old.device_site() != new.device_site() or sources[0] != sources[1]


def assert_leads(text: str, lines: int) -> Exchange | None:
    old, new, first = statements_at(text, lines)
    found = exchange_of(new, first)
    if found is None:
        assert is_device_changed(old, new) or any(
            line.startswith(OF_DEVICE) or line.endswith(" is") for line in text.splitlines()[-lines:]
        )
        return None
    assert exchanged(old.site, found) == new.site
    names = {service.name for service in (*found.before, *found.after)}
    others = [[one for one in site.services if one.name in names] for site in (old.site, new.site)]
    assert others == [list(found.before), list(found.after)]
    assert all(was not in found.after for was in found.before)
    return found


@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=6))
def test_statements_behind_a_small_site(lines: list[str]) -> None:
    assert_leads(SITE + "\n".join(lines), len(lines))


@given(scripts(), st.integers(1, 12))
def test_the_end_of_any_script(text: str, lines: int) -> None:
    assert_leads(text, min(lines, len(text.splitlines())))


def servers_of(site: Site) -> list[ServerId]:
    pools = [(service, service.pool) for service in site.services if service.pool is not None]
    return [ServerId(pool.name, one.name, *server.identity) for one, pool in pools for server in pool.servers]


def with_all_down(site: Site, down: frozenset[ServerId]) -> Site:
    return replace(site, services=tuple(with_down(one, down) for one in site.services))


@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=4), st.data())
def test_statements_and_servers_that_go_down(lines: list[str], data: st.DataObject) -> None:
    old, new, first = statements_at(SITE + "\n".join(lines), len(lines))
    servers = st.frozensets(st.sampled_from([*servers_of(old.site), *servers_of(new.site)]))
    was, now = data.draw(servers), data.draw(servers)
    found = exchange_of(new, first, was, now)
    if found is not None:
        assert exchanged(with_all_down(old.site, was), found) == with_all_down(new.site, now)


def test_only_the_services_of_servers_that_go_down_differ() -> None:
    _, new, first = statements_at(SITE, 0)
    down = next(one for one in servers_of(new.site) if one.service == "B")
    assert exchange_of(new, first, frozenset({down}), frozenset({down})) == Exchange((), ())
    found = exchange_of(new, first, frozenset(), frozenset({down}))
    assert found is not None
    assert [one.name for one in found.after] == ["B"]


NAMED = {
    "add 10.0.0.5 to ab": ("A B", "A B"),
    "remove A": ("A B", "B"),  # B gets its port back
    "remove D": None,  # an `external addr` was for the servers of its pool
    "drain 10.0.0.4 from d": ("D", "D"),
    "add 10.0.0.5 to d": None,
    "drain 10.0.0.2": ("A B", "A B"),  # in the pool of C it is drained already
    "resume 10.0.0.2": ("C", "C"),
    "set C reflect": ("C", "C"),
    "probe C with dns query": ("C", "C"),
    "service E is 203.0.113.10 tcp 71": ("B", "B E"),
    "service F is 203.0.113.10 tcp 71 sticky\nremove F": ("", ""),
    "add 10.0.0.7 to ab\nremove 10.0.0.7 from ab": ("", ""),
    "farm f serves C with 10.0.0.9": ("", ""),
    "status A": ("", ""),
    "external net 203.0.113.0/24": None,
    'include "a.lb"': None,
}


@pytest.mark.parametrize(("lines", "names"), NAMED.items())
def test_the_services_that_differ(lines: str, names: tuple[str, str] | None) -> None:
    found = assert_leads(SITE + lines, len(lines.splitlines())) if "include" not in lines else None
    assert (found and tuple(" ".join(one.name for one in some) for some in found)) == names


def test_only_the_last_statements_about_a_server_in_all_pools_count() -> None:
    turns = "".join(f'drain 10.0.0.2 because "{number}"\n' for number in range(MOST + 3))
    assert_leads(SITE + turns, 2)
    assert_leads(SITE + turns + "resume 10.0.0.2\ndrain 10.0.0.2 for 1h\n", 2)


def cost(services: int, line: str) -> int:
    _, new, first = statements_at("\n".join([*farm.script(services), line]), 1)
    return calls_of(exchange_of, new, first)


@pytest.mark.parametrize(
    "line",
    [
        "add 10.254.0.1 to pool1",
        "drain 10.254.0.1 from pool1",
        "set web1 sticky",
        "remove web1",
        "service new is 198.18.0.1 tcp 81",
    ],
)
def test_the_cost_does_not_depend_on_other_services(line: str) -> None:
    assert cost(400, line) <= cost(20, line) + 5


def test_statements_that_the_checks_accept_are_tried() -> None:
    """The lines above are not all refused."""
    accepted = [
        line
        for line in LINES
        if not any(one.severity is Severity.ERROR for one in check(Source.of("site.lb", SITE + line)).diagnostics)
    ]
    assert len(accepted) > len(LINES) / 2
