"""A language server in a process of its own, once for each unit of columns."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, client_capabilities

from tests.lsp.editor import Editor, RecordingClient

SERVER = ClientServerConfig(server_command=[sys.executable, "-m", "lbsh", "lsp"], client_factory=RecordingClient)


@pytest_lsp.fixture(  # type: ignore[untyped-decorator]
    scope="package",
    params=[types.PositionEncodingKind.Utf8, types.PositionEncodingKind.Utf16, types.PositionEncodingKind.Utf32],
    ids=lambda encoding: encoding.value,
    config=SERVER,
)
async def client(request: pytest.FixtureRequest, lsp_client: RecordingClient) -> AsyncIterator[None]:
    """A client with the capabilities of VS Code, except for pulling findings, with one unit of columns."""
    capabilities = client_capabilities("visual-studio-code")
    assert capabilities.general is not None
    assert capabilities.text_document is not None
    capabilities.general.position_encodings = [request.param]
    capabilities.text_document.diagnostic = None
    await lsp_client.initialize_session(types.InitializeParams(capabilities=capabilities))
    yield
    await lsp_client.shutdown_session()


@pytest.fixture
def editor(client: RecordingClient, request: pytest.FixtureRequest) -> Editor:
    """The editor of a test; use it in tests marked `pytest.mark.asyncio(loop_scope="package")`."""
    return Editor(client, request.node.callspec.params["client"])
