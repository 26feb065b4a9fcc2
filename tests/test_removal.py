"""Statements that take others back: the result is as if neither had been there."""

from __future__ import annotations

import pytest

from lbsh_lang.check import check_resolved
from lbsh_lang.site.diff.sites import diff_sites
from tests import costs
from tests.reading import resolution_of, site_of

BASE = (
    "interface external em0\ninterface internal em1\ninternal net 10.0.0.0/24\ninternal gw 10.0.0.1\n"
    "external net 203.0.113.0/24\nexternal addr 203.0.113.2\n"
    "service A is 203.0.113.5 tcp 80\npool p for A\nadd 10.0.0.2 to p\n"
    'failover device one at 203.0.113.3\nfailover device two at 203.0.113.4\nfailover password file "/p"\n'
)

UNDONE = {
    "interface external em7": "remove interface external em7",
    "interface internal em0": "remove interface internal em0",
    "internal net 10.1.0.0/24": "remove internal net 10.1.0.0/24",
    "internal net 10.1.0.0/24\ninternal gw 10.1.0.1": "remove internal gw 10.1.0.1\nremove internal net 10.1.0.0/24",
    "external net 198.51.100.0/24": "remove external net 198.51.100.0/24",
    "external addr 203.0.113.9 for 10.0.0.2": "remove external addr 203.0.113.9",
    "external addr of em0 for p": "remove external addr of em0",
    "external gw 203.0.113.254": "remove external gw 203.0.113.254",
    "keep source to 10.8.0.0/16, 192.0.2.1": "remove keep source to 192.0.2.1, 10.8.0.0/16",
    "probe A with http": "remove probe A",
    "failover sync em2": "remove failover sync",
    "failover watch 203.0.113.7, 203.0.113.8": "remove failover watch 203.0.113.8, 203.0.113.7",
    'failover key file "/k"': "remove failover key",
}


@pytest.mark.parametrize(("given", "removed"), UNDONE.items(), ids=UNDONE)
def test_what_can_be_said_can_be_unsaid(given: str, removed: str) -> None:
    there = site_of(f"{BASE}{given}\n")
    gone = site_of(f"{BASE}{given}\n{removed}\n")
    assert diff_sites(site_of(BASE), there)
    assert not diff_sites(site_of(BASE), gone)
    found = check_resolved(resolution_of(f"{BASE}{given}\n{removed}\n")).diagnostics
    assert {one.code for one in found} == {"LB316"}
    assert diff_sites(gone, site_of(f"{BASE}{given}\n{removed}\n{given}\n"))


FAULTS = {
    "remove internal net 10.9.0.0/16": "no internal net 10.9.0.0/16 is given above",
    "remove internal net 10.0.0.0/24\nremove internal net 10.0.0.0/24": "no internal net 10.0.0.0/24 is given above",
    "keep source to 10.8.0.0/16\nremove keep source to 10.9.0.0/16": (
        "no network of kept sources 10.9.0.0/16 is given above"
    ),
    "remove probe A": "the service `A` has no probe",
    "remove failover sync": "no failover link is given above",
    "remove interface external em1": "no external interface em1 is given above",
    "remove external addr 203.0.113.99": "no external address 203.0.113.99 is given above",
    "remove external gw 203.0.113.99\nexternal gw 203.0.113.99": "no external gateway 203.0.113.99 is given above",
}


@pytest.mark.parametrize(("lines", "message"), FAULTS.items(), ids=FAULTS)
def test_nothing_to_take_back(lines: str, message: str) -> None:
    found = check_resolved(resolution_of(f"{BASE}{lines}\n")).diagnostics
    assert [one.message for one in found if one.code == "LB112"] == [message]


def test_a_device_of_the_pair_goes_with_its_addresses() -> None:
    site = site_of(f"{BASE}remove failover device two\nfailover device three at 203.0.113.4\n")
    assert site.failover is not None
    assert [device.name for device in site.failover.devices] == ["one", "three"]


@pytest.mark.parametrize("word", ["keep", "source", "on", "watch", "sync", "device"])
def test_words_of_parts_are_names_of_services_too(word: str) -> None:
    (service,) = site_of(f"{BASE}service {word} is 203.0.113.6 tcp 81\nremove {word}\n").services
    assert service.name == "A"


def test_one_of_several_kept_networks_goes() -> None:
    kept = site_of(f"{BASE}keep source to 10.8.0.0/16, 10.9.0.0/16\nremove keep source to 10.8.0.0/16\n").kept
    assert [str(one.net) for one in kept] == ["10.9.0.0/16"]


def test_the_addresses_of_a_device_of_the_pair_are_free_again() -> None:
    text = f"{BASE}remove failover device two\nfailover device two at 203.0.113.4\n"
    assert {one.code for one in check_resolved(resolution_of(text)).diagnostics} == {"LB316"}
    assert not diff_sites(site_of(BASE), site_of(text))


@pytest.mark.parametrize(
    ("given", "between"), [("internal net {}", "\n"), ("external gw {}", "\n"), ("keep source to {}", ", ")]
)
def test_the_cost_of_removals_grows_with_their_number(given: str, between: str) -> None:
    def text(number: int) -> str:
        values = [f"10.{one // 200}.{one % 200 + 2}.0{'' if 'gw' in given else '/24'}" for one in range(number)]
        there = [given.format(one) for one in values] if between == "\n" else [given.format(between.join(values))]
        return "\n".join([*there, *(f"remove {given.format(one)}" for one in values)])

    def cost(number: int) -> int:
        return costs.calls_of(resolution_of, text(number))

    assert cost(800) < 2.5 * cost(400)
