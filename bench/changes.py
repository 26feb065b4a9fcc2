"""One member in or out of a service among thousands, while clients use the others."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench import farm
from bench.bars import Bar, held
from bench.programs import lbsh
from bench.runs import Command, Cost, RunError, run
from bench.tables import Table, seconds
from bench.wire import Wire, laid, why_no_wire

CHANGE_TO_RELOAD = 0.05
WORK_TO_APPLY, WAIT_TO_APPLY = 0.1, 1.2
"""Working out a change in a process that lives, beside `nft -f` of it: processor time, and both together by the clock."""
SERVICES = 10_000
STICKY = frozenset(range(7, SERVICES, 10))

CHANGED = tuple(number * (SERVICES - 1) // 9 for number in range(10))
"""Services that lose a server and get it back, the first and the last among them."""

WATCHED = tuple(
    sorted({near for number in CHANGED for near in range(number - 4, number + 5)} & set(range(SERVICES)) - set(CHANGED))
)
"""Their neighbours on both sides, including sticky ones; all share chains, maps and counters."""

BYSTANDER = Path(__file__).with_name("bystander.py")
CHANGER = Path(__file__).with_name("changer.py")
TITLE = f"One member in or out, {SERVICES:,} services"


class Watched(NamedTuple):
    """The connections and failures of clients of other services."""

    exchanges: int
    connections: int
    failures: tuple[str, ...]


class Changes(NamedTuple):
    """The costs of the changes: working them out, applying them, and loading everything instead."""

    computed: tuple[Cost, ...]
    applied: tuple[Cost, ...]
    reload: Cost
    command: Cost
    lines: int
    watched: Watched

    @property
    def elapsed(self) -> float:
        return median(cost.elapsed for cost in self.applied)

    @property
    def worked(self) -> Cost:
        """The median of working out a change."""
        times = [(cost.processor, cost.elapsed) for cost in self.computed]
        return Cost(median(one for one, _ in times), median(one for _, one in times), 0)

    @property
    def applying(self) -> float:
        """The median processor time of applying a change."""
        return median(cost.processor for cost in self.applied)

    @property
    def work(self) -> float:
        """The ratio of processor times: working out a change to applying it."""
        return self.worked.processor / self.applying

    @property
    def wait(self) -> float:
        """The ratio of times by the clock: working out a change and applying it to applying it."""
        return 1 + self.worked.elapsed / self.elapsed

    @property
    def slowest(self) -> float:
        return max(cost.elapsed for cost in self.applied)


def measure_changes(folder: Path) -> Changes | str:
    """Servers that come and go among 10,000 services, while others are in use.

    Returns the reason as a text if it cannot measure.
    """
    reason = why_no_wire("nft")
    if reason:
        return reason
    try:
        farm.write(folder / "whole.lb", farm.script(SERVICES, STICKY))
        farm.write(
            folder / "less.lb", [*farm.script(SERVICES, STICKY), f"remove {_leaver(CHANGED[1])} from pool{CHANGED[1]}"]
        )
        run(Command((lbsh(), "emit", "--backend", "nftables", "whole.lb"), folder, "whole.nft"))
        since = (lbsh(), "emit", "--backend", "nftables", "--since", "whole.lb", "less.lb")
        command = run(Command(since, folder, "since.nft"))
        run(Command((sys.executable, str(CHANGER), "whole.lb", *map(str, CHANGED)), folder, "computed"))
        times = [line.split() for line in (folder / "computed").read_text(encoding="ascii").splitlines()]
        computed = tuple([Cost(float(processor), float(clock), 0) for processor, clock in times])
        with laid() as wire:
            reload, applied, watched = _change(wire, folder)
    except RunError as error:
        return str(error)
    texts = [folder / f"{way}-{number}.nft" for way in ("out", "in") for number in CHANGED]
    return Changes(computed, applied, reload, command, max(map(_commands, texts)), watched)


def judge(changes: Changes | str) -> list[Bar]:
    """The bars: the time of a change, and no disturbance of other services."""
    what = f"one member in or out among {SERVICES:,} services: `nft -f`, by the clock"
    work = f"one member in or out among {SERVICES:,} services: work out the change, processor time"
    wait = f"one member in or out among {SERVICES:,} services: that and `nft -f`, by the clock"
    disturbed = "meanwhile, connections to other services that were disturbed"
    if isinstance(changes, str):
        bars = ((what, CHANGE_TO_RELOAD), (work, WORK_TO_APPLY), (wait, WAIT_TO_APPLY))
        unknown = [held(name, "-", changes, None, most) for name, most in bars]
        return [*unknown, Bar(disturbed, "-", changes, None, "none", None)]
    watched = changes.watched
    did = f"{watched.connections:,} new ones, {watched.exchanges:,} exchanges on {len(WATCHED)} open ones"
    beside = f"loading all anew: {seconds(changes.reload.elapsed)}"
    ratio = changes.elapsed / changes.reload.elapsed
    return [
        held(what, seconds(changes.elapsed), beside, ratio, CHANGE_TO_RELOAD),
        held(
            work,
            seconds(changes.worked.processor),
            f"`nft -f`: {seconds(changes.applying)}",
            changes.work,
            WORK_TO_APPLY,
        ),
        held(
            wait,
            seconds(changes.worked.elapsed + changes.elapsed),
            f"`nft -f`: {seconds(changes.elapsed)}",
            changes.wait,
            WAIT_TO_APPLY,
        ),
        Bar(disturbed, f"{len(watched.failures)}", did, None, "none", not watched.failures),
    ]


def table(changes: Changes | str) -> Table:
    """A row for the time of each part."""
    columns = ("step", "median", "most")
    if isinstance(changes, str):
        return Table(TITLE, columns, (), (f"Not measured: {changes}.",))
    processor = [cost.processor for cost in changes.applied]
    rows = (
        (
            "work out the change, in a process that lives: processor time",
            seconds(changes.worked.processor),
            seconds(max(cost.processor for cost in changes.computed)),
        ),
        ("`nft -f` of it: by the clock", seconds(changes.elapsed), seconds(changes.slowest)),
        ("`nft -f` of it: processor time", seconds(changes.applying), seconds(max(processor))),
        ("`lbsh emit --since` from two scripts: processor time", seconds(changes.command.processor), "-"),
        ("`nft -f` of all rules instead: by the clock", seconds(changes.reload.elapsed), "-"),
    )
    notes = (f"{len(changes.applied)} changes, of {changes.lines} commands at most.", *changes.watched.failures[:3])
    return Table(TITLE, columns, rows, notes)


def _change(wire: Wire, folder: Path) -> tuple[Cost, tuple[Cost, ...], Watched]:
    """Loads all rules, the second time over existing ones; then changes them, with clients connected."""
    _load(wire, folder, "whole.nft")
    reload = _load(wire, folder, "whole.nft")
    costs = []
    with bystander(wire, WATCHED) as process:
        for number in CHANGED:
            for way in ("out", "in"):
                watched(process)  # so that the neighbours are seen before, during and after each
                costs.append(_load(wire, folder, f"{way}-{number}.nft"))
        return reload, tuple(costs), watched(process)


def _load(wire: Wire, folder: Path, name: str) -> Cost:
    return run(Command(wire.device.inside("nft", "-f", name), folder))


@contextlib.contextmanager
def bystander(wire: Wire, numbers: Iterable[int]) -> Iterator[subprocess.Popen[str]]:
    """The program that watches, with a connection to each of these services."""
    services = [
        {
            "address": farm.service_address(number),
            "servers": list(farm.server_addresses(number)),
            "sticky": number in STICKY,
        }
        for number in numbers
    ]
    with wire.listener() as listener:
        process = subprocess.Popen(
            wire.client.inside(sys.executable, "-I", str(BYSTANDER), str(listener.fileno())),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=(listener.fileno(),),
        )
        with process:
            try:
                assert process.stdin is not None
                assert process.stdout is not None
                process.stdin.write(json.dumps(services) + "\n")
                process.stdin.flush()
                if process.stdout.readline() != "ready\n":
                    raise RunError("the program that watches did not start")
                yield process
            finally:
                process.kill()


def watched(process: subprocess.Popen[str], then: str = "") -> Watched:
    """The observations of the watching program, with everything before this call; `then` is its next command."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{then}\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        raise RunError("the program that watches has failed")
    account = json.loads(answer)
    return Watched(account["exchanges"], account["connections"], tuple(account["failures"]))


def _leaver(number: int) -> str:
    return list(farm.server_addresses(number))[3]


def _commands(path: Path) -> int:
    with path.open(encoding="utf-8") as lines:
        return sum(line.startswith(("add ", "delete ", "flush ")) for line in lines)
