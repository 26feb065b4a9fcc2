"""How a line is taken apart before anybody reads it: pipes behind it, and the words of a command.

Quotes keep blanks, `|` and `#` together; in them a backslash keeps the next character. Outside, `#` begins a comment.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_PART = re.compile(r'(?P<string>"(?:\\.|[^"\\])*"?)|(?P<comment>#.*)|(?P<pipe>\|)|[^"#|]+', re.DOTALL)
_WORD = re.compile(r'(?:"(?:\\.|[^"\\])*"?|[^\s"])+', re.DOTALL)
_CHUNK = re.compile(r'"((?:\\.|[^"\\])*)"?|([^"]+)', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Part(NamedTuple):
    """A part of a line and its first column there."""

    text: str
    start: int


class Word(NamedTuple):
    """A word without its quotes, and the columns of the word as it is written."""

    text: str
    start: int
    end: int


def split_pipes(line: str) -> list[Part]:
    """The command or statement, then a part for each pipe behind it. A comment stays with the first part, or is left out."""
    parts = [Part("", 0)]
    for match in _PART.finditer(line):
        if match.lastgroup == "pipe":
            parts.append(Part("", match.end()))
        elif match.lastgroup != "comment" or len(parts) == 1:
            parts[-1] = Part(parts[-1].text + match.group(), parts[-1].start)
    return parts


def is_within_quotes(line: str) -> bool:
    """Whether what is written behind this beginning of a line stands in quotes or in a comment."""
    *_, last = None, *_PART.finditer(line)
    if last is None or last.lastgroup in {None, "pipe"}:
        return False
    return last.lastgroup == "comment" or not re.fullmatch(r'"(?:\\.|[^"\\])*"', last.group(), re.DOTALL)


def words_of(text: str) -> list[Word]:
    """The words of a command, without a comment."""
    end = next((match.start() for match in _PART.finditer(text) if match.lastgroup == "comment"), len(text))
    return [Word(unquoted(match.group()), match.start(), match.end()) for match in _WORD.finditer(text, 0, end)]


def unquoted(word: str) -> str:
    """A word without its quotes."""
    chunks = (_ESCAPED.sub(r"\1", quoted) if quoted else bare for quoted, bare in _CHUNK.findall(word))
    return "".join(chunks)


def quoted(word: str) -> str:
    """A word as it must be written so that it is read as one."""
    if word and not re.search(r'[\s"#|\\]', word):
        return word
    return '"' + re.sub(r'(["\\])', r"\\\1", word) + '"'
