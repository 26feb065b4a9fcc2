"""Semantic tokens as LSP 3.17 encodes them: five numbers a token, places relative to the token before.

Theory of operation. Each line is encoded by itself, as a *piece*: all its numbers but the first, which says how far above
the last line with tokens is. A piece follows from the text of its line (but for servers that are drained elsewhere), so it
is kept for all lines of that text. What a client has been sent is kept as pieces too: a delta is found by comparing pieces,
which are the same objects where nothing has changed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from lsprotocol import types

from lbsh_lang.analysis.tokens import Kind, Mark, SemanticToken, drained_tokens, line_tokens
from lbsh_lang.analysis.view import View
from lbsh_lsp.conversion import Conversion

if TYPE_CHECKING:
    from lbsh_lsp.server import LbshServer

Piece = tuple[int, ...]

TYPES = {
    Kind.KEYWORD: types.SemanticTokenTypes.Keyword,
    Kind.OPTION: types.SemanticTokenTypes.Property,
    Kind.SERVICE: types.SemanticTokenTypes.Class,
    Kind.POOL: types.SemanticTokenTypes.Variable,
    Kind.DEVICE: types.SemanticTokenTypes.Struct,
    Kind.INTERFACE: types.SemanticTokenTypes.Interface,
    Kind.PARAMETER: types.SemanticTokenTypes.Parameter,
    Kind.ADDRESS: types.SemanticTokenTypes.Number,
    Kind.NETWORK: types.SemanticTokenTypes.Number,
    Kind.PORT: types.SemanticTokenTypes.Number,
    Kind.DURATION: types.SemanticTokenTypes.Number,
    Kind.NUMBER: types.SemanticTokenTypes.Number,
    Kind.PROTOCOL: types.SemanticTokenTypes.EnumMember,
    Kind.ALGORITHM: types.SemanticTokenTypes.EnumMember,
    Kind.METHOD: types.SemanticTokenTypes.EnumMember,
    Kind.VALUE: types.SemanticTokenTypes.EnumMember,
    Kind.TEXT: types.SemanticTokenTypes.String,
    Kind.COMMENT: types.SemanticTokenTypes.Comment,
    Kind.CODE: types.SemanticTokenTypes.Macro,
}
"""Standard types, since themes know no others."""

MARKS = {
    Mark.DECLARATION: types.SemanticTokenModifiers.Declaration,
    Mark.DRAINED: types.SemanticTokenModifiers.Deprecated,
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

    def pieces(self, view: View, conversion: Conversion, first: int, last: int) -> list[Piece]:
        """The pieces of some lines, both ends included."""
        document = view.document
        if len(self._pieces) > _MOST_TEXTS:
            self._pieces.clear()
            self._same.clear()
        known = self._pieces
        found: list[Piece] = []
        for line, text in enumerate(document.lines[first : last + 1], first):
            piece = known.get(text)
            if piece is None:
                piece = _piece(text, line_tokens(text, document.parsed[line]), conversion)
                piece = known[text] = self._same.setdefault(piece, piece)
            found.append(piece)
        for line, tokens in drained_tokens(view).items():
            if first <= line <= last:
                found[line - first] = _piece(document.lines[line], tokens, conversion)
        return found

    def keep(self, uri: str, pieces: list[Piece]) -> str:
        """Remembers what a client is sent; the name under which it may ask for what is different by then."""
        self._sent.pop(uri, None)
        if len(self._sent) >= _MOST_RESULTS:
            self._sent.pop(next(iter(self._sent)))
        name = str(next(self._numbers))
        self._sent[uri] = (name, pieces)
        return name

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

    def whole(view: View) -> list[Piece]:
        return encoder.pieces(view, server.conversion, 0, len(view.document.lines) - 1)

    @server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, LEGEND)
    async def full(params: types.SemanticTokensParams) -> types.SemanticTokens:
        uri = params.text_document.uri
        view = server.documents.view(uri)
        pieces = whole(view) if view is not None else []
        return types.SemanticTokens(encode(pieces), encoder.keep(uri, pieces))

    @server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL_DELTA, LEGEND)
    async def delta(params: types.SemanticTokensDeltaParams) -> types.SemanticTokens | types.SemanticTokensDelta:
        uri = params.text_document.uri
        view = server.documents.view(uri)
        pieces = whole(view) if view is not None else []
        before = encoder.sent(uri, params.previous_result_id)
        name = encoder.keep(uri, pieces)
        if before is None:
            return types.SemanticTokens(encode(pieces), name)
        found = delta_of(before, pieces)
        edits = [] if found is None else [types.SemanticTokensEdit(found.start, found.gone, found.data)]
        return types.SemanticTokensDelta(edits, name)

    @server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE, LEGEND)
    async def part(params: types.SemanticTokensRangeParams) -> types.SemanticTokens:
        view = server.documents.view(params.text_document.uri)
        if view is None:
            return types.SemanticTokens([])
        first = params.range.start.line
        return types.SemanticTokens(
            encode(encoder.pieces(view, server.conversion, first, params.range.end.line), first)
        )
