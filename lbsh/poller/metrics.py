"""The figures of a poller in Prometheus' text format, in steps. Pure.

https://prometheus.io/docs/instrumenting/exposition_formats/: all series of a name stand together, so the servers are
gone through once a name. Values are true when their step is made; a sum over states of a service, at one moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from lbsh.live.facts import Facts
from lbsh.poller.board import STATES, Board
from lbsh.poller.labels import STEP, Labels, escaped
from lbsh.poller.timing import detection_time

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_MILLION = 1_000_000
V = TypeVar("V")


class Family(NamedTuple):
    """The series of a name: the scope, the type, the help, and the text of the series in steps."""

    scope: str
    name: str
    kind: str
    text: str
    series: Callable[[str, Labels, Facts], Iterator[str]]


class Chosen(NamedTuple):
    """The scopes and names that are wanted; none: all."""

    scopes: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def has(self, family: Family) -> bool:
        return (not self.scopes or family.scope in self.scopes) and (not self.names or family.name in self.names)


def exposition(labels: Labels, facts: Facts, chosen: Chosen) -> Iterator[str]:
    """The text in steps, some of which are empty."""
    wanted = [family for family in FAMILIES if chosen.has(family)]
    if any(family.scope != "poller" for family in wanted):
        for _ in labels.prepare():
            yield ""
    for family in wanted:
        yield f"# HELP {family.name} {family.text}\n# TYPE {family.name} {family.kind}\n"
        yield from family.series(family.name, labels, facts)


Lines = Callable[[list[str], Board, int, int], list[str]]
"""From labels, and the board's servers from one to another, to their series, without the name."""


def _column(lines: Lines) -> Callable[[str, Labels, Facts], Iterator[str]]:
    """The series of a value that each server has."""

    def series(name: str, labels: Labels, facts: Facts) -> Iterator[str]:
        between = f"\n{name}"
        for step, first in enumerate(range(0, len(labels.board.targets), STEP)):
            yield f"{name}{between.join(lines(labels.at(step), labels.board, first, first + STEP))}\n"

    return series


def _sparse(
    column: Callable[[Board], Mapping[int, V]], text: Callable[[V], str]
) -> Callable[[str, Labels, Facts], Iterator[str]]:
    """The series of a value that few servers have; its text takes the place of the labels' last bracket."""

    def series(name: str, labels: Labels, facts: Facts) -> Iterator[str]:
        size = len(labels.board.targets)
        for step, first in enumerate(range(0, size, STEP)):
            values = column(labels.board)
            indexes = [index for index in range(first, min(first + STEP, size)) if index in values] if values else []
            texts = labels.at(step) if indexes else []
            yield "".join([f"{name}{texts[index - first][:-1]}{text(values[index])}\n" for index in indexes])

    return series


_STATE_TEXTS = (" NaN", " 1", " 0")
"""Values of `lbsh_server_up` by the number of the state: UNKNOWN is neither."""


def _up(labels: list[str], board: Board, first: int, after: int) -> list[str]:
    return [label + _STATE_TEXTS[state] for label, state in zip(labels, board.state[first:after], strict=True)]


def _since(labels: list[str], board: Board, first: int, after: int) -> list[str]:
    return [f"{label} {time / 1000:.3f}" for label, time in zip(labels, board.since[first:after], strict=True)]


def _last(labels: list[str], board: Board, first: int, after: int) -> list[str]:
    return [f"{label} {time / 1000:.3f}" for label, time in zip(labels, board.last[first:after], strict=True)]


def _duration(labels: list[str], board: Board, first: int, after: int) -> list[str]:
    return [f"{label} {time / _MILLION:.6f}" for label, time in zip(labels, board.duration[first:after], strict=True)]


def _good(labels: list[str], board: Board, first: int, after: int) -> list[str]:
    return [f"{label} {count}" for label, count in zip(labels, board.good[first:after], strict=True)]


def _bad(labels: list[str], board: Board, first: int, after: int) -> list[str]:
    return [f"{label} {count}" for label, count in zip(labels, board.bad[first:after], strict=True)]


def _seconds(milliseconds: int) -> str:
    """A real time in seconds."""
    return f"{milliseconds // 1000}.{milliseconds % 1000:03}"


def _states(name: str, labels: Labels, facts: Facts) -> Iterator[str]:
    """The servers of each service by state, at one moment."""
    for first in range(0, len(labels.groups), STEP):
        lines = []
        for group in labels.groups[first : first + STEP]:
            column = labels.board.state[group.first : group.after]
            for number, state in enumerate(STATES):
                lines.append(f'{name}{group.labels},state="{state.value.lower()}"}} {column.count(number)}\n')
        yield "".join(lines)


def _detection(name: str, labels: Labels, facts: Facts) -> Iterator[str]:
    targets = labels.board.targets
    for first in range(0, len(labels.groups), STEP):
        groups = labels.groups[first : first + STEP]
        yield "".join(
            [f"{name}{one.labels}}} {detection_time(targets[one.first].probe) / 1000:.3f}\n" for one in groups]
        )


