"""Document links as a client gets them."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types

from tests.lsp.editor import Editor

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_links(editor: Editor, tmp_path: Path) -> None:
    below = tmp_path / "fährte \N{PILE OF POO}.lb"
    below.write_text("external net 10.0.0.0/8\n")
    text = f'\ufeffinclude "{below.name}"  # \N{PILE OF POO}\r\ninclude "none.lb"\r\ninclude\r\nstatus\r\n'
    uri = editor.open(text, (tmp_path / "site.lb").as_uri())
    found = await editor.client.text_document_document_link_async(types.DocumentLinkParams(editor.document(uri)))
    assert found is not None
    (link,) = found
    assert editor.covered(uri, link.range) == f'"{below.name}"'
    assert link.target == below.as_uri()
    assert link.tooltip == str(below), "in no folder of the editor"
    editor.close(uri)


async def test_a_script_without_a_folder_includes_nothing(editor: Editor) -> None:
    uri = editor.open('include "a.lb"')
    assert not await editor.client.text_document_document_link_async(types.DocumentLinkParams(editor.document(uri)))
