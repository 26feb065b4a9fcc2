"""Waiting times of an editor: the language server, used over standard input and output like by an editor.

A keystroke is a change of one character in the middle of the file; the wait ends with the findings of that very
version. The peer is a server that keeps the text as pygls does and finds nothing (`bare_server.py`): the cost of the
protocol and of Python without a language.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

from bench import farm
from bench.bars import Bar, held
from bench.editor import Client, Message
from bench.programs import lbsh
from bench.runs import Command, run_in_turns
from bench.tables import Table, megabytes, seconds

LINES = (10_000, 100_000)
EDITS = 100
EDITS_ELSEWHERE = 20
STARTS = 9

KEYSTROKE_TO_BARE, QUESTION_TO_BARE = (1.0, 2.0), (5.0, 5.0)
"""Medians and 95th percentiles. A keystroke must cost no more than pygls takes to keep the text."""

START_TO_BARE, MEMORY_TO_BARE = 2.0, 2.5
OPENING_TO_CHECK = 2.0
CHECKS = 9

KEYSTROKE_NAME, COMPLETION_NAME, HOVER_NAME = "keystroke to findings", "completion", "hover"
ELSEWHERE = {
    "keystroke in the name of a service": ("service web", 11),
    "keystroke in the name of a pool": ("pool pool", 9),
    "keystroke in the external interface": ("interface external eth0", 23),
    "keystroke in the internal net": ("internal net 10.0.0.0/8", 23),
}
"""Other places of typing, for information: the start of a line, and a column. These edits affect more than their line."""
BARE = (sys.executable, str(Path(__file__).with_name("bare_server.py")))
_URI = "untitled:farm.lb"


class Waits(NamedTuple):
    """The waiting times of a server's client, in seconds, by kind of request; and the server's memory in bytes."""

    opening: float
    questions: dict[str, tuple[float, ...]]
    memory: int


class Editing(NamedTuple):
    """All measurements: ours and the peer's, by the number of lines, the starts of both, and `lbsh check`.

    `check` is its time by the clock for the smallest number of lines.
    """

    ours: dict[int, Waits]
    bare: dict[int, Waits]
    starts: tuple[float, ...]
    bare_starts: tuple[float, ...]
    check: float


def measure_editing(folder: Path) -> Editing:
    """Typing in scripts of 10,000 and 100,000 lines, as an editor sees it."""
    command = (lbsh(), "lsp")
    starts = [(_start(command), _start(BARE)) for _ in range(STARTS)]
    ours, bare = {}, {}
    for lines in LINES:
        text = "\n".join(farm.script_of_lines(lines))
        ours[lines], bare[lines] = _wait((command, BARE), text)
    return Editing(ours, bare, tuple(one for one, _ in starts), tuple(other for _, other in starts), _check(folder))


def judge(editing: Editing) -> list[Bar]:
    """The bars on typing."""
    bars = [_start_bar(editing)]
    for lines in LINES:
        ours, bare = editing.ours[lines], editing.bare[lines]
        bars += _wait_bars(lines, ours, bare, KEYSTROKE_NAME, KEYSTROKE_TO_BARE)
    for name in (COMPLETION_NAME, HOVER_NAME):
        for lines in LINES:
            bars += _wait_bars(lines, editing.ours[lines], editing.bare[lines], name, QUESTION_TO_BARE)
    least = LINES[0]
    ours, bare = editing.ours[least], editing.bare[least]
    opening, check = seconds(ours.opening), f"`lbsh check` of them: {seconds(editing.check)}"
    ratio = ours.opening / editing.check
    bars.append(held(f"open to first findings, {least:,} lines", opening, check, ratio, OPENING_TO_CHECK))
    what = f"memory of the language server at its peak, {least:,} lines"
    beside = f"pygls alone: {megabytes(bare.memory)}"
    bars.append(held(what, megabytes(ours.memory), beside, ours.memory / bare.memory, MEMORY_TO_BARE))
    return bars


def table(editing: Editing) -> Table:
    """A row for each question and size."""
    rows = []
    for lines in LINES:
        ours, bare = editing.ours[lines], editing.bare[lines]
        rows.append((f"open to first findings, {lines:,} lines", seconds(ours.opening), "-", seconds(bare.opening)))
        for name in (KEYSTROKE_NAME, *ELSEWHERE, COMPLETION_NAME, HOVER_NAME):
            waits, others = ours.questions[name], bare.questions[name]
            rows.append(
                (f"{name}, {lines:,} lines", seconds(median(waits)), seconds(late(waits)), seconds(median(others)))
            )
        rows.append((f"memory, {lines:,} lines", megabytes(ours.memory), "-", megabytes(bare.memory)))
    columns = ("what", "median", "95th percentile", "pygls alone, median")
    return Table("Typing in an editor, by the clock", columns, tuple(rows))


def late(waits: Sequence[float]) -> float:
    """The 95th percentile."""
    return quantiles(waits, n=20)[-1]


def _start_bar(editing: Editing) -> Bar:
    what = "`lbsh lsp`, start to `initialize` answered, median"
    return _bar(what, median(editing.starts), median(editing.bare_starts), START_TO_BARE)


def _wait_bars(lines: int, ours: Waits, bare: Waits, name: str, limits: tuple[float, float]) -> list[Bar]:
    mine, other, what = ours.questions[name], bare.questions[name], f"{name}, {lines:,} lines"
    return [
        _bar(f"{what}, median", median(mine), median(other), limits[0]),
        _bar(f"{what}, 95th percentile", late(mine), late(other), limits[1]),
    ]


def _bar(what: str, ours: float, bare: float, most: float) -> Bar:
    return held(what, seconds(ours), f"pygls alone: {seconds(bare)}", ours / bare, most)


def _check(folder: Path) -> float:
    """The time by the clock of a check of the smallest script, start-up included: the median of some runs."""
    farm.write(folder / "typed.lb", farm.script_of_lines(LINES[0]))
    (costs,) = run_in_turns([Command((lbsh(), "check", "typed.lb"), folder)], CHECKS, 20)
    return costs.median_elapsed


def _start(command: Sequence[str]) -> float:
    begin = time.perf_counter()
    with Client(command) as client:
        client.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        return time.perf_counter() - begin


def _wait(commands: Sequence[Sequence[str]], text: str) -> list[Waits]:
    """Opens a text, types in its middle, and makes requests; with each server in turn, so that all meet the same noise."""
    with ExitStack() as stack:
        typists = [_Typist(stack.enter_context(Client(command)), text) for command in commands]
        openings = _in_turns(typists, _Typist.open, 1)
        asked = {
            KEYSTROKE_NAME: _in_turns(typists, lambda one: one.type("add ", " to "), EDITS),
            COMPLETION_NAME: _in_turns(typists, lambda one: one.ask("textDocument/completion"), EDITS),
            HOVER_NAME: _in_turns(typists, lambda one: one.ask("textDocument/hover"), EDITS),
        }
        for name, (start, column) in ELSEWHERE.items():
            asked[name] = _in_turns(typists, partial(_Typist.type, start=start, place=column), EDITS_ELSEWHERE)
        return [
            Waits(opening[0], {name: times[rank] for name, times in asked.items()}, _peak(one.client.process.pid))
            for rank, (one, opening) in enumerate(zip(typists, openings, strict=True))
        ]


class _Typist:
    """A user with a text open in an editor with one of the servers."""

    def __init__(self, client: Client, text: str) -> None:
        self.client = client
        self._lines = text.split("\n")
        self._text = text
        self._versions = count(1)
        # Looked up beforehand: steps are timed.
        starts = ("add ", *(start for start, _ in ELSEWHERE.values()))
        self._rows = {start: _line_with(start, self._lines) for start in starts}
        client.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        client.notify("initialized", {})

    def open(self) -> None:
        """Opens the text and waits for its findings."""
        item = {"uri": _URI, "languageId": "lbsh", "version": 0, "text": self._text}
        self.client.notify("textDocument/didOpen", {"textDocument": item})
        _findings_of(self.client, 0)

    def type(self, start: str, place: int | str) -> None:
        """Types into a line with this start, at a column or before these words."""
        line = self._rows[start]
        column = place if isinstance(place, int) else self._lines[line].index(place)
        _type(self.client, (line, column), next(self._versions))

    def ask(self, method: str) -> None:
        """Asks at the end of the line that is typed into."""
        line = self._rows["add "]
        position = {"line": line, "character": len(self._lines[line])}
        self.client.ask(method, {"textDocument": {"uri": _URI}, "position": position})


def _in_turns(typists: Sequence[_Typist], step: Callable[[_Typist], object], times: int) -> list[tuple[float, ...]]:
    """The times that each of them waits for a step, over many rounds."""
    rounds = [[_time(partial(step, one)) for one in typists] for _ in range(times)]
    return list(zip(*rounds, strict=True))


def _line_with(start: str, lines: Sequence[str]) -> int:
    """The first line that starts so in the second half of a text; the first of all if there is none there."""
    middle = len(lines) // 2
    places: list[int] = [*range(middle, len(lines)), *range(middle)]
    found: list[int] = [number for number in places if lines[number].startswith(start)]
    return found[0]


def _type(client: Client, place: tuple[int, int], version: int) -> None:
    """Types a digit, or takes it away again every other time, and waits for the findings of that version."""
    line, column = place
    end = column + (version + 1) % 2
    region = {"start": {"line": line, "character": column}, "end": {"line": line, "character": end}}
    change = {"range": region, "text": "1" if version % 2 else ""}
    client.notify(
        "textDocument/didChange", {"textDocument": {"uri": _URI, "version": version}, "contentChanges": [change]}
    )
    _findings_of(client, version)


def _findings_of(client: Client, version: int) -> Message:
    while True:
        found: Message = client.notification("textDocument/publishDiagnostics")
        if found.get("version") == version:
            return found


def _time(step: Callable[[], object]) -> float:
    begin = time.perf_counter()
    step()
    return time.perf_counter() - begin


def _peak(process: int) -> int:
    """The greatest resident set of a running process, in bytes."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    (kilobytes,) = re.findall(r"^VmHWM:\s*(\d+) kB$", status, re.MULTILINE)
    return int(kilobytes) * 1024
