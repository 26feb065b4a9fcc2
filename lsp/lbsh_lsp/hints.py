"""Inlay hints."""

from __future__ import annotations

from functools import partial

from lsprotocol import types

from lbsh_lang.analysis import Hint, Location, Position, Region, hints
from lbsh_lsp.client import Client
from lbsh_lsp.documents import Places
from lbsh_lsp.serialization import Serialized

_LINES = 200
"""Lines whose hints are computed at a time; other requests run in between."""


async def find_hints(client: Client, params: types.InlayHintParams) -> Serialized | None:
    uri = params.text_document.uri
    views = client.documents.views(uri)
    if not views:
        return None
    document = views[0].document
    (first, _), end = client.conversion.from_range(document, params.range)
    found: list[Hint] = []
    for line in range(first, end.line + 1, _LINES):
        last = min(Position(line + _LINES - 1, 0), end)
        found += hints(views, Region(Position(line, 0), last))
        if last < end:
            await client.background.pause(uri)
    targets = [one.target.identity for one in found if one.target is not None]
    places = client.documents.snapshot_places([document.identity, *targets])
    return await client.background.answer_each(uri, found, partial(_hint, places, document.identity))


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
