"""Exchanges of services under nftables in use: the kernel then has the rules of the site, and no other client notices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lbsh.programs import CommandError
from lbsh_lang.backends.nftables import BACKEND
from lbsh_lang.site.exchange import Exchange
from lbsh_lang.site.model import Service
from tests.exchanges import EXCHANGER, OPTIONS, Rules, flipped, rules_of, steps
from tests.profiles import is_gate
from tests.reading import site_of
from tests.sites import scripts
from tests.system.lab import Lab
from tests.system.test_nftables_changes import BASE, QUICKLY_LOADED, server, tables


def load(lab: Lab, rules: Rules) -> None:
    """Loads all rules as they are in use."""
    whole = EXCHANGER.render_kept(rules.kept, rules.site, OPTIONS)
    assert whole is not None
    lab.load_nft(whole.text)


@given(scripts(), st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_after_any_exchanges_the_kernel_has_the_rules_of_the_site(lab: Lab, script: str, data: st.DataObject) -> None:
    rules = rules_of(site_of(script))
    whole = BACKEND.render(rules.site, OPTIONS).text
    if not is_gate() and len(whole) > QUICKLY_LOADED:
        return
    lab.load_nft(whole)
    for change, after in steps(data, rules, 4):
        lab.load_nft(change.artifact.text)
        rules = after
    found = tables(lab)
    load(lab, rules)
    assert tables(lab) == found


def web(rules: Rules) -> Service:
    return next(one for one in rules.site.services if one.name == "web")


def lessened(one: Service) -> Service:
    assert one.pool is not None
    return replace(one, pool=replace(one.pool, servers=one.pool.servers[1:]))


FATES: dict[str, Callable[[Service], tuple[Service, ...]]] = {
    "a server is down": lambda one: (flipped(one, [0]),),
    "all servers are down": lambda one: (flipped(one, [0, 1, 2]),),
    "a server leaves": lambda one: (lessened(one),),
    "the service goes": lambda _: (),
    "sticky": lambda one: (replace(one, sticky=3600),),
}


@pytest.mark.parametrize("fate", FATES)
def test_sticky_clients_and_open_connections_stay(lab: Lab, fate: str) -> None:
    rules = rules_of(site_of(BASE))
    lab.load_nft(BACKEND.render(rules.site, OPTIONS).text)
    clients = [f"198.51.100.{number}" for number in range(1, 7)]
    before = [server(lab.connect("client1", "203.0.113.151", 80, source=client)) for client in clients]
    one, others = web(rules), FATES[fate](web(rules))
    with lab.converse("client1", "203.0.113.151", 80) as talk, lab.converse("client1", "203.0.113.150", 80) as own:
        first, mine = talk.ask(), own.ask()
        for exchange in (Exchange((one,), others), Exchange(others, (one,))):
            change, rules = rules.after(exchange)
            lab.load_nft(change.artifact.text)
            assert talk.ask() == first
            assert own.ask() == mine
            assert [server(lab.connect("client1", "203.0.113.151", 80, source=client)) for client in clients] == before


def test_a_server_that_is_down_gets_no_new_connection(lab: Lab) -> None:
    rules = rules_of(site_of(BASE))
    lab.load_nft(BACKEND.render(rules.site, OPTIONS).text)
    asked = {server(lab.connect("client1", "203.0.113.150", 80)) for _ in range(3)}
    change, rules = rules.after(Exchange((web(rules),), (flipped(web(rules), [0]),)))
    lab.load_nft(change.artifact.text)
    assert {server(lab.connect("client1", "203.0.113.150", 80)) for _ in range(6)} < asked


def test_rules_that_are_not_those_kept_are_left_alone(lab: Lab) -> None:
    rules = rules_of(site_of(BASE))
    lab.load_nft(BACKEND.render(site_of(BASE + "remove 192.168.1.2 from others\n"), OPTIONS).text)
    there = lab["device"].run("nft", "list", "ruleset")
    change, _ = rules.after(Exchange((web(rules),), (flipped(web(rules), [0]),)))
    with pytest.raises(CommandError):
        lab.load_nft(change.artifact.text)
    assert lab["device"].run("nft", "list", "ruleset") == there
