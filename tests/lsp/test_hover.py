"""Hover as a client gets it."""

from __future__ import annotations

import pytest
from lbsh_lsp.markup import to_markup
from lsprotocol import types

from lbsh_lang.analysis import Code, Listing, paragraph
from tests.lsp.editor import ODD, Editor


async def said(editor: Editor, uri: str, at: types.Position) -> tuple[str, str] | None:
    """The covered text, and the text about it."""
    found = await editor.client.text_document_hover_async(types.HoverParams(editor.document(uri), at))
    if found is None:
        return None
    assert isinstance(found.contents, types.MarkupContent)
    assert found.contents.kind is types.MarkupKind.Markdown
    assert found.range is not None
    return editor.covered(uri, found.range), found.contents.value


@pytest.mark.parametrize(
    ("words", "part", "text"),
    [
        ("every 5s", "every", "From one probe to the next"),
        ("pool mx_pool for", "mx_pool", "Pool `mx_pool` for `SMTP`, `round-robin`: 8 servers."),
        ("add 192.168.1.4-192.168.1.9", "192.168.1.4-192.168.1.9", "6 addresses: `192.168.1.4` to `192.168.1.9`."),
        ("interface external", "interface", "interface external IFNAME [PARAMS]"),
    ],
)
@pytest.mark.asyncio(loop_scope="package")
async def test_hover(editor: Editor, words: str, part: str, text: str) -> None:
    uri = editor.open(ODD)
    found = await said(editor, uri, editor.at(uri, words, part))
    assert found is not None
    assert found[0] == part
    assert text in found[1]


@pytest.mark.asyncio(loop_scope="package")
async def test_a_service_has_rules(editor: Editor) -> None:
    uri = editor.open(ODD)
    found = await said(editor, uri, editor.at(uri, "service SMTP", "SMTP"))
    assert found is not None
    assert found[1].count("Rules of") == 3
    assert "rdr on em0 inet proto tcp from any to 62.103.127.154 port 25 -> <mx_pool>" in found[1]


@pytest.mark.asyncio(loop_scope="package")
async def test_where_there_is_nothing_to_say(editor: Editor) -> None:
    uri = editor.open(ODD)
    assert await said(editor, uri, editor.at(uri, "# \N{GRINNING FACE}", "\N{GRINNING FACE}")) is None
    params = types.HoverParams(types.TextDocumentIdentifier("untitled:none"), types.Position(0, 0))
    assert await editor.client.text_document_hover_async(params) is None


def test_a_client_that_shows_no_markdown() -> None:
    prose = (paragraph("A ", Code("`x`"), "."), Listing("lbsh", ("add",)))
    found = to_markup(prose, [types.MarkupKind.PlainText])
    assert (found.kind, found.value) == (types.MarkupKind.PlainText, "A ``x``.\n\n    add")
    assert to_markup(prose, None).kind is types.MarkupKind.PlainText
    found = to_markup(prose, [types.MarkupKind.PlainText, types.MarkupKind.Markdown])
    assert found.value == "A `` `x` ``.\n\n```lbsh\nadd\n```"
