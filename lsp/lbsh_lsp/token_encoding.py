"""Encodes semantic tokens: five numbers a token, with places relative to the token before (LSP 3.17, "Semantic
Tokens").

Theory of operation. Each line is encoded by itself: all its numbers but the first, the distance in lines from the last
token above. An encoded line follows from the text of the line alone (except for servers that are drained in other lines),
so it is kept for all lines with that text. The tokens sent to a client are kept as encoded lines too: equal lines are the
same object, so comparing them for a delta is quick.

Example: `pool p for A` has the tokens `pool`, `p`, `for` and `A`, at columns 0, 5, 7 and 11. Two lines below the last
token it reads `2, 0, 4, KEYWORD, 0,  0, 5, 1, POOL, DECLARATION,  ...`; its encoded line is that without the `2`.
"""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import NamedTuple

from lsprotocol import types

from lbsh_lang.analysis import Document, SemanticToken, TokenModifier, TokenType, line_tokens, mark_drained
from lbsh_lsp.conversion import Conversion

EncodedLine = tuple[int, ...]
Drained = Mapping[int, Container[int]]
"""The places of servers that are drained in other lines: columns by line."""

TYPES = {
    TokenType.KEYWORD: types.SemanticTokenTypes.Keyword,
    TokenType.OPTION: types.SemanticTokenTypes.Property,
    TokenType.SERVICE: types.SemanticTokenTypes.Class,
    TokenType.POOL: types.SemanticTokenTypes.Variable,
    TokenType.DEVICE: types.SemanticTokenTypes.Struct,
    TokenType.INTERFACE: types.SemanticTokenTypes.Interface,
    TokenType.PARAMETER: types.SemanticTokenTypes.Parameter,
    TokenType.ADDRESS: types.SemanticTokenTypes.Number,
    TokenType.NETWORK: types.SemanticTokenTypes.Number,
    TokenType.PORT: types.SemanticTokenTypes.Number,
    TokenType.DURATION: types.SemanticTokenTypes.Number,
    TokenType.NUMBER: types.SemanticTokenTypes.Number,
    TokenType.PROTOCOL: types.SemanticTokenTypes.EnumMember,
    TokenType.ALGORITHM: types.SemanticTokenTypes.EnumMember,
    TokenType.HELPER: types.SemanticTokenTypes.EnumMember,
    TokenType.METHOD: types.SemanticTokenTypes.EnumMember,
    TokenType.VALUE: types.SemanticTokenTypes.EnumMember,
    TokenType.TEXT: types.SemanticTokenTypes.String,
    TokenType.COMMENT: types.SemanticTokenTypes.Comment,
    TokenType.CODE: types.SemanticTokenTypes.Macro,
}
"""Standard types only: themes colour no others."""

MODIFIERS = {
    TokenModifier.DECLARATION: types.SemanticTokenModifiers.Declaration,
    TokenModifier.DRAINED: types.SemanticTokenModifiers.Deprecated,
}

LEGEND = types.SemanticTokensLegend(
    list(dict.fromkeys(one.value for one in TYPES.values())), [one.value for one in MODIFIERS.values()]
)

_TYPES = {kind: LEGEND.token_types.index(one.value) for kind, one in TYPES.items()}
_MODIFIERS = {modifier: 1 << rank for rank, modifier in enumerate(MODIFIERS)}

_MOST_TEXTS = 1 << 17
_MOST_RESULTS = 32
_CHUNK = 1024


class Delta(NamedTuple):
    """Replaces `deleted` numbers, from the one at `start` on, by others."""

    start: int
    deleted: int
    data: list[int]


def encode(lines: Iterable[EncodedLine], first: int = 0, above: int = 0) -> list[int]:
    """The numbers of lines, given the line number of the first and that of the last line above it that has tokens."""
    data: list[int] = []
    for number, line in enumerate(lines, first):
        if line:
            data.append(number - above)
            data += line
            above = number
    return data


