"""Figures for information: the growth of the time of a check, and its parts."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from bench import farm
from bench.programs import find, lbsh
from bench.runs import Command, Costs, run, run_in_turns
from bench.tables import Table, megabytes, seconds

SIZES = (10, 100, 1_000, 10_000, 100_000)
"""In lines."""

FEWEST_LINES_TO_DIVIDE_BY = 10_000
"""The time for fewer lines is too short beside the start-up to tell it from noise."""


class Growth(NamedTuple):
    """The costs of checks by the number of lines: those of lbsh, and those of haproxy if it is installed."""

    ours: Mapping[int, Costs]
    peer: Mapping[int, Costs]


def measure_growth(folder: Path) -> Growth:
    """Checks of scripts of all sizes, in turns."""
    haproxy = find("haproxy")
    ours, peers = [], []
    for lines in SIZES:
        farm.write(folder / f"{lines}.lb", farm.script_of_lines(lines))
        ours.append(Command((lbsh(), "check", f"{lines}.lb"), folder))
        if haproxy is not None:
            farm.write(folder / f"{lines}.cfg", farm.haproxy_configuration(farm.services_in_lines(lines)))
            peers.append(Command((haproxy, "-c", "-f", f"{lines}.cfg"), folder))
    costs = run_in_turns(ours + peers, 7, 40)
    return Growth(dict(zip(SIZES, costs, strict=False)), dict(zip(SIZES, costs[len(SIZES) :], strict=False)))


def growth_table(growth: Growth) -> Table:
    """A row for each size, with the time per line without start-up."""
    start_up = growth.ours[SIZES[0]].processor
    rows = []
    for lines, smaller in zip(SIZES, (None, *SIZES), strict=False):
        mine, peer = growth.ours[lines], growth.peer.get(lines)
        times = f"{mine.processor / growth.ours[smaller].processor:.2f}" if smaller else "-"
        a_line = (mine.processor - start_up) / lines * 1e6
        single = f"{a_line:.1f} µs" if lines >= FEWEST_LINES_TO_DIVIDE_BY else "-"
        beside = seconds(peer.processor) if peer else "-"
        rows.append((f"{lines:,}", seconds(mine.processor), times, single, megabytes(mine.memory), beside))
    columns = (
        "lines",
        "processor time",
        "times the row above",
        "a line, without start-up",
        "memory at its peak",
        "haproxy -c, the same farm",
    )
    return Table("`lbsh check` as scripts grow", columns, tuple(rows))


def measure_steps(folder: Path, start_up: float) -> Table:
    """The parts of a check of 12,004 lines; the time of a check of ten lines counts as start-up."""
    farm.write(folder / "steps.lb", farm.script(1000))
    program = str(Path(__file__).with_name("steps.py"))
    run(Command((sys.executable, program, "steps.lb"), folder, "steps.out"))
    parsing, meaning = map(float, (folder / "steps.out").read_text(encoding="ascii").split())
    rows = [("start-up: Python, imports, the grammar (a check of ten lines)", seconds(start_up), "-")]
    for what, spent in (("lines to statements", parsing), ("statements to a site and its findings", meaning)):
        rows.append((what, seconds(spent), f"{farm.SCRIPT_LINES / spent:,.0f}"))
    columns = ("step", "processor time", "lines a second")
    return Table(f"Where the time of a check goes, {farm.SCRIPT_LINES:,} lines", columns, tuple(rows))
