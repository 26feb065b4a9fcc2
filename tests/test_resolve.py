"""The result of a script: statements act in order, as at the prompt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from math import gcd

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbsh import app
from lbsh_lang.check import check_resolved
from lbsh_lang.site.down import with_down
from lbsh_lang.site.model import Server, length_of_round, longest_round, shares_of, turns
from lbsh_lang.site.status import ServerId
from lbsh_lang.source import Source
from lbsh_lang.syntax.nodes import AddStatement
from lbsh_lang.syntax.statement import Stated
from lbsh_lang.values import Address
from tests.costs import calls_of
from tests.reading import resolution_of, site_of

DEVICE = "interface external em0\n"
BASE = DEVICE + "service A is 203.0.113.1 tcp 80\npool p for A\nadd 10.0.0.1-3 to p\n"

SERVING: list[tuple[str, str, list[str]]] = [
    ("as added", "", ["10.0.0.1", "10.0.0.2", "10.0.0.3"]),
    ("order of adding", "remove 10.0.0.1 from p\nadd 10.0.0.1 to p", ["10.0.0.2", "10.0.0.3", "10.0.0.1"]),
    ("removed", "remove 10.0.0.2-3 from p", ["10.0.0.1"]),
    ("drained", "drain 10.0.0.2 from p", ["10.0.0.1", "10.0.0.3"]),
    ("resumed", "drain 10.0.0.2 from p\nresume 10.0.0.2 in p", ["10.0.0.1", "10.0.0.2", "10.0.0.3"]),
    (
        "drained, removed, added",
        "drain 10.0.0.2 from p\nremove 10.0.0.2 from p\nadd 10.0.0.2 to p",
        ["10.0.0.1", "10.0.0.3", "10.0.0.2"],
    ),
    ("backup waits", "add 10.0.0.9 to p backup", ["10.0.0.1", "10.0.0.2", "10.0.0.3"]),
    ("backup serves", "add 10.0.0.9 to p backup\nremove 10.0.0.1-3 from p", ["10.0.0.9"]),
    (
        "backup serves for drained",
        "add 10.0.0.9 to p backup\ndrain 10.0.0.1 from p\ndrain 10.0.0.2 from p\ndrain 10.0.0.3 from p",
        ["10.0.0.9"],
    ),
    ("drained backup", "add 10.0.0.9 to p backup\ndrain 10.0.0.9 from p\nremove 10.0.0.1-3 from p", []),
    ("down by hand", "down 10.0.0.2 from p", ["10.0.0.1", "10.0.0.3"]),
    ("down and up", "down 10.0.0.2 from p\nup 10.0.0.2 in p", ["10.0.0.1", "10.0.0.2", "10.0.0.3"]),
    ("down everywhere", "down 10.0.0.2-9\nup 10.0.0.3", ["10.0.0.1", "10.0.0.3"]),
    ("drained, down and up", "drain 10.0.0.2 from p\ndown 10.0.0.2\nup 10.0.0.2", ["10.0.0.1", "10.0.0.3"]),
    ("drained, down and resumed", "drain 10.0.0.2\ndown 10.0.0.2 from p\nresume 10.0.0.2", ["10.0.0.1", "10.0.0.3"]),
    ("backup serves for down", "add 10.0.0.9 to p backup\ndown 10.0.0.1-3", ["10.0.0.9"]),
    (
        "down, removed, added",
        "down 10.0.0.2 from p\nremove 10.0.0.2 from p\nadd 10.0.0.2 to p",
        ["10.0.0.1", "10.0.0.3", "10.0.0.2"],
    ),
    ("nobody", "remove 10.0.0.1-3 from p", []),
]


PORTED: list[tuple[str, str, list[str]]] = [
    ("another machine", "add 10.0.0.4 to p port 81", ["1", "2", "3", "4 port 81"]),
    ("the same machine twice", "add 10.0.0.1 to p port 81", ["1", "2", "3", "1 port 81"]),
    ("the port that it has anyway", "add 10.0.0.4 to p port 80", ["1", "2", "3", "4"]),
    (
        "removed with its port",
        "add 10.0.0.1-2 to p port 81\nremove 10.0.0.1 port 81 from p",
        ["1", "2", "3", "2 port 81"],
    ),
    ("removed by the usual port", "add 10.0.0.1 to p port 81\nremove 10.0.0.1 port 80 from p", ["2", "3", "1 port 81"]),
    ("removed with all ports", "add 10.0.0.1 to p port 81\nremove 10.0.0.1-2 from p", ["3"]),
    ("drained with all ports", "add 10.0.0.1 to p port 81\ndrain 10.0.0.1 from p", ["2", "3"]),
    (
        "resumed with all ports",
        "add 10.0.0.1 to p port 81\ndrain 10.0.0.1 from p\nresume 10.0.0.1 in p",
        ["1", "2", "3", "1 port 81"],
    ),
    ("one port down", "add 10.0.0.1 to p port 81\ndown 10.0.0.1 port 81 from p", ["1", "2", "3"]),
    ("down under a new port", "down 10.0.0.1 from p\nset 10.0.0.1 in p port 82", ["2", "3"]),
    (
        "added again after its removal",
        "add 10.0.0.1 to p port 81\ndrain 10.0.0.1 from p\nremove 10.0.0.1 port 81 from p\nadd 10.0.0.1 to p port 81",
        ["2", "3", "1 port 81"],
    ),
]


@pytest.mark.parametrize(("lines", "servers"), [case[1:] for case in PORTED], ids=[case[0] for case in PORTED])
def test_a_server_is_an_address_and_a_port(lines: str, servers: list[str]) -> None:
    (service,) = site_of(BASE + lines + "\n").services
    assert service.pool is not None
    found = [
        str(one.address).removeprefix("10.0.0.") + f" port {one.port}" * (one.port is not None)
        for one in service.pool.serving()
    ]
    assert found == servers


TWO_PORTS = (
    DEVICE
    + """\
