"""The tables of `status`, as people and programs read them."""

from __future__ import annotations

import json

import pytest

from lbsh.drivers.values import Connections
from lbsh.gateway.looks import Finding, Look, findings_of
from lbsh.gateway.status import (
    Device,
    as_json,
    cells_of,
    concerns,
    device_text,
    duration_text,
    places_in,
    poller_text,
    pools_of,
    probed_in,
    server_text,
    table_of,
    table_text,
)
from lbsh.live.answers import Found, Live, Probing
from lbsh.live.facts import Facts
from lbsh.store.protocol import Node
from lbsh.store.tree import server_of, statuses_in
from lbsh_lang.site.status import ServerId, State, Status
from lbsh_lang.values import Address
from tests.gateway.world import FIG_7, NOW, World

SERVERS = {last: Address(4, 192 << 24 | 168 << 16 | 1 << 8 | last) for last in (2, 3, 4)}

PROBES = "probe SMTP with tcp\nprobe LDAP with tcp\n"
PROBINGS = {
    ("mx_pool", "SMTP"): Probing("SMTP", "mx_pool", "tcp", 3000, 1000, 4250),
    ("ldap_pool", "LDAP"): Probing("LDAP", "ldap_pool", "tcp", 30_000, 1000, 32_600),
}
FACTS = Facts(812, "1", NOW - 600_000, 3, lag=1_500_000, bounds=(50_000,), lateness=(999, 1))


def answered(root: Node, **facts: object) -> Look:
    """A look at a poller that has found what is in the tree, half a second ago."""
    servers = {}
    for pool, node in pools_of(root).items():
        service = node.attributes["service"]
        for leaf, content in (node.children or {}).items():
            address, port = server_of(leaf) or (Address(4, 0), 0)
            status = statuses_in(content.attributes, [service])[service]
            servers[ServerId(pool, service, address, port)] = Found(
                address.family,
                address.value,
                port,
                status.state.value,
                status.since,
                NOW - 500,
                1500,
                1,
                0,
                status.reason,
            )
    live = Live(FACTS._replace(**facts), PROBINGS, servers, NOW)  # type: ignore[arg-type]
    return Look(live, "", probed_in(root, pools_of(root)), NOW)


def changed(look: Look, server: ServerId, **values: object) -> Look:
    """A look at which a server is otherwise."""
    assert look.live is not None
    found = look.live.servers[server]._replace(**values)  # type: ignore[arg-type]
    return look._replace(live=look.live._replace(servers={**look.live.servers, server: found}))


def text_of(root: Node, pool: str, look: Look) -> list[str]:
    return list(table_text(table_of(pool, pools_of(root)[pool], {}, look), NOW))


@pytest.fixture
def root() -> Node:
    """Fig. 7, with a server that is down in one of its services, and one that is drained."""
    world = World()
    world.apply(FIG_7 + PROBES + 'drain 192.168.1.3 from ldap_pool because "disk"\n')
    since = NOW - (86_400 + 12 * 60 + 34) * 1000
    world.store.set_statuses(
        {
            ServerId("mx_pool", "SMTP", SERVERS[2]): Status(State.UP, since),
            ServerId("ldap_pool", "LDAP", SERVERS[2]): Status(State.DOWN, NOW - 2000, "refused"),
        }
    )
    return world.store.tree()


def test_a_pool_has_a_column_a_service(root: Node) -> None:
    assert text_of(root, "ldap_pool", answered(root)) == [
        "             LDAP     probed",
        "ldap_pool    ____     ______",
        "192.168.1.2  DOWN     0.5 s ago  refused",
        "192.168.1.3  DRAINED  0.5 s ago  disk",
        "192.168.1.4  UNKNOWN  0.5 s ago",
        "a failed server is out within 32.6 s",
    ]


SILENT = "no poller runs"


def test_without_a_poller_nothing_is_up(root: Node) -> None:
    look = Look(None, SILENT, probed_in(root, pools_of(root)), NOW)
    assert text_of(root, "ldap_pool", look) == [
        "             LDAP",
        "ldap_pool    ____",
        "192.168.1.2  STALE (DOWN)  refused",
        "192.168.1.3  DRAINED       disk",
        "192.168.1.4  UNKNOWN",
    ]
    assert text_of(root, "mx_pool", look)[2] == "192.168.1.2  STALE (UP)"
    tables = [table_of(name, pool, {}, look) for name, pool in pools_of(root).items()]
    findings = findings_of(cells_of(tables), look)
    assert findings == (Finding("stale", SILENT),)
    assert [line.partition(";")[0] for line in poller_text(look, findings, whole=True)] == ["STALE: no poller runs"]


