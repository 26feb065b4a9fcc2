"""A client with few capabilities and a command of its own: names, outlines, lenses."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_lsp
from lsprotocol import types

from tests.lsp.conftest import SERVER
from tests.lsp.editor import ODD, Editor, RecordingClient

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_lsp.fixture(scope="module", config=SERVER)  # type: ignore[untyped-decorator]
async def modest_client(lsp_client: RecordingClient) -> AsyncIterator[None]:
    """A client without any capability, which can show references."""
    capabilities = types.ClientCapabilities(experimental={"lbsh": {"showReferences": True}})
    await lsp_client.initialize_session(types.InitializeParams(capabilities=capabilities))
    yield
    await lsp_client.shutdown_session()


@pytest.fixture
def modest_editor(modest_client: RecordingClient) -> Editor:
    return Editor(modest_client, types.PositionEncodingKind.Utf16)


async def test_definitions_are_locations(modest_editor: Editor) -> None:
    uri = modest_editor.open(ODD)
    at = modest_editor.at(uri, "for SMTP", "SMTP")
    params = types.DefinitionParams(modest_editor.document(uri), at)
    found = await modest_editor.client.text_document_definition_async(params)
    assert found == [types.Location(uri, modest_editor.over(uri, "service SMTP", "SMTP"))]


async def test_a_rename_has_no_versions(modest_editor: Editor) -> None:
    uri = modest_editor.open(ODD)
    at = modest_editor.at(uri, "for SMTP", "SMTP")
    edit = await modest_editor.client.text_document_rename_async(
        types.RenameParams(modest_editor.document(uri), at, "MAIL")
    )
    assert edit is not None
    assert edit.document_changes is None
    assert edit.changes is not None
    assert modest_editor.apply(uri, list(edit.changes[uri])) == ODD.replace("SMTP", "MAIL")


async def test_outlines_are_flat(modest_editor: Editor) -> None:
    uri = modest_editor.open(ODD)
    params = types.DocumentSymbolParams(modest_editor.document(uri))
    found = await modest_editor.client.text_document_document_symbol_async(params)
    assert [(one.name, one.container_name) for one in found or () if isinstance(one, types.SymbolInformation)] == [
        ("em0", None),
        ("em1", None),
        ("192.168.1.0/24", None),
        ("SMTP", None),
        ("mx_pool", "SMTP"),
        ("192.168.1.2", "mx_pool"),
        ("192.168.1.3", "mx_pool"),
        ("192.168.1.4-192.168.1.9", "mx_pool"),
    ]


async def test_a_lens_shows_its_references(modest_editor: Editor) -> None:
    uri = modest_editor.open(ODD)
    params = types.CodeLensParams(modest_editor.document(uri))
    found = await modest_editor.client.text_document_code_lens_async(params)
    assert found is not None
    command = (await modest_editor.client.code_lens_resolve_async(found[1])).command
    assert command is not None
    assert command.command == "lbsh.showReferences"
    assert command.arguments is not None
    where, position, places = command.arguments
    at, place = modest_editor.at(uri, "pool mx_pool", "mx_pool"), modest_editor.over(uri, "to mx_pool", "mx_pool")
    assert (where, position) == (uri, {"line": at.line, "character": at.character})
    assert isinstance(places, list | tuple)
    assert len(places) == 2
    assert places[0] == {
        "uri": uri,
        "range": {
            "start": {"line": place.start.line, "character": place.start.character},
            "end": {"line": place.end.line, "character": place.end.character},
        },
    }
