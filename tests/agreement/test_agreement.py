"""A bounded number of generated sites on which all must agree, and proof that a fault of a backend would be found.

`make agree N=…` tries as many as wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import chain, count, islice

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis.errors import Flaky

from lbsh_lang.backends.base import Backend
from lbsh_lang.site.model import Site
from lbsh_lang.values import Address
from tests.agreement.cases import FEATURES, Case, cases
from tests.agreement.claims import Sources
from tests.agreement.judge import ENOUGH, SHOWN, Disagreement, Party, Tally, judge, kernels, readers, untried
from tests.agreement.spoiled import Spoiled, in_pools, in_servers, in_services
from tests.agreement.wires import Wires
from tests.profiles import share
from tests.system.conftest import missing_here

READ_SITES, TRIED_SITES = share(300), share(400)
"""The numbers of sites for the readers, and for real packets."""

SOURCES = Sources()
"""One for all tests here: the machines, and the clients that their filters remember, outlive a test."""

MOST_TRIES = 150
"""The number of sites after which a fault must have been found."""


@pytest.fixture(scope="module")
def wires() -> Iterator[tuple[Wires, Wires]]:
    """The machines for nftables and those for iptables."""
    missing = missing_here()
    if missing:
        pytest.skip(f"system tests did not run: {missing}")
    with Wires() as for_nftables, Wires() as for_iptables:
        yield for_nftables, for_iptables


@cache
def drawn(block: int) -> Sequence[Case]:
    """Generated cases, the same each time for a number."""
    found: list[Case] = []

    @seed(block)
    @settings(max_examples=20, database=None, phases=[Phase.generate])
    @given(cases())
    def draw(case: Case) -> None:
        found.append(case)

    draw()
    return found


def put_drawn(parties: Sequence[Party], sites: int) -> Tally:
    """Tries drawn cases on these parties. Tests share the cases: to draw one takes as long as to try it."""
    tally = Tally()
    every = chain.from_iterable(map(drawn, count()))
    for case in islice(every, sites):
        judge(case, parties, tally, SOURCES)
    return tally


def put(parties: Sequence[Party], sites: int) -> Tally:
    """Tries drawn cases on these parties. After a disagreement, one with a small case is looked for."""
    try:
        return put_drawn(parties, sites)
    except Disagreement:
        put_and_shrink(parties, sites)
        raise


def put_and_shrink(parties: Sequence[Party], sites: int) -> None:
    """Tries generated sites, the same each time, on these parties. A case of a disagreement is made small.

    Clients are never the same, since filters remember them. So a fault that depends on the client may not appear when
    hypothesis tries its case again; finding it once is enough.
    """
    found: list[Disagreement] = []

    @settings(
        max_examples=sites,
        derandomize=True,
        database=None,
        report_multiple_bugs=False,
        phases=[Phase.generate, Phase.shrink],
    )
    @given(cases())
    def agree(case: Case) -> None:
        try:
            judge(case, parties, Tally(), SOURCES)
        except Disagreement as disagreement:
            found.append(disagreement)
            raise

    try:
        agree()
    except Flaky:
        raise found[0] from None


def test_rules_as_they_are_read_agree_with_the_tracer() -> None:
    parties = readers()
    tally = put(parties, READ_SITES)
    assert tally.sites == READ_SITES
    for party in parties:
        assert tally.agreed[party.name] + tally.refused[party.name] == READ_SITES
        assert tally.agreed[party.name] >= READ_SITES / 3
    assert READ_SITES < ENOUGH or not list(untried(tally, parties))


@pytest.mark.system
def test_packets_agree_with_the_tracer(wires: tuple[Wires, Wires]) -> None:
    parties = kernels(*wires)
    tally = put(parties, TRIED_SITES)
    for party in parties:
        assert tally.agreed[party.name] + tally.refused[party.name] == TRIED_SITES
        assert tally.refused[party.name] <= tally.features["least-connections"], "only least-connections is refused"
        assert tally.agreed[party.name] >= TRIED_SITES / 2


OUTCOMES = (
    *(
        "outside balanced",
        "outside balanced translated",
        "inside balanced translated",
        "inside balanced",
        "outside nobody",
        "inside nobody",
    ),
    *("outside device", "inside device", "device device", "outside forwarded", "inside forwarded"),
    *("inside forwarded translated", "inside aside", "device forwarded", "device forwarded translated"),
)


@pytest.mark.gate
def test_generated_sites_have_all_that_a_site_can_have() -> None:
    tally = put((), ENOUGH)
    assert set(tally.features) == set(FEATURES)
    assert set(tally.outcomes) == set(OUTCOMES)
    assert not list(untried(tally, ()))
    assert tally.packets >= 6 * ENOUGH
    balanced = sum(tally.outcomes[f"{way} translated"] for way in ("outside balanced", "inside balanced"))
    balanced += tally.outcomes["outside balanced"]
    outbound = tally.outcomes["inside forwarded translated"] + tally.outcomes["inside forwarded"]
    assert balanced >= tally.packets / 6
    assert outbound >= tally.packets / 20
    assert all(tally.outcomes[one] >= tally.packets / 500 for one in OUTCOMES), tally.outcomes


# Faults of a backend


def losing(*signs: str) -> Callable[[str], bool]:
    return lambda line: not all(sign in line for sign in signs)


def without_external_addresses(site: Site) -> Site:
    return replace(site, sources=())


def with_the_external_address_as_gateway(site: Site) -> Site:
    return replace(site, gateways=tuple(_outer(site, one) for one in site.gateways))


def _outer(site: Site, gateway: Address) -> Address:
    return next((one for one in site.external_addresses if one.family == gateway.family), gateway)


FAULTS: Mapping[str, Callable[[Backend], Backend]] = {
    "the last server is left out": lambda one: Spoiled(
        one, in_pools(lambda pool: replace(pool, servers=pool.servers[:-1] or pool.servers))
    ),
    "drained servers serve": lambda one: Spoiled(one, in_servers(lambda server: replace(server, drain=None))),
    "backups always serve": lambda one: Spoiled(one, in_servers(lambda server: replace(server, backup=False))),
    "the servers' port is forgotten": lambda one: Spoiled(one, in_pools(lambda pool: replace(pool, ports=()))),
    "reflect is forgotten": lambda one: Spoiled(one, in_services(lambda service: replace(service, reflect=False))),
    "one protocol of two": lambda one: Spoiled(
        one, in_services(lambda service: replace(service, protocols=service.protocols[:1]))
    ),
    "a range ends one port early": lambda one: Spoiled(
        one,
        in_services(
            lambda service: replace(
                service, ports=tuple(port._replace(last=max(port.first, port.last - 1)) for port in service.ports)
            )
        ),
    ),
    "no outbound translation": lambda one: Spoiled(one, without_external_addresses),
    "masquerade is forgotten": lambda one: Spoiled(
        one, in_services(lambda service: replace(service, masquerade=False))
    ),
    "another gateway": lambda one: Spoiled(one, with_the_external_address_as_gateway),
}

LOST_LINES: Mapping[str, Callable[[str], bool]] = {
    "pf": losing("nat on ", " inet ", " -> 10.1.0.1"),
    "iptables": losing("SNAT --to-source 10.1.0.1"),
    "nftables": losing("snat to 10.1.0.1"),
}
"""Without these lines a reflected connection over IPv4 keeps its source."""


@pytest.mark.sampled
@pytest.mark.parametrize("spoil", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("name", ["PF reader, freebsd-14", "iptables reader"])
def test_readers_find_faults(name: str, spoil: Callable[[Backend], Backend]) -> None:
    parties = [party for party in readers(spoil) if party.name == name]
    with pytest.raises(Disagreement, match=name):
        put_drawn(parties, MOST_TRIES)


@pytest.mark.parametrize("name", [pytest.param("PF reader, freebsd-15", marks=pytest.mark.gate), "iptables reader"])
def test_readers_find_that_reflection_keeps_the_source(name: str) -> None:
    """PF expresses few of the sites in which that shows."""
    parties = readers(lambda one: Spoiled(one, keeps=LOST_LINES[one.name]))
    with pytest.raises(Disagreement, match=name):
        put_drawn([party for party in parties if party.name == name], 4 * MOST_TRIES)


@pytest.mark.sampled
@pytest.mark.system
@pytest.mark.parametrize("spoil", [*FAULTS.values(), None], ids=[*FAULTS, "reflection keeps the source"])
@pytest.mark.parametrize("name", ["packets under nftables", "packets under iptables"])
def test_packets_find_faults(wires: tuple[Wires, Wires], name: str, spoil: Callable[[Backend], Backend] | None) -> None:
    found = kernels(*wires, spoil or (lambda one: Spoiled(one, keeps=LOST_LINES[one.name])))
    with pytest.raises(Disagreement, match=name):
        put_drawn([party for party in found if party.name == name], MOST_TRIES)


@pytest.mark.system
def test_nothing_is_found_where_nothing_is_spoiled(wires: tuple[Wires, Wires]) -> None:
    put_drawn((*readers(Spoiled), *kernels(*wires, Spoiled)), share(MOST_TRIES))


@pytest.mark.gate
def test_a_disagreement_is_shown_with_a_small_script_and_both_answers() -> None:
    parties = [party for party in readers(FAULTS["reflect is forgotten"]) if party.name == "iptables reader"]
    with pytest.raises(Disagreement) as found:
        put(parties, MOST_TRIES)
    text = str(found.value)
    script = text.partition("The script:\n")[2].partition("\n\n")[0]
    assert len(script.splitlines()) <= 12
    assert " reflect" in script
    assert "the tracer: balanced: " in text
    assert 1 <= text.count("sent by ") <= SHOWN
    assert "iptables reader: from " in text
