"""Document links: from `include` to the file."""

from __future__ import annotations

from lsprotocol import types

from lbsh_lang.analysis import links
from lbsh_lsp.client import Client


async def find_links(client: Client, params: types.DocumentLinkParams) -> list[types.DocumentLink] | None:
    view = client.documents.view(params.text_document.uri)
    if view is None:
        return None
    return [
        types.DocumentLink(
            client.conversion.to_range(view.document, one.region), client.documents.uri(one.identity), one.name
        )
        for one in links(view)
    ]
