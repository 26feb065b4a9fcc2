"""Folding ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.capabilities import get_capability

from lbsh_lang.analysis.folding import Fold, FoldKind, folds

if TYPE_CHECKING:
    from lbsh_lsp.server import LbshServer

_KINDS = {
    FoldKind.REGION: types.FoldingRangeKind.Region,
    FoldKind.COMMENT: types.FoldingRangeKind.Comment,
    FoldKind.IMPORTS: types.FoldingRangeKind.Imports,
}


def register(server: LbshServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_FOLDING_RANGE)
    async def fold(params: types.FoldingRangeParams) -> list[types.FoldingRange]:
        document = server.documents.document(params.text_document.uri)
        if document is None:
            return []
        most = get_capability(server.client_capabilities, "text_document.folding_range.range_limit")
        found = _largest(folds(document), most)
        return [types.FoldingRange(one.first, one.last, kind=_KINDS[one.kind]) for one in found]


def _largest(found: list[Fold], most: int | None) -> list[Fold]:
    """As many folds as a client wants to have."""
    if most is None or len(found) <= most:
        return found
    kept = set(sorted(found, key=lambda one: one.first - one.last)[:most])
    return [one for one in found if one in kept]
