"""Semantic tokens as LSP 3.17 encodes them: five numbers a token, places relative to the token before.

Theory of operation. Each line is encoded by itself, as a *piece*: all its numbers but the first, which says how far above
the last line with tokens is. A piece follows from the text of its line (but for servers that are drained elsewhere), so it
is kept for all lines of that text. What a client has been sent is kept as pieces too: a delta is found by comparing pieces,
which are the same objects where nothing has changed.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from lsprotocol import types

from lbsh_lang.analysis import (
    Document,
    SemanticToken,
    TokenKind,
    TokenModifier,
    drained_places,
    line_tokens,
    mark_drained,
)
from lbsh_lsp.conversion import Conversion
from lbsh_lsp.prepared import Prepared

if TYPE_CHECKING:
    from lbsh_lsp.server import LbshServer

Piece = tuple[int, ...]
Drained = Mapping[int, Container[int]]
"""Where servers are that are drained elsewhere: lines and columns."""

TYPES = {
    TokenKind.KEYWORD: types.SemanticTokenTypes.Keyword,
    TokenKind.OPTION: types.SemanticTokenTypes.Property,
    TokenKind.SERVICE: types.SemanticTokenTypes.Class,
    TokenKind.POOL: types.SemanticTokenTypes.Variable,
    TokenKind.DEVICE: types.SemanticTokenTypes.Struct,
    TokenKind.INTERFACE: types.SemanticTokenTypes.Interface,
    TokenKind.PARAMETER: types.SemanticTokenTypes.Parameter,
    TokenKind.ADDRESS: types.SemanticTokenTypes.Number,
    TokenKind.NETWORK: types.SemanticTokenTypes.Number,
    TokenKind.PORT: types.SemanticTokenTypes.Number,
    TokenKind.DURATION: types.SemanticTokenTypes.Number,
    TokenKind.NUMBER: types.SemanticTokenTypes.Number,
    TokenKind.PROTOCOL: types.SemanticTokenTypes.EnumMember,
    TokenKind.ALGORITHM: types.SemanticTokenTypes.EnumMember,
    TokenKind.METHOD: types.SemanticTokenTypes.EnumMember,
    TokenKind.VALUE: types.SemanticTokenTypes.EnumMember,
    TokenKind.TEXT: types.SemanticTokenTypes.String,
    TokenKind.COMMENT: types.SemanticTokenTypes.Comment,
    TokenKind.CODE: types.SemanticTokenTypes.Macro,
}
"""Standard types, since themes know no others."""

MARKS = {
    TokenModifier.DECLARATION: types.SemanticTokenModifiers.Declaration,
    TokenModifier.DRAINED: types.SemanticTokenModifiers.Deprecated,
}

LEGEND = types.SemanticTokensLegend(
    list(dict.fromkeys(one.value for one in TYPES.values())), [one.value for one in MARKS.values()]
)

_TYPES = {kind: LEGEND.token_types.index(one.value) for kind, one in TYPES.items()}
_MARKS = {mark: 1 << rank for rank, mark in enumerate(MARKS)}

_MOST_TEXTS = 1 << 17
_MOST_RESULTS = 32
_MUCH = 1024


class Delta(NamedTuple):
    """Replace some numbers, from the one at `start` on, by others."""

    start: int
    gone: int
    data: list[int]


def encode(pieces: Iterable[Piece], first: int = 0, before: int = 0) -> list[int]:
    """The numbers of lines, given the number of the first one and that of the last one above that has tokens."""
    data: list[int] = []
    for line, piece in enumerate(pieces, first):
        if piece:
            data.append(line - before)
            data += piece
            before = line
    return data


def delta_of(old: Sequence[Piece], new: Sequence[Piece]) -> Delta | None:
    """What turns the numbers of old lines into those of new ones, None if they are the same."""
    head = _common(old, new)
    tail = min(_common(old[::-1], new[::-1]), len(old) - head, len(new) - head)
    # The first token behind the lines that changed says how far above the last one is.
    while tail and not new[len(new) - tail]:
        tail -= 1
    tail = max(tail - 1, 0)
    before = next((line for line in range(head - 1, -1, -1) if old[line]), 0)
    gone = encode(old[head : len(old) - tail], head, before)
    come = encode(new[head : len(new) - tail], head, before)
    start = _whole(_common(gone, come))
    end = _whole(min(_common(gone[::-1], come[::-1]), len(gone) - start, len(come) - start))
    if start == len(gone) == len(come):
        return None
    above = sum(len(piece) + 1 for piece in old[:head] if piece)
    return Delta(above + start, len(gone) - start - end, come[start : len(come) - end])


def _whole(numbers: int) -> int:
    """The numbers of whole tokens."""
    return numbers - numbers % 5


def _common(one: Sequence[object], other: Sequence[object]) -> int:
    """How many items two sequences share from their starts on."""
    most = min(len(one), len(other))
    done = 0
    while done < most and one[done : done + _MUCH] == other[done : done + _MUCH]:
        done += _MUCH
    return next((place for place in range(min(done, most), most) if one[place] != other[place]), most)


class Encoder:
    """Pieces by the texts of their lines, for one client, and what that client was sent last of each document."""

    def __init__(self) -> None:
        self._pieces: dict[str, Piece] = {}
        self._same: dict[Piece, Piece] = {}
        self._sent: dict[str, tuple[str, list[Piece]]] = {}
        self._numbers = itertools.count(1)

    def pieces(self, document: Document, drained: Drained, conversion: Conversion, lines: range) -> list[Piece]:
        """The pieces of some lines, given which servers are drained."""
        if len(self._pieces) > _MOST_TEXTS:
            self._pieces.clear()
            self._same.clear()
        known = self._pieces
        found: list[Piece] = []
        for line, text in enumerate(document.lines[lines.start : lines.stop], lines.start):
            piece = known.get(text)
            if piece is None:
                piece = _piece(text, line_tokens(text, document.parsed[line]), conversion)
                piece = known[text] = self._same.setdefault(piece, piece)
            found.append(piece)
        for line, starts in drained.items():
            if line in lines:
                text = document.lines[line]
                tokens = mark_drained(line_tokens(text, document.parsed[line]), starts)
                found[line - lines.start] = _piece(text, tokens, conversion)
        return found

    def name(self) -> str:
        """A new name, under which a client may ask later for what is different by then."""
        return str(next(self._numbers))

    def keep(self, uri: str, name: str, pieces: list[Piece]) -> None:
        """Remembers what a client is sent under a name."""
        self._sent.pop(uri, None)
        if len(self._sent) >= _MOST_RESULTS:
            self._sent.pop(next(iter(self._sent)))
        self._sent[uri] = (name, pieces)

    def sent(self, uri: str, name: str) -> list[Piece] | None:
        """What a client was sent under a name, None if that was not the last for the document."""
        known, pieces = self._sent.get(uri, ("", []))
        return pieces if known == name else None


def _piece(text: str, tokens: Iterable[SemanticToken], conversion: Conversion) -> Piece:
    numbers: list[int] = []
    before = 0
    for start, end, kind, mark in tokens:
        marks = _MARKS[mark] if mark is not None else 0
        numbers += (0, conversion.units(text[before:start]), conversion.units(text[start:end]), _TYPES[kind], marks)
        before = start
    return tuple(numbers[1:])


def register(server: LbshServer) -> None:
    encoder = Encoder()

    async def answer(uri: str, told: Callable[[list[Piece], str], Prepared]) -> Prepared | None:
        """What is told of the tokens of a whole document, and under which name."""
        view = server.documents.view(uri)
        if view is None:
            return None
        now, drained, name = view.document.copy(), drained_places(view), encoder.name()
        pieces: list[Piece] = []

        def make() -> Prepared:
            pieces.extend(encoder.pieces(now, drained, server.conversion, range(len(now.lines))))
            return told(pieces, name)

        answered = await server.aside.answer(uri, make)
        encoder.keep(uri, name, pieces)
        return answered

    @server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, LEGEND)
    async def full(params: types.SemanticTokensParams) -> Prepared | None:
        return await answer(params.text_document.uri, _whole_json)

    @server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL_DELTA, LEGEND)
    async def delta(params: types.SemanticTokensDeltaParams) -> Prepared | None:
        before = encoder.sent(params.text_document.uri, params.previous_result_id)
        told = _whole_json if before is None else partial(_delta_json, before)
        return await answer(params.text_document.uri, told)

    @server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE, LEGEND)
    async def part(params: types.SemanticTokensRangeParams) -> types.SemanticTokens:
        view = server.documents.view(params.text_document.uri)
        if view is None:
            return types.SemanticTokens([])
        lines = range(params.range.start.line, params.range.end.line + 1)
        pieces = encoder.pieces(view.document, drained_places(view), server.conversion, lines)
        return types.SemanticTokens(encode(pieces, lines.start))


def _whole_json(pieces: list[Piece], name: str) -> Prepared:
    """`SemanticTokens`."""
    return Prepared(f'{{"data":{_numbers_json(encode(pieces))},"resultId":"{name}"}}')


def _delta_json(before: list[Piece], pieces: list[Piece], name: str) -> Prepared:
    """`SemanticTokensDelta`."""
    found = delta_of(before, pieces)
    edit = ""
    if found is not None:
        edit = f'{{"start":{found.start},"deleteCount":{found.gone},"data":{_numbers_json(found.data)}}}'
    return Prepared(f'{{"edits":[{edit}],"resultId":"{name}"}}')


def _numbers_json(numbers: list[int]) -> str:
    """A list of numbers; made in parts, between which others have their turn."""
    parts = [json.dumps(numbers[first : first + _MUCH])[1:-1] for first in range(0, len(numbers), _MUCH)]
    return f"[{','.join(parts)}]"
