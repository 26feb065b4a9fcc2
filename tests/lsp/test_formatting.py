"""Formatting at a client's request."""

from __future__ import annotations

import pytest
from lsprotocol import types

from tests.lsp.editor import ODD, Editor

pytestmark = pytest.mark.asyncio(loop_scope="package")

OPTIONS = types.FormattingOptions(tab_size=4, insert_spaces=True)
UNTIDY = (
    "\ufeff# \N{PILE OF POO}  \r\n\r\n\r\n"
    'probe  A with http match "\N{GRINNING FACE}"  every  3s # \N{GRINNING FACE}\r\n'
    "servce  A\r\n"
    'save   "\N{GRINNING FACE}"\x0c#\N{GRINNING FACE}'
)
TIDY = (
    "\ufeff# \N{PILE OF POO}\r\n\r\n"
    'probe A with http match "\N{GRINNING FACE}" every 3s  # \N{GRINNING FACE}\r\n'
    "servce  A\r\n"
    'save "\N{GRINNING FACE}"  #\N{GRINNING FACE}\r\n'
)


async def test_a_document(editor: Editor) -> None:
    uri = editor.open(UNTIDY)
    edits = await editor.client.text_document_formatting_async(
        types.DocumentFormattingParams(editor.document(uri), OPTIONS)
    )
    assert editor.apply(uri, list(edits or [])) == TIDY


async def test_ranges(editor: Editor) -> None:
    uri = editor.open(UNTIDY)
    last = types.Range(types.Position(5, 0), types.Position(5, 0))
    edits = await editor.client.text_document_range_formatting_async(
        types.DocumentRangeFormattingParams(editor.document(uri), last, OPTIONS)
    )
    assert [one.range.start.line for one in edits or ()] == [5, 5]
    blank = types.Range(types.Position(0, 2), types.Position(3, 0))
    several = await editor.client.text_document_ranges_formatting_async(
        types.DocumentRangesFormattingParams(editor.document(uri), [last, blank, blank], OPTIONS)
    )
    assert [one.range.start.line for one in several or ()] == [0, 2, 5, 5]


async def test_typing(editor: Editor) -> None:
    uri = editor.open(ODD)
    editor.change(uri, editor.over(uri, "tcp 25", "25"), "25   reflect")
    at = editor.at(uri, "probe SMTP")
    params = types.DocumentOnTypeFormattingParams(editor.document(uri), at, "\n", OPTIONS)
    edits = await editor.client.text_document_on_type_formatting_async(params)
    assert "tcp 25 reflect  # \N{ENVELOPE}" in editor.apply(uri, list(edits or []))
    params.ch = "x"
    assert not await editor.client.text_document_on_type_formatting_async(params)
