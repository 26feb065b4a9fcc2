"""Lines as a shell shows them: pieces with a kind each, and no character that a terminal would obey.

Names, contents of files, answers of servers and lines of the history are hostile. `clean` makes every character that is not
printable visible as an escape, so that it moves no cursor, sets no title and turns no text round.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol


class Piece(NamedTuple):
    """A part of a line, and its kind, by which a terminal colours it: that of a token, or a word of `KINDS`."""

    text: str
    kind: str = ""


KINDS = ("good", "bad", "doubtful", "heading", "faint", "prompt", "error", "warning", "active", "usage")
"""Kinds that a shell knows besides those of its languages' tokens. A kind that it does not know is shown plainly."""

Styled = tuple[Piece, ...]

Text = str | Styled
"""A single line."""


class Sink(Protocol):
    """The place where lines go. It gets clean ones only, and nothing else writes to a terminal, a stream or a socket."""

    @property
    def columns(self) -> int | None:
        """The width, None if lines may be of any length."""

    def show(self, lines: Iterable[Styled]) -> None:
        """Shows lines. Raises OSError if nobody reads them any more."""

    def notice(self, line: Styled) -> None:
        """Shows a line that is no answer to the line that runs; from any thread, above a prompt."""

    def refresh(self) -> None:
        """Asks anew what is shown of the line that is being written, as a language may know more by now; from any thread."""


def clean(text: str) -> str:
    """A text in which every character is printable: others as `\\n`, `\\x1b`, `\\u202e`; tabs as blanks."""
    if text.isprintable():
        return text
    return "".join([letter if letter.isprintable() else _visible(letter) for letter in text.expandtabs()])


def styled(text: Text) -> Styled:
    """A line as clean pieces."""
    if isinstance(text, str):
        return (Piece(clean(text)),)
    return tuple([Piece(clean(piece.text), piece.kind) for piece in text])


def plain(line: Text) -> str:
    """A line without its kinds."""
    return line if isinstance(line, str) else "".join([piece.text for piece in line])


def _visible(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")
