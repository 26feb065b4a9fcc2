"""Inlay hints as a client gets them."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types

from tests.lsp.editor import ODD, Editor

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def hints(editor: Editor, uri: str, region: types.Range) -> list[types.InlayHint]:
    found = await editor.client.text_document_inlay_hint_async(types.InlayHintParams(editor.document(uri), region))
    return list(found or ())


async def test_hints(editor: Editor) -> None:
    uri = editor.open(ODD + " # \N{PILE OF POO}")
    of_service, of_pool, of_range = await hints(editor, uri, types.Range(types.Position(0, 0), types.Position(99, 0)))
    assert isinstance(of_service.label, list | tuple)
    (part,) = of_service.label
    assert part.value == "\N{RIGHTWARDS ARROW} mx_pool"
    assert part.location == types.Location(uri, editor.over(uri, "pool mx_pool", "mx_pool"))
    assert of_service.position == editor.over(uri, "service SMTP is 62.103.127.154 tcp 25").end
    assert (of_pool.label, of_pool.position) == ("8 servers", editor.over(uri, "pool mx_pool for SMTP").end)
    assert (of_range.label, of_range.position) == ("6 addresses", editor.over(uri, "192.168.1.4-192.168.1.9").end)
    assert of_range.tooltip == "192.168.1.4 to 192.168.1.9"


async def test_hints_of_a_region(editor: Editor) -> None:
    uri = editor.open(ODD)
    region = editor.over(uri, "pool mx_pool")
    assert [one.label for one in await hints(editor, uri, region)] == ["8 servers"]


async def test_hints_of_a_file_of_two_scripts(editor: Editor, tmp_path: Path) -> None:
    roots = [
        editor.open(f'include "shared.lb"\n{more}', (tmp_path / name).as_uri())
        for name, more in (("a.lb", ""), ("b.lb", "add 10.0.0.3 to p\n"))
    ]
    uri = editor.open("# \N{PILE OF POO}\npool p for SMTP\nadd 10.0.0.2 to p\n", (tmp_path / "shared.lb").as_uri())
    (hint,) = await hints(editor, uri, types.Range(types.Position(0, 0), types.Position(9, 0)))
    assert hint.label == "1 server or 2 servers"
    for one in (*roots, uri):
        editor.close(one)


async def test_hints_of_very_many_lines(editor: Editor) -> None:
    """These are computed in several steps, and sent in another way."""
    uri = editor.open("# \N{PILE OF POO}\n" + "".join(f"pool p{number} for S\n" for number in range(1001)))
    found = await hints(editor, uri, types.Range(types.Position(1, 0), types.Position(2000, 0)))
    assert [one.position.line for one in found] == list(range(1, 1002))
    assert {one.label for one in found} == {"0 servers"}
