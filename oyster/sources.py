"""Where lines come from: terminal, file, text or socket, behind one protocol, so that a session is the same in all.

`oyster.terminal` is the source with an editor of lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from oyster.offers import Completion, Mark, Usage
from oyster.shown import Styled


class Editing(Protocol):
    """What a source with an editor asks the session about the line that is being written."""

    def prompt(self) -> Styled: ...

    def complete(self, line: str, place: int) -> Completion: ...

    def usage(self, line: str, place: int) -> Usage | None: ...

    def tokens(self, line: str) -> Sequence[Mark]: ...

    def history(self) -> tuple[str, ...]: ...


class Source(Protocol):
    """A source of lines."""

    @property
    def name(self) -> str:
        """The name in places of lines: that of a file, or `terminal`."""

    @property
    def is_typed(self) -> bool:
        """Whether a person types: words may be abbreviated, lines are kept in the history, questions can be asked."""

    @property
    def ends_at_fault(self) -> bool:
        """Whether a refused line is the last one, as in scripts."""

    def read(self, editing: Editing) -> str | None:
        """The next line without its end, None at the end of the source.

        Raises KeyboardInterrupt if the line is to be left, OSError if the source cannot be read.
        """

    def refused(self) -> None:
        """The last line was refused. Lines that were pasted with it are not given out, but may be edited."""

    def ask(self, question: str) -> str | None:
        """The answer to a question, None if nobody can be asked."""

    def ask_secret(self, question: str) -> str | None:
        """The same without showing what is typed."""


def lines_of(text: str) -> list[str]:
    """The lines of a text; nothing but line feeds and carriage returns ends one."""
    lines = re.split("\r\n|\n|\r", text)
    return lines if lines[-1] else lines[:-1]


class TextSource:
    """The lines of a text."""

    is_typed = False
    ends_at_fault = True

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self._lines: Iterator[str] = iter(lines_of(text))

    def read(self, _: Editing) -> str | None:
        """The next line."""
        return next(self._lines, None)

    def refused(self) -> None:
        """Nothing to take back."""

    def ask(self, _: str) -> str | None:
        """Nobody is there."""
        return None

    ask_secret = ask
