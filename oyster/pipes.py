"""Pipes behind a command: `| match REGEX`, `except`, `find`, `count`, `last N`, `no-more`, `save FILE`, `json`.

No shell is behind them. Lines pass one by one, so that an answer of any length costs no memory, but with `last` and `save`.

A hostile regular expression can take for ever on one line. Python's `re` looks for signals while it matches, so that Ctrl-C
ends it; the main thread alone can be interrupted so. In other threads (a session over a socket) an expression may repeat
only twice, not within a repetition, which bounds its time by the length of a line, and that is bounded too.
"""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol

from oyster.commands import Refused
from oyster.near import NearMisses
from oyster.quoting import Part, words_of
from oyster.saving import save
from oyster.shown import Text, plain

LONGEST_PATTERN = 500
LONGEST_MATCHED = 4096
"""Characters of a line in which a regular expression is looked for, counted from the left."""
LONGEST_IN_THREADS = 500
MOST_KEPT = 100_000
MOST_SAVED = 1_000_000


class Stage(Protocol):
    """A pipe at work. It takes clean lines and gives some."""

    def feed(self, line: Text) -> Iterable[Text]: ...

    def end(self) -> Iterable[Text]:
        """The lines that are given after the last one. Not asked for if the command was refused."""


class Pipe(NamedTuple):
    """A kind of pipe; `make` reads the text behind its name, and raises `Refused`."""

    name: str
    usage: str
    summary: str
    make: Callable[[str], Stage]


JSON = "json"
"""Asks the command for its data. It comes first."""


def stages_of(parts: Iterable[Part]) -> tuple[list[Stage], bool]:
    """The stages behind a command, and whether its data are asked for. Raises `Refused`."""
    stages: list[Stage] = []
    asks_for_data = False
    for place, part in enumerate(parts):
        name, _, argument = part.text.strip().partition(" ")
        if name not in PIPES:
            near = NearMisses(PIPES).of(name)
            better = f"a pipe with a similar name exists: `{near}`" if near else f"there are {', '.join(PIPES)}"
            raise Refused(f"unknown pipe `{name}`" if name else "a pipe is missing behind `|`", better)
        if name == JSON and place:
            raise Refused("`json` is the first pipe, as it asks the command for its data")
        asks_for_data = asks_for_data or name == JSON
        stages.append(PIPES[name].make(argument.strip()))
    return stages, asks_for_data


class Pipeline:
    """Stages in a row, and what takes the lines behind them."""

    def __init__(self, stages: Iterable[Stage], show: Callable[[tuple[Text, ...]], None]) -> None:
        self._stages = tuple(stages)
        self._show = show

    def feed(self, lines: Iterable[Text], first: int = 0) -> None:
        """Sends lines through the stages from a number on."""
        for stage in self._stages[first:]:
            lines = _through(stage, lines)
        self._show(tuple(lines))

    def end(self) -> None:
        """Sends what the stages held back."""
        for number, stage in enumerate(self._stages):
            self.feed(stage.end(), number + 1)


def _through(stage: Stage, lines: Iterable[Text]) -> Iterator[Text]:
    for line in lines:
        yield from stage.feed(line)


class _Through:
    """Lets everything pass."""

    def __init__(self, argument: str) -> None:
        _without_argument(argument)

    def feed(self, line: Text) -> Iterable[Text]:
        return (line,)

    def end(self) -> Iterable[Text]:
        return ()


class _Match(_Through):
    """Lines in which a regular expression is found."""

    def __init__(self, argument: str) -> None:
        self._pattern = pattern_of(argument)
        self._longest = LONGEST_MATCHED if _can_be_interrupted() else LONGEST_IN_THREADS

    def _is_in(self, line: Text) -> bool:
        return self._pattern.search(plain(line)[: self._longest]) is not None

    def feed(self, line: Text) -> Iterable[Text]:
        return (line,) if self._is_in(line) else ()


class _Except(_Match):
    """Lines in which a regular expression is not found."""

    def feed(self, line: Text) -> Iterable[Text]:
        return () if self._is_in(line) else (line,)


