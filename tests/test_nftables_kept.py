"""Changes of nftables rules that are worked out from what is kept: of equal result as from whole sites, and at less cost."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import farm
from lbsh_lang.backends.nftables import BACKEND
from lbsh_lang.site.appended import exchange_of
from lbsh_lang.site.exchange import Exchange
from lbsh_lang.site.model import Service
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import read_script
from lbsh_lang.source import Source
from tests.costs import calls_of
from tests.exchanges import EXCHANGER, OPTIONS, Rules, flipped, rules_of, steps
from tests.reading import site_of
from tests.sites import scripts

DEVICE = "interface external em0\ninterface internal em1\ninternal net 192.168.1.0/24\ninternal gw 192.168.1.1\n"
WEB = "service web is 203.0.113.1 tcp 80\npool farm for web\nadd 192.168.1.2-4 to farm\n"


def assert_right(rules: Rules) -> None:
    """What is kept is what the layout of the whole site with these turn counters has."""
    same = EXCHANGER.render_kept_change(rules.kept, rules.site, rules.site, OPTIONS)
    assert same is not None
    assert same.artifact.lines == ()
    assert EXCHANGER.render_kept(rules.kept, rules.site, OPTIONS) is not None
    assert json.loads(json.dumps(same.kept)) == json.loads(json.dumps(rules.kept))


@settings(max_examples=200)
@given(scripts(), st.data())
def test_after_any_exchanges_what_is_kept_is_that_of_the_site(script: str, data: st.DataObject) -> None:
    for _, rules in steps(data, rules_of(site_of(script)), 5):
        assert_right(rules)


SMALL = """\
add 192.168.1.5 to farm
remove 192.168.1.4 from farm
drain 192.168.1.3
set web sticky
service more is 203.0.113.1 tcp 81
pool mores for more
add 192.168.1.9 to mores
set more reflect
set web no sticky
service list is 203.0.113.1 tcp 8000-8010,9000 sticky
pool lists for list
add 192.168.1.7-8 to lists
service inner is 203.0.113.1 tcp 8000,8001 sticky
pool inners for inner
add 192.168.1.7-8 to inners
remove list
remove web
service web is 203.0.113.1 tcp 80 from 198.51.100.0/24
pool farm for web
add 192.168.1.2 to farm
remove more
service six is 2001:db8::1 tcp 80
internal net fd00:1::/64
pool p6 for six
add fd00:1::2 to p6
remove six
""".splitlines()


def test_statements_one_by_one() -> None:
    text = DEVICE + WEB
    rules = rules_of(site_of(text))
    for line in SMALL:
        first = len(read_script(Source.of("site.lb", text)).statements)
        text += line + "\n"
        resolution = Resolution(read_script(Source.of("site.lb", text)))
        found = exchange_of(resolution, first)
        if found is None:
            assert line.startswith("internal")
            change = EXCHANGER.render_kept_change(rules.kept, rules.site, resolution.site, OPTIONS)
            assert change is not None
            rules = Rules(resolution.site, change.kept)
        else:
            _, rules = rules.after(found)
        rules = Rules(resolution.site, rules.kept)
        assert_right(rules)


def many(services: int) -> Rules:
    return rules_of(site_of("\n".join(farm.script(services))))


def without_one(service: Service) -> Service:
    assert service.pool is not None
    return replace(service, pool=replace(service.pool, servers=service.pool.servers[1:]))


FATES: dict[str, Callable[[Service], tuple[Service, ...]]] = {
    "a server goes": lambda service: (without_one(service),),
    "a server is down": lambda service: (flipped(service, [0]),),
    "the service goes": lambda _: (),
}


@pytest.mark.parametrize("fate", FATES)
def test_the_cost_does_not_depend_on_other_services(fate: str) -> None:
    def cost(services: int) -> int:
        rules = many(services)
        one = rules.site.services[3]
        exchange = Exchange((one,), FATES[fate](one))
        assert EXCHANGER.render_exchange(rules.kept, exchange, OPTIONS) is not None
        return calls_of(EXCHANGER.render_exchange, rules.kept, exchange, OPTIONS)

    assert cost(300) <= cost(20) + 10


@pytest.mark.parametrize("fate", FATES)
def test_other_services_keep_their_chains_and_elements(fate: str) -> None:
    rules = many(100)
    one = rules.site.services[3]
    change, _ = rules.after(Exchange((one,), FATES[fate](one)))
    elements = [line.text for line in change.artifact.lines if " . tcp . " in line.text]
    assert elements
    assert all(str(one.address) in text for text in elements)


def test_a_new_service_meets_none_of_its_neighbours_at_a_counter() -> None:
    rules = many(10)
    one = rules.site.services[3]
    _, without = rules.after(Exchange((one,), ()))
    change, again = without.after(Exchange((), (one,)))
    assert "counter-10" in change.artifact.text
    assert_right(again)


def test_a_change_that_changes_nothing_has_no_line() -> None:
    rules = many(3)
    one = rules.site.services[0]
    change, after = rules.after(Exchange((one,), (replace(one, probe=None),)))
    assert change.artifact.lines == ()
    assert_right(after)


def test_rules_that_are_not_those_kept_are_a_matter_of_the_whole() -> None:
    rules = many(3)
    one = rules.site.services[0]
    assert EXCHANGER.render_exchange({}, Exchange((one,), ()), OPTIONS) is None
    assert EXCHANGER.render_exchange(rules.kept, Exchange((replace(one, name="other"),), ()), OPTIONS) is None


def test_a_whole_change_is_refused_where_the_site_is_not_the_one_kept() -> None:
    rules = many(3)
    other = many(4).site
    assert EXCHANGER.render_kept_change(rules.kept, other, rules.site, OPTIONS) is None
    assert EXCHANGER.render_kept(rules.kept, other, OPTIONS) is None


def test_rules_that_were_loaded_whole_are_rendered_alike() -> None:
    rules = many(3)
    assert EXCHANGER.render_kept(rules.kept, rules.site, OPTIONS) == BACKEND.render(rules.site, OPTIONS)


def test_a_premise_that_comes_is_a_matter_of_the_whole() -> None:
    rules = many(3)
    one = rules.site.services[0]
    exchange = Exchange((one,), (replace(one, reflect=True),))
    assert EXCHANGER.render_exchange(rules.kept, exchange, OPTIONS) is None
    change, after = rules.after(exchange)
    assert "add map ip lbsh reflected " in change.artifact.text
    assert_right(after)
