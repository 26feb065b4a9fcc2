"""Commands that act on a device or look at it, beside what costs as much anyway.

`lbsh run -c 'add …'` has to read and check the running script, so it is beside `lbsh check`. `lbsh status` of one pool is
beside the least that Python does, the tree of the store beside the reading of as many files.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from bench import farm
from bench.bars import Bar, held
from bench.programs import lbsh
from bench.runs import Command, Costs, RunError, run
from bench.tables import seconds
from bench.wire import laid, why_no_wire
from lbsh.store.disk import DiskStore

RUN_TO_CHECK = {10_000: 1.3, 10: 1.6}
"""The bars by the number of services, each of 10 servers."""

STATUS_TO_PYTHON = 8.0
TREE_TO_FILES = 2.0
_POOLS = 1_000
"""Of 10 servers each: the servers among which one pool is shown, and the leaves of the tree."""

_UNPOLLED = 5
"""The exit status where no poller runs."""

ROUNDS = 7


class Acted(NamedTuple):
    """What the commands cost: `runs` and `checks` by the number of services, then the looks, each with its peer."""

    runs: dict[int, Costs]
    checks: dict[int, Costs]
    status: Costs
    python: Costs
    tree: float
    files: float


def measure_acting(folder: Path) -> Acted | str:
    """The commands on devices of their own, with real rules. Returns the reason if it cannot measure.

    The processor time of the filter's program counts with the statement's.
    """
    reason = why_no_wire("nft")
    if reason:
        return reason
    try:
        pairs = {services: _measure_run(folder, services) for services in RUN_TO_CHECK}
        status, python = _measure_status(folder)
    except RunError as error:
        return str(error)
    tree, files = _measure_tree(folder / "acting-status")
    runs, checks = ({services: pair[side] for services, pair in pairs.items()} for side in (0, 1))
    return Acted(runs, checks, status, python, tree, files)


def _measure_run(folder: Path, services: int) -> tuple[Costs, Costs]:
    """A statement that adds a server, and the check of the script, in turns."""
    script, store = f"acting-{services}.lb", ("--store", f"acting-{services}")
    farm.write(folder / script, farm.script(services))
    acts, checks = [], []
    with laid() as wire:
        run(Command(wire.device.inside(lbsh(), "apply", *store, "--driver", "nftables", script), folder))
        for number in range(ROUNDS):
            statement = f"add 10.254.0.{number + 1} to pool{number}"
            acts.append(run(Command(wire.device.inside(lbsh(), "run", *store, "-c", statement), folder)))
            checks.append(run(Command((lbsh(), "check", script), folder)))
    return Costs(tuple(acts)), Costs(tuple(checks))


def _measure_status(folder: Path) -> tuple[Costs, Costs]:
    """The state of one pool, and a Python that does nothing, in turns."""
    farm.write(folder / "acting-status.lb", farm.script(_POOLS))
    store = ("--store", "acting-status")
    looks, nothing = [], []
    with laid() as wire:
        run(Command(wire.device.inside(lbsh(), "apply", *store, "--driver", "nftables", "acting-status.lb"), folder))
        for _ in range(ROUNDS):
            status = Command(wire.device.inside(lbsh(), "status", "pool7", *store), folder, statuses=(_UNPOLLED,))
            looks.append(run(status))
            nothing.append(run(Command((sys.executable, "-c", "pass"), folder)))
    return Costs(tuple(looks)), Costs(tuple(nothing))


def _measure_tree(folder: Path) -> tuple[float, float]:
    """The processor time, in seconds, of reading the tree of a store, and of reading as many files; the least of some."""
    files = [str(path) for path in folder.rglob("*") if path.is_file() and "pools" in path.parts]

    def read() -> None:
        for path in files:
            with open(path, "rb") as file:  # noqa: PTH123 -- the peer is the quickest way
                file.read()

    return _least(lambda: DiskStore(folder).tree()), _least(read)


def _least(act: Callable[[], object]) -> float:
    found = []
    for _ in range(ROUNDS):
        start = time.process_time()
        act()
        found.append(time.process_time() - start)
    return min(found)


def judge(measured: Acted | str) -> list[Bar]:
    """The bars on the ratios of processor times."""
    whats = {n: f"`lbsh run -c 'add …'`, {n:,} services: processor time" for n in RUN_TO_CHECK}
    status = f"`lbsh status POOL`, {_POOLS * 10:,} servers: processor time"
    tree = f"opening the tree of {_POOLS * 10:,} servers: processor time"
    if isinstance(measured, str):
        missing = [*((what, RUN_TO_CHECK[n]) for n, what in whats.items())]
        missing += [(status, STATUS_TO_PYTHON), (tree, TREE_TO_FILES)]
        return [held(what, "-", measured, None, most) for what, most in missing]
    bars = [
        held(
            what,
            seconds(measured.runs[n].processor),
            f"`lbsh check`: {seconds(measured.checks[n].processor)}",
            measured.runs[n].processor / measured.checks[n].processor,
            RUN_TO_CHECK[n],
        )
        for n, what in whats.items()
    ]
    look, nothing = measured.status.processor, measured.python.processor
    bars.append(held(status, seconds(look), f"python3 -c pass: {seconds(nothing)}", look / nothing, STATUS_TO_PYTHON))
    ratio = measured.tree / measured.files
    bars.append(held(tree, seconds(measured.tree), f"as many files: {seconds(measured.files)}", ratio, TREE_TO_FILES))
    return bars
