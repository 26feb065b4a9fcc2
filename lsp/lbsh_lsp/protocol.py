"""The life of a connection: which messages are allowed when, and the answers to the others.

Differs from pygls in three points. The text of documents is kept here, since pygls ends lines where LSP does not. A
request that comes too early, too late or malformed is answered as LSP 3.17 ("Server lifecycle") and JSON-RPC 2.0 say.
`exit` ends the connection, not the process.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable, Generator
from concurrent.futures import Future
from typing import Any, Protocol, runtime_checkable

from lsprotocol import types
from pygls.capabilities import ServerCapabilitiesBuilder
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInternalError,
    JsonRpcInvalidParams,
    JsonRpcMethodNotFound,
    JsonRpcRequestCancelled,
)
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.language_server import lsp_method

from lbsh_lsp.conversion import Encoding
from lbsh_lsp.documents import Documents
from lbsh_lsp.serialization import Serialized

logger = logging.getLogger(__name__)

NOT_INITIALIZED = -32002
INVALID_REQUEST = -32600
PARSE_ERROR = -32700
ALLOWED_UNINITIALIZED = {types.INITIALIZE, types.EXIT}
"""The only messages that are allowed before `initialize`."""


MOST_AT_WORK = 64
"""How many requests of a client are worked on at once; others wait. Each may hold a copy of a document."""


@runtime_checkable
class Writer(Protocol):
    """Sends messages to a client. pygls calls `write` and `close`."""

    def write(self, data: bytes) -> None:
        """Takes a message, and sends it when that is possible."""

    def close(self) -> None: ...

    async def drain(self) -> None:
        """Waits while the client leaves too much unread. Raises `OSError` if the client is gone."""


class Host(Protocol):
    """The part of the server that the protocol uses."""

    @property
    def documents(self) -> Documents: ...

    def begin(self, params: types.InitializeParams, encoding: Encoding) -> None:
        """Takes over the client's parameters of `initialize`."""

    def complete(self, capabilities: types.ServerCapabilities) -> None:
        """Completes the answer to `initialize`."""

    def stop_publishing(self) -> None:
        """Sends no findings any more."""


class _Nowhere:
    """Writes to a client that is gone."""

    def write(self, data: bytes) -> None:
        pass

    def close(self) -> None:
        pass


