"""Inlay hints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from lbsh_lang.analysis.hints import Hint, hints
from lbsh_lang.analysis.view import View

if TYPE_CHECKING:
    from lbsh_lsp.server import LbshServer


def register(server: LbshServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    async def hint(params: types.InlayHintParams) -> list[types.InlayHint] | None:
        view = server.documents.view(params.text_document.uri)
        if view is None:
            return None
        region = server.conversion.from_range(view.document, params.range)
        return [_hint(server, view, one) for one in hints(view, region)]


def _hint(server: LbshServer, view: View, hint: Hint) -> types.InlayHint:
    label: str | list[types.InlayHintLabelPart] = hint.label
    if hint.target is not None:
        location = server.documents.to_location(view, *hint.target)
        label = [types.InlayHintLabelPart(hint.label, location=location)]
    return types.InlayHint(
        server.conversion.to_position(view.document, hint.at),
        label,
        types.InlayHintKind.Type,
        tooltip=hint.tooltip,
        padding_left=True,
    )