def delta_of(old: Sequence[EncodedLine], new: Sequence[EncodedLine]) -> Delta | None:
    """The change from the numbers of old lines to those of new lines, None if they are equal."""
    head = _common(old, new)
    tail = min(_common(old[::-1], new[::-1]), len(old) - head, len(new) - head)
    # The first token below the changed lines counts its distance from them, so its line has changed too.
    while tail and not new[len(new) - tail]:
        tail -= 1
    tail = max(tail - 1, 0)
    above = next((line for line in range(head - 1, -1, -1) if old[line]), 0)
    deleted = encode(old[head : len(old) - tail], head, above)
    inserted = encode(new[head : len(new) - tail], head, above)
    start = _whole_tokens(_common(deleted, inserted))
    shorter = min(len(deleted), len(inserted)) - start
    end = _whole_tokens(min(_common(deleted[::-1], inserted[::-1]), shorter))
    if start == len(deleted) == len(inserted):
        return None
    before = sum(len(line) + 1 for line in old[:head] if line)
    return Delta(before + start, len(deleted) - start - end, inserted[start : len(inserted) - end])


def _whole_tokens(numbers: int) -> int:
    """Rounds a count of numbers down to whole tokens."""
    return numbers - numbers % 5


def _common(one: Sequence[object], other: Sequence[object]) -> int:
    """The length of the common start of two sequences."""
    most = min(len(one), len(other))
    done = 0
    while done < most and one[done : done + _CHUNK] == other[done : done + _CHUNK]:
        done += _CHUNK
    return next((place for place in range(min(done, most), most) if one[place] != other[place]), most)


class TokenEncoder:
    """Encoded lines by their text, for one client, and the tokens of each document that were sent last."""

    def __init__(self) -> None:
        self._lines: dict[str, EncodedLine] = {}
        self._same: dict[EncodedLine, EncodedLine] = {}
        self._sent: dict[str, tuple[str, list[EncodedLine]]] = {}
        self._numbers = itertools.count(1)

    def lines(self, document: Document, drained: Drained, conversion: Conversion, lines: range) -> list[EncodedLine]:
        """Encodes some lines of a document."""
        if len(self._lines) > _MOST_TEXTS:
            self._lines.clear()
            self._same.clear()
        known = self._lines
        found: list[EncodedLine] = []
        for number, text in enumerate(document.lines[lines.start : lines.stop], lines.start):
            line = known.get(text)
            if line is None:
                line = _encode_line(text, line_tokens(document.language, text, document.parsed[number]), conversion)
                line = known[text] = self._same.setdefault(line, line)
            found.append(line)
        for number, starts in drained.items():
            if number in lines:
                text = document.lines[number]
                tokens = mark_drained(line_tokens(document.language, text, document.parsed[number]), starts)
                found[number - lines.start] = _encode_line(text, tokens, conversion)
        return found

    def new_name(self) -> str:
        """A name for a result, by which the client may later request the difference (LSP's `resultId`)."""
        return str(next(self._numbers))

    def remember(self, uri: str, name: str, lines: list[EncodedLine]) -> None:
        """Keeps the tokens sent for a document; forgets the oldest results if they become many."""
        self._sent.pop(uri, None)
        if len(self._sent) >= _MOST_RESULTS:
            self._sent.pop(next(iter(self._sent)))
        self._sent[uri] = (name, lines)

    def sent(self, uri: str, name: str) -> list[EncodedLine] | None:
        """The tokens sent for a document under a name, None if that was not the last."""
        known, lines = self._sent.get(uri, ("", []))
        return lines if known == name else None


def _encode_line(text: str, tokens: Iterable[SemanticToken], conversion: Conversion) -> EncodedLine:
    numbers: list[int] = []
    before = 0
    for start, end, kind, modifier in tokens:
        modifiers = _MODIFIERS[modifier] if modifier is not None else 0
        numbers += (0, conversion.units(text[before:start]), conversion.units(text[start:end]), _TYPES[kind], modifiers)
        before = start
    return tuple(numbers[1:])
