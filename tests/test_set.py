"""`set`: the result is as if the statement that is changed had said so; what it finds stands at its own words."""

from __future__ import annotations

from typing import get_type_hints

import pytest

from lbsh import app
from lbsh_lang.check import check_resolved
from lbsh_lang.packets import Refused, parse_packet
from lbsh_lang.renderings.trace.rows import rows_of
from lbsh_lang.site.diff.sites import diff_sites
from lbsh_lang.site.model import Site
from lbsh_lang.site.trace.tracer import trace_packet
from lbsh_lang.source import Source
from lbsh_lang.syntax.nodes import SERVICE_OPTIONS, ServiceStatement, SetServiceStatement
from lbsh_lang.values import Protocol
from tests import costs
from tests.reading import resolution_of, site_of

DEVICE = (
    "interface external em0\ninterface internal em1\ninternal net 10.0.0.0/24\ninternal gw 10.0.0.1\n"
    "internal net fd00:1::/64\ninternal gw fd00:1::1\n"
)
A = "service A is 203.0.113.5 tcp 80"
SERVERS = "\npool p for A\nadd 10.0.0.2-4 to p\nadd 10.0.0.2 to p port 81\n"

SERVICE_SET = {
    ("", "sticky"): "sticky",
    ("", "sticky 2h prefix 24 reflect"): "sticky 2h prefix 24 reflect",
    ("sticky 1h prefix 24", "sticky 2h"): "sticky 2h",
    ("sticky 1h reflect", "no sticky"): "reflect",
    ("sticky 1h reflect", "no sticky no reflect masquerade"): "masquerade",
    ("from 198.51.100.0/24", "from 192.0.2.0/24, 192.0.2.1"): "from 192.0.2.0/24, 192.0.2.1",
    ("from 198.51.100.0/24 masquerade", "no from no masquerade helper ftp"): "helper ftp",
    ("helper ftp", "no helper"): "",
}

SERVERS_SET = {
    "set 10.0.0.3 in p weight 3": (
        "add 10.0.0.2 to p\nadd 10.0.0.3 to p weight 3\nadd 10.0.0.4 to p\nadd 10.0.0.2 to p port 81"
    ),
    "set 10.0.0.2 in p backup": "add 10.0.0.2 to p backup\nadd 10.0.0.3-4 to p\nadd 10.0.0.2 to p port 81 backup",
    "set 10.0.0.2 port 81 in p backup weight 2": "add 10.0.0.2-4 to p\nadd 10.0.0.2 to p port 81 backup weight 2",
    "set 10.0.0.2 port 80 in p weight 2": "add 10.0.0.2 to p weight 2\nadd 10.0.0.3-4 to p\nadd 10.0.0.2 to p port 81",
    "set 10.0.0.3 in p backup\nset 10.0.0.3 in p no backup": "add 10.0.0.2-4 to p\nadd 10.0.0.2 to p port 81",
    "set 10.0.0.0/29 in p weight 2": "add 10.0.0.2-4 to p weight 2\nadd 10.0.0.2 to p port 81 weight 2",
    "set 10.0.0.3 in p port 8080": (
        "add 10.0.0.2 to p\nadd 10.0.0.3 to p port 8080\nadd 10.0.0.4 to p\nadd 10.0.0.2 to p port 81"
    ),
    "set 10.0.0.2 port 81 in p port 82": "add 10.0.0.2-4 to p\nadd 10.0.0.2 to p port 82",
    "set 10.0.0.3, 10.0.0.4 in p port 81\nset 10.0.0.3 in p port 80": (
        "add 10.0.0.2-3 to p\nadd 10.0.0.4 to p port 81\nadd 10.0.0.2 to p port 81"
    ),
    "drain 10.0.0.3 from p\nset 10.0.0.3 in p port 81 weight 4\nresume 10.0.0.3 in p": (
        "add 10.0.0.2 to p\nadd 10.0.0.3 to p port 81 weight 4\nadd 10.0.0.4 to p\nadd 10.0.0.2 to p port 81"
    ),
    "set 10.0.0.3 in p ramp 1m": (
        "add 10.0.0.2 to p\nadd 10.0.0.3 to p ramp 1m\nadd 10.0.0.4 to p\nadd 10.0.0.2 to p port 81"
    ),
    "set 10.0.0.2-4 in p ramp 1m backup\nset 10.0.0.3 in p no backup no ramp\nset 10.0.0.2 port 80 in p ramp 2m": (
        "add 10.0.0.2 to p backup ramp 2m\nadd 10.0.0.3 to p\nadd 10.0.0.4 to p backup ramp 1m\n"
        "add 10.0.0.2 to p port 81 backup ramp 1m"
    ),
    "set 10.0.0.3 in p weight 9\nremove 10.0.0.3 from p\nadd 10.0.0.3 to p": (
        "add 10.0.0.2 to p\nadd 10.0.0.4 to p\nadd 10.0.0.2 to p port 81\nadd 10.0.0.3 to p"
    ),
}


