"""One statement that acts: `lbsh run -c 'add …'` on a device with a large site, beside a check of its script."""

from __future__ import annotations

from pathlib import Path

from bench import farm
from bench.bars import Bar, held
from bench.programs import lbsh
from bench.runs import Command, Costs, RunError, run
from bench.tables import seconds
from bench.wire import laid, why_no_wire

SERVICES = 10_000
RUN_TO_CHECK = 1.3
ROUNDS = 5


def measure_acting(folder: Path) -> tuple[Costs, Costs] | str:
    """A statement that acts on 10,000 services, and the check of their script.

    The processor time of the filter's program counts with the statement's. Returns the reason if it cannot measure.
    """
    reason = why_no_wire("nft")
    if reason:
        return reason
    farm.write(folder / "acting.lb", farm.script(SERVICES))
    store = ("--store", "acting")
    acts, checks = [], []
    try:
        with laid() as wire:
            run(Command(wire.device.inside(lbsh(), "apply", *store, "--driver", "nftables", "acting.lb"), folder))
            for number in range(ROUNDS):
                statement = f"add 10.254.0.{number + 1} to pool{number}"
                acts.append(run(Command(wire.device.inside(lbsh(), "run", *store, "-c", statement), folder)))
                checks.append(run(Command((lbsh(), "check", "acting.lb"), folder)))
    except RunError as error:
        return str(error)
    return Costs(tuple(acts)), Costs(tuple(checks))


def judge(measured: tuple[Costs, Costs] | str) -> Bar:
    """The bar on the ratio of processor times."""
    what = f"`lbsh run -c 'add …'`, {SERVICES:,} services: processor time"
    if isinstance(measured, str):
        return held(what, "-", measured, None, RUN_TO_CHECK)
    act, check = (costs.processor for costs in measured)
    return held(what, seconds(act), f"`lbsh check`: {seconds(check)}", act / check, RUN_TO_CHECK)
