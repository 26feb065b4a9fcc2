"""Changes of nftables rules in use: they have the result of a fresh load, and disturb no other rules."""

from __future__ import annotations

import json
from collections import defaultdict

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lbsh.programs import CommandError
from lbsh_lang.backends.base import Options
from lbsh_lang.backends.nftables import BACKEND
from lbsh_lang.site.model import Site
from tests.profiles import is_gate
from tests.reading import site_of
from tests.sites import scripts
from tests.system.lab import Answer, Lab

OPTIONS = Options(BACKEND.targets[0])
COUNTED = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])

QUICKLY_LOADED = 20_000
"""The length of a change. `nft` takes seconds for a longer one that deletes elements with ranges."""


def load(lab: Lab, site: Site) -> None:
    lab.load_nft(BACKEND.render(site, OPTIONS).text)


def change(old: Site, new: Site) -> str:
    artifact = BACKEND.render_change(old, new, OPTIONS)
    assert artifact is not None
    return artifact.text


def tables(lab: Lab) -> dict[str, list[str]]:
    """All of our tables in the kernel, in an order that does not depend on their history."""
    found: dict[str, list[str]] = defaultdict(list)
    for entry in json.loads(lab["device"].run("nft", "-j", "list", "ruleset"))["nftables"]:
        ((kind, part),) = entry.items()
        if kind == "metainfo":
            continue
        part.pop("handle")
        if "elem" in part:
            part["elem"] = sorted(json.dumps(element, sort_keys=True) for element in part["elem"])
        name = part["chain"] if kind == "rule" else part["name"]
        found[f"{part['family']} {kind} {name}"].append(json.dumps(part, sort_keys=True))
    return dict(found)


@st.composite
def changed(draw: st.DrawFn, script: str) -> str:
    """The same script with more statements at its end: additions and removals in a farm."""
    lines = []
    for service in site_of(script).services:
        assert service.pool is not None
        pool, servers = service.pool, service.pool.servers
        fate = draw(st.sampled_from(["stays", "stays", "loses", "gains", "drains", "goes", "set"]))
        if fate == "goes":
            lines.append(f"remove {service.name}")
        elif fate == "gains":
            lines.append(f"add {'10.1.200.1' if service.address.family == 4 else 'fd00:1::c801'} to {pool.name}")
        elif servers and fate != "stays":
            server = draw(st.sampled_from(servers))
            if fate == "set":
                lines.append(f"set {server.address} in {pool.name} weight {draw(st.integers(1, 9))} no backup")
                lines.append(f"set {service.name} {draw(st.sampled_from(['sticky 2h', 'no sticky', 'masquerade']))}")
            elif fate == "loses":
                lines.append(f"remove {server.address} from {pool.name}")
            elif not server.drained:
                kept = draw(st.sampled_from(["", " keep clients"]))
                lines.append(f"drain {server.address} from {pool.name}{kept}")
    return script + "\n".join(lines) + "\n"


def agrees_with_a_fresh_load(lab: Lab, before: str, after: str) -> None:
    old, new = site_of(before), site_of(after)
    load(lab, new)
    fresh = tables(lab)
    load(lab, old)
    lab.load_nft(change(old, new))
    assert tables(lab) == fresh


@given(scripts().flatmap(lambda script: st.tuples(st.just(script), changed(script))))
@COUNTED
def test_a_change_comes_to_what_a_fresh_load_gives(lab: Lab, pair: tuple[str, str]) -> None:
    before, after = pair
    assume(is_gate() or len(change(site_of(before), site_of(after))) < QUICKLY_LOADED)
    agrees_with_a_fresh_load(lab, before, after)
    agrees_with_a_fresh_load(lab, after, before)


SHARED_ADDRESS = (
    "interface external xl0\ninterface internal xl1\ninternal net 192.168.1.0/24\n"
    "service web is 203.0.113.150 tcp 80 sticky\n"
    "pool farm for web\nadd 192.168.1.3 to farm backup\nadd 192.168.1.3 to farm port 7001\nadd 192.168.1.2 to farm port 9\n"
)


@pytest.mark.parametrize("gone", ["remove 192.168.1.3 port 80 from farm", "drain 192.168.1.3 port 80 from farm"])
def test_a_server_that_does_not_serve_matters_to_another_of_its_address(lab: Lab, gone: str) -> None:
    last = f"{SHARED_ADDRESS}{gone}\nremove 192.168.1.3 port 7001 from farm\n"
    for before, after in ((SHARED_ADDRESS, f"{SHARED_ADDRESS}{gone}\n"), (f"{SHARED_ADDRESS}{gone}\n", last)):
        agrees_with_a_fresh_load(lab, before, after)


@pytest.mark.gate
@given(scripts(), scripts())
@COUNTED
def test_so_it_does_from_any_site_to_any_other(lab: Lab, before: str, after: str) -> None:
    agrees_with_a_fresh_load(lab, before, after)


