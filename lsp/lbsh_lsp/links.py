"""Document links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from lbsh_lang.analysis import links

if TYPE_CHECKING:
    from lbsh_lsp.server import LbshServer


def register(server: LbshServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_LINK)
    async def link(params: types.DocumentLinkParams) -> list[types.DocumentLink] | None:
        view = server.documents.view(params.text_document.uri)
        if view is None:
            return None
        return [
            types.DocumentLink(
                server.conversion.to_range(view.document, one.region), server.documents.uri(one.identity), one.name
            )
            for one in links(view)
        ]
