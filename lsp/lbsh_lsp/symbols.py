"""Document symbols and workspace symbols."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lsprotocol import types

from lbsh_lang.analysis import Document, Symbol, SymbolKind, document_symbols, find_symbols
from lbsh_lsp.prepared import Prepared

if TYPE_CHECKING:
    from lbsh_lsp.server import LbshServer

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
}


def register(server: LbshServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    async def outline(
        params: types.DocumentSymbolParams,
    ) -> Prepared | None:
        uri = params.text_document.uri
        document = server.documents.document(uri)
        if document is None:
            return None
        now, nests = document.copy(), "text_document.document_symbol.hierarchical_document_symbol_support"

        def make() -> list[Prepared] | list[types.SymbolInformation]:
            if server.supports(nests):
                return [_nested(server, now, one) for one in document_symbols(now)]
            return [flat for one in document_symbols(now) for flat in _flat(server, now, one, None)]

        return await server.aside.answer(uri, make)

    @server.feature(types.WORKSPACE_SYMBOL)
    async def search(params: types.WorkspaceSymbolParams) -> list[types.WorkspaceSymbol] | None:
        workspace = server.documents.workspace
        found = []
        for one in find_symbols(workspace.all_sessions(), params.query):
            identity, region = one.location
            range_ = server.conversion.to_range(workspace.known(identity), region)
            location = types.Location(server.documents.uri(identity), range_)
            found.append(
                types.WorkspaceSymbol(location, one.name, KINDS[one.kind], container_name=one.container or None)
            )
        return found


def _nested(server: LbshServer, document: Document, symbol: Symbol) -> Prepared:
    """A `DocumentSymbol`. As an object, to be converted later, it would take four times as long."""
    selection = server.conversion.range_json(document, symbol.selection)
    whole = selection if symbol.region == symbol.selection else server.conversion.range_json(document, symbol.region)
    parts = [
        f'"name":{json.dumps(symbol.name)},"kind":{KINDS[symbol.kind].value}',
        f'"range":{whole},"selectionRange":{selection}',
    ]
    if symbol.detail:
        parts.append(f'"detail":{json.dumps(symbol.detail)}')
    if symbol.parts:
        parts.append(f'"children":[{",".join([_nested(server, document, part) for part in symbol.parts])}]')
    return Prepared(f"{{{','.join(parts)}}}")


def _flat(
    server: LbshServer, document: Document, symbol: Symbol, container: str | None
) -> Iterator[types.SymbolInformation]:
    """A symbol and its parts one after the other, for clients that know no others."""
    location = types.Location(
        server.documents.uri(document.identity), server.conversion.to_range(document, symbol.selection)
    )
    yield types.SymbolInformation(location, symbol.name, KINDS[symbol.kind], container_name=container)
    for part in symbol.parts:
        yield from _flat(server, document, part, symbol.name)
