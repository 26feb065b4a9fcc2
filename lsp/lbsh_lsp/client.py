"""The protocol by which features use their client's connection. Handlers know it, and nothing of the server."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from lsprotocol import types

from lbsh_lang.analysis import Backend
from lbsh_lsp.background import Background
from lbsh_lsp.conversion import Conversion
from lbsh_lsp.documents import Documents
from lbsh_lsp.results import DiagnosticResults
from lbsh_lsp.token_encoding import TokenEncoder


class Shown(Enum):
    """Contents that a client refreshes at the server's request, each with the client's capability to do so."""

    CODE_LENSES = "workspace.code_lens.refresh_support"
    DIAGNOSTICS = "workspace.diagnostics.refresh_support"
    INLAY_HINTS = "workspace.inlay_hint.refresh_support"
    SEMANTIC_TOKENS = "workspace.semantic_tokens.refresh_support"


class Client(Protocol):
    """A client: its open documents, its capabilities, the results sent to it; and the server's requests to it."""

    @property
    def documents(self) -> Documents: ...

    @property
    def conversion(self) -> Conversion:
        """Converts places to the client's units of columns."""

    @property
    def capabilities(self) -> types.ClientCapabilities:
        """The capabilities of the client, which `pygls.capabilities.get_capability` reads."""

    @property
    def backends(self) -> tuple[Backend, ...]:
        """The packet filters that are installed."""

    @property
    def background(self) -> Background:
        """Runs long work beside the event loop."""

    @property
    def results(self) -> DiagnosticResults:
        """The findings of documents under the names by which the client pulls them."""

    @property
    def token_encoder(self) -> TokenEncoder:
        """Encodes semantic tokens, and remembers those that were sent."""

    def supports(self, capability: str) -> bool:
        """Whether the client has a capability, such as `text_document.completion`."""

    def publish(self, params: types.PublishDiagnosticsParams) -> None:
        """Sends findings of a document."""

    def refresh(self, shown: Shown) -> None:
        """Has the client request the shown content again, if it has the capability."""

    async def fetch_settings(self, section: str) -> object:
        """Requests a section of the settings that the client keeps. Raises `JsonRpcException` if the client refuses."""

    def watch_files(self, pattern: str) -> None:
        """Has the client notify the server of files that change on the disk."""
