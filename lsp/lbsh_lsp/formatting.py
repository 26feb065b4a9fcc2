"""Formatting: of a document, of ranges, and of the line that was just finished."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lsprotocol import types

from lbsh_lang.analysis import Document, Region, TextEdit, format_document, format_lines, format_typed, touched_lines
from lbsh_lsp.prepared import Prepared

if TYPE_CHECKING:
    from lbsh_lsp.server import LbshServer


def register(server: LbshServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    async def whole(params: types.DocumentFormattingParams) -> Prepared | None:
        uri = params.text_document.uri
        document = server.documents.document(uri)
        if document is None:
            return None
        now = document.copy()
        return await server.aside.answer(uri, lambda: _converted(server, now, format_document(now)))

    @server.feature(types.TEXT_DOCUMENT_RANGE_FORMATTING, types.DocumentRangeFormattingOptions(ranges_support=True))
    async def part(params: types.DocumentRangeFormattingParams) -> Prepared | None:
        return await _ranges(server, params.text_document.uri, [params.range])

    @server.feature(types.TEXT_DOCUMENT_RANGES_FORMATTING)
    async def parts(params: types.DocumentRangesFormattingParams) -> Prepared | None:
        return await _ranges(server, params.text_document.uri, params.ranges)

    @server.feature(types.TEXT_DOCUMENT_ON_TYPE_FORMATTING, types.DocumentOnTypeFormattingOptions("\n"))
    async def typed(params: types.DocumentOnTypeFormattingParams) -> list[types.TextEdit] | None:
        document = server.documents.document(params.text_document.uri)
        if document is None or params.ch != "\n":
            return None
        at = server.conversion.from_position(document, params.position)
        return _converted(server, document, format_typed(document, at))


async def _ranges(server: LbshServer, uri: str, ranges: Sequence[types.Range]) -> Prepared | None:
    document = server.documents.document(uri)
    if document is None:
        return None
    now, regions = document.copy(), [server.conversion.from_range(document, one) for one in ranges]
    return await server.aside.answer(uri, lambda: _converted(server, now, _format(now, regions)))


def _format(document: Document, regions: Sequence[Region]) -> list[TextEdit]:
    """The edits of some regions, each line once."""
    found = []
    done = -1
    for lines in sorted((touched_lines(region) for region in regions), key=lambda one: one.start):
        found += format_lines(document, max(lines.start, done + 1), lines.stop - 1)
        done = max(done, lines.stop - 1)
    return found


def _converted(server: LbshServer, document: Document, edits: list[TextEdit]) -> list[types.TextEdit]:
    return [server.conversion.to_edit(document, edit) for edit in edits]
