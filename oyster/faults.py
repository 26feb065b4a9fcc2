"""Faults of a line of any line language, as values. Knows no language and no English.

Each class is a named tuple: a frozen dataclass would take ten times as long to make at the start of a program.
"""

from __future__ import annotations

from typing import Generic, NamedTuple, Protocol, TypeVar

Value_co = TypeVar("Value_co", covariant=True)


class Token(NamedTuple, Generic[Value_co]):
    """A word of a line: its text, its first column, and the value it stands for, None if that could not be read."""

    text: str
    start: int
    value: Value_co | None

    @property
    def end(self) -> int:
        return self.start + len(self.text)


class LineTooLong(NamedTuple):
    """A line that is longer than lines may be; both lengths in characters."""

    token: Token[object]
    length: int
    most: int


class StrayCharacters(NamedTuple):
    """Invisible or control characters of one kind, and their replacement."""

    token: Token[object]
    instead: str


class Misleading(NamedTuple):
    """The first character of a line that makes a display show something else than a comment or a text holds.

    `more` is the number of further ones. The line can be read as it is.
    """

    token: Token[object]
    more: int


class OpenText(NamedTuple):
    """A text without its closing quote, and the text with it."""

    token: Token[object]
    instead: str


class Unexpected(NamedTuple):
    """A word, or the end of the line, where something else must stand: the terminals in `expected`."""

    token: Token[object]
    expected: tuple[str, ...]
    instead: str | None = None


class UnknownStatement(NamedTuple):
    """A first word that starts no statement, and the similar one that does, if there is one."""

    token: Token[object]
    instead: str | None


class ReservedName(NamedTuple):
    """A reserved word where a name must stand: the terminal of that."""

    token: Token[object]
    terminal: str


class RepeatedOption(NamedTuple):
    """An option that the line has already."""

    token: Token[object]
    first: Token[object]


class MoreFaults(NamedTuple):
    """The number of further faults of a line of which only the first ones are reported."""

    token: Token[object]
    number: int


LineFault = (
    LineTooLong
    | StrayCharacters
    | Misleading
    | OpenText
    | Unexpected
    | UnknownStatement
    | ReservedName
    | RepeatedOption
    | MoreFaults
)
"""The faults that follow from the grammar alone."""


def hinders(fault: object) -> bool:
    """Whether a fault leaves any doubt about how its line is read."""
    return not isinstance(fault, Misleading)


class Fault(Protocol):
    """Any fault of a line, including those that a language finds in words and between them."""

    @property
    def token(self) -> Token[object]: ...
