"""Probing thousands of servers, beside haproxy: processor time a probe, lateness, memory.

Theory of operation. All servers are addresses of one namespace, in which one program accepts every connection. Probers run
in that namespace in turn, haproxy before and after each of ours, because neighbours show how busy the machine was. A window
begins when every server was probed once (haproxy reads its file for long). The kernel counts connections (ActiveOpens)
and processor time (schedstat), so nobody's own account is believed. It charges the work of both ends of a connection to the
prober, for either alike. A pair of neighbours that differ by more than a quarter says nothing: that round is repeated.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench import farm
from bench.bars import Bar, held
from bench.programs import find
from bench.runs import ENVIRONMENT, RunError
from bench.tables import Table, megabytes
from lbsh.lab.namespaces import Namespace

PROBER = Path(__file__).with_name("prober.py")
ACCEPTOR = Path(__file__).with_name("acceptor.py")
PORT = 80
TO_HAPROXY = 1.0
LATE_MICROSECONDS, LATE_SHARE = 50_000, 0.01
ROUNDS, MOST_ROUNDS, SPREAD = 5, 10, 1.25


class Size(NamedTuple):
    """A farm: services of ten servers each, the time between probes, seconds of a window, megabytes allowed."""

    services: int
    every: int
    window: float
    memory: int

    @property
    def servers(self) -> int:
        return self.services * farm.SERVERS

    @property
    def name(self) -> str:
        return f"probe {self.servers:,} servers every {self.every} s by tcp"


MANY = Size(1_000, 3, 6.0, 30)
MOST = Size(10_000, 30, 10.0, 80)


class Window(NamedTuple):
    """What a prober did in a while: probes, and seconds of processor time."""

    probes: int
    processor: float

    @property
    def each(self) -> float:
        """Microseconds a probe."""
        return 1_000_000 * self.processor / max(self.probes, 1)


class Ours(NamedTuple):
    """A window of ours between its neighbours, and our own account of the time since we started."""

    window: Window
    before: Window
    after: Window
    late: float
    """The share of the probes that were later than allowed, less the waiting for a core."""
    memory: int
    """Bytes above the site."""
    bad: int

    @property
    def ratio(self) -> float:
        return 2 * self.window.each / (self.before.each + self.after.each)

    @property
    def counts(self) -> bool:
        """Whether the neighbours are near enough to each other."""
        least, most = sorted((self.before.each, self.after.each))
        return most <= SPREAD * least


class Probing(NamedTuple):
    """The rounds of a farm."""

    size: Size
    rounds: tuple[Ours, ...]

    @property
    def ratio(self) -> float:
        return median(one.ratio for one in self.rounds)


def measure_probing(folder: Path) -> tuple[Probing, ...] | str:
    """Probing 10,000 servers every 3 s and 100,000 every 30 s, beside haproxy. Returns the reason if it cannot measure."""
    haproxy = find("haproxy")
    if haproxy is None:
        return "haproxy is not installed"
    try:
        return tuple([measure(folder, size, haproxy) for size in (MANY, MOST)])
    except (OSError, RunError) as error:
        return str(error)


def measure(folder: Path, size: Size, haproxy: str) -> Probing:
    """Rounds of one farm."""
    farm.write(folder / "probing.lb", script(size))
    farm.write(folder / "probing.cfg", configuration(size))
    with served() as net:
        theirs = (haproxy, "-db", "-f", str(folder / "probing.cfg"))
        rounds: list[Ours] = []
        before = watch(net, theirs, size)[0]
        for _ in range(MOST_ROUNDS):
            window, account = watch(net, (sys.executable, str(PROBER), str(folder / "probing.lb")), size)
            after = watch(net, theirs, size)[0]
            one = _ours(window, before, after, json.loads(account))
            before = after
            if one.counts:
                rounds.append(one)
            if len(rounds) == ROUNDS:
                return Probing(size, tuple(rounds))
    if not rounds:
        raise RunError("haproxy beside haproxy differs by more than a quarter, time after time")
    return Probing(size, tuple(rounds))


def script(size: Size) -> Iterator[str]:
    """The site of a farm, its servers being probed."""
    yield from farm.script(size.services)
    for number in range(size.services):
        yield f"probe web{number} with tcp every {size.every}s timeout 2s"


def configuration(size: Size) -> Iterator[str]:
    """The same for haproxy, in one thread. It wants a descriptor for each server, which it gets as far as there are some."""
    yield from ("global", "    nbthread 1", "    no strict-limits")
    yield from ("defaults", "    mode tcp", "    timeout connect 2s", "    timeout client 1m", "    timeout server 1m")
    yield from ("listen anything", "    bind 127.0.0.1:1")  # it wants to listen somewhere
    for number in range(size.services):
        yield f"backend web{number}"
        for rank, address in enumerate(farm.server_addresses(number)):
            yield f"    server server{rank} {address}:{PORT} check inter {size.every}s fastinter {size.every}s"


@contextlib.contextmanager
def served() -> Iterator[Namespace]:
    """A namespace in which every address of the farm accepts connections."""
    net = Namespace("probing")
    try:
        net.configure("link set lo up", "route add local 10.0.0.0/8 dev lo")
        net.set_sysctl("net.ipv4.ip_local_port_range", "10000 64000")
        net.set_sysctl("net.core.somaxconn", 65535)
        with started(net, (sys.executable, str(ACCEPTOR), str(PORT))) as acceptor:
            _line(acceptor)
            yield net
    finally:
        net.delete()


def watch(net: Namespace, command: tuple[str, ...], size: Size) -> tuple[Window, str]:
    """A window of a prober, and what it prints when its input ends."""
    with started(net, command) as process:
        opens = _opens(net)
        end = time.monotonic() + 10 * size.every + 60
        while _opens(net) - opens < size.servers:
            if process.poll() is not None or time.monotonic() > end:
                raise RunError(f"{command[0]} does not probe")
            time.sleep(0.1)
        opens, processor = _opens(net), _processor(process.pid)
        time.sleep(size.window)
        window = Window(_opens(net) - opens, _processor(process.pid) - processor)
        if command[0] != sys.executable:
            return window, ""
        assert process.stdin is not None
        process.stdin.close()
        _line(process)
        return window, _line(process)


@contextlib.contextmanager
def started(net: Namespace, command: tuple[str, ...]) -> Iterator[subprocess.Popen[str]]:
    """A program in the namespace, killed at the end. `nsenter` becomes the program, so the number is its own."""
    with subprocess.Popen(
        net.inside(*command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=ENVIRONMENT,
        cwd=PROBER.parents[1],
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def judge(measured: tuple[Probing, ...] | str) -> list[Bar]:
    """The bars: processor time beside haproxy, lateness, memory."""
    if isinstance(measured, str):
        return [held(f"{size.name}: processor time a probe", "-", measured, None, TO_HAPROXY) for size in (MANY, MOST)]
    return [bar for probing in measured for bar in _judged(probing)]


def table(measured: tuple[Probing, ...] | str) -> Table:
    """A row for each round."""
    title = "Probing by tcp, beside haproxy with one thread"
    columns = ("round", "ours", "haproxy before", "after", "ratio", "late")
    if isinstance(measured, str):
        return Table(title, columns, (), (f"Not measured: {measured}.",))
    rows = [
        (
            f"{probing.size.servers:,} servers every {probing.size.every} s",
            *(_microseconds(window.each) for window in (one.window, one.before, one.after)),
            f"{one.ratio:.2f}",
            f"{100 * one.late:.2f} %",
        )
        for probing in measured
        for one in probing.rounds
    ]
    return Table(title, columns, tuple(rows), ("Late are probes that start more than 50 ms behind their time.",))


def _judged(probing: Probing) -> list[Bar]:
    size, rounds = probing.size, probing.rounds
    ours = median(one.window.each for one in rounds)
    theirs = median(each for one in rounds for each in (one.before.each, one.after.each))
    late, memory = median(one.late for one in rounds), max(one.memory for one in rounds)
    bad = sum(one.bad for one in rounds)
    return [
        held(
            f"{size.name}: processor time a probe",
            _microseconds(ours),
            f"haproxy: {_microseconds(theirs)}",
            probing.ratio,
            TO_HAPROXY,
        ),
        Bar(f"{size.name}: late by over 50 ms", f"{100 * late:.2f} %", "-", None, "at most 1 %", late <= LATE_SHARE),
        Bar(
            f"{size.name}: memory above the site",
            megabytes(memory),
            "-",
            None,
            f"at most {size.memory} MB",
            memory <= size.memory * 1_000_000,
        ),
        Bar(f"{size.name}: servers that failed", str(bad), "-", None, "none", not bad),
    ]


def _ours(window: Window, before: Window, after: Window, account: dict[str, object]) -> Ours:
    own, bounds = _numbers(account["own"]), _numbers(account["bounds"])
    late = sum(own[bounds.index(LATE_MICROSECONDS) + 1 :]) / max(sum(own), 1)
    held, memory, bad = _numbers([account["held"], account["memory"], account["bad"]])
    return Ours(window, before, after, late, memory - held, bad)


def _numbers(values: object) -> list[int]:
    assert isinstance(values, list)
    return [int(value) for value in values]


def _microseconds(value: float) -> str:
    return f"{value:.1f} µs"


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RunError(f"{process.args!r} has ended")
    return line


def _opens(net: Namespace) -> int:
    """Connections that the namespace began, since it is there."""
    lines = Path(net.path).parents[1].joinpath("net/snmp").read_text(encoding="ascii").splitlines()
    names, values = (line.split() for line in lines if line.startswith("Tcp:"))
    return int(values[names.index("ActiveOpens")])


def _processor(pid: int) -> float:
    """Seconds that the threads of a process ran."""
    return sum(_ran(Path(f"/proc/{pid}/task").glob("*/schedstat"))) / 1e9


def _ran(paths: Iterable[Path]) -> Iterator[int]:
    for path in paths:
        yield int(path.read_text(encoding="ascii").split()[0])
