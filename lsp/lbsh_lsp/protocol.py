"""The protocol's manners: what may come when, and what becomes of messages that make no sense.

Differs from pygls in these points: the text of documents is ours (pygls splits lines where LSP does not); a request that
comes too early, too late or malformed is answered as LSP 3.17 ("Server lifecycle") and JSON-RPC 2.0 say; `exit` ends the
connection rather than the process.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Generator
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.capabilities import ServerCapabilitiesBuilder
from pygls.exceptions import (
    JsonRpcContentModified,
    JsonRpcException,
    JsonRpcInternalError,
    JsonRpcInvalidParams,
    JsonRpcMethodNotFound,
    JsonRpcRequestCancelled,
)
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.language_server import lsp_method

from lbsh_lsp.prepared import Prepared

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
            self._complain(None, PARSE_ERROR, "the message is no JSON")
            return
        if not isinstance(data, dict) or data.get("jsonrpc") != self.VERSION:
            self._complain(None, INVALID_REQUEST, "the message is no JSON-RPC 2.0 message")
            return
        method, number = data.get("method"), data.get("id")
        if not isinstance(method, str | None) or not isinstance(number, str | int | None):
            known = number if isinstance(number, str | int) else None
            self._complain(known, INVALID_REQUEST, "a method is a string, an id a string or a number")
            return
        refusal = self._refusal(method) if method is not None else None
        if refusal is not None:
            self._refuse(number, *refusal)
            return
        try:
            message = self.structure_message(data)
        except JsonRpcException as error:
            reason = f"malformed parameters of {method}: {error.__cause__ or error}".strip()
            self._refuse(number if method is not None else None, JsonRpcInvalidParams.CODE, reason)
            return
        self.handle_message(message)

    def _refusal(self, method: str) -> tuple[int, str] | None:
        """Why a message cannot be taken, or not now: an error's code and its words."""
        if not self.initialized and method not in NOTHING_ELSE:
            return NOT_INITIALIZED, "the first request must be `initialize`"
        if self.initialized and method == types.INITIALIZE:
            return INVALID_REQUEST, "the server is initialized already"
        if self._shutdown and method != types.EXIT:
            return INVALID_REQUEST, "the server is shutting down"
        if method == types.CANCEL_REQUEST or method in self.fm.builtin_features or method in self.fm.features:
            return None
        return JsonRpcMethodNotFound.CODE, f"there is no method {method}"

    def _refuse(self, number: str | int | None, code: int, reason: str) -> None:
        """Answers a request by an error; of notifications nothing is said."""
        if number is not None:
            self._complain(number, code, reason)
        else:
            logger.info("passed over a message: %s", reason)

    def _complain(self, number: str | int | None, code: int, reason: str) -> None:
        """Says what is wrong with a message; without a number it is one of which nobody could say which it was."""
        # As plain JSON, since an `id` that is null has to be there.
        self._send_data({"jsonrpc": self.VERSION, "id": number, "error": {"code": code, "message": reason}})

    # Requests

    def _execute_handler(
        self,
        msg_id: str | int,
        handler: Callable[..., Any],
        callback: Callable[[Future[Any]], None],
        args: tuple[Any, ...] | None = None,
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        """Runs a handler; one that waits for its turn while the document changes under it is not run any more."""
        params = args[0] if args and asyncio.iscoroutinefunction(handler) else None
        document = getattr(params, "text_document", None)
        if document is not None and not isinstance(params, types.DocumentDiagnosticParams):
            handler = self._unless_changed(handler, document.uri)

        def done(future: Future[Any]) -> None:
            self._request_futures.pop(msg_id, None)
            callback(future)

        super()._execute_handler(msg_id, handler, done, args, kwargs)

    def _unless_changed(self, handler: Callable[..., Any], uri: str) -> Callable[..., Any]:
        """A handler of the document as it is now.

        All messages that are there are read before anything is answered, so that the newest text wins and cancelled requests
        cost nothing. What was asked of a text that has changed since cannot be answered any more: its places, and edits of
        it, would be elsewhere. Findings have no such places in their question, and are those of the newest text.
        """
        version = self._server.documents.version_of(uri)

        async def run(*args: Any, **kwargs: Any) -> Any:
            if self._server.documents.version_of(uri) != version:
                raise JsonRpcContentModified("the document has changed since")
            return await handler(*args, **kwargs)

        return run

    def _send_handler_result(self, future: Future[Any], *, msg_id: str | int) -> None:
        """Answers a request. Only faults of ours are logged: a refusal is an answer like any other."""
        if future.cancelled():
            self._send_response(msg_id, None, JsonRpcRequestCancelled("cancelled").to_response_error())
            return
        error = future.exception()
        if error is None:
            self._send_response(msg_id, future.result())
        elif isinstance(error, JsonRpcException):
            self._send_response(msg_id, None, error.to_response_error())
        else:
            logger.error("a fault in the server, at request %s", msg_id, exc_info=error)
            told = JsonRpcInternalError(f"a fault in the server: {error!r}")
            self._send_response(msg_id, None, told.to_response_error())

    def _send_response(
        self, msg_id: str | int, result: object = None, error: types.ResponseError | None = None
    ) -> None:
        """Answers a request; what is JSON already goes out as it is."""
        if error is not None or not isinstance(result, Prepared) or self.writer is None:
            super()._send_response(msg_id, result, error)
            return
        body = f'{{"jsonrpc":"{self.VERSION}","id":{json.dumps(msg_id)},"result":{result}}}'
        header = f"Content-Length: {len(body)}\r\n\r\n" if self._include_headers else ""
        self.writer.write((header + body).encode("ascii"))

    def plain(self, value: object) -> object:
        """A value of the protocol as JSON has it."""
        return self._converter.unstructure(value)

    def _handle_cancel_notification(self, msg_id: str | int) -> None:
        """Ends a request at once; one that has been answered already is none of our business."""
        future = self._request_futures.get(msg_id)
        if future is not None:
            future.cancel()

    # What documents and the server's life ask for

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Generator[Any, Any, types.InitializeResult]:
        self.initialized = True
        encoding = ServerCapabilitiesBuilder.choose_position_encoding(params.capabilities)
        self._server.begin(params, types.PositionEncodingKind(encoding))
        result: types.InitializeResult = yield from super().lsp_initialize(params)
        if not self._server.publisher.pulls():
            result.capabilities.diagnostic_provider = None
        backends = [
            {"name": one.name, "title": one.title, "targets": list(one.targets)} for one in self._server.backends
        ]
        result.capabilities.experimental = {"lbsh": {"backends": backends}}
        return result

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *args: object) -> None:  # type: ignore[override]
        for number, future in list(self._request_futures.items()):
            if number != self.msg_id:
                future.cancel()
        self._server.publisher.close()
        self._shutdown = True

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
