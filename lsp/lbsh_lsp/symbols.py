"""Document symbols and workspace symbols."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lsprotocol import types

from lbsh_lang.analysis.documents import Document
from lbsh_lang.analysis.regions import Region
from lbsh_lang.analysis.search import find_symbols
from lbsh_lang.analysis.symbols import Symbol, SymbolKind, document_symbols
from lbsh_lsp.prepared import Json, Prepared

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
    ) -> Prepared | list[types.SymbolInformation] | None:
        document = server.documents.document(params.text_document.uri)
        if document is None:
            return None
        symbols = document_symbols(document)
        if server.supports("text_document.document_symbol.hierarchical_document_symbol_support"):
            return Prepared(_nested(server, document, one) for one in symbols)
        return [flat for one in symbols for flat in _flat(server, document, one, None)]

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


def _nested(server: LbshServer, document: Document, symbol: Symbol) -> Json:
    """A `DocumentSymbol`."""
    nested: dict[str, Json] = {
        "name": symbol.name,
        "kind": KINDS[symbol.kind].value,
        "range": _range(server, document, symbol.region),
        "selectionRange": _range(server, document, symbol.selection),
    }
    if symbol.detail:
        nested["detail"] = symbol.detail
    if symbol.parts:
        nested["children"] = [_nested(server, document, part) for part in symbol.parts]
    return nested


def _range(server: LbshServer, document: Document, region: Region) -> Json:
    (first, start), (last, end) = region
    return {"start": _position(server, document, first, start), "end": _position(server, document, last, end)}


def _position(server: LbshServer, document: Document, line: int, column: int) -> Json:
    text = document.lines[line]
    return {"line": line, "character": column if text.isascii() else server.conversion.units(text[:column])}


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
