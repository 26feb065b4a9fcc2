"""Outlines and searches as a client gets them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from lsprotocol import types

from tests.lsp.editor import ODD, Editor

pytestmark = pytest.mark.asyncio(loop_scope="package")


def rows(editor: Editor, uri: str, symbols: Sequence[types.DocumentSymbol], depth: int = 0) -> Iterator[str]:
    for one in symbols:
        lines = editor.covered(uri, one.range)
        detail = f": {one.detail}" if one.detail else ""
        yield f"{'  ' * depth}{one.kind.name} {editor.covered(uri, one.selection_range)}{detail} = {lines[:12]!r}"
        yield from rows(editor, uri, one.children or [], depth + 1)


async def test_outline(editor: Editor) -> None:
    uri = editor.open(ODD)
    found = await editor.client.text_document_document_symbol_async(types.DocumentSymbolParams(editor.document(uri)))
    assert found is not None
    nested = [one for one in found if isinstance(one, types.DocumentSymbol)]
    assert list(rows(editor, uri, nested)) == [
        "Interface em0: interface external = 'interface ex'",
        "Interface em1: interface internal = 'interface in'",
        "Namespace 192.168.1.0/24: internal net = 'internal net'",
        "Class SMTP: 62.103.127.154 tcp 25 = 'service SMTP'",
        "  Array mx_pool = 'pool mx_pool'",
        "    Field 192.168.1.2 = '192.168.1.2'",
        "    Field 192.168.1.3 = '192.168.1.3'",
        "    Field 192.168.1.4-192.168.1.9 = '192.168.1.4-'",
    ]
    assert editor.covered(uri, nested[3].range) == ODD[ODD.index("service") :]


async def test_search(editor: Editor) -> None:
    uri = editor.open("\ufeff" + ODD.replace("SMTP", "SMTP_of_search").replace("mx_pool", "pool_of_search"))
    found = await editor.client.workspace_symbol_async(types.WorkspaceSymbolParams("Of_Search"))
    assert found is not None
    told = []
    for one in found:
        assert isinstance(one.location, types.Location)
        assert one.location.uri == uri
        told.append((one.name, one.container_name, editor.covered(uri, one.location.range)))
    assert told == [
        ("SMTP_of_search", None, "SMTP_of_search"),
        ("pool_of_search", "SMTP_of_search", "pool_of_search"),
    ]
    found = await editor.client.workspace_symbol_async(types.WorkspaceSymbolParams("192.168.1.5"))
    assert found is not None
    assert ("192.168.1.4-192.168.1.9", "pool_of_search") in {(one.name, one.container_name) for one in found}
    editor.close(uri)