DEVICE = "interface external xl0\ninterface internal xl1\ninternal net 192.168.1.0/24\n"
OTHER = "service other is 203.0.113.151 tcp 80 sticky\npool others for other\nadd 192.168.1.2-4 to others\n"
WEB = "service web is 203.0.113.150 tcp 80\npool farm for web\nadd 192.168.1.2-4 to farm\n"
CHANGES = {
    "a server leaves": WEB + "remove 192.168.1.3 from farm\n",
    "all servers leave": WEB + "remove 192.168.1.2-4 from farm\n",
    "the service goes": WEB + "remove web\n",
    "weights": WEB.replace("-4 to", " to").replace("farm\nadd", "farm\nadd 192.168.1.4 to farm weight 3\nadd"),
    "sticky": WEB.replace("80", "80 sticky"),
    "another service takes its port": WEB.replace("80", "80-90")
    + "service inner is 203.0.113.150 tcp 80\npool i for inner\nadd 192.168.1.4 to i\n",
    "a server gets a port of its own": WEB + "remove 192.168.1.4 from farm\nadd 192.168.1.3-4 to farm port 8080\n",
    "servers are set": WEB + "set 192.168.1.4 in farm weight 3\nset 192.168.1.2 in farm backup\n",
    "ports are set": WEB + "set 192.168.1.3-4 in farm port 8080\n",
    "the service is set": WEB + "set web sticky 2h masquerade from 198.51.100.0/24\n",
    "a service joins the pool": "service mail is 203.0.113.152 tcp 25\n" + WEB.replace("for web", "for web, mail"),
    "a new kind of service": WEB + "service dns is 203.0.113.152 udp 53-54\npool d for dns balance random\n"
    "add 192.168.1.2 to d\n",
}


@pytest.mark.parametrize("after", CHANGES.values(), ids=CHANGES)
def test_other_services_are_not_disturbed(lab: Lab, after: str) -> None:
    old, new = site_of(DEVICE + OTHER + WEB), site_of(DEVICE + OTHER + after)
    load(lab, old)
    clients = [f"198.51.100.{number}" for number in range(1, 7)]
    before = [lab.connect("client1", "203.0.113.151", 80, source=client) for client in clients]
    with lab.converse("client1", "203.0.113.151", 80) as talk, lab.converse("client1", "203.0.113.150", 80) as own:
        first, mine = talk.ask(), own.ask()
        for one, other in ((old, new), (new, old)):
            lab.load_nft(change(one, other))
            assert talk.ask() == first
            assert own.ask() == mine, "an open connection goes on, even to a server that has left"
            again = [lab.connect("client1", "203.0.113.151", 80, source=client) for client in clients]
            assert [server(answer) for answer in again] == [server(answer) for answer in before]


def server(answer: object) -> str:
    assert isinstance(answer, Answer), answer
    return answer.server


SIX = "internal net fd00:1::/64\nservice six is 2001:db8::150 tcp 80\npool p6 for six\nadd fd00:1::2 to p6\n"
BASE = DEVICE + OTHER + WEB
REFUSED = {
    "made for what has come already": (BASE, BASE + "remove 192.168.1.3 from farm\n", None),
    "additions alone": (BASE, BASE.replace("-4 to farm", " to farm"), DEVICE + OTHER),
    "another interface": (BASE, BASE.replace("xl0", "xl7"), DEVICE + OTHER),
    "a family that comes": (BASE, BASE + SIX, None),
    "a family that goes": (BASE + SIX, BASE, BASE + SIX.replace("::2", "::3")),
}


@pytest.mark.parametrize(("before", "after", "running"), REFUSED.values(), ids=REFUSED)
def test_tables_that_are_not_those_expected_are_left_alone(
    lab: Lab, before: str, after: str, running: str | None
) -> None:
    """The device has other rules, or those to which the change leads already."""
    old, new = site_of(before), site_of(after)
    load(lab, new if running is None else site_of(running))
    rules = lab["device"].run("nft", "list", "ruleset")
    with pytest.raises(CommandError):
        lab.load_nft(change(old, new))
    assert lab["device"].run("nft", "list", "ruleset") == rules


SHARED = "203.0.113.150"
STAYS = f"service stays is {SHARED} tcp 80,443 sticky\npool farm for stays\nadd 192.168.1.2-4 to farm\n"
INNER = f"service near is {SHARED} tcp 80-85 sticky\npool nearby for near\nadd 192.168.1.2-4 to nearby\n"
OUTER = STAYS.replace("80,443", "80-90,443")
NEIGHBOUR = f"service near is {SHARED} tcp 25,110 sticky\npool nearby for near\nadd 192.168.1.2-4 to nearby\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (NEIGHBOUR + STAYS, STAYS),
        (STAYS, NEIGHBOUR + STAYS),
        (NEIGHBOUR + STAYS, STAYS + NEIGHBOUR),
        (OUTER + INNER, OUTER),
        (OUTER, OUTER + INNER),
    ],
    ids=["goes", "comes", "moves", "gives ports back", "takes ports"],
)
def test_sticky_clients_stay_whatever_becomes_of_a_neighbour_on_their_address(
    lab: Lab, before: str, after: str
) -> None:
    old, new = site_of(DEVICE + before), site_of(DEVICE + after)
    load(lab, old)
    clients = [f"198.51.100.{number}" for number in range(1, 7)]
    met = [server(lab.connect("client1", SHARED, 443, source=client)) for client in clients]
    lab.load_nft(change(old, new))
    assert [server(lab.connect("client1", SHARED, 443, source=client)) for client in clients] == met


def test_nothing_changes_nothing(lab: Lab) -> None:
    site = site_of(DEVICE + OTHER + WEB)
    assert all(not line or line.startswith("#") for line in change(site, site).splitlines())
