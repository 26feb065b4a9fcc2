"""Servers that a prober takes out though they are well, when it does not get to run: ours beside haproxy.

2,000 servers greet after 150 ms, and one failure takes a server out; so about a hundred answers are under way at any
time. Ours and haproxy have the same three trials, each alone on the device: stopped for five seconds while answers wait in
the kernel; stopped together with the servers, which go on a moment later (a machine that was paused); and with a fifth of
the processor time that they need.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from bench import farm
from bench.bars import Bar
from bench.polling import apply, polled
from bench.programs import find
from bench.runs import RunError
from bench.served import Heard, processor, served, started
from bench.tables import Table
from bench.wire import why_no_wire
from lbsh.lab.namespaces import Namespace

SERVICES, EVERY, PORT, DELAY = 200, 3, 110, 150
SERVERS = SERVICES * farm.SERVERS
STOPPED, LATER = 5.0, 0.3
"""Seconds for which something is stopped, and from when the prober goes on to when the servers do."""
SHARE = 5
QUOTAS = Path("/sys/fs/cgroup/cpu")
"""Groups of processes with a share of the processor (cgroups, version 1)."""
_PERIOD = 1_000_000
_GREETERS = Path(__file__).parents[1] / "tests" / "system" / "banners.py"
_LONGEST = 300.0
ALONE, TOGETHER, STARVED = (
    "stopped for 5 s",
    "stopped for 5 s together with the servers",
    "a fifth of the processor time",
)


class Trial(NamedTuple):
    """The servers, and the process that probes them, whose ejections so far can be counted."""

    greeters: Heard
    greeted: Callable[[], int]
    prober: int
    ejected: Callable[[], int]

    def wait_for_greetings(self, more: int) -> None:
        wanted = self.greeted() + more
        self.greeters.need(lambda: self.greeted() >= wanted, _LONGEST, f"{more} greetings")


class Ejections(NamedTuple):
    """Servers that were taken out in each trial."""

    ours: Mapping[str, int]
    haproxy: Mapping[str, int]


def measure_ejections(folder: Path) -> Ejections | str:
    """Probers that are stopped or starved, and whom they take out. Returns the reason if it cannot measure."""
    reason = why_no_wire("nft", "haproxy")
    if reason:
        return reason
    try:
        return measure(folder, STOPPED)
    except (OSError, RunError) as error:
        return str(error)


def measure(folder: Path, stopped: float) -> Ejections:
    """All trials; in two of them something is stopped for so many seconds."""
    home = folder / "ejections"
    home.mkdir()
    farm.write(home / "site.lb", script())
    farm.write(home / "haproxy.cfg", configuration())
    with _greeting() as (net, greeters, greeted):
        apply(net, home, "site.lb")
        with polled(net, home) as poll:
            ours = _trials(Trial(greeters, greeted, poll.process.pid, lambda: poll.events["server-down"]), stopped)
        with _haproxy(net, home) as (prober, ejected):
            theirs = _trials(Trial(greeters, greeted, prober, ejected), stopped)
    return Ejections(ours, theirs)


def script() -> Iterator[str]:
    """The servers, of which one failure takes one out."""
    for line in farm.script(SERVICES):
        yield line.replace("tcp 80", f"tcp {PORT}") if line.startswith("service") else line
    for number in range(SERVICES):
        yield f"probe web{number} with pop3 every {EVERY}s timeout 1s rise 1 fall 1"


def configuration() -> Iterator[str]:
    """The same for haproxy, which says on its standard output whom it takes out."""
    yield from ("global", "    nbthread 1", "    log stdout format raw local0")
    yield from ("defaults", "    mode tcp", "    log global", "    option tcp-check", "    tcp-check expect string +OK")
    yield from (f"    timeout {which} 1s" for which in ("connect", "check", "client", "server"))
    yield from ("listen anything", "    bind 127.0.0.1:1")
    for number in range(SERVICES):
        yield f"backend web{number}"
        for rank, address in enumerate(farm.server_addresses(number)):
            yield f"    server server{rank} {address}:{PORT} check inter {EVERY}s fastinter {EVERY}s rise 1 fall 1"


def _trials(trial: Trial, stopped: float) -> dict[str, int]:
    trial.wait_for_greetings(2 * SERVERS)
    found = {ALONE: _count(trial, lambda: _stop_alone(trial, stopped))}
    found[TOGETHER] = _count(trial, lambda: _stop_together(trial, stopped))
    if (QUOTAS / "cpu.cfs_period_us").exists():
        found[STARVED] = _count(trial, lambda: _starve(trial))
    return found


def _count(trial: Trial, act: Callable[[], None]) -> int:
    """The ejections by the time all servers have been probed twice after an act."""
    before = trial.ejected()
    act()
    trial.wait_for_greetings(2 * SERVERS)
    return trial.ejected() - before


def _stop_alone(trial: Trial, seconds: float) -> None:
    with _stopped(trial.prober):
        time.sleep(seconds)


def _stop_together(trial: Trial, seconds: float) -> None:
    with _stopped(trial.greeters.process.pid):
        with _stopped(trial.prober):
            time.sleep(seconds)
        time.sleep(LATER)


def _starve(trial: Trial) -> None:
    begun, spent = time.monotonic(), processor(trial.prober)
    trial.wait_for_greetings(SERVERS)
    need = (processor(trial.prober) - spent) / (time.monotonic() - begun)
    with _quota(trial.prober, need / SHARE):
        trial.wait_for_greetings(SERVERS // 2)


@contextlib.contextmanager
def _stopped(process: int) -> Iterator[None]:
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


@contextlib.contextmanager
def _quota(process: int, share: float) -> Iterator[None]:
    """A process that gets no more than this share of a core within the block."""
    lines = Path("/proc/self/cgroup").read_text(encoding="ascii").splitlines()
    home = next(line.split(":")[2] for line in lines if ":cpu:" in line or ":cpu," in line)
    group = QUOTAS / f"lbsh-bench-{process}"
    group.mkdir()
    try:
        _write(group / "cpu.cfs_period_us", _PERIOD)
        _write(group / "cpu.cfs_quota_us", max(int(share * _PERIOD), 1_000))
        _write(group / "cgroup.procs", process)
        yield
    finally:
        _write(QUOTAS / home.strip("/") / "cgroup.procs", process)
        group.rmdir()


def _write(path: Path, value: int) -> None:
    path.write_text(f"{value}", encoding="ascii")


@contextlib.contextmanager
def _greeting() -> Iterator[tuple[Namespace, Heard, Callable[[], int]]]:
    """The device with the servers, and how often these have greeted."""
    count = 0

    def take(line: str, _: float) -> None:
        nonlocal count
        count = int(line)

    with served() as net, started(net, (sys.executable, str(_GREETERS), str(PORT), str(DELAY))) as process:
        yield net, Heard(process, take), lambda: count


@contextlib.contextmanager
def _haproxy(net: Namespace, folder: Path) -> Iterator[tuple[int, Callable[[], int]]]:
    count = 0

    def take(line: str, _: float) -> None:
        nonlocal count
        count += " is DOWN" in line

    with started(net, (find("haproxy") or "haproxy", "-db", "-f", "haproxy.cfg"), folder) as process:
        Heard(process, take)
        yield process.pid, lambda: count


def judge(measured: Ejections | str) -> list[Bar]:
    """The bar: nobody in any trial."""
    whats = {name: f"servers taken out by a prober that was {name}" for name in (ALONE, TOGETHER)}
    whats[STARVED] = f"servers taken out by a prober with {STARVED} it needs"
    if isinstance(measured, str):
        return [Bar(what, "-", measured, None, "none", None) for what in whats.values()]
    found = []
    for name, what in whats.items():
        ours, theirs = measured.ours.get(name), measured.haproxy.get(name)
        if ours is None:
            found.append(Bar(what, "-", "no quotas here (cgroups, version 1)", None, "none", None))
        else:
            found.append(Bar(what, str(ours), f"haproxy: {theirs}", None, "none", not ours))
    return found


def table(measured: Ejections | str) -> Table:
    """A row for each trial."""
    title = f"Healthy servers taken out, of {SERVERS:,} that greet after {DELAY} ms, `fall 1`"
    columns = ("the prober", "lbsh", "haproxy")
    if isinstance(measured, str):
        return Table(title, columns, (), (f"Not measured: {measured}.",))
    return Table(
        title, columns, tuple((name, str(ours), str(measured.haproxy[name])) for name, ours in measured.ours.items())
    )
