"""The call hierarchy: services call pools, pools call servers. A client sends an item back by its document and its
place."""

from __future__ import annotations

from collections.abc import Sequence

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
from lbsh_lsp.client import Client
from lbsh_lsp.documents import Places
from lbsh_lsp.symbols import KINDS

_KINDS = {
    NameKind.SERVICE: KINDS[SymbolKind.SERVICE],
    NameKind.POOL: KINDS[SymbolKind.POOL],
    NameKind.SERVER: KINDS[SymbolKind.SERVER],
}


async def prepare_calls(
    client: Client, params: types.CallHierarchyPrepareParams
) -> list[types.CallHierarchyItem] | None:
    views = client.documents.views(params.text_document.uri)
    if not views:
        return None
    found = call_items_at(views, client.conversion.from_position(views[0].document, params.position))
    return [_item(client.documents.places, one) for one in found] or None


async def find_incoming_calls(
    client: Client, params: types.CallHierarchyIncomingCallsParams
) -> list[types.CallHierarchyIncomingCall] | None:
    found = _occurrences(client, params.item)
    if found is None:
        return None
    places = client.documents.places
    return [
        types.CallHierarchyIncomingCall(
            _item(places, call.item), _ranges(places, call.item.location.identity, call.places)
        )
        for call in incoming_calls(*found)
    ]


async def find_outgoing_calls(
    client: Client, params: types.CallHierarchyOutgoingCallsParams
) -> list[types.CallHierarchyOutgoingCall] | None:
    found = _occurrences(client, params.item)
    if found is None:
        return None
    places, caller = client.documents.places, found[0][0].document.identity
    return [
        types.CallHierarchyOutgoingCall(_item(places, call.item), _ranges(places, caller, call.places))
        for call in outgoing_calls(*found)
    ]


def _occurrences(client: Client, item: types.CallHierarchyItem) -> tuple[list[View], Position] | None:
    """The place of an item, with its document within each of its scripts; the document need not be open."""
    documents = client.documents
    views = documents.views(item.uri) or documents.workspace.views(documents.identity_of(item.uri))
    if not views:
        return None
    return views, client.conversion.from_position(views[0].document, item.selection_range.start)


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
