"""The call hierarchy: services lead to pools, pools to servers. An item is found again by its document and its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lsprotocol import types

from lbsh_lang.analysis import (
    CallItem,
    Location,
    NameKind,
    Position,
    Region,
    SymbolKind,
    View,
    call_items_at,
    incoming_calls,
    outgoing_calls,
)
from lbsh_lsp.documents import Places
from lbsh_lsp.files import identity_of
from lbsh_lsp.symbols import KINDS

if TYPE_CHECKING:
    from lbsh_lsp.server import LbshServer

_KINDS = {
    NameKind.SERVICE: KINDS[SymbolKind.SERVICE],
    NameKind.POOL: KINDS[SymbolKind.POOL],
    NameKind.SERVER: KINDS[SymbolKind.SERVER],
}


def register(server: LbshServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY)
    async def prepare(params: types.CallHierarchyPrepareParams) -> list[types.CallHierarchyItem] | None:
        views = server.documents.views(params.text_document.uri)
        if not views:
            return None
        found = call_items_at(views, server.conversion.from_position(views[0].document, params.position))
        return [_item(server.documents.places, one) for one in found] or None

    @server.feature(types.CALL_HIERARCHY_INCOMING_CALLS)
    async def incoming(
        params: types.CallHierarchyIncomingCallsParams,
    ) -> list[types.CallHierarchyIncomingCall] | None:
        found = _place(server, params.item)
        if found is None:
            return None
        places = server.documents.places
        return [
            types.CallHierarchyIncomingCall(
                _item(places, call.item), _ranges(places, call.item.location.identity, call.places)
            )
            for call in incoming_calls(*found)
        ]

    @server.feature(types.CALL_HIERARCHY_OUTGOING_CALLS)
    async def outgoing(
        params: types.CallHierarchyOutgoingCallsParams,
    ) -> list[types.CallHierarchyOutgoingCall] | None:
        found = _place(server, params.item)
        if found is None:
            return None
        places, caller = server.documents.places, found[0][0].document.identity
        return [
            types.CallHierarchyOutgoingCall(_item(places, call.item), _ranges(places, caller, call.places))
            for call in outgoing_calls(*found)
        ]


def _place(server: LbshServer, item: types.CallHierarchyItem) -> tuple[list[View], Position] | None:
    """Where an item stands, in each of its scripts, also in a document that is not open itself."""
    views = server.documents.views(item.uri) or server.documents.workspace.views(identity_of(item.uri))
    if not views:
        return None
    return views, server.conversion.from_position(views[0].document, item.selection_range.start)


def _item(places: Places, item: CallItem) -> types.CallHierarchyItem:
    identity = item.location.identity
    return types.CallHierarchyItem(
        item.name,
        _KINDS[item.kind],
        places.uri(identity),
        places.range(Location(identity, item.statement)),
        places.range(item.location),
        detail=item.detail or None,
    )


def _ranges(places: Places, identity: str, regions: Sequence[Region]) -> list[types.Range]:
    return [places.range(Location(identity, region)) for region in regions]
