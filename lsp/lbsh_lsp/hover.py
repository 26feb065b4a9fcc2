"""Hover."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.capabilities import get_capability

from lbsh_lang.analysis import hover_at
from lbsh_lsp.markup import to_markup

if TYPE_CHECKING:
    from lbsh_lsp.server import LbshServer


def register(server: LbshServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def show(params: types.HoverParams) -> types.Hover | None:
        view = server.documents.view(params.text_document.uri)
        if view is None:
            return None
        found = hover_at(view, server.conversion.from_position(view.document, params.position))
        if found is None:
            return None
        formats = get_capability(server.client_capabilities, "text_document.hover.content_format")
        return types.Hover(to_markup(found.prose, formats), server.conversion.to_range(view.document, found.region))
