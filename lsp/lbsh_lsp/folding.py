"""Folding ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.capabilities import get_capability

from lbsh_lang.analysis import Fold, FoldKind, folds
from lbsh_lsp.prepared import Prepared

if TYPE_CHECKING:
    from lbsh_lsp.server import LbshServer

_LIMIT = "text_document.folding_range.range_limit"

_KINDS = {
    FoldKind.REGION: types.FoldingRangeKind.Region,
    FoldKind.COMMENT: types.FoldingRangeKind.Comment,
    FoldKind.IMPORTS: types.FoldingRangeKind.Imports,
}


def register(server: LbshServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_FOLDING_RANGE)
    async def fold(params: types.FoldingRangeParams) -> Prepared | None:
        uri = params.text_document.uri
        document = server.documents.document(uri)
        if document is None:
            return None
        now, most = document.copy(), get_capability(server.client_capabilities, _LIMIT)
        return await server.aside.answer(uri, lambda: [_json(one) for one in _largest(folds(now), most)])


def _json(fold: Fold) -> Prepared:
    """A `FoldingRange`."""
    return Prepared(f'{{"startLine":{fold.first},"endLine":{fold.last},"kind":"{_KINDS[fold.kind].value}"}}')


def _largest(found: list[Fold], most: int | None) -> list[Fold]:
    """As many folds as a client wants to have."""
    if most is None or len(found) <= most:
        return found
    kept = set(sorted(found, key=lambda one: one.first - one.last)[:most])
    return [one for one in found if one in kept]