def test_a_service_without_a_probe_is_not_probed_even_if_it_was_up(root: Node) -> None:
    for look in (Look(), answered(root)._replace(probed=frozenset())):
        bare = look._replace(live=look.live._replace(services={}) if look.live is not None else None)
        assert text_of(root, "mx_pool", bare)[2:] == ["192.168.1.2  not probed", "192.168.1.3  not probed"]
        assert text_of(root, "ldap_pool", bare)[2].startswith("192.168.1.2  DOWN")  # the rules lead nobody there
        tables = [table_of("mx_pool", pools_of(root)["mx_pool"], {}, bare)]
        assert findings_of(cells_of(tables), bare) == ()
        assert not list(poller_text(Look(), (), whole=True))


def test_a_poller_that_has_no_results_any_longer_does_not_hold_servers_up(root: Node) -> None:
    server = ServerId("mx_pool", "SMTP", SERVERS[2])
    late, later = (changed(answered(root), server, last=NOW - age) for age in (9900, 10_100))
    assert text_of(root, "mx_pool", late)[2].startswith("192.168.1.2  UP ")
    assert text_of(root, "mx_pool", later)[2].startswith("192.168.1.2  STALE (UP) ")
    tables = [table_of("mx_pool", pools_of(root)["mx_pool"], {}, later)]
    assert [one.name for one in findings_of(cells_of(tables), later)] == ["stale"]
    begun = changed(answered(root, started=NOW - 5000), server, last=0)
    assert text_of(root, "mx_pool", begun)[2] == "192.168.1.2  UP       -"


def test_what_a_poller_knows_comes_before_the_tree_and_what_servers_sent_is_harmless(root: Node) -> None:
    server = ServerId("mx_pool", "SMTP", SERVERS[2])
    held = {
        "state": "DOWN",
        "reason": "bad-banner",
        "detail": "\x1b[2J",
        "until": NOW + 4100,
        "expiry": NOW + 86_400_001,
    }
    look = changed(answered(root), server, **held)
    noted = "bad-banner: \ufffd[2J; flaps: held down for 5 s more; certificate ends in 1 days"
    assert text_of(root, "mx_pool", look)[2] == f"192.168.1.2  DOWN     0.5 s ago  {noted}"
    table = table_of("mx_pool", pools_of(root)["mx_pool"], {}, look)
    assert list(server_text("192.168.1.2", [table], NOW))[1:] == [
        "SMTP on 192.168.1.2 is DOWN [1 days, 00:12:34]",
        f"  {noted}; probed 0.5 s ago",
    ]
    far = changed(answered(root), server, expiry=NOW + 90 * 86_400_000)
    *_, line = server_text("192.168.1.2", [table_of("mx_pool", pools_of(root)["mx_pool"], {}, far)], NOW)
    assert line == "  certificate ends in 90 days; probed 0.5 s ago, which took 1.5 ms"


def test_a_service_without_a_serving_server_is_the_worst_finding(root: Node) -> None:
    look = answered(root, held=("no descriptors\x1b",), starved=3, trouble="nft hangs", shadow=True)
    look = changed(look, ServerId("ldap_pool", "LDAP", SERVERS[4]), state="DOWN")
    tables = [table_of("ldap_pool", pools_of(root)["ldap_pool"], {}, look)]
    findings = findings_of(cells_of(tables), look)
    assert [one.name for one in findings] == [
        "no-server",
        "down",
        "down",
        "held",
        "not-applied",
        "waiting",
        "shadow",
    ]
    assert list(poller_text(look, findings, whole=True)) == [
        "poller: process 812 [0 days, 00:10:00]; 99.9 % of the probes start within 50 ms of their time; clock lag 1.5 s",
        "statuses are held because no descriptors\ufffd",
        "what probes found is not in the rules: nft hangs",
        "3 probes wait for a descriptor",
        "the poller changes nothing (--shadow)",
    ]


def test_a_wish_comes_before_what_probes_found() -> None:
    world = World()
    world.apply(FIG_7 + 'down 192.168.1.2 because "disk"\ndrain 192.168.1.2, 192.168.1.3\n')
    world.store.set_statuses({ServerId("mx_pool", "SMTP", SERVERS[2]): Status(State.UP, NOW)})
    pools = pools_of(world.store.tree())
    assert list(table_text(table_of("mx_pool", pools["mx_pool"], {})))[2:] == [
        "192.168.1.2  DOWN (by hand)  disk",
        "192.168.1.3  DRAINED",
    ]
    assert (pools["mx_pool"].children or {})["192.168.1.2"].attributes["wish"] == "down"


def test_connections_stand_beside_where_the_kernel_tells(root: Node) -> None:
    first, second = (ServerId("mx_pool", "SMTP", SERVERS[last]) for last in (2, 3))
    once = table_of("mx_pool", pools_of(root)["mx_pool"], {first: Connections(3, None)})
    assert list(table_text(once)) == [
        "             SMTP        connections",
        "mx_pool      ____        ___________",
        "192.168.1.2  not probed  3",
        "192.168.1.3  not probed  -",
    ]
    twice = {first: Connections(3, 0.5), second: Connections(0, 0.0)}
    assert list(table_text(table_of("mx_pool", pools_of(root)["mx_pool"], twice)))[2:] == [
        "192.168.1.2  not probed  3            0.5",
        "192.168.1.3  not probed  0            0.0",
    ]


