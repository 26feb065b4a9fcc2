"""Folding ranges."""

from __future__ import annotations

from lsprotocol import types
from pygls.capabilities import get_capability

from lbsh_lang.analysis import Fold, FoldKind, folds
from lbsh_lsp.client import Client
from lbsh_lsp.serialization import Serialized

_LIMIT = "text_document.folding_range.range_limit"

_KINDS = {
    FoldKind.REGION: types.FoldingRangeKind.Region,
    FoldKind.COMMENT: types.FoldingRangeKind.Comment,
    FoldKind.IMPORTS: types.FoldingRangeKind.Imports,
}


async def find_folds(client: Client, params: types.FoldingRangeParams) -> Serialized | None:
    uri = params.text_document.uri
    document = client.documents.document(uri)
    if document is None:
        return None
    now, limit = document.copy(), get_capability(client.capabilities, _LIMIT)
    return await client.background.answer(uri, lambda: [_json(one) for one in largest(folds(now), limit)])


def _json(fold: Fold) -> Serialized:
    """A `FoldingRange`."""
    return Serialized(f'{{"startLine":{fold.first},"endLine":{fold.last},"kind":"{_KINDS[fold.kind].value}"}}')


def largest(found: list[Fold], limit: int | None) -> list[Fold]:
    """The largest folds, as many as the client takes, in their order in the document."""
    if limit is None or len(found) <= limit:
        return found
    kept = set(sorted(found, key=lambda one: one.first - one.last)[:limit])
    return [one for one in found if one in kept]
