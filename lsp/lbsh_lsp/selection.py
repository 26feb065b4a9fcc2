"""Selection ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from lbsh_lang.analysis import Document, Region, selections
from lbsh_lsp.prepared import Prepared

if TYPE_CHECKING:
    from lbsh_lsp.server import LbshServer


def register(server: LbshServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_SELECTION_RANGE)
    async def select(params: types.SelectionRangeParams) -> Prepared | None:
        uri = params.text_document.uri
        document = server.documents.document(uri)
        if document is None:
            return None
        now, places = document.copy(), [server.conversion.from_position(document, at) for at in params.positions]
        return await server.aside.answer(uri, lambda: [_nested(server, now, one) for one in selections(now, places)])


def _nested(server: LbshServer, document: Document, found: list[Region]) -> types.SelectionRange:
    *inner, outermost = found
    nested = types.SelectionRange(server.conversion.to_range(document, outermost))
    for region in reversed(inner):
        nested = types.SelectionRange(server.conversion.to_range(document, region), nested)
    return nested
