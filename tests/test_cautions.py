"""Cautions about what a packet filter can only in part: names that may be groups, and servers that stay where they are."""

from __future__ import annotations

import pytest

from lbsh import app
from lbsh_lang.source import Source

SITE = """\
interface external {external}
interface internal {internal}
internal net 192.168.1.0/24
internal net fd00::/64
service WEB is 203.0.113.20 tcp 80
pool web for WEB balance {algorithm}
{servers}
"""
TARGETS = {"freebsd-14": "pf", "freebsd-15": "pf", "nftables-1.0": "nftables", "iptables-1.8": "iptables"}


def found(target: str, text: str) -> list[tuple[int, str]]:
    """The lines with the codes that are reported under a backend, from 1."""
    checked = app.check_source(Source.of("site.lb", text), app.choose(TARGETS[target], target))
    return [(one.span.start.line + 1, one.code) for one in checked.diagnostics]


def site(
    external: str = "em0", internal: str = "em1", algorithm: str = "round-robin", *servers: str, rest: str = ""
) -> str:
    lines = "\n".join(servers or ("add 192.168.1.2 to web",))
    return SITE.format(external=external, internal=internal, algorithm=algorithm, servers=lines) + rest


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("external", "internal", "lines"),
    [
        ("egress", "em1", [1]),
        ("em0", "dmz", [2]),
        ("wan", "lan", [1, 2]),
        ("vlan", "em0.100", [1]),
        ("dmz2lan", "ix1", [1]),
        ("em0", "vlan20", []),
        ("epair0a", "epair12b", []),
        ("epaira", "epair0c", [1, 2]),
    ],
)
def test_an_interface_name_that_a_group_may_have_is_reported_under_pf(
    target: str, external: str, internal: str, lines: list[int]
) -> None:
    expected = [(line, "LB404") for line in lines] if TARGETS[target] == "pf" else []
    assert found(target, site(external, internal)) == expected


def test_an_alias_is_refused_and_nothing_more() -> None:
    assert found("freebsd-14", site("em0:web")) == [(1, "LB401")]


def test_a_device_that_translates_nothing_may_have_any_interface() -> None:
    assert (1, "LB404") not in found("freebsd-14", "interface external egress\n")


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("algorithm", "servers", "code"),
    [
        ("source-hash", ["add 192.168.1.4-7 to web"], "LB405"),
        ("source-hash", ["add 192.168.1.8-11 to web", "add 192.168.1.4 to web backup"], "LB405"),
        ("source-hash", ["add 192.168.1.4 to web", "add 192.168.1.8-15 to web backup"], "LB405"),
        ("source-hash", ["add 192.168.1.4-5 to web"], None),
        ("source-hash", ["add 192.168.1.4 to web"], None),
        ("source-hash", ["add 192.168.1.4-6 to web"], "LB401"),
        ("source-hash", ["add 192.168.1.4-7 to web", "drain 192.168.1.7 from web"], "LB401"),
        ("random", ["add 192.168.1.4-7 to web"], None),
        ("round-robin", ["add 192.168.1.4-7 to web"], None),
    ],
)
def test_servers_that_cannot_be_taken_out_singly_are_reported_before_one_fails(
    target: str, algorithm: str, servers: list[str], code: str | None
) -> None:
    expected = [(6, code)] if code is not None and target == "freebsd-14" else []
    assert found(target, site("em0", "em1", algorithm, *servers)) == expected


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("number", "sticky"), [(10_000, True), (10_001, True), (10_001, False)])
def test_sticky_services_with_very_many_servers_are_reported_under_iptables(
    target: str, number: int, sticky: bool
) -> None:
    lines = ["interface external em0", "interface internal em1", "internal net 10.0.0.0/8"]
    for rank in range(0, number, 1000):
        lines.append(f"service S{rank} is 203.0.113.{rank // 1000 + 1} tcp 80{' sticky' * sticky}")
        lines.append(f"pool p{rank} for S{rank}")
        last = min(number - rank, 1000)
        lines.append(f"add 10.1.{rank // 250}.1-10.1.{rank // 250 + last // 256}.{last % 256} to p{rank}")
    expected = [(len(lines) - 2, "LB406")] if target == "iptables-1.8" and sticky and number > 10_000 else []
    assert found(target, "\n".join(lines)) == expected


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("last", [250, 251])
def test_lists_of_server_ports_with_very_many_servers_are_reported_under_iptables(target: str, last: int) -> None:
    asked, own = (",".join(str(first + 2 * one) for one in range(400)) for first in (1000, 3000))
    lines = ["interface external em0", "interface internal em1", "internal net 10.0.0.0/8"]
    lines += [f"service S is 203.0.113.1 tcp {asked}", f"pool p for S port {own}", f"add 10.1.0.1-{last} to p"]
    expected = [(5, "LB406")] if target == "iptables-1.8" and last == 251 else []
    assert found(target, "\n".join(lines)) == expected