def order_of(site: Site) -> list[tuple[str, int | None]]:
    return [
        (str(server.address), server.port)
        for service in site.services
        if service.pool
        for server in service.pool.servers
    ]


@pytest.mark.parametrize(("before", "change"), SERVICE_SET)
def test_options_of_a_service(before: str, change: str) -> None:
    changed = site_of(f"{DEVICE}{A} {before}{SERVERS}set A {change}\n")
    wanted = site_of(f"{DEVICE}{A} {SERVICE_SET[before, change]}{SERVERS}")
    assert not diff_sites(wanted, changed)
    assert diff_sites(site_of(f"{DEVICE}{A} {before}{SERVERS}"), changed)


@pytest.mark.parametrize("change", SERVERS_SET)
def test_servers(change: str) -> None:
    wanted = site_of(f"{DEVICE}{A}\npool p for A\n{SERVERS_SET[change]}\n")
    changed = site_of(f"{DEVICE}{A}{SERVERS}{change}\n")
    assert not diff_sites(wanted, changed)
    assert order_of(wanted) == order_of(changed)


FOUND = {
    "set A sticky 2h\nset A sticky 3h": ("LB316", "a later `set` replaces `sticky` of `A`", "sticky"),
    "set A no sticky": ("LB316", "`sticky` of `A` is so already", "sticky"),
    "set A reflect": ("LB316", "`reflect` of `A` is so already", "reflect"),
    "set A from fd00::/64": ("LB207", "fd00::/64 is IPv6, the service has an IPv4 address", "fd00::/64"),
    "set A helper tftp": ("LB319", "`tftp` follows sessions by udp only", "tftp"),
    "set A sticky prefix 33": ("LB206", "`33`: a prefix length is a number from 1 to 32", "33"),
    "set A no stiky": ("LB205", "`stiky` is not an option of a service", "stiky"),
    "set A sticky no sticky": ("LB109", "the option `sticky` is given and taken away", "sticky"),
    "set A no sticky sticky": ("LB109", "the option `sticky` is given and taken away", "sticky"),
    "set 10.0.0.3 in p backup no backup": ("LB109", "the option `backup` is given and taken away", "backup"),
    "set 10.0.0.3 in p backup backup": ("LB109", "the option `backup` is given twice", "backup"),
    "set A no from no from": ("LB109", "the option `from` is taken away twice", "from"),
    # Whether a service or a server changes, the word behind `set` tells.
    "set A": ("LB001", "the line ends too early: expected `sticky`, `reflect`, `from`, …", ""),
    "set 10.0.0.3": ("LB001", "the line ends too early: expected `in`, `port` or `,`", ""),
    "set 10.0.0.3 port 80": ("LB001", "the line ends too early: expected `in`", ""),
    "set p balance random": ("LB001", "unexpected `balance`: expected `sticky`, `reflect`, `from`, …", "balance"),
    "set A weight 3": ("LB001", "unexpected `weight`: expected `sticky`, `reflect`, `from`, …", "weight"),
    "set 10.0.0.3 weight 3": ("LB001", "unexpected `weight`: expected `in`, `port` or `,`", "weight"),
    "set 10.0.0.3 backup": ("LB001", "unexpected `backup`: expected `in`, `port` or `,`", "backup"),
    "set B reflect": ("LB101", "undefined service `B`", "B"),
    "set 10.0.0.2 reflect": (
        "LB001",
        "`10.0.0.2`: a server changes in a pool, which `in` and the pool's name must say",
        "10.0.0.2",
    ),
    "set 10.0.0.9 in p backup": ("LB310", "10.0.0.9 is not in `p`", "10.0.0.9"),
    "set 10.0.0.3 port 9 in p backup": ("LB310", "10.0.0.3 port 9 is not in `p`", "10.0.0.3"),
    "set 10.0.0.16/28 in p backup": ("LB310", "10.0.0.16/28 is not in `p`", "10.0.0.16/28"),
    "set 10.0.0.3 in p no ramp": ("LB316", "`ramp` of 10.0.0.3 is so already", "ramp"),
    "set 10.0.0.3 in p no ramp weight 2 ramp 1m": ("LB109", "the option `ramp` is given and taken away", "ramp"),
    "set 10.0.0.3 in p ramp 1": ("LB206", "`1`: a duration needs a unit: `ms`, `s`, `m`, `h` or `d`", "1"),
    "set 10.0.0.3 in p backup no ramp": ("LB316", "`ramp` of 10.0.0.3 is so already", "ramp"),
    "set 10.0.0.3 in p no backup": ("LB316", "`backup` of 10.0.0.3 is so already", "backup"),
    "set 10.0.0.3 in p weight 1": ("LB316", "`weight` of 10.0.0.3 is so already", "1"),
    # Of several options, those are named that change nothing, of services and servers alike.
    "set A sticky prefix 24 reflect": ("LB316", "`reflect` of `A` is so already", "reflect"),
    "set 10.0.0.3 in p backup weight 1": ("LB316", "`weight` of 10.0.0.3 is so already", "1"),
    "set A from 192.0.2.0/24, 192.0.2.7": (
        "LB316",
        "192.0.2.7 has no effect: its addresses are in the list already",
        "192.0.2.7",
    ),
    "set A from 192.0.2.7, 192.0.2.7": (
        "LB316",
        "192.0.2.7 has no effect: its addresses are in the list already",
        "192.0.2.7",
    ),
    "set 10.0.0.3 in p weight 2\nset 10.0.0.3 in p weight 3": (
        "LB316",
        "a later `set` replaces `weight` of 10.0.0.3",
        "2",
    ),
    "set 10.0.0.2 port 81 in p port 80": ("LB309", "10.0.0.2 is in `p` already", "10.0.0.2"),
    "set 10.0.0.2 in p port 82": ("LB309", "10.0.0.2 port 82 is in `p` already", "10.0.0.2"),
    "set 10.0.0.2 in p no weight": ("LB205", "`weight` is not an option that a server may be without", "weight"),
    "set 10.0.0.3 in p weight 0": ("LB206", "`0`: a weight is a number from 1 to 256", "0"),
    "set A in p weight 2": (
        "LB201",
        "`A` is not an IP address: an address is written like 192.168.1.2 or fd00::2",
        "A",
    ),
    "set 10.0.0.3 in q weight 2": ("LB102", "undefined pool `q`", "q"),
    # What an unreadable statement meant is in doubt: one cause, one message.
    "set A sticky 0s\nset A no sticky": ("LB206", "`0s`: a duration is longer than nothing and at most 30 days", "0s"),
    "set A sticky no sticky\nset A no sticky": (
        "LB109",
        "the option `sticky` is given and taken away",
        "sticky",
    ),
    "set 10.0.0.2-4 in p backup": ("LB315", "the pool `p` has only backups", "p"),
}


