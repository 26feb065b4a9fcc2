"""A line as words: strings, commas, and runs of anything else between blanks. Knows no keyword."""

from __future__ import annotations

import re
from typing import NamedTuple

_PIECE = re.compile(r'(?P<string>"(?:\\.|[^"\\])*"?)|(?P<comment>#.*)|(?P<word>,|[^\s,"#]+)', re.DOTALL)


MISLEADING = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Characters by which a display shows something else than a text holds: they move the cursor, begin a line or change the
direction of letters. Control characters other than blanks, line separators, and all with the property Bidi_Control (Unicode
Standard Annex 9)."""


class Comment(NamedTuple):
    """The comment at the end of a line, from its `#` on, and its first column."""

    text: str
    start: int


class Words(NamedTuple):
    """The words of a line, their first columns, and the comment at its end, if there is one."""

    texts: list[str]
    starts: list[int]
    comment: Comment | None


def split_words(text: str) -> Words:
    """The words of a line; a byte order mark before them is none."""
    texts: list[str] = []
    starts: list[int] = []
    for match in _PIECE.finditer(text, 1 if text.startswith("\ufeff") else 0):
        if match.lastgroup == "comment":
            return Words(texts, starts, Comment(match.group(), match.start()))
        texts.append(match.group())
        starts.append(match.start())
    return Words(texts, starts, None)
