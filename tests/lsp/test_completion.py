"""Completion as a client gets it."""

from __future__ import annotations

from pathlib import Path

import pytest
from lbsh_lsp.machine import LocalMachine
from lsprotocol import types

from tests.lsp.editor import ODD, Editor


async def offered(editor: Editor, uri: str, at: types.Position) -> types.CompletionList:
    found = await editor.client.text_document_completion_async(types.CompletionParams(editor.document(uri), at))
    assert isinstance(found, types.CompletionList)
    return found


def edit_of(item: types.CompletionItem) -> types.InsertReplaceEdit:
    assert isinstance(item.text_edit, types.InsertReplaceEdit)
    return item.text_edit


@pytest.mark.asyncio(loop_scope="package")
async def test_behind_odd_characters(editor: Editor) -> None:
    uri = editor.open(ODD.replace("\nadd 192.168.1.2,", "\nadd \N{PILE OF POO},"))
    (item,) = (await offered(editor, uri, editor.at(uri, "to mx_pool", "pool"))).items
    assert (item.label, item.kind, item.detail) == (
        "mx_pool",
        types.CompletionItemKind.Module,
        "for SMTP, at least 7 servers",
    )
    assert editor.covered(uri, edit_of(item).insert) == "mx_"
    assert editor.covered(uri, edit_of(item).replace) == "mx_pool"


@pytest.mark.asyncio(loop_scope="package")
async def test_behind_a_letter_outside_the_basic_plane(editor: Editor) -> None:
    uri = editor.open(ODD)
    found = await offered(editor, uri, editor.at(uri, "every 5s", "y 5s"))
    assert [item.label for item in found.items] == [
        "get",
        "host",
        "expect",
        "port",
        "every",
        "timeout",
        "rise",
        "fall",
        "recheck",
    ]
    assert {editor.covered(uri, edit_of(item).insert) for item in found.items} == {"ever"}
    assert {editor.covered(uri, edit_of(item).replace) for item in found.items} == {"every"}


@pytest.mark.asyncio(loop_scope="package")
async def test_the_first_line_begins_with_a_byte_order_mark(editor: Editor) -> None:
    uri = editor.open("\ufeffser")
    found = await offered(editor, uri, editor.position(uri, 0, 4))
    item = next(item for item in found.items if item.label == "service")
    assert item.insert_text_format is types.InsertTextFormat.Snippet
    assert edit_of(item).new_text == "service ${1:NAME} is ${2:IP} ${3|tcp,udp,tcp+udp|} ${4:PORT}"
    assert editor.covered(uri, edit_of(item).replace) == "ser"
    assert isinstance(item.documentation, types.MarkupContent)
    assert item.documentation.kind is types.MarkupKind.Markdown
    assert [item.sort_text for item in found.items] == sorted(item.sort_text or "" for item in found.items)


@pytest.mark.asyncio(loop_scope="package")
async def test_codes_in_a_comment(editor: Editor) -> None:
    line = "service \N{MATHEMATICAL BOLD CAPITAL A} is 1.2.3.4 tcp 25 # lbsh: allow LB311, L"
    uri = editor.open(f"{line}\r\nstatus")
    found = await offered(editor, uri, editor.position(uri, 0, len(line)))
    assert {"LB501", "LB701"} <= {item.label for item in found.items}
    assert editor.covered(uri, edit_of(found.items[0]).insert) == "L"


@pytest.mark.asyncio(loop_scope="package")
async def test_files_that_may_be_included(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "farms").mkdir()
    (tmp_path / "farms" / "web.lb").write_text("")
    (tmp_path / "other.lb").write_text("")
    uri = editor.open('include "', (tmp_path / "site.lb").as_uri())
    found = await offered(editor, uri, editor.position(uri, 0, 9))
    assert [(item.label, edit_of(item).new_text) for item in found.items] == [
        ("farms/", '"farms/$0"'),
        ("other.lb", '"other.lb"'),
    ]
    editor.replace(uri, 'include "farms/"')
    found = await offered(editor, uri, editor.position(uri, 0, 15))
    assert [edit_of(item).new_text for item in found.items] == ['"farms/web.lb"']
    assert editor.covered(uri, edit_of(found.items[0]).replace) == '"farms/"'
    assert edit_of(found.items[0]).insert == edit_of(found.items[0]).replace
    editor.replace(uri, 'include ""')
    found = await offered(editor, uri, editor.position(uri, 0, 9))
    assert {editor.covered(uri, edit_of(item).insert) for item in found.items} == {'""'}


@pytest.mark.asyncio(loop_scope="package")
async def test_a_document_that_is_not_open(editor: Editor) -> None:
    params = types.CompletionParams(types.TextDocumentIdentifier("untitled:none"), types.Position(0, 0))
    assert await editor.client.text_document_completion_async(params) is None


def test_paths_of_what_is_not_there(tmp_path: Path) -> None:
    machine = LocalMachine()
    assert list(machine.paths("untitled:x", "", "untitled:x")) == []
    site = str(tmp_path / "site.lb")
    assert list(machine.paths(site, "none/", site)) == []
    assert list(machine.paths(site, "\0/", site)) == []
    assert all(isinstance(name, str) for name in machine.interfaces())