@pytest.mark.parametrize("lines", FOUND)
def test_what_is_found(lines: str) -> None:
    base = f"{DEVICE}{A} reflect{SERVERS}"
    found = check_resolved(resolution_of(f"{base}{lines}\n")).diagnostics
    code, message, word = FOUND[lines]
    (one,) = found
    said = one.message[: message.index("…")] + "…" if "…" in message else one.message
    text = one.span.source.lines[one.span.start.line][one.span.start.column : one.span.end.column]
    assert (one.code, said, text) == (code, message, word)


REFUSED_BY_PF = {
    "set 10.0.0.3 in p weight 3": "3",
    "set 10.0.0.3 in p port 8081": "8081",
    "set 10.0.0.3 in p ramp 1m": "1m",
    "set A masquerade sticky prefix 24": "24",
}


@pytest.mark.parametrize("line", REFUSED_BY_PF)
def test_what_a_filter_cannot_do_is_said_at_the_set(line: str) -> None:
    source = Source.of("site.lb", f"{DEVICE}{A}\npool p for A\nadd 10.0.0.2-4 to p\n{line}")
    found = app.check_source(source, app.choose("pf", "freebsd-14")).diagnostics
    last = len(source.lines) - 1
    words = [(one.code, source.lines[last][one.span.start.column : one.span.end.column]) for one in found]
    assert {one.span.start.line for one in found} == {last}
    assert ("LB401", REFUSED_BY_PF[line]) in words


