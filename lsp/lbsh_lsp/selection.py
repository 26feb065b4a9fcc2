"""Selection ranges."""

from __future__ import annotations

from lsprotocol import types

from lbsh_lang.analysis import Document, Region, selections
from lbsh_lsp.client import Client
from lbsh_lsp.conversion import Conversion
from lbsh_lsp.serialization import Serialized


async def find_selections(client: Client, params: types.SelectionRangeParams) -> Serialized | None:
    uri, conversion = params.text_document.uri, client.conversion
    document = client.documents.document(uri)
    if document is None:
        return None
    now, places = document.copy(), [conversion.from_position(document, at) for at in params.positions]
    return await client.background.answer(
        uri, lambda: [_nested(conversion, now, one) for one in selections(now, places)]
    )


def _nested(conversion: Conversion, document: Document, found: list[Region]) -> types.SelectionRange:
    """Nests regions, given from the innermost to the outermost."""
    *inner, outermost = found
    nested = types.SelectionRange(conversion.to_range(document, outermost))
    for region in reversed(inner):
        nested = types.SelectionRange(conversion.to_range(document, region), nested)
    return nested
