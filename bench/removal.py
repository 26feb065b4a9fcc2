"""A server that a poller finds down, out of the rules of thousands of services: from the deciding answer to the kernel."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench import farm
from bench.bars import Bar, held
from bench.changes import CHANGED, SERVICES, STICKY
from bench.programs import lbsh
from bench.runs import Command, RunError, run
from bench.tables import seconds
from bench.wire import laid, why_no_wire

REMOVAL_TO_NFT = 1.5
REMOVER = Path(__file__).with_name("remover.py")


class Removals(NamedTuple):
    """Seconds from the answer to the rules, and those of `nft -f` of the same commands."""

    ours: tuple[float, ...]
    bare: tuple[float, ...]


def measure_removal(folder: Path) -> Removals | str:
    """Servers that a poller's handler takes out and in among 10,000 services.

    Returns the reason as a text if it cannot measure.
    """
    reason = why_no_wire("nft")
    if reason:
        return reason
    farm.write(folder / "removal.lb", farm.script(SERVICES, STICKY))
    store = ("--store", "removal")
    try:
        with laid() as wire:
            run(Command(wire.device.inside(lbsh(), "apply", *store, "--driver", "nftables", "removal.lb"), folder))
            command = (sys.executable, str(REMOVER), str(folder / "removal"), *map(str, CHANGED))
            run(Command(wire.device.inside(*command), folder, "removals"))
    except RunError as error:
        return str(error)
    found = json.loads((folder / "removals").read_text(encoding="ascii"))
    return Removals(tuple(found["ours"]), tuple(found["bare"]))


def judge(removals: Removals | str) -> list[Bar]:
    """The bar on the ratio of the medians."""
    what = f"a poller takes one server out or in among {SERVICES:,} services: from the answer to the kernel's rules"
    if isinstance(removals, str):
        return [held(what, "-", removals, None, REMOVAL_TO_NFT)]
    ours, bare = median(removals.ours), median(removals.bare)
    return [held(what, seconds(ours), f"`nft -f`: {seconds(bare)}", ours / bare, REMOVAL_TO_NFT)]
