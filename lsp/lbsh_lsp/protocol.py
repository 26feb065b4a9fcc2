"""The protocol's manners: what may come when, and what becomes of messages that make no sense.

Differs from pygls in these points: the text of documents is ours (pygls splits lines where LSP does not); a request that
comes too early, too late or malformed is answered as LSP 3.17 ("Server lifecycle") and JSON-RPC 2.0 say; `exit` ends the
connection rather than the process.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.capabilities import ServerCapabilitiesBuilder
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.language_server import lsp_method

if TYPE_CHECKING:
    from lbsh_lsp.server import LbshServer

logger = logging.getLogger(__name__)

NOT_INITIALIZED = -32002
INVALID_REQUEST = -32600
PARSE_ERROR = -32700
NOTHING_ELSE = {types.INITIALIZE, types.EXIT}
"""The only messages that may come before initialization."""


class LbshProtocol(LanguageServerProtocol):
    """What pygls does with messages, less what it does with documents."""

    _server: LbshServer
    initialized = False
    ended: int | None = None
    """The exit status, once `exit` has come."""

    def receive(self, body: bytes) -> None:
        """Takes one message off the wire. Never raises, but where the client cannot be written to any more."""
        try:
            data = json.loads(body)
        except (ValueError, RecursionError):
            self._refuse(None, PARSE_ERROR, "the message is no JSON")
            return
        if not isinstance(data, dict) or data.get("jsonrpc") != self.VERSION:
            self._refuse(None, INVALID_REQUEST, "the message is no JSON-RPC 2.0 message")
            return
        method, number = data.get("method"), data.get("id")
        refusal = self._out_of_turn(method)
        if refusal is not None:
            self._refuse(number if method is not None else None, *refusal)
            return
        try:
            message = self.structure_message(data)
        except JsonRpcException as error:
            logger.warning("malformed message: %s", method)
            if method is not None:
                self._refuse(number, JsonRpcInvalidParams.CODE, str(error.__cause__ or error).strip())
            return
        self.handle_message(message)

    def _out_of_turn(self, method: object) -> tuple[int, str] | None:
        """Why a request cannot be answered now."""
        if not self.initialized and method is not None and method not in NOTHING_ELSE:
            return NOT_INITIALIZED, "the first request must be `initialize`"
        if self.initialized and method == types.INITIALIZE:
            return INVALID_REQUEST, "the server is initialized already"
        if self._shutdown and method != types.EXIT:
            return INVALID_REQUEST, "the server is shutting down"
        return None

    def _refuse(self, number: str | int | None, code: int, reason: str) -> None:
        """Answers a request by an error; of notifications nothing is said."""
        if number is not None:
            self._send_response(number, None, types.ResponseError(code, reason))
        else:
            logger.warning("passed over a message: %s", reason)

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Generator[Any, Any, types.InitializeResult]:
        self.initialized = True
        encoding = ServerCapabilitiesBuilder.choose_position_encoding(params.capabilities)
        self._server.begin(params, types.PositionEncodingKind(encoding))
        result: types.InitializeResult = yield from super().lsp_initialize(params)
        backends = [
            {"name": one.name, "title": one.title, "targets": list(one.targets)} for one in self._server.backends
        ]
        result.capabilities.experimental = {"lbsh": {"backends": backends}}
        return result

    @lsp_method(types.EXIT)
    def lsp_exit(self, *args: object) -> None:  # type: ignore[override]
        self.ended = 0 if self._shutdown else 1

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        self._server.documents.open(params.text_document)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        self._server.documents.change(params.text_document, params.content_changes)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        self._server.documents.close(params.text_document.uri)

    @lsp_method(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def lsp_workspace__did_change_workspace_folders(self, params: types.DidChangeWorkspaceFoldersParams) -> None:
        self._server.documents.change_folders(params.event.added, params.event.removed)
