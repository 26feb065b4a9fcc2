"""Formatting: of a document, of ranges, and of the line just finished."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from lbsh_lang.analysis import Document, Region, TextEdit, format_document, format_lines, format_typed, touched_lines
from lbsh_lsp.client import Client
from lbsh_lsp.conversion import Conversion
from lbsh_lsp.serialization import Serialized

RANGE_OPTIONS = types.DocumentRangeFormattingOptions(ranges_support=True)
TYPING_OPTIONS = types.DocumentOnTypeFormattingOptions("\n")


async def format_whole(client: Client, params: types.DocumentFormattingParams) -> Serialized | None:
    uri = params.text_document.uri
    document = client.documents.document(uri)
    if document is None:
        return None
    now = document.copy()
    return await client.background.answer(uri, lambda: _edits(client.conversion, now, format_document(now)))


async def format_range(client: Client, params: types.DocumentRangeFormattingParams) -> Serialized | None:
    return await _format_ranges(client, params.text_document.uri, [params.range])


async def format_ranges(client: Client, params: types.DocumentRangesFormattingParams) -> Serialized | None:
    return await _format_ranges(client, params.text_document.uri, params.ranges)


async def format_while_typing(
    client: Client, params: types.DocumentOnTypeFormattingParams
) -> list[types.TextEdit] | None:
    document = client.documents.document(params.text_document.uri)
    if document is None or params.ch != "\n":
        return None
    at = client.conversion.from_position(document, params.position)
    return _edits(client.conversion, document, format_typed(document, at))


async def _format_ranges(client: Client, uri: str, ranges: Sequence[types.Range]) -> Serialized | None:
    document = client.documents.document(uri)
    if document is None:
        return None
    now, regions = document.copy(), [client.conversion.from_range(document, one) for one in ranges]
    return await client.background.answer(uri, lambda: _edits(client.conversion, now, _format(now, regions)))


def _format(document: Document, regions: Sequence[Region]) -> list[TextEdit]:
    """Formats the lines of some regions; a line that several regions touch is formatted once."""
    found = []
    done = -1
    for lines in sorted((touched_lines(region) for region in regions), key=lambda one: one.start):
        found += format_lines(document, max(lines.start, done + 1), lines.stop - 1)
        done = max(done, lines.stop - 1)
    return found


def _edits(conversion: Conversion, document: Document, edits: list[TextEdit]) -> list[types.TextEdit]:
    return [conversion.to_edit(document, edit) for edit in edits]
