"""Code lenses as a client gets them."""

from __future__ import annotations

import pytest
from lsprotocol import types

from tests.lsp.editor import ODD, Editor

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def lenses(editor: Editor, uri: str) -> list[types.CodeLens]:
    found = await editor.client.text_document_code_lens_async(types.CodeLensParams(editor.document(uri)))
    return list(found or ())


async def test_lenses_are_told_first_and_say_something_later(editor: Editor) -> None:
    uri = editor.open(ODD)
    found = await lenses(editor, uri)
    assert [(editor.covered(uri, one.range), one.command) for one in found] == [("SMTP", None), ("mx_pool", None)]
    resolved = [await editor.client.code_lens_resolve_async(one) for one in found]
    assert [one.command for one in resolved] == [
        types.Command("mx_pool, 8 servers, 2 references", ""),
        types.Command("8 servers, 2 references", ""),
    ]


async def test_a_lens_whose_line_is_gone_says_nothing(editor: Editor) -> None:
    uri = editor.open(ODD)
    found = await lenses(editor, uri)
    editor.replace(uri, "# nothing")
    resolved = await editor.client.code_lens_resolve_async(found[0])
    assert resolved.command == types.Command("", "")
    odd = types.CodeLens(found[0].range, data=[1])
    assert (await editor.client.code_lens_resolve_async(odd)).command == types.Command("", "")
