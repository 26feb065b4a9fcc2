"""Probing thousands of servers by the real `lbsh poll`, beside haproxy: processor time a probe, lateness, memory.

Theory of operation. The device runs rules for all its servers, which are addresses of its own; one program answers at all
of them. Probers run there in turn, haproxy before and after each of ours: neighbours show how busy the machine was. A window
begins when every server was probed once (haproxy reads its file for long). The kernel counts connections and
processor time, so nobody's own account is believed but that of lateness. A pair of neighbours that differ by more than a
quarter says nothing: that round is repeated. Of a half-open probe the kernel counts the reset that ends it.

Before the rounds the store gets the states of all servers, so that no poller writes them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench import farm
from bench.bars import Bar, held
from bench.polling import Poll, act, apply, polled
from bench.programs import find, lbsh
from bench.runs import RunError
from bench.served import ACCEPTOR, PORT, counted, line_of, processor, served, started
from bench.tables import Table, megabytes, microseconds
from bench.wire import why_no_wire
from lbsh.lab.namespaces import Namespace

LATE, LATE_SHARE = "0.05", 0.01
"""The greatest lateness in seconds, and the share of probes that may be later."""
MOST_ROUNDS, SPREAD = 10, 1.25
_ROOT = Path(__file__).parents[1]
_STARTING, _LONGEST = 12.0, 60.0


class Field(NamedTuple):
    """What is probed: services of ten servers each, the time between probes, the method; seconds of a window, rounds.

    `most` is the bar on processor time, `memory` that on megabytes above the site. Of 256 servers, `silent` say nothing.
    """

    services: int
    every: int
    method: str
    most: float
    rounds: int = 5
    window: float = 6.0
    memory: int | None = None
    silent: int = 0

    @property
    def servers(self) -> int:
        return self.services * farm.SERVERS

    @property
    def timeout(self) -> int:
        """Milliseconds."""
        return min(2_000, 900 * self.every)

    @property
    def name(self) -> str:
        silent = f", {100 * self.silent // 256} % silent" if self.silent else ""
        return f"probe {self.servers:,} servers every {self.every} s by {self.method}{silent}"


FIELDS = (
    Field(1_000, 3, "tcp", 1.0, memory=30),
    Field(10_000, 30, "tcp", 1.0, rounds=2, window=10.0, memory=80),
    Field(1_000, 3, "tcp", 1.0, rounds=3, silent=105),
    Field(1_000, 3, "syn", 0.75, rounds=3),
    Field(100, 1, "http", 1.5, rounds=3),
)


class Window(NamedTuple):
    """What a prober did in a while: probes, and seconds of processor time."""

    probes: int
    processor: float

    @property
    def each(self) -> float:
        """Microseconds a probe."""
        return 1_000_000 * self.processor / max(self.probes, 1)


class Ours(NamedTuple):
    """A window of ours between its neighbours: the share of late probes, bytes above the site, servers that went down."""

    window: Window
    before: Window
    after: Window
    late: float
    memory: int
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
    """The rounds of a field."""

    field: Field
    rounds: tuple[Ours, ...]

    @property
    def ratio(self) -> float:
        return median(one.ratio for one in self.rounds)


def measure_probing(folder: Path) -> tuple[Probing, ...] | str:
    """Probing thousands of servers by tcp, syn and http, beside haproxy. Returns the reason if it cannot measure."""
    reason = why_no_wire("nft", "haproxy")
    if reason:
        return reason
    try:
        return tuple([measure(folder, field) for field in FIELDS])
    except (OSError, RunError) as error:
        return str(error)


def measure(folder: Path, field: Field) -> Probing:
    """Rounds of one field, in a folder of its own."""
    home = folder / field.name.replace(" ", "-")
    home.mkdir()
    farm.write(home / "site.lb", script(field))
    farm.write(home / "haproxy.cfg", configuration(field))
    server = (str(ACCEPTOR), str(PORT), field.method)
    with served(*server, rules=_silencing(field)) as net:
        apply(net, home, "site.lb")
        _settle(net, home, field)
        site = _memory_of_site(net, home)
        return Probing(field, tuple(_rounds(net, home, field, site)))


def _rounds(net: Namespace, folder: Path, field: Field, site: int) -> list[Ours]:
    rounds: list[Ours] = []
    before = _theirs(net, folder, field)
    for _ in range(MOST_ROUNDS):
        window, late, memory, bad = _ours(net, folder, field)
        after = _theirs(net, folder, field)
        one = Ours(window, before, after, late, memory - site, bad)
        before = after
        if one.counts:
            rounds.append(one)
        if len(rounds) == field.rounds:
            break
    if not rounds:
        raise RunError("haproxy beside haproxy differs by more than a quarter, time after time")
    return rounds


def script(field: Field) -> Iterator[str]:
    """The site of a farm, its servers being probed."""
    yield from farm.script(field.services)
    for number in range(field.services):
        yield f"probe web{number} with {field.method} every {field.every}s timeout {field.timeout}ms rise 1"


def configuration(field: Field) -> Iterator[str]:
    """The same for haproxy, in one thread. It wants a descriptor for each server, which it gets as far as there are some."""
    yield from ("global", "    nbthread 1", "    no strict-limits")
    yield from ("defaults", "    mode tcp", "    timeout client 1m", "    timeout server 1m")
    yield from (f"    timeout {which} {field.timeout}ms" for which in ("connect", "check"))
    if field.method == "http":
        yield "    option httpchk GET /"
    yield from ("listen anything", "    bind 127.0.0.1:1")  # it wants to listen somewhere
    interval = f"inter {field.every}s fastinter {field.every}s downinter {field.every}s rise 1"
    for number in range(field.services):
        yield f"backend web{number}"
        for rank, address in enumerate(farm.server_addresses(number)):
            yield f"    server server{rank} {address}:{PORT} check {interval}"


def _silencing(field: Field) -> str:
    """Rules that drop what comes to some of the servers."""
    if not field.silent:
        return ""
    drop = f"ip daddr & 0.0.0.255 < 0.0.0.{field.silent} tcp dport {PORT} drop"
    return f"table inet silent {{ chain in {{ type filter hook input priority 0\n ip daddr 10.0.0.0/8 {drop}\n}}\n}}\n"


def _settle(net: Namespace, folder: Path, field: Field) -> None:
    """Has the store know the states of all servers, and the rules follow from them."""
    act(net, _ROOT, sys.executable, "-m", "bench.finder", str(folder / "store"), str(field.silent))
    if field.silent:
        act(net, folder, lbsh(), "apply", "--store", "store", "--running")


def _memory_of_site(net: Namespace, folder: Path) -> int:
    """The memory of a process that only holds the site and its layout."""
    with started(net, (sys.executable, "-m", "bench.holder", str(folder / "store"))) as process:
        return int(line_of(process).split()[0])


def _ours(net: Namespace, folder: Path, field: Field) -> tuple[Window, float, int, int]:
    """A window of the poller: also the share of late probes in it, the memory at its end, and servers that went down."""
    with polled(net, folder) as poll:
        name = "OutRsts" if field.method == "syn" else "ActiveOpens"
        _warm_up(net, name, field, poll)
        before = poll.starts(LATE)
        begun, spent = counted(net, name), poll.processor
        time.sleep(field.window)
        window = Window(counted(net, name) - begun, poll.processor - spent)
        late = poll.starts(LATE).since(before)
        return window, late, poll.memory, poll.events["server-down"]


def _theirs(net: Namespace, folder: Path, field: Field) -> Window:
    """A window of haproxy."""
    with started(net, (find("haproxy") or "haproxy", "-db", "-f", "haproxy.cfg"), folder) as process:
        _warm_up(net, "ActiveOpens", field, None)
        begun, spent = counted(net, "ActiveOpens"), processor(process.pid)
        time.sleep(field.window)
        return Window(counted(net, "ActiveOpens") - begun, processor(process.pid) - spent)


def _warm_up(net: Namespace, name: str, field: Field, poll: Poll | None) -> None:
    """Waits until every server has been probed, and what comes with the start of a poller is over."""
    begun = counted(net, name)
    if poll is not None:
        poll.wait_for("notice", 1)
    start = time.monotonic()
    least = start + (_STARTING if poll else 0)
    while counted(net, name) - begun < field.servers or time.monotonic() < least:
        if time.monotonic() > start + 10 * field.every + _LONGEST:
            raise RunError("lbsh does not probe" if poll else "haproxy does not probe")
        time.sleep(0.1)


def judge(measured: tuple[Probing, ...] | str) -> list[Bar]:
    """The bars: processor time beside haproxy, lateness, memory."""
    if isinstance(measured, str):
        return [held(f"{field.name}: processor time a probe", "-", measured, None, field.most) for field in FIELDS]
    return [bar for probing in measured for bar in _judged(probing)]


def table(measured: tuple[Probing, ...] | str) -> Table:
    """A row for each round."""
    title = "Probing, beside haproxy with one thread"
    columns = ("round", "ours, a probe", "haproxy before", "after", "ratio", "late")
    if isinstance(measured, str):
        return Table(title, columns, (), (f"Not measured: {measured}.",))
    rows = [
        (
            probing.field.name,
            *(microseconds(window.each) for window in (one.window, one.before, one.after)),
            f"{one.ratio:.2f}",
            f"{100 * one.late:.2f} %",
        )
        for probing in measured
        for one in probing.rounds
    ]
    return Table(title, columns, tuple(rows), ("Late are probes that start more than 50 ms behind their time.",))


def _judged(probing: Probing) -> Iterator[Bar]:
    field, rounds = probing.field, probing.rounds
    ours = median(one.window.each for one in rounds)
    theirs = median(each for one in rounds for each in (one.before.each, one.after.each))
    yield held(
        f"{field.name}: processor time a probe",
        microseconds(ours),
        f"haproxy: {microseconds(theirs)}",
        probing.ratio,
        field.most,
    )
    late = median(one.late for one in rounds)
    yield Bar(f"{field.name}: late by over 50 ms", f"{100 * late:.2f} %", "-", None, "at most 1 %", late <= LATE_SHARE)
    if field.memory is not None:
        memory = max(one.memory for one in rounds)
        is_little = memory <= field.memory * 1_000_000
        yield Bar(
            f"{field.name}: memory above the site",
            megabytes(memory),
            "-",
            None,
            f"at most {field.memory} MB",
            is_little,
        )
    bad = sum(one.bad for one in rounds)
    yield Bar(f"{field.name}: servers that failed", str(bad), "-", None, "none", not bad)
