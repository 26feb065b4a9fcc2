"""Code lenses: where they are is told at once, what they say when they come into sight."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from lsprotocol import types

from lbsh_lang.analysis import Document, Lens, LensTitle, Location, NameKind, lens_title, lenses
from lbsh_lsp.prepared import Prepared

if TYPE_CHECKING:
    from lbsh_lsp.server import LbshServer

SHOW_REFERENCES = "lbsh.showReferences"
"""A command of the client, if it says that it has it: shows places, given a URI, a position, and their locations."""


def register(server: LbshServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensOptions(resolve_provider=True))
    async def lens(params: types.CodeLensParams) -> Prepared | None:
        uri = params.text_document.uri
        document = server.documents.document(uri)
        if document is None:
            return None
        now = document.copy()
        return await server.aside.answer(uri, lambda: [_lens(server, uri, now, one) for one in lenses(now)])

    @server.feature(types.CODE_LENS_RESOLVE)
    async def resolve(lens: types.CodeLens) -> types.CodeLens | Prepared:
        data = lens.data if isinstance(lens.data, Mapping) else {}
        uri = str(data.get("uri"))
        views = server.documents.views(uri)
        kind = _KINDS.get(str(data.get("kind")))
        title: LensTitle | None = None
        if views and kind is not None:
            region = server.conversion.from_range(views[0].document, lens.range)
            title = lens_title(views, Lens(region, kind, str(data.get("name"))))
        if title is None:
            lens.command = types.Command("", "")  # what it was about is gone
            return lens
        shown = _shown(server, title)
        places = server.documents.places_now(one.identity for one in shown)

        def fill() -> types.CodeLens:
            lens.command = types.Command(title.title, "")
            if shown:
                arguments = [uri, lens.range.start, [places.location(one) for one in shown]]
                lens.command = types.Command(title.title, SHOW_REFERENCES, arguments=arguments)
            return lens

        return await server.aside.answer_many(uri, len(shown), fill)


_KINDS = {kind.value: kind for kind in (NameKind.SERVICE, NameKind.POOL)}


def _lens(server: LbshServer, uri: str, document: Document, lens: Lens) -> Prepared:
    data = json.dumps({"uri": uri, "kind": lens.kind.value, "name": lens.name})
    return Prepared(f'{{"range":{server.conversion.range_json(document, lens.region)},"data":{data}}}')


def _shown(server: LbshServer, title: LensTitle) -> list[Location]:
    """The references, for a client that can show them; elsewhere there is nothing to click on."""
    experimental = server.client_capabilities.experimental
    own = experimental.get("lbsh") if isinstance(experimental, Mapping) else None
    able = isinstance(own, Mapping) and own.get("showReferences") is True
    return title.references if able else []