def _fact(value: Callable[[Facts], str]) -> Callable[[str, Labels, Facts], Iterator[str]]:
    def series(name: str, labels: Labels, facts: Facts) -> Iterator[str]:
        yield f"{name} {value(facts)}\n"

    return series


def _info(name: str, labels: Labels, facts: Facts) -> Iterator[str]:
    shadow = "yes" if facts.shadow else "no"
    yield f'{name}{{version="{escaped(facts.version)}",shadow="{shadow}"}} 1\n'


def _lateness(name: str, labels: Labels, facts: Facts) -> Iterator[str]:
    """A histogram without its sum, which nobody counts."""
    total = 0
    for bound, count in zip(facts.bounds, facts.lateness, strict=False):
        total += count
        yield f'{name}_bucket{{le="{bound / _MILLION:g}"}} {total}\n'
    yield f'{name}_bucket{{le="+Inf"}} {sum(facts.lateness)}\n{name}_count {sum(facts.lateness)}\n'


FAMILIES = (
    Family("poller", "lbsh_poller_info", "gauge", "Version of the poller, and whether it changes nothing.", _info),
    Family(
        "poller",
        "lbsh_poller_start_time_seconds",
        "gauge",
        "Start of the poller.",
        _fact(lambda facts: _seconds(facts.started)),
    ),
    Family(
        "poller",
        "lbsh_poller_revision",
        "gauge",
        "Revision of the script that is probed.",
        _fact(lambda facts: str(facts.revision)),
    ),
    Family(
        "poller",
        "lbsh_poller_clock_lag_seconds_total",
        "counter",
        "Time that did not count on the poller's own clock.",
        _fact(lambda facts: f"{facts.lag / _MILLION:.6f}"),
    ),
    Family(
        "poller",
        "lbsh_poller_slow_turns_total",
        "counter",
        "Turns of the loop of which some time did not count.",
        _fact(lambda facts: str(facts.slow_turns)),
    ),
    Family("poller", "lbsh_poller_turns_total", "counter", "Turns of the loop.", _fact(lambda facts: str(facts.turns))),
    Family(
        "poller",
        "lbsh_poller_waiting_probes",
        "gauge",
        "Probes that wait for a descriptor.",
        _fact(lambda facts: str(facts.starved)),
    ),
    Family(
        "poller",
        "lbsh_poller_held",
        "gauge",
        "Reasons for which statuses are held.",
        _fact(lambda facts: str(len(facts.held))),
    ),
    Family(
        "poller",
        "lbsh_poller_trouble",
        "gauge",
        "1 if what was found is not in the rules.",
        _fact(lambda facts: str(int(bool(facts.trouble)))),
    ),
    Family(
        "poller",
        "lbsh_poller_shadow_failures",
        "gauge",
        "Servers that serve and that shadow probes would have taken out.",
        _fact(lambda facts: str(facts.shadowed)),
    ),
    Family(
        "poller",
        "lbsh_poller_start_lateness_seconds",
        "histogram",
        "How late probes start, less the time in which the process waited for a core.",
        _lateness,
    ),
    Family("service", "lbsh_service_servers", "gauge", "Servers of a service by state.", _states),
    Family(
        "service",
        "lbsh_service_detection_seconds",
        "gauge",
        "Longest time from a failure to the removal of the server.",
        _detection,
    ),
    Family("server", "lbsh_server_up", "gauge", "1 up, 0 down, NaN if no probe has found out yet.", _column(_up)),
    Family(
        "server",
        "lbsh_server_change_timestamp_seconds",
        "gauge",
        "Time of the last change of the state, 0 if there was none.",
        _column(_since),
    ),
    Family(
        "server",
        "lbsh_server_probe_timestamp_seconds",
        "gauge",
        "Time of the last result, 0 if there was none.",
        _column(_last),
    ),
    Family(
        "server",
        "lbsh_server_probe_duration_seconds",
        "gauge",
        "Duration of the last good probe.",
        _column(_duration),
    ),
    Family("server", "lbsh_server_good_probes_total", "counter", "Good probes.", _column(_good)),
    Family("server", "lbsh_server_bad_probes_total", "counter", "Bad probes.", _column(_bad)),
    Family(
        "server",
        "lbsh_server_failure",
        "gauge",
        "Reason for which the last probe was bad.",
        _sparse(lambda board: board.reason, lambda reason: f',reason="{reason.value}"}} 1'),
    ),
    Family(
        "server",
        "lbsh_server_held_until_timestamp_seconds",
        "gauge",
        "Time until which a server that flaps is held down.",
        _sparse(lambda board: board.held, lambda time: f"}} {_seconds(time)}"),
    ),
    Family(
        "server",
        "lbsh_server_certificate_end_timestamp_seconds",
        "gauge",
        "End of the server's certificate.",
        _sparse(lambda board: board.expiry, lambda time: f"}} {_seconds(time)}"),
    ),
)
"""All that can be asked for, in the order in which it is shown."""

SCOPES = frozenset(family.scope for family in FAMILIES)
NAMES = frozenset(family.name for family in FAMILIES)
