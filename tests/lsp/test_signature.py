"""Signature help as a client gets it."""

from __future__ import annotations

import pytest
from lsprotocol import types

from tests.lsp.editor import ODD, Editor

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def forms(editor: Editor, uri: str, at: types.Position) -> dict[str, str]:
    """The forms, each with its active part."""
    params = types.SignatureHelpParams(editor.document(uri), at)
    found = await editor.client.text_document_signature_help_async(params)
    shown = {}
    for one in found.signatures if found else ():
        assert one.parameters is not None
        assert one.active_parameter is not None
        part = one.parameters[one.active_parameter].label if one.active_parameter < len(one.parameters) else (0, 0)
        assert not isinstance(part, str)
        shown[one.label] = one.label[part[0] : part[1]]
    return shown


async def test_the_part_that_the_cursor_is_in(editor: Editor) -> None:
    uri = editor.open(ODD)
    probe = (
        "probe SERVICE with METHOD [OPTION VALUE]… [port PORT] [every DURATION] [timeout DURATION] [rise N] [fall N]"
    )
    assert await forms(editor, uri, editor.at(uri, "every 5s", "5s")) == {probe: "[every DURATION]"}
    add = "add TARGET[, TARGET…] to POOL [weight N] [backup]"
    assert await forms(editor, uri, editor.at(uri, "192.168.1.3 to", "192")) == {add: "TARGET[, TARGET…]"}


async def test_several_forms(editor: Editor) -> None:
    uri = editor.open("\ufeff\x0cexternal ")
    assert await forms(editor, uri, editor.position(uri, 0, 11)) == {
        "external addr IP": "addr",
        "external net CIDR [on IFNAME]": "net",
    }


async def test_a_line_that_has_everything(editor: Editor) -> None:
    uri = editor.open("add 10.0.0.1 to p weight 2 backup ")
    assert await forms(editor, uri, editor.position(uri, 0, 34)) == {
        "add TARGET[, TARGET…] to POOL [weight N] [backup]": ""
    }


async def test_where_there_is_none(editor: Editor) -> None:
    uri = editor.open(ODD)
    assert await forms(editor, uri, editor.position(uri, 0, 3)) == {}
    params = types.SignatureHelpParams(types.TextDocumentIdentifier("untitled:none"), types.Position(0, 0))
    assert await editor.client.text_document_signature_help_async(params) is None
