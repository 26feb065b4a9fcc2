"""Findings as a client gets them."""

from __future__ import annotations

import pytest
from lsprotocol import types

from tests.lsp.editor import ODD, Editor

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_right_script_has_none(editor: Editor) -> None:
    assert await editor.published(editor.open(ODD)) == []


async def test_places_are_counted_as_the_client_counts(editor: Editor) -> None:
    text = ODD.replace('match "', 'mitch "').replace(
        "add 192.168.1.4-192.168.1.9 to mx_pool", "add 192.168.7.4 to mx_pool"
    )
    uri = editor.open(text)
    found = await editor.published(uri)
    assert [(one.code, editor.covered(uri, one.range)) for one in found] == [
        ("LB502", "mitch"),
        ("LB301", "192.168.7.4"),
    ]
    assert found[1].related_information is not None
    assert editor.covered(uri, found[1].related_information[0].location.range) == "192.168.1.0/24"


async def test_findings_follow_the_text(editor: Editor) -> None:
    uri = editor.open(ODD)
    assert await editor.published(uri) == []
    editor.change(uri, editor.over(uri, "add 192.168.1.2", "add"), "ad")
    assert [one.code for one in await editor.published(uri)] == ["LB003"]
    editor.replace(uri, ODD)
    assert await editor.published(uri) == []


async def test_a_finding_tells_what_helps_and_leads_to_its_page(editor: Editor) -> None:
    uri = editor.open(ODD.replace("to mx_pool\n", "to mx_pol\n"))
    (found,) = await editor.published(uri)
    assert found.message == "undefined pool `mx_pol`\nhelp: a pool with a similar name exists: `mx_pool`"
    assert found.severity is types.DiagnosticSeverity.Error
    assert found.source == "lbsh"
    assert found.code_description is not None
    assert found.code_description.href.endswith("/LB102.md")
