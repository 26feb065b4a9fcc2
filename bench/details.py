"""Figures for information: how the price of a check grows, what it consists of, and what loading the rules costs."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from bench import farm
from bench.programs import find, lbsh
from bench.runs import Command, Costs, RunError, run, run_in_turns
from bench.tables import Table, megabytes, seconds

SIZES = (10, 100, 1_000, 10_000, 100_000)
"""In lines."""

FEWEST_LINES_TO_DIVIDE_BY = 10_000
"""The price of fewer lines is too little beside that of the start to tell it from noise."""

LOADERS = {"nftables": ("nft", "-f"), "iptables": ("iptables-restore", "--noflush")}
"""The program that loads the rules of a backend."""


def measure_growth(folder: Path) -> dict[int, Costs]:
    """Checks of scripts of all sizes, in turns."""
    for lines in SIZES:
        farm.write(folder / f"{lines}.lb", farm.script_of_lines(lines))
    commands = [Command((lbsh(), "check", f"{lines}.lb"), folder) for lines in SIZES]
    return dict(zip(SIZES, run_in_turns(commands, 9, 40), strict=True))


def growth_table(costs: Mapping[int, Costs]) -> Table:
    """A row for each size, with what one line costs when what it takes to start is taken off."""
    start_up = costs[SIZES[0]].processor
    rows = []
    for lines, smaller in zip(SIZES, (None, *SIZES), strict=False):
        mine = costs[lines]
        times = f"{mine.processor / costs[smaller].processor:.2f}" if smaller else "-"
        a_line = (mine.processor - start_up) / lines * 1e6
        single = f"{a_line:.1f} µs" if lines >= FEWEST_LINES_TO_DIVIDE_BY else "-"
        rows.append((f"{lines:,}", seconds(mine.processor), times, single, megabytes(mine.memory)))
    columns = ("lines", "processor time", "times the row above", "a line, without start-up", "memory at its peak")
    return Table("`lbsh check` as scripts grow", columns, tuple(rows))


def measure_steps(folder: Path, start_up: float) -> Table:
    """The parts of a check of 12,004 lines; what it takes to start is what a check of ten lines takes."""
    farm.write(folder / "steps.lb", farm.script(1000))
    program = str(Path(__file__).with_name("steps.py"))
    run(Command((sys.executable, program, "steps.lb"), folder, "steps.out"))
    parsing, meaning = map(float, (folder / "steps.out").read_text(encoding="ascii").split())
    rows = [("start-up: Python, imports, the grammar (a check of ten lines)", seconds(start_up), "-")]
    for what, spent in (("lines to statements", parsing), ("statements to a site and its findings", meaning)):
        rows.append((what, seconds(spent), f"{farm.SCRIPT_LINES / spent:,.0f}"))
    columns = ("step", "processor time", "lines a second")
    return Table(f"Where the time of a check goes, {farm.SCRIPT_LINES:,} lines", columns, tuple(rows))


def measure_loading(folder: Path) -> Table:
    """Emitting and loading the rules of large sites, each load into a network namespace that ends with it."""
    title = "From a script to rules in the kernel, processor time"
    columns = ("services of 10 servers", "check", *_heads())
    reason = why_no_loading()
    if reason:
        return Table(title, columns, (), (f"Not measured: {reason}.",))
    rows = []
    for services, rounds in ((1_000, 5), (10_000, 3)):
        try:
            rows.append((f"{services:,}", *_load(folder, services, rounds)))
        except RunError as error:
            return Table(title, columns, tuple(rows), (f"Not measured with {services:,} services: {error}.",))
    return Table(title, columns, tuple(rows))


def why_no_loading() -> str:
    """Why the rules cannot be loaded here; empty if they can."""
    missing = [program for program in ("unshare", *(words[0] for words in LOADERS.values())) if find(program) is None]
    if missing:
        return f"{' and '.join(missing)} not installed"
    return "" if os.geteuid() == 0 else "loading rules needs root"


def _heads() -> list[str]:
    return [head for backend, words in LOADERS.items() for head in (f"emit {backend}", " ".join(words))]


def _load(folder: Path, services: int, rounds: int) -> list[str]:
    """The cells of a row: the check, then for each backend the emission and the load of what was emitted."""
    farm.write(folder / "load.lb", farm.script(services))
    commands = [Command((lbsh(), "check", "load.lb"), folder)]
    for backend, loader in LOADERS.items():
        rules = f"load.{backend}"
        commands.append(Command((lbsh(), "emit", "--backend", backend, "load.lb"), folder, rules))
        commands.append(Command(("unshare", "--net", "--", *loader, rules), folder))
    return [seconds(costs.processor) for costs in run_in_turns(commands, rounds, 25)]
