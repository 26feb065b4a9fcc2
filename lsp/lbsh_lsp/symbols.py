"""Document symbols and workspace symbols."""

from __future__ import annotations

import json
from collections.abc import Iterator

from lsprotocol import types

from lbsh_lang.analysis import Document, Symbol, SymbolKind, document_symbols, find_symbols
from lbsh_lsp.client import Client
from lbsh_lsp.conversion import Conversion
from lbsh_lsp.documents import Documents
from lbsh_lsp.serialization import Serialized

KINDS = {
    SymbolKind.INTERFACE: types.SymbolKind.Interface,
    SymbolKind.ADDRESS: types.SymbolKind.Constant,
    SymbolKind.NETWORK: types.SymbolKind.Namespace,
    SymbolKind.SERVICE: types.SymbolKind.Class,
    SymbolKind.POOL: types.SymbolKind.Array,
    SymbolKind.SERVER: types.SymbolKind.Field,
    SymbolKind.DEVICE: types.SymbolKind.Object,
    SymbolKind.LINK: types.SymbolKind.Event,
    SymbolKind.FILE: types.SymbolKind.File,
    SymbolKind.SETTING: types.SymbolKind.Property,
}


async def outline(client: Client, params: types.DocumentSymbolParams) -> Serialized | None:
    uri, documents = params.text_document.uri, client.documents
    document = documents.document(uri)
    if document is None:
        return None
    now = document.copy()
    nested = client.supports("text_document.document_symbol.hierarchical_document_symbol_support")

    def make() -> list[Serialized] | list[types.SymbolInformation]:
        if nested:
            return [_nested(documents.conversion, now, one) for one in document_symbols(now)]
        return [flat for one in document_symbols(now) for flat in _flat(documents, now, one, None)]

    return await client.background.answer(uri, make)


async def search(client: Client, params: types.WorkspaceSymbolParams) -> list[types.WorkspaceSymbol] | None:
    workspace = client.documents.workspace
    found = []
    for one in find_symbols(workspace.all_sessions(), params.query):
        identity, region = one.location
        range_ = client.conversion.to_range(workspace.known(identity), region)
        location = types.Location(client.documents.uri(identity), range_)
        found.append(types.WorkspaceSymbol(location, one.name, KINDS[one.kind], container_name=one.container or None))
    return found


def _nested(conversion: Conversion, document: Document, symbol: Symbol) -> Serialized:
    """A `DocumentSymbol` with its parts. An object of the protocol would take four times as long to serialize."""
    selection = conversion.range_json(document, symbol.selection)
    whole = selection if symbol.region == symbol.selection else conversion.range_json(document, symbol.region)
    parts = [
        f'"name":{json.dumps(symbol.name)},"kind":{KINDS[symbol.kind].value}',
        f'"range":{whole},"selectionRange":{selection}',
    ]
    if symbol.detail:
        parts.append(f'"detail":{json.dumps(symbol.detail)}')
    if symbol.parts:
        parts.append(f'"children":[{",".join([_nested(conversion, document, part) for part in symbol.parts])}]')
    return Serialized(f"{{{','.join(parts)}}}")


def _flat(
    documents: Documents, document: Document, symbol: Symbol, container: str | None
) -> Iterator[types.SymbolInformation]:
    """A symbol and its parts as a list, for clients that cannot nest symbols."""
    range_ = documents.conversion.to_range(document, symbol.selection)
    location = types.Location(documents.uri(document.identity), range_)
    yield types.SymbolInformation(location, symbol.name, KINDS[symbol.kind], container_name=container)
    for part in symbol.parts:
        yield from _flat(documents, document, part, symbol.name)