def test_what_was_set_is_where_a_second_server_is_said_to_stand() -> None:
    text = f"{DEVICE}{A}{SERVERS}set 10.0.0.2 port 81 in p port 82\nadd 10.0.0.2 to p port 82\n"
    (one,) = check_resolved(resolution_of(text)).diagnostics
    (place,) = one.labels
    assert (one.code, place.span.start.line) == ("LB309", one.span.start.line - 1)


def test_a_trace_names_the_statements_that_set() -> None:
    text = f"{DEVICE}{A}{SERVERS}set 10.0.0.3 in p weight 3\nset A sticky\n"
    packet = parse_packet("198.51.100.7", "203.0.113.5:80", Protocol.TCP)
    assert not isinstance(packet, Refused)
    trace = trace_packet(site_of(text), packet)
    assert [row.origin.line for row in rows_of(trace) if row.origin is not None] == [8, 10, 8, 9]


def test_one_of_several_ports_is_a_fault_of_the_set() -> None:
    text = f"{DEVICE}service A is 203.0.113.5 tcp 80,81\npool p for A\nadd 10.0.0.2 to p\nset 10.0.0.2 in p port 82\n"
    (one,) = check_resolved(resolution_of(text)).diagnostics
    assert (one.code, one.span.start.line) == ("LB317", text.count("\n") - 1)


REPLACED = {
    "set A helper tftp\nset A helper ftp": {("LB316", 1), ("LB319", 1)},
    "set A from fd00::/64\nset A from 192.0.2.0/24": {("LB316", 1), ("LB207", 1)},
    "set 10.0.0.2 in p port 82\nset 10.0.0.2 in p port 83": {("LB316", 1), ("LB317", 1), ("LB317", 2)},
}


@pytest.mark.parametrize("lines", REPLACED)
def test_a_later_set_hides_no_fault_of_the_first(lines: str) -> None:
    text = f"{DEVICE}service A is 203.0.113.5 tcp 80,81\npool p for A\nadd 10.0.0.2 to p\n"
    found = check_resolved(resolution_of(f"{text}{lines}\n")).diagnostics
    assert {(one.code, one.span.start.line - text.count("\n") + 1) for one in found} == REPLACED[lines]


def test_every_option_of_a_service_can_be_set() -> None:
    fields = [field for option in SERVICE_OPTIONS for field in option.fields]
    fixed = {"name", "address", "protocol", "ports"}
    assert {*ServiceStatement._fields} - fixed == {*fields} == {*SetServiceStatement._fields} - {"service", "absent"}
    hints, others = get_type_hints(ServiceStatement), get_type_hints(SetServiceStatement)
    assert {field: hints[field] for field in fields} == {field: others[field] for field in fields}


@pytest.mark.parametrize("word", ["set", "no"])
def test_the_words_are_names_too(word: str) -> None:
    service = f"service {word} is 203.0.113.5 tcp 80"
    (found,) = site_of(
        f"interface external {word}\n{service}\npool {word} for {word}\nadd 10.0.0.2 to {word}\n"
        f"set {word} no masquerade sticky\nset 10.0.0.2 in {word} weight 2\nremove {word}\n{service}\nset {word} reflect\n"
    ).services
    assert (found.name, found.reflect, found.sticky) == (word, True, None)


def test_the_cost_of_changes_grows_with_their_number() -> None:
    def cost(number: int) -> int:
        addresses = [f"10.0.{one // 200}.{one % 200 + 2}" for one in range(number)]
        lines = [f"add {one} to p\nset {one} in p port 8080\nset {one} in p weight 2" for one in addresses]
        return costs.calls_of(site_of, f"{DEVICE}{A}\npool p for A\n" + "\n".join(lines) + "\n")

    assert cost(400) < 2.5 * cost(200)


def test_the_cost_of_networks_of_clients_grows_with_their_number() -> None:
    def cost(number: int) -> int:
        nets = ", ".join(f"10.{one // 200}.{one % 200}.0/25" for one in range(number))
        return costs.calls_of(site_of, f"{DEVICE}{A}{SERVERS}set A from {nets}\n")

    assert cost(400) < 2.5 * cost(200)


@pytest.mark.parametrize(
    "line", ["remove A,", "REMOV A,", "drain A,", "resume A,", "set A,", "set A, B in", "remove A,,"]
)
def test_a_line_that_ends_in_a_list_says_what_may_follow(line: str) -> None:
    """A word that only the one form reads stands before a comma that only the other has."""
    found = check_resolved(resolution_of(line)).diagnostics
    assert any("expected " in one.message for one in found)