def test_a_machine_is_shown_as_in_the_paper(root: Node) -> None:
    look = changed(answered(root, started=NOW), ServerId("mx_pool", "SMTP", SERVERS[2]), last=0)
    look = changed(look, ServerId("ldap_pool", "LDAP", SERVERS[2]), last=0)
    tables = [table_of(name, pool, {}, look) for name, pool in sorted(pools_of(root).items(), reverse=True)]
    assert list(server_text("192.168.1.2", tables, NOW)) == [
        "192.168.1.2 is configured for SMTP, LDAP",
        "SMTP on 192.168.1.2 is UP [1 days, 00:12:34]",
        "LDAP on 192.168.1.2 is DOWN [0 days, 00:00:02]",
        "  refused",
    ]


@pytest.mark.parametrize(
    ("subject", "pools"),
    [
        ("mx_pool", ["mx_pool"]),
        ("LDAP", ["ldap_pool"]),
        ("192.168.1.2", ["mx_pool", "ldap_pool"]),
        ("192.168.1.4", ["ldap_pool"]),
        ("192.168.1", []),
        ("", []),
    ],
)
def test_a_subject_is_a_pool_a_service_or_a_machine(root: Node, subject: str, pools: list[str]) -> None:
    assert {name for name, pool in pools_of(root).items() if concerns(subject, name, pool)} == {*pools}


def test_addresses_are_found_in_any_notation() -> None:
    leaves = {"2001:db8::2": Node({}, None), "[2001:db8::3]:8080": Node({}, None)}
    pool = Node({"service": "S"}, leaves)
    assert concerns("2001:DB8:0::2", "p", pool)
    assert concerns("2001:db8::3", "p", pool)
    assert not concerns("2001:db8::", "p", pool)


@pytest.mark.parametrize("server", ["192.168.1.2:8080", "[2001:db8::3]:8080"])
def test_a_subject_is_a_server_as_the_tables_show_it(server: str) -> None:
    leaves = {server: Node({}, None), "192.168.1.2": Node({}, None), "2001:db8::3": Node({}, None)}
    pool = Node({"service": "S"}, leaves)
    assert concerns(server, "p", pool)
    assert not concerns(server.replace("8080", "8081"), "p", pool)
    lines = list(server_text(server, [table_of("p", pool, {})], NOW))
    assert lines == [f"{server} is configured for S", f"S on {server} is not probed"]


def test_places_are_those_of_the_site(root: Node) -> None:
    places = places_in(root)
    assert len(places) == 5
    place = places[ServerId("ldap_pool", "LDAP", SERVERS[4])]
    assert (str(place.address), [one.value for one in place.protocols], [*map(str, place.ports)]) == (
        "62.103.127.157",
        ["tcp"],
        ["389"],
    )


def test_the_first_lines_say_what_is_wrong_and_what_is_unknown() -> None:
    fine = Device(3, "nftables", "", (), NOW)
    assert list(device_text(fine, NOW + 754_000)) == ["revision 3, driver nftables [0 days, 00:12:34]"]
    assert list(device_text(fine._replace(trouble="nft hangs"), NOW))[1:] == ["not loaded: nft hangs"]
    assert list(device_text(fine._replace(drift=("a table is gone",)), NOW))[1:] == [
        "changed by others: a table is gone"
    ]
    assert list(device_text(fine._replace(unseen="must be root"), NOW))[1:] == [
        "whether others changed rules is unknown: must be root"
    ]
    assert list(device_text(Device(0, "none", "", (), None), NOW)) == [
        "nothing runs yet: `lbsh apply FILE` makes a script the one that this device runs"
    ]


def test_json_says_the_same(root: Node) -> None:
    look = answered(root)
    table = table_of("ldap_pool", pools_of(root)["ldap_pool"], {}, look)
    findings = findings_of(cells_of([table]), look)
    whole = json.loads(json.dumps(as_json(Device(1, "none", "", (), None), [table], look, findings)))
    assert (whole["poller"]["process"], whole["pools"][0]["detection"]) == (812, {"LDAP": 32_600})
    assert whole["findings"] == [{"name": "down", "message": "`LDAP` on 192.168.1.2 is down"}]
    assert whole["device"]["revision"] == 1
    first, second, _ = whole["pools"][0]["servers"]
    assert first["status"]["LDAP"] == {
        "state": "DOWN",
        "since": NOW - 2000,
        "reason": "refused",
        "found": "DOWN",
        "last": NOW - 500,
        "until": None,
        "expiry": None,
        "milliseconds": 1.5,
    }
    assert (second["status"]["LDAP"]["state"], second["drained"]) == ("DRAINED", "disk")


def test_durations_are_those_of_the_paper() -> None:
    assert duration_text((86_400 + 12 * 60 + 34) * 1000) == "1 days, 00:12:34"
    assert duration_text(0) == "0 days, 00:00:00"