class _Find(_Match):
    """All lines from the first one on in which a regular expression is found."""

    _is_found = False

    def feed(self, line: Text) -> Iterable[Text]:
        self._is_found = self._is_found or self._is_in(line)
        return (line,) if self._is_found else ()


class _Count(_Through):
    """The number of lines."""

    _lines = 0

    def feed(self, _: Text) -> Iterable[Text]:
        self._lines += 1
        return ()

    def end(self) -> Iterable[Text]:
        return (f"Count: {self._lines} lines",)


class _Last(_Through):
    """The last lines."""

    def __init__(self, argument: str) -> None:
        if not re.fullmatch("[0-9]{1,6}", argument) or int(argument) > MOST_KEPT:
            raise Refused(f"`last` needs a number of lines up to {MOST_KEPT}")
        self._kept: deque[Text] = deque(maxlen=int(argument))

    def feed(self, line: Text) -> Iterable[Text]:
        self._kept.append(line)
        return ()

    def end(self) -> Iterable[Text]:
        return tuple(self._kept)


class _Save(_Through):
    """Writes the lines into a file instead of showing them."""

    def __init__(self, argument: str) -> None:
        words = words_of(argument)
        if len(words) != 1:
            raise Refused("`save` needs the name of a file")
        self._path = words[0].text
        self._lines: list[str] = []

    def feed(self, line: Text) -> Iterable[Text]:
        if len(self._lines) >= MOST_SAVED:
            raise Refused(f"`save` takes up to {MOST_SAVED} lines")
        self._lines.append(plain(line) + "\n")
        return ()

    def end(self) -> Iterable[Text]:
        try:
            save(self._path, "".join(self._lines))
        except (OSError, ValueError) as error:
            raise Refused(f"cannot save: {error}") from error
        return (f"Saved {len(self._lines)} lines to {self._path}",)


PIPES: dict[str, Pipe] = {
    pipe.name: pipe
    for pipe in (
        Pipe("match", "'match' REGEX", "lines in which REGEX is found", _Match),
        Pipe("except", "'except' REGEX", "lines in which REGEX is not found", _Except),
        Pipe("find", "'find' REGEX", "lines from the first one on in which REGEX is found", _Find),
        Pipe("count", "'count'", "the number of lines", _Count),
        Pipe("last", "'last' N", "the last N lines", _Last),
        Pipe("no-more", "'no-more'", "all lines at once, without a stop at each screen", _Through),
        Pipe("save", "'save' FILE", "writes the lines to FILE", _Save),
        Pipe(JSON, f"'{JSON}'", "the answer as JSON", _Through),
    )
}


def _without_argument(argument: str) -> None:
    if argument:
        raise Refused(f"nothing may stand behind this pipe: `{argument}`")


def pattern_of(text: str) -> re.Pattern[str]:
    """The regular expression, in quotes or as it stands. Raises `Refused` if it is none, or one that may take for ever."""
    is_quoted = re.fullmatch(r'"(?:\\.|[^"\\])*"', text) is not None
    # Backslashes belong to the expression: in quotes, only those before quotes go.
    expression = text[1:-1].replace('\\"', '"') if is_quoted else text
    if not expression:
        raise Refused("a regular expression is missing")
    if len(expression) > LONGEST_PATTERN:
        raise Refused(f"a regular expression may have {LONGEST_PATTERN} characters")
    if not _can_be_interrupted() and not _is_modest(expression):
        raise Refused(
            "this regular expression may take too long", "here, two of `*`, `+`, `?` and `{}` may stand outside groups"
        )
    try:
        return re.compile(expression)
    except (re.error, OverflowError, RecursionError) as error:
        raise Refused(f"this is no regular expression: {error}") from error


def _can_be_interrupted() -> bool:
    return threading.current_thread() is threading.main_thread()


def _is_modest(expression: str) -> bool:
    """Whether an expression repeats at most twice, and no group."""
    bare = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", "x", expression)
    return len(re.findall(r"[*+?{]", bare.replace("(?:", "("))) <= 2 and not re.search(r"\)[*+?{]|\\[1-9]", bare)


def json_lines(data: object) -> list[str]:
    """Plain values as JSON, indented, names in the order in which they come."""
    return json.dumps(data, indent=2).splitlines()
