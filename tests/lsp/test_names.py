"""Definitions, references, highlights, linked editing and rename as a client gets them."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from tests.lsp.editor import ODD, Editor

pytestmark = pytest.mark.asyncio(loop_scope="package")

SCRIPT = ODD + " # \N{PILE OF POO}\r\n" + 'status\x0cSMTP "\r'
EMOJI = 'probe SMTP with http match "\N{MATHEMATICAL BOLD CAPITAL A}'


async def references(editor: Editor, uri: str, at: types.Position, declared: types.ReferenceContext) -> list[str]:
    params = types.ReferenceParams(declared, editor.document(uri), at)
    found = await editor.client.text_document_references_async(params)
    assert found is not None
    assert all(editor.covered(one.uri, one.range) in {"SMTP", "mx_pool"} for one in found)
    return [f"{one.uri == uri} {one.range.start.line}" for one in found]


async def test_definition_leads_from_the_word_to_the_statement(editor: Editor) -> None:
    uri = editor.open(SCRIPT)
    at = editor.at(uri, "pool mx_pool for SMTP", "SMTP")
    found = await editor.client.text_document_definition_async(types.DefinitionParams(editor.document(uri), at))
    assert isinstance(found, list)
    (link,) = found
    assert isinstance(link, types.LocationLink)
    assert link.target_uri == uri
    assert link.origin_selection_range == editor.over(uri, "pool mx_pool for SMTP", "SMTP")
    assert link.target_selection_range == editor.over(uri, "service SMTP", "SMTP")
    assert editor.covered(uri, link.target_range) == "service SMTP is 62.103.127.154 tcp 25"


async def test_a_keyword_has_no_definition(editor: Editor) -> None:
    uri = editor.open(SCRIPT)
    params = types.DefinitionParams(editor.document(uri), editor.at(uri, "service"))
    assert not await editor.client.text_document_definition_async(params)


async def test_references_with_and_without_the_definition(editor: Editor) -> None:
    uri = editor.open(SCRIPT)
    at = editor.at(uri, "add 192.168.1.4-192.168.1.9 to mx_pool", "mx_pool")
    assert await references(editor, uri, at, types.ReferenceContext(True)) == ["True 7", "True 8", "True 9"]
    assert await references(editor, uri, at, types.ReferenceContext(False)) == ["True 8", "True 9"]


async def test_highlights(editor: Editor) -> None:
    uri = editor.open(SCRIPT)
    params = types.DocumentHighlightParams(editor.document(uri), editor.at(uri, "service SMTP", "SMTP"))
    found = await editor.client.text_document_document_highlight_async(params)
    assert found is not None
    assert [(one.range.start.line, one.kind) for one in found] == [
        (5, types.DocumentHighlightKind.Write),
        (6, types.DocumentHighlightKind.Read),
        (7, types.DocumentHighlightKind.Read),
        (10, types.DocumentHighlightKind.Read),
    ]
    assert {editor.covered(uri, one.range) for one in found} == {"SMTP"}


async def test_linked_editing(editor: Editor) -> None:
    uri = editor.open(SCRIPT)
    params = types.LinkedEditingRangeParams(editor.document(uri), editor.at(uri, "pool mx_pool", "mx_pool"))
    found = await editor.client.text_document_linked_editing_range_async(params)
    assert found is not None
    assert [editor.covered(uri, one) for one in found.ranges] == ["mx_pool"] * 3
    assert found.word_pattern == "[A-Za-z_][A-Za-z0-9_.-]*"
    params = types.LinkedEditingRangeParams(editor.document(uri), editor.at(uri, "to mx_pool", "mx_pool"))
    assert await editor.client.text_document_linked_editing_range_async(params) is None


async def test_rename(editor: Editor) -> None:
    uri = editor.open(SCRIPT)
    place = types.PrepareRenameParams(editor.document(uri), editor.at(uri, EMOJI, "SMTP"))
    prepared = await editor.client.text_document_prepare_rename_async(place)
    assert isinstance(prepared, types.PrepareRenamePlaceholder)
    assert editor.covered(uri, prepared.range) == prepared.placeholder == "SMTP"
    params = types.RenameParams(editor.document(uri), place.position, "MAIL-1")
    edit = await editor.client.text_document_rename_async(params)
    assert edit is not None
    assert edit.changes is None
    assert edit.document_changes is not None
    (change,) = edit.document_changes
    assert isinstance(change, types.TextDocumentEdit)
    assert change.text_document == types.OptionalVersionedTextDocumentIdentifier(uri, 1)
    edits = [one for one in change.edits if isinstance(one, types.TextEdit)]
    assert editor.apply(uri, edits) == SCRIPT.replace("SMTP", "MAIL-1")


async def test_what_cannot_be_renamed_is_told(editor: Editor) -> None:
    uri = editor.open(SCRIPT)
    place = types.PrepareRenameParams(editor.document(uri), editor.at(uri, "service"))
    with pytest.raises(JsonRpcException) as refused:
        await editor.client.text_document_prepare_rename_async(place)
    assert refused.value.message == "`service` is a word of the language"
    assert refused.value.code == types.LSPErrorCodes.RequestFailed.value
    at = editor.at(uri, "pool mx_pool", "mx_pool")
    with pytest.raises(JsonRpcException) as refused:
        await editor.client.text_document_rename_async(types.RenameParams(editor.document(uri), at, "pool"))
    assert refused.value.message == "`pool` is a reserved word"


async def test_names_go_through_all_scripts_that_a_file_is_part_of(editor: Editor, tmp_path: Path) -> None:
    shared = tmp_path / "gemeinsam \N{PILE OF POO}.lb"
    shared.write_text("pool mx_pool for SMTP\n")
    include = f'include "{shared.name}"\r\n'
    uris = [
        editor.open(f"\N{ZERO WIDTH NO-BREAK SPACE}service SMTP is 62.0.0.{number} tcp 25\r\n{include}", path.as_uri())
        for number, path in enumerate((tmp_path / "a.lb", tmp_path / "b.lb"), 1)
    ]
    editor.texts[shared.as_uri()] = shared.read_text()
    at = editor.at(uris[1], "SMTP is", "SMTP")
    edit = await editor.client.text_document_rename_async(types.RenameParams(editor.document(uris[1]), at, "MAIL"))
    assert edit is not None
    changed = {}
    for change in edit.document_changes or ():
        assert isinstance(change, types.TextDocumentEdit)
        edits = [one for one in change.edits if isinstance(one, types.TextEdit)]
        changed[change.text_document.uri] = editor.apply(change.text_document.uri, edits), change.text_document.version
    assert changed == {
        uris[0]: (editor.texts[uris[0]].replace("SMTP", "MAIL"), 1),
        uris[1]: (editor.texts[uris[1]].replace("SMTP", "MAIL"), 1),
        shared.as_uri(): ("pool mx_pool for MAIL\n", None),
    }
    uri = editor.open(editor.texts[shared.as_uri()], shared.as_uri())
    at = editor.at(uri, "SMTP")
    found = await editor.client.text_document_definition_async(types.DefinitionParams(editor.document(uri), at))
    assert isinstance(found, list)
    assert [one.target_uri for one in found if isinstance(one, types.LocationLink)] == uris
    for one in (*uris, uri):
        editor.close(one)


async def test_linked_editing_only_if_all_scripts_agree(editor: Editor, tmp_path: Path) -> None:
    """In one of two scripts a pool is named outside the file too, which linked editing would not reach."""
    shared = "pool \N{ZERO WIDTH NO-BREAK SPACE}# no pool\npool p for SMTP # \N{PILE OF POO}\nadd 10.0.0.2 to p\n"
    uris = [
        editor.open('include "shared.lb"\n' + more, (tmp_path / name).as_uri())
        for name, more in (("a.lb", ""), ("b.lb", "add 10.0.0.3 to p\n"))
    ]
    uri = editor.open(shared, (tmp_path / "shared.lb").as_uri())
    params = types.LinkedEditingRangeParams(editor.document(uri), editor.at(uri, "pool p for", "p for"))
    assert await editor.client.text_document_linked_editing_range_async(params) is None
    editor.replace(uris[1], 'include "shared.lb"\n')
    found = await editor.client.text_document_linked_editing_range_async(params)
    assert found is not None
    assert [editor.covered(uri, one) for one in found.ranges] == ["p", "p"]
    for one in (*uris, uri):
        editor.close(one)
