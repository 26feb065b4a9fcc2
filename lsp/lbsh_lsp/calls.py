"""The call hierarchy: services lead to pools, pools to servers. An item is found again by its document and its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from lbsh_lang.analysis.calls import Call, Item, incoming_calls, item_at, outgoing_calls
from lbsh_lang.analysis.names import NameKind
from lbsh_lang.analysis.symbols import SymbolKind
from lbsh_lang.analysis.view import View
from lbsh_lang.source import Position
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
        view = server.documents.view(params.text_document.uri)
        item = item_at(view, server.conversion.from_position(view.document, params.position)) if view else None
        return [_item(server, view, item)] if view is not None and item is not None else None

    @server.feature(types.CALL_HIERARCHY_INCOMING_CALLS)
    async def incoming(
        params: types.CallHierarchyIncomingCallsParams,
    ) -> list[types.CallHierarchyIncomingCall] | None:
        found = _place(server, params.item)
        if found is None:
            return None
        view, at = found
        return [
            types.CallHierarchyIncomingCall(_item(server, view, call.item), _ranges(server, view, call, call.item))
            for call in incoming_calls(view, at)
        ]

    @server.feature(types.CALL_HIERARCHY_OUTGOING_CALLS)
    async def outgoing(
        params: types.CallHierarchyOutgoingCallsParams,
    ) -> list[types.CallHierarchyOutgoingCall] | None:
        found = _place(server, params.item)
        if found is None:
            return None
        view, at = found
        caller = item_at(view, at)
        if caller is None:
            return None
        return [
            types.CallHierarchyOutgoingCall(_item(server, view, call.item), _ranges(server, view, call, caller))
            for call in outgoing_calls(view, at)
        ]


def _place(server: LbshServer, item: types.CallHierarchyItem) -> tuple[View, Position] | None:
    """Where an item stands, also in a document of a script that is not open itself."""
    view = server.documents.view(item.uri) or server.documents.workspace.view(identity_of(item.uri))
    if view is None:
        return None
    return view, server.conversion.from_position(view.document, item.selection_range.start)


def _item(server: LbshServer, view: View, item: Item) -> types.CallHierarchyItem:
    identity, region = item.location
    document = view.session.documents[identity]
    return types.CallHierarchyItem(
        item.name,
        _KINDS[item.kind],
        server.documents.uri(identity),
        server.conversion.to_range(document, item.statement),
        server.conversion.to_range(document, region),
        detail=item.detail or None,
    )


def _ranges(server: LbshServer, view: View, call: Call, caller: Item) -> list[types.Range]:
    document = view.session.documents[caller.location.identity]
    return [server.conversion.to_range(document, place) for place in call.places]
