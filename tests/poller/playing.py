"""Plays health: a playbook's events with times go in, its effects come out as lines.

A playbook is text. `== TITLE` begins a case, then come settings, then lines with a time in milliseconds. What happens:

    at 3000 start A 2           a probe in A's turn starts, with its number
    at 3001 A 2 refused         its result, by its reason
    at 3001 suspect A           a passive sign
    at 3001 path em1 broken     the result of a test of the poller's path (or `works`)
    at 3001 lost em1            the kernel says that an interface carries nothing
    at 9000 end                 time goes on until then

Between them stand the effects, indented: `3200 probe A 3` (the probe is started by the play at once), `3400 A DOWN refused`,
`abandon A 2`, `test em1`, and what is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lbsh.poller.board import Board
from lbsh.poller.health import Health
from lbsh.poller.parts import Effects, Probed
from lbsh.poller.results import Reason
from lbsh.poller.settings import AllFailed, Settings
from lbsh.poller.targets import Target
from lbsh_lang.site.model import Probe
from lbsh_lang.site.status import ServerId
from lbsh_lang.values import Address
from tests.reading import site_of

REAL = 1_700_000_000_000
"""The real time of the own time 0, in milliseconds."""
_PROBE = (
    site_of(
        "external addr 203.0.113.1\nservice S is 203.0.113.1 tcp 80\npool p for S\nadd 10.0.0.1 to p\nprobe S with tcp\n"
    )
    .services[0]
    .probe
)


def probe_of(every: int = 3000, timeout: int = 1000, rise: int = 2, fall: int = 3, recheck: bool = True) -> Probe:
    """A tcp probe."""
    assert _PROBE is not None
    return replace(_PROBE, every=every, timeout=timeout, rise=rise, fall=fall, recheck=recheck)


def board_of(*probes: Probe) -> Board:
    """A board of machines with these probes."""
    addresses = [Address(4, 10 << 24 | number + 1) for number in range(len(probes))]
    places = zip(addresses, probes, strict=True)
    return Board([Target(ServerId("p", "S", address), address, 80, probe) for address, probe in places])


class Play:
    """Health with servers A, B, C…; the lines of what it wants done."""

    def __init__(self, board: Board, settings: Settings, interfaces: list[str]) -> None:
        self.board, self.health = board, Health(board, settings, interfaces)
        self.now = 0
        self.serial = 0
        self.lines: list[str] = []

    def until(self, time: int) -> None:
        """Lets time pass; health turns whenever it wants to, and then."""
        while True:
            wanted = self.health.next_time(self.now)
            if wanted is None or wanted > time:
                break
            assert wanted >= self.now
            self.now = max(wanted, self.now)
            self._do(self.health.turn(self.now, REAL + self.now // 1000))
        self.now = time

    def start(self, server: int, serial: int) -> None:
        self.serial = max(self.serial, serial)
        self.health.started(server, serial, self.now)

    def result(self, server: int, serial: int, reason: Reason, expiry: int | None = None) -> None:
        self.health.finished(Probed(server, serial, reason, 1000, expiry=expiry), self.now)

    def _do(self, effects: Effects) -> None:
        time = self.now // 1000
        for server, serial in effects.abandons:
            self.lines.append(f"  {time} abandon {name(server)} {serial}")
        for change in effects.changes:
            held = f" until {change.held_until - REAL}" if change.held_until is not None else ""
            at = self.board.index_of[change.server]
            self.lines.append(f"  {time} {name(at)} {change.new.value} {change.reason.value}{held}")
        self.lines += (f"  {time} test {interface}" for interface in effects.path_tests)
        self.lines += (f"  {time} {notice}" for notice in effects.notices)
        for server in effects.starts:
            self.serial += 1
            self.lines.append(f"  {time} probe {name(server)} {self.serial}")
            self.start(server, self.serial)


def name(server: int) -> str:
    return chr(ord("A") + server)


def cases(text: str) -> Iterator[tuple[str, list[str]]]:
    """The titles and the lines of the cases of a playbook."""
    for part in text.split("== ")[1:]:
        title, *lines = part.splitlines()
        yield title, [line for line in lines if line.strip()]


def play(lines: list[str]) -> list[str]:
    """The lines of a case as they come out: what happens as it stands, and the effects between."""
    servers, interfaces = 1, ""
    values: dict[str, int] = {}
    settings = Settings()
    events = [line.split() for line in lines if line.startswith("at ")]
    heads = [line for line in lines if not line.startswith(("at ", " "))]
    for word, *rest in (line.split() for line in heads):
        match word:
            case "servers":
                servers = int(rest[0])
            case "probe":
                values = {key: int(value) for key, value in zip(rest[::2], rest[1::2], strict=True)}
            case "interface":
                interfaces = rest[0]
            case "settings":
                settings = _settings(rest)
    probe = probe_of(**{**values, "recheck": bool(values.get("recheck", 1))})  # type: ignore[arg-type]
    found = Play(board_of(*[probe] * servers), settings, [interfaces] * servers)
    found.lines += heads
    for _, time, *what in events:
        found.until(1000 * int(time))
        found.lines.append(f"at {time} {' '.join(what)}")
        _happens(found, what)
    return found.lines


def _settings(words: list[str]) -> Settings:
    found = Settings()
    for key, value in zip(words[::2], words[1::2], strict=True):
        match key:
            case "hold":
                found = replace(found, hold=int(value))
            case "all_failed":
                found = replace(found, all_failed=AllFailed(value))
            case _:
                raise AssertionError(key)
    return found


def _happens(found: Play, what: list[str]) -> None:
    match what:
        case ["start", server, serial]:
            found.start(ord(server) - ord("A"), int(serial))
        case ["suspect", server]:
            found.health.suspect(ord(server) - ord("A"), found.now)
        case ["path", interface, word]:
            found.health.path_tested(interface, word == "works", found.now)
        case ["lost", interface]:
            found.health.link_lost(interface, found.now)
        case [server, serial, reason]:
            found.result(ord(server) - ord("A"), int(serial), Reason(reason))
        case ["end"]:
            pass
        case _:
            raise AssertionError(what)
