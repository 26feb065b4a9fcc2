"""The bars: each figure beside that of a peer from the same run, with the highest ratio allowed.

No bar is in seconds or bytes, since those depend on the machine; but for some of the poller, whose users wait for seconds.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench import farm
from bench.programs import find, lbsh
from bench.runs import Command, Costs, run, run_in_turns
from bench.tables import Table, megabytes, seconds

CHECK_TO_HAPROXY, CHECK_MEMORY_TO_HAPROXY = 2.5, 1.0
EMIT_TO_FERM = 1.0
VERSION_TO_PYTHON = 4.0
GROWTH = 12.0
"""Ten times the lines take at most ten times the processor time, plus a fifth."""

LINES = 100_000
LINES_TO_SKETCH, LINES_MEMORY_TO_SKETCH = 4.0, 5.0
SKETCH = Path(__file__).with_name("sketch.py")

COLUMNS = ("what", "lbsh", "peer", "ratio", "bar", "")


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure and whether it keeps below its bar; `holds` is None where it could not be measured."""

    what: str
    ours: str
    peer: str
    ratio: float | None
    bar: str
    holds: bool | None

    @property
    def row(self) -> tuple[str, ...]:
        verdict = {True: "holds", False: "MISSED", None: "not measured"}[self.holds]
        return (self.what, self.ours, self.peer, "-" if self.ratio is None else f"{self.ratio:.2f}", self.bar, verdict)


def held(what: str, ours: str, peer: str, ratio: float | None, most: float) -> Bar:
    """A bar on the ratio of our figure to that of the peer; without a ratio, `peer` says why there is none."""
    return Bar(what, ours, peer, ratio, f"at most {most} times", None if ratio is None else ratio <= most)


def table(bars: Iterable[Bar]) -> Table:
    """A row for each bar."""
    return Table("Held to a bar", COLUMNS, tuple(bar.row for bar in bars))


def measure_check(folder: Path) -> list[Bar]:
    """Checking 1,000 services of 10 servers, beside haproxy."""
    farm.write(folder / "farm.lb", farm.script(1000))
    farm.write(folder / "haproxy.cfg", farm.haproxy_configuration(1000))
    commands = [Command((lbsh(), "check", "farm.lb"), folder)]
    haproxy = find("haproxy")
    if haproxy is not None:
        commands.append(Command((haproxy, "-c", "-f", "haproxy.cfg"), folder))
    ours, *peers = run_in_turns(commands, 15, 25)
    time = memory = "haproxy is not installed"
    time_ratio = memory_ratio = None
    for peer in peers:
        time, time_ratio = f"haproxy -c: {seconds(peer.processor)}", ours.processor / peer.processor
        memory, memory_ratio = f"haproxy -c: {megabytes(peer.memory)}", ours.memory / peer.memory
    what = f"`lbsh check`, {farm.SCRIPT_LINES:,} lines"
    return [
        held(f"{what}: processor time", seconds(ours.processor), time, time_ratio, CHECK_TO_HAPROXY),
        held(f"{what}: memory at its peak", megabytes(ours.memory), memory, memory_ratio, CHECK_MEMORY_TO_HAPROXY),
    ]


def measure_lines(folder: Path) -> list[Bar]:
    """Checking 100,000 lines, beside a sketch of a reader that does much less."""
    farm.write(folder / "lines.lb", farm.script_of_lines(LINES))
    commands = [
        Command((lbsh(), "check", "lines.lb"), folder),
        Command((sys.executable, str(SKETCH), "lines.lb"), folder),
    ]
    ours, sketch = run_in_turns(commands, 9, 25)
    what = f"`lbsh check`, {LINES:,} lines beside a sketch"
    return [
        held(
            f"{what}: processor time",
            f"{seconds(ours.processor)} ({LINES / ours.processor:,.0f} lines a second)",
            f"the sketch: {seconds(sketch.processor)}",
            ours.processor / sketch.processor,
            LINES_TO_SKETCH,
        ),
        held(
            f"{what}: memory at its peak",
            megabytes(ours.memory),
            f"the sketch: {megabytes(sketch.memory)}",
            ours.memory / sketch.memory,
            LINES_MEMORY_TO_SKETCH,
        ),
    ]


def measure_emit(folder: Path) -> list[Bar]:
    """Writing the rules of the same site, beside ferm writing as many."""
    farm.write(folder / "farm.lb", farm.script(1000))
    emits = {
        backend: Command((lbsh(), "emit", "--backend", backend, "farm.lb"), folder, f"farm.{backend}")
        for backend in ("iptables", "nftables")
    }
    run(emits["iptables"])
    rules = _rules(folder / "farm.iptables")
    ferm = find("ferm")
    names = {
        "iptables": f"`lbsh emit --backend iptables`, {rules:,} rules",
        "nftables": "`lbsh emit --backend nftables`, the same site",
    }
    if ferm is None:
        return [held(name, "-", "ferm is not installed", None, EMIT_TO_FERM) for name in names.values()]
    farm.write(folder / "farm.ferm", farm.ferm_configuration(round(rules / (farm.SERVERS + 1))))
    peer = Command((ferm, "--noexec", "--lines", "farm.ferm"), folder, "ferm.rules")
    *ours, theirs = run_in_turns([*emits.values(), peer], 11, 40)
    beside = f"ferm, {_rules(folder / 'ferm.rules'):,} rules: {seconds(theirs.processor)}"
    return [
        held(names[backend], seconds(costs.processor), beside, costs.processor / theirs.processor, EMIT_TO_FERM)
        for backend, costs in zip(emits, ours, strict=True)
    ]


def measure_version(folder: Path) -> list[Bar]:
    """The least that lbsh does, beside the least that Python does."""
    commands = [Command((lbsh(), "--version"), folder), Command((sys.executable, "-c", "pass"), folder)]
    ours, theirs = run_in_turns(commands, 51, 20)
    pairs = {
        "processor time": (ours.median_processor, theirs.median_processor),
        "by the clock": (ours.median_elapsed, theirs.median_elapsed),
    }
    return [
        held(
            f"`lbsh --version`: {what}, median",
            seconds(mine),
            f"python3 -c pass: {seconds(other)}",
            mine / other,
            VERSION_TO_PYTHON,
        )
        for what, (mine, other) in pairs.items()
    ]


def judge_growth(costs: Mapping[int, Costs]) -> list[Bar]:
    """The time for 100,000 lines as a ratio to that for 10,000."""
    many, few = costs[LINES].processor, costs[LINES // 10].processor
    what = "`lbsh check`, 100,000 lines beside 10,000: processor time"
    return [held(what, seconds(many), f"10,000 lines: {seconds(few)}", many / few, GROWTH)]


def _rules(path: Path) -> int:
    """The number of rules in a text for iptables-restore."""
    rule = re.compile(r"(-[46] )?-A ")
    with path.open(encoding="utf-8") as lines:
        return sum(rule.match(line) is not None for line in lines)