class LbshProtocol(LanguageServerProtocol):
    """The protocol of pygls, without its documents. The server sets `host` before the first message."""

    host: Host
    initialized = False
    exit_status: int | None = None
    """Set by `exit`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._places = asyncio.Semaphore(MOST_AT_WORK)

    def receive(self, body: bytes) -> None:
        """Takes one message. Raises only if writing to the client fails."""
        try:
            data = json.loads(body)
        except (ValueError, RecursionError):
            self._send_error(None, PARSE_ERROR, "the message is no JSON")
            return
        if not isinstance(data, dict) or data.get("jsonrpc") != self.VERSION:
            self._send_error(None, INVALID_REQUEST, "the message is no JSON-RPC 2.0 message")
            return
        method, number = data.get("method"), data.get("id")
        if not isinstance(method, str | None) or not isinstance(number, str | int | None):
            known = number if isinstance(number, str | int) else None
            self._send_error(known, INVALID_REQUEST, "a method is a string, an id a string or a number")
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
        """The code and text of the error for a message that is not allowed (now), None if it is."""
        if not self.initialized and method not in ALLOWED_UNINITIALIZED:
            return NOT_INITIALIZED, "the first request must be `initialize`"
        if self.initialized and method == types.INITIALIZE:
            return INVALID_REQUEST, "the server is initialized already"
        if self._shutdown and method != types.EXIT:
            return INVALID_REQUEST, "the server is shutting down"
        if method == types.CANCEL_REQUEST or method in self.fm.builtin_features or method in self.fm.features:
            return None
        return JsonRpcMethodNotFound.CODE, f"there is no method {method}"

    def _refuse(self, number: str | int | None, code: int, reason: str) -> None:
        """Answers a request by an error; a notification is only logged, as it has no answer."""
        if number is not None:
            self._send_error(number, code, reason)
        else:
            logger.info("passed over a message: %s", reason)

    def _send_error(self, number: str | int | None, code: int, reason: str) -> None:
        """Sends an error; the number is None for a message whose `id` could not be read."""
        # As plain JSON: pygls would leave out an `id` that is null.
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
        """Runs a handler when its turn comes, unless its document has changed by then."""
        if asyncio.iscoroutinefunction(handler):
            params = args[0] if args else None
            document = getattr(params, "text_document", None)
            if document is not None and not isinstance(params, types.DocumentDiagnosticParams):
                handler = self._unless_changed(handler, document.uri)
            handler = self._in_turn(handler)

        def done(future: Future[Any]) -> None:
            self._request_futures.pop(msg_id, None)
            callback(future)

        super()._execute_handler(msg_id, handler, done, args, kwargs)

    def _in_turn(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        """Wraps a handler so that it begins when fewer than `MOST_AT_WORK` others are at work and the client has read
        most of its answers: one that asks much and reads nothing must not cost much memory."""

        async def run(*args: Any, **kwargs: Any) -> Any:
            async with self._places:
                if isinstance(self.writer, Writer):
                    with contextlib.suppress(OSError):  # the client is gone
                        await self.writer.drain()
                return await handler(*args, **kwargs)

        return run

    def _unless_changed(self, handler: Callable[..., Any], uri: str) -> Callable[..., Any]:
        """Wraps a handler so that it fails with ContentModified if the document has another version than now.

        All messages that have come are read before any is answered, so that the newest text is analysed and cancelled
        requests cost nothing. A request about an older text has no right answer any more: its places, and edits of it,
        would be elsewhere in the newest. A request for findings holds no places; its answer is about the newest text.
        """
        ensure_unchanged = self.host.documents.change_guard(uri)

        async def run(*args: Any, **kwargs: Any) -> Any:
            ensure_unchanged()
            return await handler(*args, **kwargs)

        return run

    def _send_handler_result(self, future: Future[Any], *, msg_id: str | int) -> None:
        """Answers a request. Faults of the server are logged; a refusal is an ordinary answer."""
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
            answer = JsonRpcInternalError(f"a fault in the server: {error!r}")
            self._send_response(msg_id, None, answer.to_response_error())

    def _send_response(
        self, msg_id: str | int, result: object = None, error: types.ResponseError | None = None
    ) -> None:
        """Answers a request; JSON text is sent as it is."""
        if error is not None or not isinstance(result, Serialized) or self.writer is None:
            super()._send_response(msg_id, result, error)
            return
        body = f'{{"jsonrpc":"{self.VERSION}","id":{json.dumps(msg_id)},"result":{result}}}'
        header = f"Content-Length: {len(body)}\r\n\r\n" if self._include_headers else ""
        self.writer.write((header + body).encode("ascii"))

    def disconnect(self) -> None:
        """Cancels all requests, of either side; nothing is sent any more."""
        self.writer = _Nowhere()
        self._cancel_requests()

    def _cancel_requests(self) -> None:
        """Cancels all requests except the current one."""
        for number, future in list(self._request_futures.items()):
            if number != self.msg_id:
                future.cancel()

    def unstructure(self, value: object) -> object:
        """Turns a value of the protocol into what `json` can encode."""
        return self._converter.unstructure(value)

    def _handle_cancel_notification(self, msg_id: str | int) -> None:
        """Cancels a request; ignores requests that are answered already."""
        future = self._request_futures.get(msg_id)
        if future is not None:
            future.cancel()

    # The connection and its documents

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Generator[Any, Any, types.InitializeResult]:
        self.initialized = True
        encoding = ServerCapabilitiesBuilder.choose_position_encoding(params.capabilities)
        self.host.begin(params, types.PositionEncodingKind(encoding))
        result: types.InitializeResult = yield from super().lsp_initialize(params)
        self.host.complete(result.capabilities)
        return result

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *args: object) -> None:  # type: ignore[override]
        self._cancel_requests()
        self.host.stop_publishing()
        self._shutdown = True

    @lsp_method(types.EXIT)
    def lsp_exit(self, *args: object) -> None:  # type: ignore[override]
        self.exit_status = 0 if self._shutdown else 1

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        self.host.documents.open(params.text_document)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        self.host.documents.apply_changes(params.text_document, params.content_changes)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        self.host.documents.close(params.text_document.uri)

    @lsp_method(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def lsp_workspace__did_change_workspace_folders(self, params: types.DidChangeWorkspaceFoldersParams) -> None:
        self.host.documents.change_folders(params.event.added, params.event.removed)
