"""Blocks of text for an editor, rendered as Markdown or as plain text.

Texts of lbsh itself may hold `code` between backticks and no other Markdown. Text from a script goes through `Code` or
`Listing`, where it cannot end a span, a fence or a line, hide, or turn the direction of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

_LONGEST_SPAN = 200
_TICKS = re.compile("`+")


class Code(NamedTuple):
    """A piece of a script, or other text to be shown unchanged."""

    text: str


class Paragraph(NamedTuple):
    """A sentence or a few."""

    pieces: tuple[str | Code, ...]


class Bullets(NamedTuple):
    """A list of short sentences."""

    rows: tuple[Paragraph, ...]


class Listing(NamedTuple):
    """Lines of code in some language."""

    language: str
    lines: tuple[str, ...]


Block = Paragraph | Bullets | Listing
Prose = tuple[Block, ...]


def paragraph(*pieces: str | Code) -> Paragraph:
    return Paragraph(pieces)


def markdown_of(prose: Iterable[Block]) -> str:
    """The blocks as Markdown (CommonMark 0.31)."""
    return "\n\n".join(map(_markdown_block, prose))


def plain_of(prose: Iterable[Block]) -> str:
    """The blocks as text for a client without Markdown."""
    return "\n\n".join(map(_plain_block, prose))


def _markdown_block(block: Block) -> str:
    match block:
        case Paragraph():
            return _line(block)
        case Bullets(rows):
            return "\n".join(f"- {_line(row)}" for row in rows)
        case Listing(language, lines):
            body = [_visible(line) for line in lines]
            fence = _ticks("\n".join(body), 3)
            return "\n".join((fence + language, *body, fence))


def _plain_block(block: Block) -> str:
    match block:
        case Paragraph():
            return _plain_line(block)
        case Bullets(rows):
            return "\n".join(f"- {_plain_line(row)}" for row in rows)
        case Listing(_, lines):
            return "\n".join(f"    {_visible(line)}" for line in lines)


def _line(paragraph: Paragraph) -> str:
    return "".join([_span(piece.text) if isinstance(piece, Code) else piece for piece in paragraph.pieces])


def _plain_line(paragraph: Paragraph) -> str:
    pieces = paragraph.pieces
    return "".join([f"`{_short(piece.text)}`" if isinstance(piece, Code) else piece for piece in pieces])


def _span(text: str) -> str:
    """A code span (CommonMark, section 6.1)."""
    shown = _short(text)
    ticks = _ticks(shown, 1)
    # A renderer strips one blank at either end; it keeps backticks apart.
    blank = " " if shown.startswith("`") or shown.endswith("`") or (shown[:1] == " " == shown[-1:]) else ""
    return f"{ticks}{blank}{shown or ' '}{blank}{ticks}"


def _short(text: str) -> str:
    cut = text if len(text) <= _LONGEST_SPAN else text[: _LONGEST_SPAN - 1] + "…"
    return _visible(cut).replace("\t", " ")


def _ticks(text: str, least: int) -> str:
    """A row of backticks that is longer than any in the text."""
    longest = max(map(len, _TICKS.findall(text)), default=0)
    return "`" * max(least, longest + 1)


def _visible(text: str) -> str:
    """The text with a mark in place of each invisible character."""
    if text.isprintable():
        return text
    return "".join([letter if letter.isprintable() or letter == "\t" else "\ufffd" for letter in text])
