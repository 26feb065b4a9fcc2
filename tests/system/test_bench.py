"""The benchmarks with real packets: rules by hand and by lbsh lead to the same servers, and a disturbance is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import by_hand, changes, detection, farm, latency, probing, rounds, wire
from bench.programs import find, lbsh
from bench.runs import Command, RunError, run

SERVICES = 20


@pytest.mark.gate
@pytest.mark.parametrize("services", [1, 150])
def test_all_nftables_contenders_reach_their_servers(tmp_path: Path, services: int) -> None:
    measured = latency._nftables(tmp_path, services, 0)
    assert {row.name for row in measured} >= {latency.ONE_RULE, latency.OURS}
    assert all(row.median > 0 for row in measured)


@pytest.mark.gate
def test_all_iptables_contenders_reach_their_servers(tmp_path: Path) -> None:
    measured = latency._iptables(tmp_path, SERVICES, 0)
    assert [row.name for row in measured] == [latency.ONE_SERVICE, latency.OURS, latency.LIST]


def test_a_connection_that_arrives_at_a_stranger_is_no_figure() -> None:
    with wire.laid() as machines, wire.connector(machines) as client:
        machines.device.run("nft", "-f", "-", text="\n".join([*by_hand.one_rule_nftables(), ""]))
        series = rounds.Series((farm.service_address(0),), frozenset({"10.9.9.9"}))
        contender = rounds.Contender("stray", ("true",), "", (series,))
        match = rounds.Match(machines, client.connect, (contender, contender))
        with pytest.raises(RunError, match="connections went to 10"):
            match.measure("nftables", 1, 0)


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("interference", "failing"),
    [
        ("", None),
        ("delete element ip lbsh services {{ {sticky} . tcp . 80 }}", "sticky"),
        ("flush map ip lbsh clients\nflush map ip lbsh connected", "sticky"),
        ("delete element ip lbsh services {{ {plain} . tcp . 80 }}", "plain"),
    ],
)
def test_bystander_notices(tmp_path: Path, interference: str, failing: str | None) -> None:
    places = {"sticky": farm.service_address(7), "plain": farm.service_address(5)}
    farm.write(tmp_path / "farm.lb", farm.script(SERVICES, changes.STICKY))
    run(Command((lbsh(), "emit", "--backend", "nftables", "farm.lb"), tmp_path, "farm.nft"))
    with wire.laid() as machines:
        machines.device.configure(f"route add local {farm.SERVICE_NET} dev lo")  # refuses all else
        machines.device.run("nft", "-f", str(tmp_path / "farm.nft"))
        with changes.bystander(machines, (5, 7)) as process:
            # A connection that is being made would put back what is flushed.
            changes.watched(process, then="pause")
            machines.device.run("nft", "-f", "-", text=interference.format(**places))
            seen = changes.watched(process)
    assert seen.exchanges > 0
    assert {failure.partition(":")[0] for failure in seen.failures} == ({places[failing]} if failing else set())


@pytest.mark.gate
@pytest.mark.skipif(find("haproxy") is None, reason="haproxy is not installed")
def test_windows_of_both_probers_are_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "_STARTING", 0.0)
    field = probing.Field(2, 1, "tcp", 1.0, rounds=1, window=1.0, memory=30)
    monkeypatch.setattr(probing, "SPREAD", 1000.0)
    (one,) = probing.measure(tmp_path, field).rounds
    assert all(window.probes > 0 < window.processor for window in (one.window, one.before, one.after))
    assert one.memory > 0
    assert one.bad == 0


@pytest.mark.gate
def test_times_of_failures_are_those_of_rules(tmp_path: Path) -> None:
    times = detection.measure(tmp_path, detection.Way(detection.SILENT, has_clients=True), 1)
    assert len(times) == detection.AT_ONCE
    assert all(time > 0 for time in times)
