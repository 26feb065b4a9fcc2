"""Semantic tokens: of a whole document, as a difference from the client's, and of some lines."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

from lsprotocol import types

from lbsh_lang.analysis import drained_places
from lbsh_lsp.client import Client
from lbsh_lsp.serialization import Serialized
from lbsh_lsp.token_encoding import EncodedLine, delta_of, encode

_CHUNK = 1024
"""Numbers that are serialized at a time; the event loop runs in between."""


async def encode_document(client: Client, params: types.SemanticTokensParams) -> Serialized | None:
    return await _answer(client, params.text_document.uri, _whole_json)


async def encode_delta(client: Client, params: types.SemanticTokensDeltaParams) -> Serialized | None:
    before = client.token_encoder.sent(params.text_document.uri, params.previous_result_id)
    render = _whole_json if before is None else partial(_delta_json, before)
    return await _answer(client, params.text_document.uri, render)


async def encode_range(client: Client, params: types.SemanticTokensRangeParams) -> types.SemanticTokens:
    view = client.documents.view(params.text_document.uri)
    if view is None:
        return types.SemanticTokens([])
    lines = range(params.range.start.line, params.range.end.line + 1)
    encoded = client.token_encoder.lines(view.document, drained_places(view), client.conversion, lines)
    return types.SemanticTokens(encode(encoded, lines.start))


async def _answer(
    client: Client, uri: str, render: Callable[[list[EncodedLine], str], Serialized]
) -> Serialized | None:
    """Encodes a whole document, renders it under a new name, and remembers the tokens."""
    view, encoder, conversion = client.documents.view(uri), client.token_encoder, client.conversion
    if view is None:
        return None
    now, drained, name = view.document.copy(), drained_places(view), encoder.new_name()
    lines: list[EncodedLine] = []

    def make() -> Serialized:
        lines.extend(encoder.lines(now, drained, conversion, range(len(now.lines))))
        return render(lines, name)

    answered = await client.background.answer(uri, make)
    encoder.remember(uri, name, lines)
    return answered


def _whole_json(lines: list[EncodedLine], name: str) -> Serialized:
    """A `SemanticTokens`."""
    return Serialized(f'{{"data":{_numbers_json(encode(lines))},"resultId":"{name}"}}')


def _delta_json(before: list[EncodedLine], lines: list[EncodedLine], name: str) -> Serialized:
    """A `SemanticTokensDelta`."""
    found = delta_of(before, lines)
    edit = ""
    if found is not None:
        edit = f'{{"start":{found.start},"deleteCount":{found.deleted},"data":{_numbers_json(found.data)}}}'
    return Serialized(f'{{"edits":[{edit}],"resultId":"{name}"}}')


def _numbers_json(numbers: list[int]) -> str:
    """A list of numbers, serialized in parts."""
    parts = [json.dumps(numbers[first : first + _CHUNK])[1:-1] for first in range(0, len(numbers), _CHUNK)]
    return f"[{','.join(parts)}]"
