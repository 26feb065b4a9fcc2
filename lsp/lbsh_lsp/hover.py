"""Hover."""

from __future__ import annotations

from lsprotocol import types
from pygls.capabilities import get_capability

from lbsh_lang.analysis import hover_at
from lbsh_lsp.client import Client
from lbsh_lsp.markup import to_markup


async def hover(client: Client, params: types.HoverParams) -> types.Hover | None:
    view = client.documents.view(params.text_document.uri)
    if view is None:
        return None
    found = hover_at(view, client.conversion.from_position(view.document, params.position))
    if found is None:
        return None
    formats = get_capability(client.capabilities, "text_document.hover.content_format")
    return types.Hover(to_markup(found.prose, formats), client.conversion.to_range(view.document, found.region))
