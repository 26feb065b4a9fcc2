"""Signature help as a client gets it."""

from __future__ import annotations

import pytest
from lsprotocol import types

from lbsh_lang.syntax.nodes import FORM_OF, FORMS, AddStatement, ProbeStatement
from tests.lsp.editor import ODD, Editor

pytestmark = pytest.mark.asyncio(loop_scope="package")

ADD, PROBE = FORM_OF[AddStatement].usage[0], FORM_OF[ProbeStatement].usage[0]


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
    assert await forms(editor, uri, editor.at(uri, "every 5s", "5s")) == {PROBE: "[every DURATION]"}
    assert await forms(editor, uri, editor.at(uri, "192.168.1.3 to", "192")) == {ADD: "TARGET[, TARGET…]"}


async def test_several_forms(editor: Editor) -> None:
    uri = editor.open("\ufeff\x0cexternal ")
    parts = {usage: form.head.split()[1] for form in FORMS if form.head.startswith("external ") for usage in form.usage}
    assert await forms(editor, uri, editor.position(uri, 0, 11)) == parts


async def test_a_line_that_has_everything(editor: Editor) -> None:
    line = "add 10.0.0.1 to p port 81 weight 2 backup ramp 1m "
    uri = editor.open(line)
    assert await forms(editor, uri, editor.position(uri, 0, len(line))) == {ADD: ""}


async def test_where_there_is_none(editor: Editor) -> None:
    uri = editor.open(ODD)
    assert await forms(editor, uri, editor.position(uri, 0, 3)) == {}
    params = types.SignatureHelpParams(types.TextDocumentIdentifier("untitled:none"), types.Position(0, 0))
    assert await editor.client.text_document_signature_help_async(params) is None