service A is 203.0.113.1 tcp 80
service B is 203.0.113.1 tcp 81
pool p for A, B
add 10.0.0.1 to p
add 10.0.0.2 to p port 80
"""
)
TWO_PORTS_CASES = {
    "the port of one of the services": ("", {"A": {None}, "B": {None, 80}}),
    "the service with another one is gone": ("remove B\n", {"A": {None}}),
    "the service with that one is gone": ("remove A\n", {"B": {None, 80}}),
    "of a machine that is there without a port": ("add 10.0.0.2 to p\n", {"A": {None, 80}, "B": {None, 80}}),
}


@pytest.mark.parametrize("name", TWO_PORTS_CASES)
def test_a_port_in_a_shared_pool_is_compared_with_that_of_each_service(name: str) -> None:
    more, expected = TWO_PORTS_CASES[name]
    site = site_of(TWO_PORTS + more)
    found = {one.name: {server.port for server in one.pool.servers} for one in site.services if one.pool}
    assert found == expected
    request = app.choose("pf", "freebsd-15")
    found_by_pf = app.check_source(Source.of("site.lb", TWO_PORTS + more), request).diagnostics
    refused = [one.message for one in found_by_pf if one.code == "LB401"]
    assert len(refused) == any(len(ports) > 1 for ports in expected.values()), refused


def test_servers_with_ports_are_checked_by_their_addresses_too() -> None:
    text = (
        "interface external em0\ninterface internal em1\ninternal net 10.0.0.0/24\ninternal net fd00::/64\n"
        "service A is 203.0.113.1 tcp 80\nservice L is 203.0.113.2 tcp 80,443\n"
        "pool p for A\npool l for L\nadd 10.0.0.1 to l\n"
        "add 10.9.9.9 to p port 81\n"
        "add fd00::1 to p port 81\n"
        "add 10.0.0.1-2 to p port 81\n"
        "add 10.0.0.2 to p port 81\n"
        "add 10.0.0.1 to l port 81\n"
        "remove 10.0.0.1 port 82 from p\n"
    )
    found = check_resolved(resolution_of(text)).diagnostics
    assert [(one.code, one.span.start.line) for one in found] == [
        ("LB301", 9),
        ("LB207", 10),
        ("LB309", 12),
        ("LB317", 13),
        ("LB310", 14),
    ]


@pytest.mark.parametrize(("lines", "servers"), [case[1:] for case in SERVING], ids=[case[0] for case in SERVING])
def test_who_serves(lines: str, servers: list[str]) -> None:
    (service,) = site_of(BASE + lines + "\n").services
    assert service.pool is not None
    assert [str(server.address) for server in service.pool.serving()] == servers


SHARED = (
    DEVICE + "service A is 203.0.113.1 tcp 80\nservice B is 203.0.113.2 tcp 81\npool p for A, B\nadd 10.0.0.1-2 to p\n"
)
LIVES = {
    "both": ("", ["A: 10.0.0.1 10.0.0.2", "B: 10.0.0.1 10.0.0.2"]),
    "the first goes": ("remove A\nadd 10.0.0.3 to p", ["B: 10.0.0.1 10.0.0.2 10.0.0.3"]),
    "the second goes": ("remove B\ndrain 10.0.0.1 from p", ["A: 10.0.0.2"]),
    "both go": ("remove A\nremove B", []),
    "one comes back without a pool": ("remove A\nservice A is 203.0.113.1 tcp 80", ["B: 10.0.0.1 10.0.0.2", "A"]),
    "a pool of its own": (
        "remove A\nservice A is 203.0.113.1 tcp 80\npool q for A\nadd 10.0.0.9 to q",
        ["B: 10.0.0.1 10.0.0.2", "A: 10.0.0.9"],
    ),
    "the name of the pool again": (
        "remove A\nremove B\nservice B is 203.0.113.2 tcp 81\npool p for B\nadd 10.0.0.9 to p",
        ["B: 10.0.0.9"],
    ),
}


@pytest.mark.parametrize(("lines", "services"), LIVES.values(), ids=LIVES)
def test_a_pool_goes_with_its_last_service(lines: str, services: list[str]) -> None:
    found = []
    for service in site_of(SHARED + lines + "\n").services:
        servers = " ".join(str(one.address) for one in service.pool.serving()) if service.pool is not None else ""
        found.append(f"{service.name}: {servers}" if servers else service.name)
    assert found == services


SHARED_FAULTS = {
    "families": ("pool p for A, B, C", [("LB207", "C")]),
    "the same service twice": ("pool p for A, B, A", [("LB106", "A")]),
    "an unknown one": ("pool p for A, BB", [("LB101", "BB")]),
    "one port for a list of ports": ("pool p for A, L port 8080", [("LB317", "L")]),
    "one port of servers for a list of ports": ("pool p for A, L\nadd 10.0.0.5 to p port 81", [("LB317", "81")]),
    "a service that has a pool": ("pool q for B\nadd 10.0.0.4 to q\npool p for A, B", [("LB106", "B")]),
    "no server": ("pool q for A, B\npool p for L", [("LB312", "q")]),
}


@pytest.mark.parametrize(("lines", "said"), SHARED_FAULTS.values(), ids=SHARED_FAULTS)
def test_faults_of_shared_pools(lines: str, said: list[tuple[str, str]]) -> None:
    text = (
        "interface external em0\ninterface internal em1\ninternal net 10.0.0.0/24\n"
        "service A is 203.0.113.1 tcp 80\nservice B is 203.0.113.2 tcp 80\nservice C is 2001:db8::1 tcp 80\n"
        "service L is 203.0.113.3 tcp 80,443\n"
    )
    found = check_resolved(resolution_of(text + lines + "\nadd 10.0.0.1 to p\n")).diagnostics
    assert [(one.code, one.span.text) for one in found if one.code != "LB311"] == said


def test_a_removed_service_takes_its_pool_along_and_may_come_back() -> None:
    again = "remove A\nservice A is 203.0.113.9 tcp 81\npool p for A\nadd 10.0.0.7 to p\n"
    (service,) = site_of(BASE + again).services
    assert str(service.address) == "203.0.113.9"
    assert service.pool is not None
    assert [str(server.address) for server in service.pool.servers] == ["10.0.0.7"]


def test_services_stand_in_the_order_of_their_definitions() -> None:
    text = DEVICE + "service B is 203.0.113.2 tcp 1\nservice A is 203.0.113.1 tcp 1\n"
    assert [service.name for service in site_of(text).services] == ["B", "A"]


def test_defaults() -> None:
    (service,) = site_of(BASE).services
    assert (service.sticky, service.reflect, service.probe) == (None, False, None)
    (service,) = site_of(BASE.replace("tcp 80", "tcp 80 sticky")).services
    assert service.sticky == 3600
    (service,) = site_of(BASE + "probe A with tcp port 8081\n").services
    assert service.probe is not None
    assert service.probe.port == 8081
    (service,) = site_of(BASE + "probe A with tcp\n").services
    assert service.probe is not None
    assert service.probe.port is None
    assert (service.probe.every, service.probe.timeout, service.probe.rise, service.probe.fall) == (3000, 1000, 1, 1)
    assert service.probe.recheck
    (service,) = site_of(BASE + "probe A with tcp recheck off\n").services
    assert service.probe is not None
    assert not service.probe.recheck


SECRETS = [
    ('secret file "/etc/s"', []),
    ('secret "hunter2"', ["LB502"]),
    ("secret hunter2", ["LB502"]),
]


@pytest.mark.parametrize(("options", "codes"), SECRETS, ids=[options for options, _ in SECRETS])
def test_a_secret_stands_in_a_file_only(options: str, codes: list[str]) -> None:
    text = BASE.replace("tcp", "udp") + f'probe A with radius user "u" {options}\n'
    assert [one.code for one in check_resolved(resolution_of(text)).diagnostics] == codes


def test_a_file_is_no_value_of_other_options() -> None:
    text = BASE + 'probe A with http get file "/"\n'
    assert [one.code for one in check_resolved(resolution_of(text)).diagnostics] == ["LB502"]


ALLOWED = [
    ("# lbsh: allow LB311", []),
    ("# lbsh allow LB311", []),
    ("#lbsh: allow LB311 as long as the farm is rebuilt", []),
    ("# lbsh: allow LB312 LB311", ["LB702"]),
    ("# lbsh: allow " + "LB311 " * 64, []),
    ("# lbsh: allow " + "LB312 " * 64 + "LB311", ["LB311", *["LB702"] * 65]),
    ("# lbsh: allow " + "LB311 " * 8_000, ["LB702"]),
    ("# lbsh: allow LB312,LB311", ["LB702"]),
    ("# lbsh: allow LB401", ["LB311", "LB702"]),
    ("# allow LB311", ["LB311"]),
    ('# see "lbsh: allow LB311"', ["LB311"]),
]


@pytest.mark.parametrize(("comment", "codes"), ALLOWED, ids=[comment[:40] for comment, _ in ALLOWED])
def test_comments_allow_findings(comment: str, codes: list[str]) -> None:
    text = f"{DEVICE}service A is 203.0.113.1 tcp 80 {comment}\n"
    assert [one.code for one in check_resolved(resolution_of(text)).diagnostics] == codes


SHOWN_OTHERWISE = [
    ("status A  # why", ["LB701"]),
    ("status A  # caf\u00e9 \u540d\u524d \u05e9\u05dc\u05d5\u05dd", ["LB701"]),
    ("status A  # \U0001f469\u200d\U0001f4bb \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", ["LB701"]),
    ("status A  # tab\tform\fvertical\v", ["LB701"]),
    *((f"status A  # x{character}y", ["LB701", "LB005"]) for character in "\x1b\x00\x7f\x85\x9b\b"),
    *((f"status A  # x{character}y", ["LB701", "LB005"]) for character in "\u2028\u2029\u061c\u200e\u200f"),
    *((f"status A  # x{character}y", ["LB701", "LB005"]) for character in "\u202a\u202b\u202c\u202d\u202e\u2066\u2069"),
    ("# \x1b" * 100, ["LB005"]),
    ("# \x1b  # lbsh: allow LB005", []),
    ('probe A with http match "/\u202ex"', ["LB005"]),
    ('probe A with http match "/\x1bx"  # \x1b', ["LB005"]),
    ("probe A with http get \x1b", ["LB001", "LB001"]),
    ("\u202estatus A", ["LB001", "LB701"]),
]


@pytest.mark.parametrize(("line", "codes"), SHOWN_OTHERWISE, ids=[ascii(line)[:40] for line, _ in SHOWN_OTHERWISE])
def test_what_shows_other_than_it_is_has_a_warning(line: str, codes: list[str]) -> None:
    found = [one.code for one in check_resolved(resolution_of(BASE + line)).diagnostics]
    assert found == codes


ADDRESSES = [
    ("external addr 203.0.113.9\n", ["LB316"]),
    ("internal net 10.0.0.0/8\nexternal addr 203.0.113.9\n", []),
    ("internal net 10.0.0.0/8\nexternal addr 2001:db8::9\n", ["LB316"]),
    ("internal net 10.0.0.0/8\nexternal addr 10.9.9.9\n", ["LB305"]),
    ("internal net 10.0.0.0/8\ninternal gw 10.0.0.0\n", ["LB303"]),
    ("internal net 10.0.0.0/8\ninternal gw 10.255.255.255\n", ["LB303"]),
    ("internal net 10.0.0.0/31\ninternal gw 10.0.0.1\n", []),
    ("internal net fd00::/64\ninternal gw fd00::ffff:ffff:ffff:ffff\n", []),
]


@pytest.mark.parametrize(("lines", "codes"), ADDRESSES, ids=[lines for lines, _ in ADDRESSES])
def test_addresses_of_the_device_make_sense(lines: str, codes: list[str]) -> None:
    assert [one.code for one in check_resolved(resolution_of(DEVICE + lines)).diagnostics] == codes


UNREAD = [
    # what may define the pool `q` that the last line names, and whether its absence is worth a word
    ("", ["LB102"]),
    ("blah  # the pool q", ["LB003", "LB102"]),
    ("blah q", ["LB003"]),
    ("pool pool q for A", ["LB001"]),
    ('include "q.lb"', ["LB004"]),
]


@pytest.mark.parametrize(("line", "codes"), UNREAD, ids=[line or "nothing" for line, _ in UNREAD])
def test_a_name_that_an_unread_line_may_define_is_not_called_undefined(line: str, codes: list[str]) -> None:
    text = f"{BASE}{line}\nadd 10.0.0.9 to q\n"
    assert [one.code for one in check_resolved(resolution_of(text)).diagnostics if one.code != "LB106"] == codes


def test_failover() -> None:
    text = (
        "failover device gw1 at 172.16.0.1, 203.0.113.2\nfailover device gw2 skew 7 at 172.16.0.2,203.0.113.3\n"
        "failover sync em2\nfailover watch 203.0.113.250, 203.0.113.251\nfailover watch 192.168.1.9\n"
        'failover password file "/etc/pass"\nfailover key file "/etc/key"\nexternal net 203.0.113.0/24\n'
    )
    failover = site_of(text).failover
    assert failover is not None
    devices = [(device.name, [*map(str, device.addresses)], device.skew) for device in failover.devices]
    assert devices == [("gw1", ["172.16.0.1", "203.0.113.2"], 0), ("gw2", ["172.16.0.2", "203.0.113.3"], 7)]
    assert [*map(str, failover.watched)] == ["203.0.113.250", "203.0.113.251", "192.168.1.9"]
    assert (failover.sync, failover.password_file, failover.key_file) == ("em2", "/etc/pass", "/etc/key")


def test_every_use_leads_to_its_definition() -> None:
    text = BASE + "drain 10.0.0.1 from p\nprobe A with tcp\n"
    found = {
        (one.used_at.line + 1, one.use.start, one.defined_at.line + 1, one.definition.start)
        for one in resolution_of(text).references()
    }
    assert found == {(3, 11, 2, 8), (4, 18, 3, 5), (5, 20, 3, 5), (6, 6, 2, 8)}


def test_a_use_leads_to_the_definition_that_was_in_force() -> None:
    again = BASE + "remove A\nservice A is 203.0.113.9 tcp 81\npool q for A\n"
    found = {(one.used_at.line + 1, one.defined_at.line + 1) for one in resolution_of(again).references()}
    assert found == {(3, 2), (4, 3), (5, 2), (7, 6)}


def servers_of(weights: Iterable[int]) -> tuple[Server, ...]:
    stated = Stated(0, Source.of("x", ""), 0, AddStatement())
    return tuple(Server(Address(4, number), weight, False, None, stated) for number, weight in enumerate(weights))


@given(st.lists(st.integers(1, 256), min_size=1, max_size=12))
def test_each_turn_goes_to_the_server_that_is_furthest_behind(weights: list[int]) -> None:
    """By the definition: of all servers, the one with the lowest lead, of equals the first."""
    servers = servers_of(weights)
    total, taken, order = sum(weights), [0] * len(weights), []
    for turn in range(1, total // gcd(*weights) + 1):
        leads = [total * had - turn * weight for had, weight in zip(taken, weights, strict=True)]
        order.append(servers[leads.index(min(leads))])
        taken[order[-1].address.value] += 1
    assert turns(servers) == tuple(order)


@given(st.lists(st.integers(1, 256), min_size=17, max_size=600))
def test_a_round_is_bounded_and_every_server_has_a_turn(weights: list[int]) -> None:
    servers = servers_of(weights)
    shares, most = shares_of(servers), longest_round(servers)
    assert min(shares) >= 1
    assert sum(shares) <= max(most, 4096) + len(servers)
    if length_of_round(servers) > most:
        fair = [weight * most / sum(weights) for weight in weights]
        assert all(abs(share - due) <= 0.5 or share == 1 for share, due in zip(shares, fair, strict=True))
    else:
        assert shares == tuple(weight // gcd(*weights) for weight in weights)


def test_turns_of_many_servers_of_all_weights_have_a_bounded_cost() -> None:
    servers = servers_of(number % 256 + 1 for number in range(800))
    order = turns(servers)
    assert Counter(server.address.value for server in order) == dict(enumerate(shares_of(servers)))
    assert calls_of(turns, servers) <= 100 * len(order)


@pytest.mark.parametrize(
    ("weights", "order"),
    [((1, 1), "ab"), ((2, 2), "ab"), ((3, 1), "aaba"), ((1, 2, 3), "cbacbc"), ((5,), "a"), ((4, 2, 2), "abca")],
)
def test_turns_follow_weights_and_are_spread(weights: tuple[int, ...], order: str) -> None:
    servers = servers_of(weights)
    letters = "".join("abc"[server.address.value] for server in turns(servers))
    assert sorted(letters) == sorted(order)
    assert "".join("abc"[server.address.value] for server in turns(servers)) == letters
    if len(weights) > 1 and max(weights) <= sum(weights) // 2:
        assert all(one != other for one, other in pairwise(letters))


def test_many_statements_about_a_server_of_many_pools_cost_no_more_than_many_about_many() -> None:
    """Twice the pools and twice the statements take twice the calls, not four times."""

    def script(size: int) -> str:
        farms = [
            f"service s{n} is 203.0.{n >> 8}.{n & 255} tcp 80\npool p{n} for s{n}\nadd 10.0.0.1 to p{n}\n"
            for n in range(1, size)
        ]
        return "".join(farms) + "drain 10.0.0.1 for 1h\ndrain 10.0.0.1\n" * size

    small, large = (calls_of(lambda text: resolution_of(text).site, script(size)) for size in (100, 200))
    assert large <= 2.2 * small


def test_probes_say_nothing_of_a_server_that_is_down_by_hand() -> None:
    (service,) = site_of(BASE + 'down 10.0.0.2 from p because "bad answers"\n').services
    assert service.pool is not None
    ids = [ServerId("p", "A", one.address) for one in service.pool.servers]
    for down, left in (((), ["10.0.0.1", "10.0.0.3"]), (ids[:1], ["10.0.0.3"]), (ids[:2], ["10.0.0.3"])):
        pool = with_down(service, down).pool
        assert pool is not None
        assert [str(server.address) for server in pool.serving()] == left
    by_hand = [server.down_by_hand.reason for server in service.pool.servers if server.down_by_hand is not None]
    assert by_hand == ["bad answers"]
    assert with_down(service, ()) is service


def test_remembered_clients_do_not_go_to_a_server_that_is_down_by_hand() -> None:
    text = BASE.replace("tcp 80", "tcp 80 sticky") + "drain 10.0.0.2 from p keep clients\n"
    (service,) = site_of(text).services
    assert [str(server.address) for server in service.kept()] == ["10.0.0.2"]
    (service,) = site_of(text + "down 10.0.0.2\n").services
    assert service.kept() == ()
