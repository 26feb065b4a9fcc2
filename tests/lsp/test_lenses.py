"""Code lenses as a client gets them."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types

from tests.lsp.editor import ODD, Editor

pytestmark = pytest.mark.asyncio(loop_scope="package")


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


async def test_a_file_of_two_scripts(editor: Editor, tmp_path: Path) -> None:
    roots = [
        editor.open(f'include "shared.lb"\n{more}', (tmp_path / name).as_uri())
        for name, more in (("a.lb", ""), ("b.lb", "add 10.0.0.3 to p\n"))
    ]
    uri = editor.open("# \N{PILE OF POO}\npool p for SMTP\nadd 10.0.0.2 to p\n", (tmp_path / "shared.lb").as_uri())
    (lens,) = await lenses(editor, uri)
    resolved = await editor.client.code_lens_resolve_async(lens)
    assert resolved.command == types.Command("1 server or 2 servers, 2 references", "")
    declared = types.ReferenceContext(False)
    params = types.ReferenceParams(declared, editor.document(uri), editor.at(uri, "p for"))
    assert len(await editor.client.text_document_references_async(params) or ()) == 2
    for one in (*roots, uri):
        editor.close(one)
