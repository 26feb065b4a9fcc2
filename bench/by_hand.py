"""The farm of `bench/farm.py` in rules as people write them without lbsh, to which lbsh's rules are compared."""

from __future__ import annotations

from collections.abc import Iterator

from bench.farm import CLIENT_NET, SERVERS, SERVICE_NET, server_addresses, service_address

ONE_RULE, ONE_RULE_FOR_ALL, GUARDED_RULE = "one-rule", "one-rule-for-all", "guarded-rule"
"""Tables of nftables with one rule each, for connections."""


def one_rule_nftables() -> Iterator[str]:
    """The first service alone: one rule with an anonymous map that takes its servers in turn."""
    yield from _one_rule(ONE_RULE, service_address(0), list(server_addresses(0)))


def guarded_rule_nftables() -> Iterator[str]:
    """The first service alone, on two interfaces, for some clients, and the marks by which answers leave as they came."""
    yield f"table ip {GUARDED_RULE} {{"
    yield "    chain prerouting {"
    yield "        type nat hook prerouting priority dstnat - 5"
    match = f'iifname {{ "eth0", "eth9" }} ip saddr {CLIENT_NET} ip daddr {service_address(0)} tcp dport 80'
    yield f"        {match} {_in_turn(list(server_addresses(0)))}"
    yield "    }"
    yield "    chain uplinks {"
    yield "        type filter hook prerouting priority dstnat + 5"
    yield '        iifname "eth0" ct state new ct mark set 1'
    yield '        iifname "eth9" ct state new ct mark set 2'
    yield "        ct direction reply ct mark 1 meta mark set 1"
    yield "        ct direction reply ct mark 2 meta mark set 2"
    yield "    }"
    yield "}"


def one_rule_for_all_nftables(servers: list[str]) -> Iterator[str]:
    """Such a rule for the whole network of services, as if they were one."""
    yield from _one_rule(ONE_RULE_FOR_ALL, SERVICE_NET, servers)


def _one_rule(table: str, destination: str, servers: list[str]) -> Iterator[str]:
    yield f"table ip {table} {{"
    yield "    chain prerouting {"
    yield "        type nat hook prerouting priority dstnat - 5"
    yield f'        iifname "eth0" ip daddr {destination} tcp dport 80 {_in_turn(servers)}'
    yield "    }"
    yield "}"


def chain_a_service_nftables(services: int) -> Iterator[str]:
    """A chain with such a rule for each service, found through a map: the obvious layout."""
    yield "table ip chains {"
    for number in range(services):
        yield f"    chain web{number} {{"
        yield f"        {_in_turn(list(server_addresses(number)))}"
        yield "    }"
    yield "    chain prerouting {"
    yield "        type nat hook prerouting priority dstnat"
    yield '        iifname "eth0" ip daddr . tcp dport vmap {'
    for number in range(services):
        yield f"            {service_address(number)} . 80 : goto web{number},"
    yield "        }"
    yield "    }"
    yield "}"


def list_iptables(services: int, name: str) -> Iterator[str]:
    """A rule that leads to each service, and a chain for it with a rule for each server."""
    yield "*nat"
    yield f":{name} - [0:0]"
    for number in range(services):
        yield f":{name}-{number} - [0:0]"
    for number in range(services):
        yield f"-A {name} -i eth0 -d {service_address(number)} -p tcp --dport 80 -j {name}-{number}"
        for rank, address in enumerate(server_addresses(number)):
            left = SERVERS - rank
            turn = f"-m statistic --mode nth --every {left} --packet 0 " if left > 1 else ""
            yield f"-A {name}-{number} {turn}-j DNAT --to-destination {address}"
    yield "COMMIT"


def _in_turn(servers: list[str]) -> str:
    elements = ", ".join(f"{rank} : {address}" for rank, address in enumerate(servers))
    return f"dnat to numgen inc mod {len(servers)} map {{ {elements} }}"
