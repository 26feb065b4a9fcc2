"""Inlay hints."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from lsprotocol import types

from lbsh_lang.analysis import Hint, Location, Position, Region, hints
from lbsh_lsp.documents import Places
from lbsh_lsp.prepared import Prepared

if TYPE_CHECKING:
    from lbsh_lsp.server import LbshServer

_LINES = 200
"""After so many lines others have their turn."""


def register(server: LbshServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    async def hint(params: types.InlayHintParams) -> Prepared | None:
        uri = params.text_document.uri
        views = server.documents.views(uri)
        if not views:
            return None
        document = views[0].document
        (first, _), end = server.conversion.from_range(document, params.range)
        found: list[Hint] = []
        for line in range(first, end.line + 1, _LINES):
            last = min(Position(line + _LINES - 1, 0), end)
            found += hints(views, Region(Position(line, 0), last))
            if last < end:
                await server.aside.pause(uri)
        targets = [one.target.identity for one in found if one.target is not None]
        places = server.documents.places_now([document.identity, *targets])
        return await server.aside.answer_each(uri, found, partial(_hint, places, document.identity))


def _hint(places: Places, identity: str, hint: Hint) -> types.InlayHint:
    label: str | list[types.InlayHintLabelPart] = hint.label
    if hint.target is not None:
        label = [types.InlayHintLabelPart(hint.label, location=places.location(hint.target))]
    return types.InlayHint(
        places.range(Location(identity, Region(hint.at, hint.at))).start,
        label,
        types.InlayHintKind.Type,
        tooltip=hint.tooltip,
        padding_left=True,
    )
