"""The time from a server's failure to the rules without it, as a distribution, with and without passive signs.

A client, a device with the real `lbsh poll`, and a hundred servers of one service. Half of them fail at once: killed (their
machine refuses connections) or silent (a filter drops them); what is left answers, so that the device does not doubt its own
path. Their probes are spread over the interval, so each fails at a phase of its own. When all are out, they come back, and
the other half fails. Without clients there are no passive signs.

The poller logs a server as down when its rules are loaded and the kernel's states of its connections are gone; the time of
the rules is that of the kernel's last notice before. At the end the rules are looked at once more.
"""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
import sys
import threading
from array import array
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median, quantiles
from time import monotonic, sleep
from typing import NamedTuple

from bench import farm
from bench.bars import Bar
from bench.polling import Poll, apply, polled
from bench.runs import RunError
from bench.served import line_of, started
from bench.tables import Table, seconds
from bench.wire import PORT, Wire, laid, why_no_wire
from lbsh.drivers.nft_watch import Reader
from lbsh.poller.timing import detection_time
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import read_script
from lbsh_lang.source import Source

SERVERS, AT_ONCE, BATCHES = 100, 50, 4
RATE = 3_000
"""Connections of clients a second, all servers together."""
EVERY, TIMEOUT, FALL = 2_000, 1_000, 3
SIGN_OF_KILL, SIGN_OF_SILENCE = 0.6, 0.25 + TIMEOUT / 1000 + 0.25
"""Seconds within which most are out where clients connect."""
SHARE = 48 / 50
KILLED, SILENT = "killed", "silent"
_DOORS, _KNOCKER = (Path(__file__).with_name(name) for name in ("doors.py", "knocker.py"))
_LONGEST, _PAUSE = 60.0, 0.2
_GROUP, _SO_RCVBUFFORCE, _BUFFER = 1 << 6, 33, 1 << 23
"""Notices about nftables (NFNLGRP_NFTABLES), and room for many (socket(7))."""
_SILENCE = """table ip silent {
    set silent { type ipv4_addr; }
    chain in { type filter hook input priority 0; ip daddr @silent drop; }
}
"""


class Way(NamedTuple):
    """How servers fail, and whether clients connect."""

    failure: str
    has_clients: bool

    @property
    def name(self) -> str:
        return f"{self.failure}, {'clients connect' if self.has_clients else 'no clients'}"

    @property
    def limit(self) -> float:
        """Seconds within which servers are to be out."""
        if self.has_clients:
            return SIGN_OF_KILL if self.failure == KILLED else SIGN_OF_SILENCE
        return formula()

    @property
    def share(self) -> float:
        """The share of the servers to which the limit applies."""
        return SHARE if self.has_clients else 1.0


WAYS = tuple(Way(failure, has_clients) for has_clients in (False, True) for failure in (KILLED, SILENT))
Detections = Mapping[Way, Sequence[float]]
"""The seconds of each server."""


def formula() -> float:
    """The longest time from a failure to the removal that `lbsh status` shows for these probes."""
    text = "".join(f"{line}\n" for line in script())
    probe = Resolution(read_script(Source.of("site.lb", text))).site.services[0].probe
    assert probe is not None
    return detection_time(probe) / 1000


def measure_detection(folder: Path) -> Detections | str:
    """Servers that are killed or fall silent, with and without clients. Returns the reason if it cannot measure."""
    reason = why_no_wire("nft")
    if reason:
        return reason
    try:
        return {way: measure(folder, way, BATCHES) for way in WAYS}
    except (OSError, RunError) as error:
        return str(error)


