"""The cost of rules for a connection: the time of `connect()` through the rules of lbsh, beside rules written by hand.

A series goes to one service, each time to another one between the first and the last of the farm; the hand-written rule
is measured with as many connections to its one service. Connections to thousands of services in turn find little in the
processor's caches, which costs time with any rules. That is measured separately, with the rules of lbsh and with one
rule that leads the same connections to as many servers.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from bench import by_hand, farm
from bench.bars import Bar, held
from bench.programs import lbsh
from bench.rounds import CONNECTIONS, Contender, Latency, Match, Series, all_over, along, to_one
from bench.runs import Command, RunError, run
from bench.tables import Table, microseconds
from bench.wire import connector, laid, why_no_wire

NFTABLES_TO_ONE_RULE = 1.05
GUARDED_TO_GUARDED_RULE = 1.02
IPTABLES_TO_ONE_RULE = 1.5
NFTABLES_SERVICES, IPTABLES_SERVICES = 10_000, 1_000

SMALLER = (1, 10, 100, 1_000)
"""Sizes for the picture, besides those of the bars."""

SECONDS, SECONDS_AT_A_BAR = 2.0, 20.0

OURS = "lbsh"
ONE_RULE, ONE_SERVICE, LIST = "one rule by hand", "one service by hand", "a list by hand"
OURS_VARIED, ONE_RULE_VARIED = (
    "lbsh, each connection to another service",
    "one rule for all by hand, the same connections",
)

GUARDED, GUARDED_RULE = "lbsh, two uplinks and client networks", "one such rule by hand"
"""Both with marks for the answers of two uplinks, and for clients of one network only."""

BARE_RULE = "one rule by hand without these"

SERVERS_OF_ONE_RULE = 1_000
"""The number of servers behind the one rule for all: as many as a series through the rules of lbsh could meet."""


class Latencies(NamedTuple):
    """All measurements, or the reason why there are none."""

    measured: tuple[Latency, ...]
    reason: str = ""

    def of(self, filter_name: str, name: str, services: int) -> Latency | None:
        wanted = (filter_name, name, services)
        return next((row for row in self.measured if (row.filter, row.name, row.services) == wanted), None)


def measure_latency(folder: Path) -> Latencies:
    """Connecting through rules in network namespaces, beside hand-written ones."""
    reason = why_no_wire("nft", "iptables", "iptables-restore")
    if reason:
        return Latencies((), reason)
    measured: list[Latency] = []
    try:
        for services in (*SMALLER, NFTABLES_SERVICES):
            measured += _nftables(folder, services, SECONDS_AT_A_BAR if services == NFTABLES_SERVICES else SECONDS)
        measured += _guarded(folder)
        for services in SMALLER:
            measured += _iptables(folder, services, SECONDS_AT_A_BAR if services == IPTABLES_SERVICES else SECONDS)
    except RunError as error:
        return Latencies(tuple(measured), str(error))
    return Latencies(tuple(measured))


def judge(latencies: Latencies) -> list[Bar]:
    """The bars on connections."""
    return [
        _bar(latencies, "nftables", NFTABLES_SERVICES, (OURS, ONE_RULE), NFTABLES_TO_ONE_RULE),
        _bar(latencies, "nftables", NFTABLES_SERVICES, (GUARDED, GUARDED_RULE), GUARDED_TO_GUARDED_RULE),
        _bar(latencies, "iptables", IPTABLES_SERVICES, (OURS, ONE_SERVICE), IPTABLES_TO_ONE_RULE),
    ]


def table(latencies: Latencies) -> Table:
    """A row for each set of rules at the size of its bar; the picture has the others."""
    rows = []
    for row in latencies.measured:
        if row.services == (NFTABLES_SERVICES if row.filter == "nftables" else IPTABLES_SERVICES):
            ratios = ("1", "-")
            if row.name not in (ONE_RULE, ONE_SERVICE, GUARDED_RULE):
                ratios = (f"{row.ratio:.3f}", "{:.3f} to {:.3f}".format(*row.interval))
            by_hand_alone = (ONE_RULE, ONE_SERVICE, ONE_RULE_VARIED, GUARDED_RULE, BARE_RULE)
            size = "1" if row.name in by_hand_alone else f"{row.services:,}"
            rows.append((f"{row.filter}: {row.name}", size, microseconds(row.median), *ratios, f"{len(row.ratios)}"))
    columns = ("rules", "services", "connect, median", "times the hand-written", "95 % interval", "rounds")
    notes = (f"Not measured: {latencies.reason}.",) if latencies.reason else ()
    return Table("Connecting through the rules", columns, tuple(rows), notes)


def _bar(latencies: Latencies, filter_name: str, services: int, names: tuple[str, str], limit: float) -> Bar:
    guarded = ", two uplinks and client networks" if names[0] == GUARDED else ""
    what = f"connect through {services:,} services{guarded}, {filter_name}, median"
    ours, peer = (latencies.of(filter_name, name, services) for name in names)
    if ours is None or peer is None:
        return held(what, "-", latencies.reason, None, limit)
    beside = f"{peer.name}: {microseconds(peer.median)}"
    listed = latencies.of(filter_name, LIST, services)
    if listed is not None:
        beside += f" (a list: {listed.ratio:.1f} times)"
    return held(what, microseconds(ours.median), beside, ours.ratio, limit)


def _nftables(folder: Path, services: int, seconds: float) -> list[Latency]:
    """One rule, and lbsh; where there are enough services, both with each connection to another one."""
    farm.write(folder / "farm.lb", farm.script(services))
    run(Command((lbsh(), "emit", "--backend", "nftables", "farm.lb"), folder, "farm.nft"))
    farm.write(folder / "one.nft", by_hand.one_rule_nftables())
    servers = [
        server for number in range(SERVERS_OF_ONE_RULE // farm.SERVERS) for server in farm.server_addresses(number)
    ]
    farm.write(folder / "all.nft", by_hand.one_rule_for_all_nftables(servers))
    contenders = [
        _nftables_contender(ONE_RULE, by_hand.ONE_RULE, (to_one(0),)),
        _nftables_contender(OURS, "lbsh", along(services)),
    ]
    if services > CONNECTIONS:
        varied = all_over(services)
        to_all = tuple(Series(series.addresses, frozenset(servers)) for series in varied)
        contenders.append(_nftables_contender(ONE_RULE_VARIED, by_hand.ONE_RULE_FOR_ALL, to_all))
        contenders.append(_nftables_contender(OURS_VARIED, "lbsh", varied))
    with laid() as wire, connector(wire) as client:
        for rules in ("farm.nft", "one.nft", "all.nft"):
            wire.device.run("nft", "-f", str(folder / rules))
        return Match(wire, client.connect, contenders).measure("nftables", services, seconds)


def _guarded(folder: Path) -> list[Latency]:
    """One rule with interfaces, clients and marks, lbsh with the same, and one rule with none of them."""
    farm.write(folder / "guarded.lb", farm.guarded_script(NFTABLES_SERVICES))
    run(Command((lbsh(), "emit", "--backend", "nftables", "guarded.lb"), folder, "guarded.nft"))
    farm.write(folder / "hand.nft", by_hand.guarded_rule_nftables())
    farm.write(folder / "one.nft", by_hand.one_rule_nftables())
    farm.write(folder / "all.nft", by_hand.one_rule_for_all_nftables(list(farm.server_addresses(0))))
    contenders = [
        _nftables_contender(GUARDED_RULE, by_hand.GUARDED_RULE, (to_one(0),)),
        _nftables_contender(GUARDED, "lbsh", along(NFTABLES_SERVICES)),
        _nftables_contender(BARE_RULE, by_hand.ONE_RULE, (to_one(0),)),
    ]
    with laid() as wire, connector(wire) as client:
        for rules in ("guarded.nft", "hand.nft", "one.nft", "all.nft"):
            wire.device.run("nft", "-f", str(folder / rules))
        return Match(wire, client.connect, contenders).measure("nftables", NFTABLES_SERVICES, SECONDS_AT_A_BAR)


def _nftables_contender(name: str, table: str, series: tuple[Series, ...]) -> Contender:
    """Tables that are dormant see nothing."""
    others = {"lbsh", by_hand.ONE_RULE, by_hand.ONE_RULE_FOR_ALL, by_hand.GUARDED_RULE} - {table}
    text = (
        "".join(f"add table ip {other} {{ flags dormant; }}\n" for other in sorted(others)) + f"add table ip {table}\n"
    )
    return Contender(name, ("nft", "-f", "-"), text, series)


def _iptables(folder: Path, services: int, seconds: float) -> list[Latency]:
    """One service by hand, lbsh, and a list of all services by hand."""
    farm.write(folder / "farm.lb", farm.script(services))
    run(Command((lbsh(), "emit", "--backend", "iptables", "farm.lb"), folder, "farm.iptables"))
    farm.write(folder / "one.iptables", by_hand.list_iptables(1, "ONE"))
    farm.write(folder / "list.iptables", by_hand.list_iptables(services, "LIST"))
    contenders = [
        Contender(name, ("iptables", "-w", "-t", "nat", "-R", "PREROUTING", "1", "-j", chain), "", series)
        for name, chain, series in (
            (ONE_SERVICE, "ONE", (to_one(0),)),
            (OURS, "LBSH-PREROUTING", along(services)),
            (LIST, "LIST", along(services)),
        )
    ]
    with laid() as wire, connector(wire) as client:
        for rules in ("farm.iptables", "one.iptables", "list.iptables"):
            wire.device.run("iptables-restore", "-w", "--noflush", str(folder / rules))
        wire.device.run("iptables", "-w", "-t", "nat", "-A", "PREROUTING", "-j", "ONE")
        return Match(wire, client.connect, contenders).measure("iptables", services, seconds)
