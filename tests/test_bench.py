"""The benchmarks' own parts: peers must get the same farm, and a verdict must follow from the figures."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench import __main__ as program
from bench import (
    acting,
    agreement,
    by_hand,
    changes,
    detection,
    editing,
    ejections,
    farm,
    idle,
    latency,
    loading,
    probing,
    removal,
    signs,
    sketch,
    stickiness,
)
from bench.bars import Bar
from bench.changes import Changes, Watched
from bench.rounds import Latency
from bench.runs import Cost, Costs
from tests.reading import site_of

SERVICES = 7
ADDRESSES = [farm.service_address(number) for number in range(SERVICES)]
SERVERS = [server for number in range(SERVICES) for server in farm.server_addresses(number)]


def test_script_is_a_site_without_findings() -> None:
    site = site_of("\n".join(farm.script(SERVICES, frozenset({2}))) + "\n")
    assert [str(service.address) for service in site.services] == ADDRESSES
    assert [
        str(server.address) for service in site.services if service.pool for server in service.pool.servers
    ] == SERVERS
    assert [service.name for service in site.services if service.sticky] == ["web2"]


@pytest.mark.parametrize("lines", [10, 100, 1_000])
def test_script_of_lines_and_its_peer_are_of_one_size(lines: int) -> None:
    text = list(farm.script_of_lines(lines))
    assert len(text) == lines
    services = sum(line.startswith("service ") for line in text)
    assert farm.services_in_lines(lines) in (services, services - 1)


def test_sketch_reads_what_lbsh_reads() -> None:
    farms = sketch.fold(sketch.read(farm.script(SERVICES)))
    assert [len(one.servers) for one in farms.values()] == [farm.SERVERS] * SERVICES


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(farm.haproxy_configuration(SERVICES)),
        "\n".join(farm.ferm_configuration(SERVICES)),
        "\n".join(by_hand.chain_a_service_nftables(SERVICES)),
        "\n".join(by_hand.list_iptables(SERVICES, "LIST")),
    ],
    ids=["haproxy", "ferm", "nftables", "iptables"],
)
def test_every_peer_has_the_whole_farm(text: str) -> None:
    found = re.findall(r"\d+\.\d+\.\d+\.\d+", text)
    assert sorted(found) == sorted([*ADDRESSES, *SERVERS])


def latencies(ours: float, peer: float) -> latency.Latencies:
    sizes = {"nftables": latency.NFTABLES_SERVICES, "iptables": latency.IPTABLES_SERVICES}
    return latency.Latencies(
        tuple(
            Latency(name, who, services, (value,), (value / peer,))
            for name, services in sizes.items()
            for who, value in (
                *((who, ours) for who in (latency.OURS, latency.GUARDED)),
                *((who, peer) for who in (latency.ONE_RULE, latency.GUARDED_RULE, latency.ONE_SERVICE)),
            )
        )
    )


@pytest.mark.parametrize(
    ("ours", "verdicts"),
    [
        (10.1, [True, True, True]),
        (10.4, [True, False, True]),
        (10.6, [False, False, True]),
        (15.1, [False, False, False]),
    ],
)
def test_connections_are_held_to_their_bars(ours: float, verdicts: list[bool]) -> None:
    assert [bar.holds for bar in latency.judge(latencies(ours, 10.0))] == verdicts


def exchanges(ours: float) -> stickiness.Stickiness:
    return stickiness.Stickiness(
        tuple(
            Latency(name, who, 2, (value,), (value / 10.0,))
            for name in stickiness.BARS
            for who, value in ((stickiness.PLAIN, 10.0), (stickiness.OTHER, ours), (stickiness.STICKY, ours))
        )
    )


@pytest.mark.parametrize(
    ("ours", "verdicts"),
    [(10.05, [True] * 4), (10.2, [False, True, True, True]), (10.4, [False, False, True, True]), (10.6, [False] * 4)],
)
def test_exchanges_are_held_to_their_bars(ours: float, verdicts: list[bool]) -> None:
    assert [bar.holds for bar in stickiness.judge(exchanges(ours))] == verdicts


def changed(elapsed: float, *failures: str, work: float = 0.0009, wait: float = 0.006) -> Changes:
    cost = Cost(0.01, elapsed, 1)
    return Changes((Cost(work, wait, 0),), (cost,), Cost(1.0, 1.0, 1), cost, 4, Watched(100, 100, failures))


@pytest.mark.parametrize(
    ("measured", "verdicts"),
    [
        (changed(0.04), [True, True, True, True]),
        (changed(0.06), [False, True, True, True]),
        (changed(0.04, work=0.0011), [True, False, True, True]),
        (changed(0.04, wait=0.009), [True, True, False, True]),
        (changed(0.04, "198.18.0.1: timed out"), [True, True, True, False]),
        ("network namespaces need root", [None, None, None, None]),
    ],
)
def test_changes_are_held_to_their_bars(measured: Changes | str, verdicts: list[bool | None]) -> None:
    assert [bar.holds for bar in changes.judge(measured)] == verdicts


@pytest.mark.parametrize(
    ("emit", "load", "verdicts"), [(2.9, 8.9, [True, True]), (3.1, 8.9, [False, True]), (2.9, 9.1, [True, False])]
)
def test_loading_is_held_to_its_bars(emit: float, load: float, verdicts: list[bool]) -> None:
    costs = {loading.CHECK: 1.0, loading.EMIT: emit, loading.LOAD: load, loading.CHAINS: 30.0}
    known = {step: Costs((Cost(value, value, 1),)) for step, value in costs.items()}
    assert [bar.holds for bar in loading.judge(loading.Loading({loading.SERVICES: known}))] == verdicts


def waits(keystroke: float, question: float, start: float, memory: int) -> editing.Waits:
    known: dict[str, tuple[float, ...]] = {editing.KEYSTROKE_NAME: (keystroke,) * 4}
    known |= dict.fromkeys((editing.COMPLETION_NAME, editing.HOVER_NAME), (question,) * 4)
    return editing.Waits(start, known, memory)


def edited(keystroke: float, question: float, start: float, memory: int) -> editing.Editing:
    """Typing beside a peer that takes 1 for everything; the start is the opening too."""
    ours, bare = waits(keystroke, question, start, memory), waits(1, 1, 1, 1)
    return editing.Editing(
        dict.fromkeys(editing.LINES, ours), dict.fromkeys(editing.LINES, bare), (start,), (1.0,), check=1.0
    )


@pytest.mark.parametrize(
    ("measured", "missed"),
    [
        (edited(1.0, 5.0, 2.0, 2), 0),
        (edited(1.1, 5.0, 2.0, 2), 2),
        (edited(2.1, 5.0, 2.0, 2), 4),
        (edited(1.0, 5.1, 2.0, 2), 8),
        (edited(1.0, 5.0, 2.1, 2), 2),
        (edited(1.0, 5.0, 2.1, 3), 3),
    ],
)
def test_typing_is_held_to_its_bars(measured: editing.Editing, missed: int) -> None:
    assert sum(not bar.holds for bar in editing.judge(measured)) == missed


@pytest.mark.parametrize("factor", [0.001, 1.0, 1_000.0])
def test_verdicts_do_not_depend_on_the_machine(factor: float) -> None:
    ours, bare = waits(0.9 * factor, 4 * factor, 1.5 * factor, 2), waits(factor, factor, factor, 1)
    measured = dict.fromkeys(editing.LINES, ours), dict.fromkeys(editing.LINES, bare)
    typed = editing.Editing(*measured, (factor,), (factor,), factor)
    slow = changed(0.04 * factor, work=0.0009 * factor, wait=0.006 * factor)
    applied = (Cost(0.01 * factor, 0.04 * factor, 1),)
    held = [*editing.judge(typed), *changes.judge(slow._replace(applied=applied, reload=Cost(factor, factor, 1)))]
    assert all(bar.holds for bar in held)


@pytest.mark.parametrize(("ours", "holds"), [(1.29, True), (1.31, False)])
def test_a_statement_that_acts_is_held_to_its_bar(ours: float, holds: bool) -> None:
    act, check = (Costs((Cost(value, value, 1), Cost(2 * value, value, 1))) for value in (ours, 1.0))
    sizes = acting.RUN_TO_CHECK
    measured = acting.Acted(dict.fromkeys(sizes, act), dict.fromkeys(sizes, check), check, act, 1.0, ours)
    assert [bar.holds for bar in acting.judge(measured)] == [holds, True, True, True]
    assert {bar.holds for bar in acting.judge("loading rules needs root")} == {None}


def test_what_was_not_measured_is_no_verdict() -> None:
    reason = "loading rules needs root"
    bars = [*loading.judge(loading.Loading({}, reason)), *latency.judge(latency.Latencies((), reason))]
    assert {bar.row[-1] for bar in bars} == {"not measured"}
    assert all(reason in bar.row for bar in bars)


def test_agreement_that_is_left_out_is_no_verdict() -> None:
    bar = agreement.measure_agreement(0)
    assert bar.holds is None
    assert "--agree 0" in bar.peer


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("", "-"),
        (
            "make: x\n3 sites, 4 packets in 5 connections | 0 s\n\n  agree  LB401\n",
            "3 sites, 4 packets in 5 connections / 0 s",
        ),
    ],
)
def test_summary_of_agreement_counts_what_was_tried(output: str, said: str) -> None:
    assert agreement.summary(output) == said


def test_interval_holds_the_median_and_shrinks_with_rounds() -> None:
    def width(rounds: int) -> float:
        row = Latency("", "", 1, (), tuple(1 + rank / rounds for rank in range(rounds)))
        least, greatest = row.interval
        assert least <= row.ratio <= greatest
        return greatest - least

    assert width(1_000) < width(100) < width(10)


def test_figures_replace_those_of_the_page_and_nothing_else() -> None:
    page = program.PAGE.read_text(encoding="utf-8")
    once = program.with_figures(page, "some figures")
    assert once != page
    assert program.with_figures(once, "some figures") == once
    figures = page.partition(program.BEGIN)[2].partition(program.END)[0].strip()
    assert program.with_figures(once, figures) == page


def test_picture_names_no_day_and_knows_dark_screens() -> None:
    text = program.PICTURE.read_text(encoding="utf-8")
    ElementTree.fromstring(text)
    assert "prefers-color-scheme: dark" in text
    assert "dc:date" not in text


def test_a_bar_says_when_it_is_missed() -> None:
    assert Bar("what", "1", "2", 0.5, "at most 0.4 times", False).row[-1] == "MISSED"


def test_changer_takes_one_server_out_and_back(tmp_path: Path) -> None:
    farm.write(tmp_path / "site.lb", farm.script(SERVICES))
    command = [sys.executable, str(changes.CHANGER), "site.lb", "3"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert [len(list(map(float, line.split()))) for line in done.stdout.splitlines()] == [2, 2]
    leaving, coming = ((tmp_path / f"{way}-3.nft").read_text(encoding="utf-8") for way in ("out", "in"))
    gone = list(farm.server_addresses(3))[3]
    assert f": {gone}," not in leaving
    assert coming.count(f": {gone},") == 1
    assert {address for address in ADDRESSES if address in leaving + coming} == {farm.service_address(3)}


@pytest.mark.parametrize(("ours", "holds"), [(1.4, True), (1.6, False)])
def test_a_removal_is_held_to_nft_alone(ours: float, holds: bool) -> None:
    (bar,) = removal.judge(removal.Removals((ours, ours, 9.0), (1.0, 1.0, 0.1)))
    assert bar.holds is holds
    (missing,) = removal.judge("nft not installed")
    assert missing.holds is None


FIELD = probing.Field(3, 1, "tcp", 1.0, memory=30, silent=105)


@pytest.mark.parametrize("field", [FIELD, *(one._replace(services=2) for one in probing.FIELDS)], ids=str)
def test_haproxy_probes_what_lbsh_probes(field: probing.Field) -> None:
    site = site_of("\n".join(probing.script(field)) + "\n")
    places = [(str(server.address), 80) for one in site.services if one.pool for server in one.pool.servers]
    found = re.findall(r"server \S+ (\S+):(\d+) check", "\n".join(probing.configuration(field)))
    assert [(address, int(port)) for address, port in found] == places
    assert {one.probe.method for one in site.services if one.probe} == {field.method}


def window(each: float) -> probing.Window:
    return probing.Window(1_000_000, each)


def probed(ours: float, late: float = 0.0, memory: int = 0, bad: int = 0) -> tuple[probing.Probing, ...]:
    one = probing.Ours(window(ours), window(9.0), window(11.0), late, memory, bad)
    return (probing.Probing(FIELD, (one, one, one._replace(window=window(99.0)))),)


@pytest.mark.parametrize(
    ("measured", "verdicts"),
    [
        (probed(9.9), [True, True, True, True]),
        (probed(10.1), [False, True, True, True]),
        (probed(9.9, late=0.02), [True, False, True, True]),
        (probed(9.9, memory=31_000_000), [True, True, False, True]),
        (probed(9.9, bad=1), [True, True, True, False]),
        ("haproxy not installed", [None] * len(probing.FIELDS)),
    ],
)
def test_probing_is_held_to_its_bars(measured: tuple[probing.Probing, ...] | str, verdicts: list[bool | None]) -> None:
    assert [bar.holds for bar in probing.judge(measured)] == verdicts


def test_neighbours_that_differ_make_no_round() -> None:
    one = probing.Ours(window(1.0), window(1.0), window(1.2), 0.0, 0, 0)
    assert one.counts
    assert not one._replace(after=window(1.3)).counts


@pytest.mark.parametrize(("late", "holds"), [(2, True), (3, False)])
def test_most_servers_are_out_in_time_where_clients_connect(late: int, holds: bool) -> None:
    way = detection.Way(detection.KILLED, has_clients=True)
    (bar,) = detection.judge({way: [0.5] * (50 - late) + [0.7] * late})
    assert bar.holds is holds
    assert {bar.holds for bar in detection.judge("network namespaces need root")} == {None}


@pytest.mark.parametrize(("worst", "holds"), [(3.2, True), (3.3, False)])
def test_all_servers_are_out_within_what_status_says(worst: float, holds: bool) -> None:
    assert detection.formula() == 3.2
    way = detection.Way(detection.SILENT, has_clients=False)
    (bar,) = detection.judge({way: [1.0] * 49 + [worst]})
    assert bar.holds is holds


def test_a_healthy_server_taken_out_misses_the_bar() -> None:
    trials = dict.fromkeys((ejections.ALONE, ejections.TOGETHER, ejections.STARVED), 0)
    assert [bar.holds for bar in ejections.judge(ejections.Ejections(trials, trials))] == [True] * 3
    one = ejections.Ejections(trials | {ejections.ALONE: 1}, trials)
    assert [bar.holds for bar in ejections.judge(one)] == [False, True, True]
    del trials[ejections.STARVED]
    assert [bar.holds for bar in ejections.judge(ejections.Ejections(trials, trials))] == [True, True, None]


def test_the_servers_that_greet_are_the_same_for_both() -> None:
    site = site_of("\n".join(ejections.script()) + "\n")
    places = [str(server.address) for one in site.services if one.pool for server in one.pool.servers]
    assert re.findall(r"server \S+ (\S+):110 check", "\n".join(ejections.configuration())) == places
    assert {(one.probe.fall, one.ports[0].first) for one in site.services if one.probe} == {(1, 110)}


@pytest.mark.parametrize(("share", "holds"), [(0.004, True), (0.006, False), ("nft not installed", None)])
def test_an_idle_poller_is_held_to_its_share(share: float | str, holds: bool | None) -> None:
    assert [bar.holds for bar in idle.judge(share)] == [holds]


@pytest.mark.parametrize(("ours", "verdicts"), [(10.05, [True, True]), (10.15, [True, False]), (10.25, [False, False])])
def test_signs_are_held_to_their_bars(ours: float, verdicts: list[bool]) -> None:
    pair = tuple(
        Latency("nftables", name, 1, (value,), (value / 10.0,)) for name, value in (("", 10.0), ("signs", ours))
    )
    assert [bar.holds for bar in signs.judge(signs.Signs(pair, pair))] == verdicts
    assert {bar.holds for bar in signs.judge(signs.Signs(reason="nft not installed"))} == {None}
