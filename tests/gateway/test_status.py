"""The tables of `status`, as people and programs read them."""

from __future__ import annotations

import json

import pytest

from lbsh.drivers.values import Connections
from lbsh.gateway.status import (
    Device,
    as_json,
    concerns,
    device_text,
    duration_text,
    places_in,
    pools_of,
    server_text,
    table_of,
    table_text,
)
from lbsh.store.protocol import Node
from lbsh_lang.site.status import ServerId, State, Status
from lbsh_lang.values import Address
from tests.gateway.world import FIG_7, NOW, World

SERVERS = {last: Address(4, 192 << 24 | 168 << 16 | 1 << 8 | last) for last in (2, 3, 4)}


@pytest.fixture
def root() -> Node:
    """Fig. 7, with a server that is down in one of its services, and one that is drained."""
    world = World()
    world.apply(FIG_7 + 'drain 192.168.1.3 from ldap_pool because "disk"\n')
    since = NOW - (86_400 + 12 * 60 + 34) * 1000
    world.store.set_statuses(
        {
            ServerId("mx_pool", "SMTP", SERVERS[2]): Status(State.UP, since),
            ServerId("ldap_pool", "LDAP", SERVERS[2]): Status(State.DOWN, NOW - 2000, "refused"),
        }
    )
    return world.store.tree()


def test_a_pool_has_a_column_a_service(root: Node) -> None:
    assert list(table_text(table_of("ldap_pool", pools_of(root)["ldap_pool"], {}))) == [
        "             LDAP",
        "ldap_pool    ____",
        "192.168.1.2  DOWN     refused",
        "192.168.1.3  DRAINED  disk",
        "192.168.1.4  UNKNOWN",
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
        "             SMTP     connections",
        "mx_pool      ____     ___________",
        "192.168.1.2  UP       3",
        "192.168.1.3  UNKNOWN  -",
    ]
    twice = {first: Connections(3, 0.5), second: Connections(0, 0.0)}
    assert list(table_text(table_of("mx_pool", pools_of(root)["mx_pool"], twice)))[2:] == [
        "192.168.1.2  UP       3            0.5",
        "192.168.1.3  UNKNOWN  0            0.0",
    ]


def test_a_machine_is_shown_as_in_the_paper(root: Node) -> None:
    tables = [table_of(name, pool, {}) for name, pool in sorted(pools_of(root).items(), reverse=True)]
    assert list(server_text("192.168.1.2", tables, NOW)) == [
        "192.168.1.2 is configured for SMTP, LDAP",
        "SMTP on 192.168.1.2 is UP [1 days, 00:12:34]",
        "LDAP on 192.168.1.2 is DOWN [0 days, 00:00:02] (refused)",
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
    assert lines == [f"{server} is configured for S", f"S on {server} is UNKNOWN"]


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
    table = table_of("ldap_pool", pools_of(root)["ldap_pool"], {})
    whole = json.loads(json.dumps(as_json(Device(1, "none", "", (), None), [table])))
    assert whole["device"]["revision"] == 1
    first, second, _ = whole["pools"][0]["servers"]
    assert first["status"]["LDAP"] == {"state": "DOWN", "since": NOW - 2000, "reason": "refused"}
    assert (second["status"]["LDAP"]["state"], second["drained"]) == ("DRAINED", "disk")


def test_durations_are_those_of_the_paper() -> None:
    assert duration_text((86_400 + 12 * 60 + 34) * 1000) == "1 days, 00:12:34"
    assert duration_text(0) == "0 days, 00:00:00"
