"""Code lenses. Their places are sent at once, their titles when the client requests those in sight."""

from __future__ import annotations

import json
from collections.abc import Mapping

from lsprotocol import types

from lbsh_lang.analysis import Document, Lens, LensTitle, NameKind, lens_title, lenses
from lbsh_lsp.client import Client
from lbsh_lsp.conversion import Conversion
from lbsh_lsp.serialization import Serialized

OPTIONS = types.CodeLensOptions(resolve_provider=True)

SHOW_REFERENCES = "lbsh.showReferences"
"""A command that a client may have: shows locations, given a URI and a position to start from."""

_KINDS = {kind.value: kind for kind in (NameKind.SERVICE, NameKind.POOL)}


async def find_lenses(client: Client, params: types.CodeLensParams) -> Serialized | None:
    uri = params.text_document.uri
    document = client.documents.document(uri)
    if document is None:
        return None
    now = document.copy()
    return await client.background.answer(uri, lambda: [_lens(client.conversion, uri, now, one) for one in lenses(now)])


async def resolve_lens(client: Client, lens: types.CodeLens) -> types.CodeLens | Serialized:
    data = lens.data if isinstance(lens.data, Mapping) else {}
    uri = str(data.get("uri"))
    title = _title(client, uri, lens, data)
    if title is None:
        lens.command = types.Command("", "")  # its service or pool is gone
        return lens
    shown = title.references if _shows_references(client) else []
    places = client.documents.snapshot_places(one.identity for one in shown)

    def resolve() -> types.CodeLens:
        lens.command = types.Command(title.title, "")
        if shown:
            arguments = [uri, lens.range.start, [places.location(one) for one in shown]]
            lens.command = types.Command(title.title, SHOW_REFERENCES, arguments=arguments)
        return lens

    return await client.background.answer_many(uri, len(shown), resolve)


def _title(client: Client, uri: str, lens: types.CodeLens, data: Mapping[object, object]) -> LensTitle | None:
    """The title of a lens and its references, None if its name is gone."""
    views, kind = client.documents.views(uri), _KINDS.get(str(data.get("kind")))
    if not views or kind is None:
        return None
    region = client.conversion.from_range(views[0].document, lens.range)
    return lens_title(views, Lens(region, kind, str(data.get("name"))))


def _lens(conversion: Conversion, uri: str, document: Document, lens: Lens) -> Serialized:
    """A `CodeLens` without a title."""
    data = json.dumps({"uri": uri, "kind": lens.kind.value, "name": lens.name})
    return Serialized(f'{{"range":{conversion.range_json(document, lens.region)},"data":{data}}}')


def _shows_references(client: Client) -> bool:
    """Whether the client has the command that shows references."""
    experimental = client.capabilities.experimental
    own = experimental.get("lbsh") if isinstance(experimental, Mapping) else None
    return isinstance(own, Mapping) and own.get("showReferences") is True
