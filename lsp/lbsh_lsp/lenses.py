"""Code lenses: where they are is told at once, what they say when they come into sight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lsprotocol import types

from lbsh_lang.analysis.lenses import Lens, LensTitle, lens_title, lenses
from lbsh_lang.analysis.names import NameKind
from lbsh_lang.analysis.view import View

if TYPE_CHECKING:
    from lbsh_lsp.server import LbshServer

SHOW_REFERENCES = "lbsh.showReferences"
"""A command of the client, if it says that it has it: shows places, given a URI, a position, and their locations."""


def register(server: LbshServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensOptions(resolve_provider=True))
    async def lens(params: types.CodeLensParams) -> list[types.CodeLens] | None:
        uri = params.text_document.uri
        view = server.documents.view(uri)
        if view is None:
            return None
        return [
            types.CodeLens(
                server.conversion.to_range(view.document, one.region),
                data={"uri": uri, "kind": one.kind.value, "name": one.name},
            )
            for one in lenses(view)
        ]

    @server.feature(types.CODE_LENS_RESOLVE)
    async def resolve(lens: types.CodeLens) -> types.CodeLens:
        data = lens.data if isinstance(lens.data, Mapping) else {}
        view = server.documents.view(str(data.get("uri")))
        kind = _KINDS.get(str(data.get("kind")))
        title: LensTitle | None = None
        if view is not None and kind is not None:
            region = server.conversion.from_range(view.document, lens.range)
            title = lens_title(view, Lens(region, kind, str(data.get("name"))))
        lens.command = types.Command("", "")  # what it was about is gone
        if view is not None and title is not None:
            lens.command = _command(server, view, lens, title)
        return lens


_KINDS = {kind.value: kind for kind in (NameKind.SERVICE, NameKind.POOL)}


def _command(server: LbshServer, view: View, lens: types.CodeLens, title: LensTitle) -> types.Command:
    """Shows the references where the client can do so; elsewhere there is nothing to click on."""
    if not _shows_references(server) or not title.references:
        return types.Command(title.title, "")
    locations = [server.documents.to_location(view, *one) for one in title.references]
    uri = server.documents.uri(view.document.identity)
    return types.Command(title.title, SHOW_REFERENCES, arguments=[uri, lens.range.start, locations])


def _shows_references(server: LbshServer) -> bool:
    experimental = server.client_capabilities.experimental
    own = experimental.get("lbsh") if isinstance(experimental, Mapping) else None
    return isinstance(own, Mapping) and own.get("showReferences") is True