def measure(folder: Path, way: Way, batches: int) -> list[float]:
    """The seconds of all servers that fail in so many batches."""
    home = folder / way.name.replace(" ", "-").replace(",", "")
    home.mkdir()
    farm.write(home / "site.lb", script())
    found: list[float] = []
    with laid() as wire, _doors(wire) as doors:
        apply(wire.device, home, "site.lb")
        wire.server.run("nft", "-f", "-", text=_SILENCE)
        with polled(wire.device, home) as poll, _clients(wire, way):
            poll.wait_for("server-up", SERVERS)
            for number in range(batches):
                found += _fail(wire, doors, poll, way, _addresses()[number % 2 :: SERVERS // AT_ONCE])
    return found


def script() -> Iterator[str]:
    """One service with all servers."""
    yield from ("interface external eth0", "interface internal eth1", "internal net 10.0.0.0/8")
    yield from (
        "internal gw 10.255.255.254",
        f"service web is {farm.service_address(0)} tcp {PORT}",
        "pool web for web",
    )
    yield from (f"add {address} to web" for address in _addresses())
    yield f"probe web with tcp every {EVERY}ms timeout {TIMEOUT}ms rise 1 fall {FALL}"


def _fail(wire: Wire, doors: subprocess.Popen[str], poll: Poll, way: Way, servers: Sequence[str]) -> list[float]:
    """Has servers fail and come back; the seconds until each was out."""
    sleep(EVERY / 1000)  # so that signs of what was before are over
    downs, ups = poll.events["server-down"], poll.events["server-up"]
    with _Notices(wire) as notices:
        begun = _turn(doors, servers) if way.failure == KILLED else _silence(wire, "add", servers)
        poll.wait_for("server-down", downs + len(servers), _LONGEST)
        times = [notices.before(poll.down[server]) - begun for server in servers]
    _require_out(wire, servers)
    if way.failure == KILLED:
        _turn(doors, servers)
    else:
        _silence(wire, "delete", servers)
    poll.wait_for("server-up", ups + len(servers), _LONGEST)
    return times


class _Notices:
    """Hears when the kernel gets rules of the site, by others than a packet."""

    def __init__(self, wire: Wire) -> None:
        self._link = wire.connection_table()
        self._link.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
        self._link.bind((0, _GROUP))
        self._link.settimeout(_PAUSE)
        self._reader, self._times = Reader(("ip lbsh",)), array("d")
        self._thread, self._is_over = threading.Thread(target=self._hear), False

    def __enter__(self) -> _Notices:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        self._thread.join()
        self._link.close()

    def before(self, time: float) -> float:
        """The last time, up to this one, at which the rules changed."""
        found = max((one for one in self._times if one <= time), default=None)
        if found is None:
            raise RunError("a server is said to be out, and no rules changed")
        return found

    def _hear(self) -> None:
        while not self._is_over:
            with contextlib.suppress(TimeoutError):
                data = self._link.recv(1 << 16)
                now = monotonic()
                self._times.extend(now for touch in self._reader.read(data) if touch.who)


def _turn(doors: subprocess.Popen[str], servers: Sequence[str]) -> float:
    assert doors.stdin is not None
    doors.stdin.write(" ".join(servers) + "\n")
    doors.stdin.flush()
    return float(line_of(doors))


def _silence(wire: Wire, verb: str, servers: Sequence[str]) -> float:
    """The time just before."""
    begun = monotonic()
    wire.server.run("nft", f"{verb} element ip silent silent {{ {', '.join(servers)} }}")
    return begun


def _require_out(wire: Wire, servers: Sequence[str]) -> None:
    """Raises `RunError` if the kernel still leads connections to a server."""
    said = wire.device.run("nft", "-s", "list", "ruleset")
    left = set(re.findall(r"(?:: |dnat to )(10\.[\d.]+)", said)) & set(servers)
    if left:
        raise RunError(f"a server that is out gets connections still: {min(left)}")


@contextlib.contextmanager
def _doors(wire: Wire) -> Iterator[subprocess.Popen[str]]:
    with started(wire.server, (sys.executable, str(_DOORS), str(PORT), *_addresses())) as process:
        line_of(process)
        yield process


@contextlib.contextmanager
def _clients(wire: Wire, way: Way) -> Iterator[None]:
    if not way.has_clients:
        yield
        return
    command = (sys.executable, str(_KNOCKER), farm.service_address(0), str(PORT), str(RATE))
    with started(wire.client, command) as process:
        line_of(process)
        yield


def _addresses() -> list[str]:
    return [address for number in range(SERVERS // farm.SERVERS) for address in farm.server_addresses(number)]


def judge(measured: Detections | str) -> list[Bar]:
    """The bars: all within the formula without signs, most within less with them."""
    if isinstance(measured, str):
        return [Bar(f"detection, {way.name}", "-", measured, None, _bar(way), None) for way in WAYS]
    return [
        Bar(
            f"a server out of the rules: {way.name}",
            f"{_within(way, times)} of {len(times)}",
            "-",
            None,
            _bar(way),
            _within(way, times) >= way.share * len(times),
        )
        for way, times in measured.items()
    ]


def table(measured: Detections | str) -> Table:
    """A row for each way to fail."""
    title = "From a server's failure to the rules without it"
    columns = ("servers", "median", "95 of 100", "most", "limit", "within it")
    if isinstance(measured, str):
        return Table(title, columns, (), (f"Not measured: {measured}.",))
    rows = [
        (
            way.name,
            seconds(median(times)),
            seconds(quantiles(times, n=20)[-1]),
            seconds(max(times)),
            seconds(way.limit),
            f"{_within(way, times)} of {len(times)}",
        )
        for way, times in measured.items()
    ]
    how = f"Probes by tcp every {EVERY / 1000:g} s with a timeout of {TIMEOUT / 1000:g} s and `fall {FALL}`"
    notes = (f"{how}; {AT_ONCE} of {SERVERS} servers fail at once; {RATE:,} connections of clients a second.",)
    return Table(title, columns, tuple(rows), notes)


def _within(way: Way, times: Sequence[float]) -> int:
    return sum(time <= way.limit for time in times)


def _bar(way: Way) -> str:
    return f"{'all' if way.share == 1 else '96 of 100'} within {way.limit:g} s"
