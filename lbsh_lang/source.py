"""Source text and places in it. Owns lines and positions; knows nothing of the language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

_LINE_END = re.compile(r"\r\n|\n|\r")


LARGEST_FILE = 64 * 1024 * 1024
"""In bytes; far above any script, so that a wrong file name cannot fill the memory."""


class DecodeError(ValueError):
    """Bytes are not the text of a script; the message says why, in one line."""


class Position(NamedTuple):
    """A place between two characters: line and column from 0, columns in code points."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Source:
    """A script's text under the name that its reader gave it.

    `lines` are without their ends; `\\n`, `\\r\\n` and a lone `\\r` end a line and nothing else does, so that a form feed
    or U+2028 never shifts a line number.
    """

    name: str
    text: str = field(repr=False)
    lines: Sequence[str] = field(repr=False, compare=False)
    identity: str

    @staticmethod
    def of(name: str, text: str, identity: str | None = None) -> Source:
        """A source of this text; `identity` tells it from others whose names may lead to the same file."""
        return Source(name, text, tuple(split_lines(text)), name if identity is None else identity)

    def offset(self, position: Position) -> int:
        """The position as an index into `text`."""
        offset = 0
        for _ in range(position.line):
            end = _LINE_END.search(self.text, offset)
            assert end is not None, position
            offset = end.end()
        return offset + position.column

    def whole_line(self, line: int) -> Span:
        """Line `line` with its end: what an edit deletes to remove a statement."""
        if line + 1 < len(self.lines):
            return Span(self, Position(line, 0), Position(line + 1, 0))
        return Span(self, Position(line, 0), Position(line, len(self.lines[line])))


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a source from `start` up to and without `end`."""

    source: Source
    start: Position
    end: Position

    @property
    def text(self) -> str:
        return self.source.text[self.source.offset(self.start) : self.source.offset(self.end)]


def split_lines(text: str) -> list[str]:
    """The lines of a text, without their ends; there is always at least one, and one after a last line end."""
    return text.split("\n") if "\r" not in text else _LINE_END.split(text)


def split_ends(text: str) -> tuple[list[str], list[str]]:
    """The lines of a text as `split_lines` gives them, and the end of each; the last line has an empty one."""
    ends = _LINE_END.findall(text)
    ends.append("")
    return split_lines(text), ends


def decode(content: bytes) -> str:
    """The text of a file, a byte order mark at its start left out. Raises `DecodeError`."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DecodeError("is UTF-16 text; save it as UTF-8")
    nul = content.find(b"\0")
    if nul >= 0:
        raise DecodeError(f"is no text: there is a NUL byte in line {content.count(10, 0, nul) + 1}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(10, 0, error.start) + 1
        raise DecodeError(f"is not UTF-8: there is a byte 0x{content[error.start]:02x} in line {line}") from error
