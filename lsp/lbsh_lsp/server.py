"""The server of one client: the list of all features, and the values that their handlers use."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from typing import NamedTuple, Never

from lsprotocol import types
from pygls.capabilities import get_capability
from pygls.lsp.server import LanguageServer

from lbsh_lang.analysis import LBSH, Backend, Lbsh, Workspace
from lbsh_lsp import (
    actions,
    calls,
    commands,
    completion,
    diagnostics,
    folding,
    formatting,
    hints,
    hover,
    lenses,
    links,
    names,
    selection,
    settings,
    signature,
    symbols,
    tokens,
)
from lbsh_lsp.background import Background
from lbsh_lsp.client import Client, Shown
from lbsh_lsp.conversion import Conversion, Encoding
from lbsh_lsp.documents import Documents
from lbsh_lsp.machine import LocalMachine, Machine
from lbsh_lsp.protocol import LbshProtocol
from lbsh_lsp.publisher import Publisher, pulls_diagnostics
from lbsh_lsp.results import DiagnosticResults
from lbsh_lsp.token_encoding import LEGEND, TokenEncoder

logger = logging.getLogger(__name__)

Handler = Callable[[Client, Never], Awaitable[object]]
"""A handler of messages, given the client and the message's parameters; `Never` admits parameters of any type."""

Command = Callable[[Client, Sequence[object]], Awaitable[object]]
"""A command, given the client and the command's arguments."""


class Feature(NamedTuple):
    """A request or notification of the client, with its handler and the server's capability for `initialize`."""

    method: str
    handler: Handler
    options: object = None


FEATURES = (
    Feature(types.INITIALIZED, settings.start),
    Feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION, settings.configure),
    Feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, settings.change_files),
    Feature(types.TEXT_DOCUMENT_DID_SAVE, settings.save),
    Feature(types.TEXT_DOCUMENT_DIAGNOSTIC, diagnostics.diagnose_document, diagnostics.OPTIONS),
    Feature(types.WORKSPACE_DIAGNOSTIC, diagnostics.diagnose_workspace),
    Feature(types.TEXT_DOCUMENT_COMPLETION, completion.suggest, completion.OPTIONS),
    Feature(types.TEXT_DOCUMENT_HOVER, hover.hover),
    Feature(types.TEXT_DOCUMENT_SIGNATURE_HELP, signature.show_signatures, signature.OPTIONS),
    Feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, tokens.encode_document, LEGEND),
    Feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL_DELTA, tokens.encode_delta, LEGEND),
    Feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE, tokens.encode_range, LEGEND),
    Feature(types.TEXT_DOCUMENT_FOLDING_RANGE, folding.find_folds),
    Feature(types.TEXT_DOCUMENT_SELECTION_RANGE, selection.find_selections),
    Feature(types.TEXT_DOCUMENT_FORMATTING, formatting.format_whole),
    Feature(types.TEXT_DOCUMENT_RANGE_FORMATTING, formatting.format_range, formatting.RANGE_OPTIONS),
    Feature(types.TEXT_DOCUMENT_RANGES_FORMATTING, formatting.format_ranges),
    Feature(types.TEXT_DOCUMENT_ON_TYPE_FORMATTING, formatting.format_while_typing, formatting.TYPING_OPTIONS),
    Feature(types.TEXT_DOCUMENT_DOCUMENT_LINK, links.find_links),
    Feature(types.TEXT_DOCUMENT_CODE_ACTION, actions.offer_actions, actions.OPTIONS),
    Feature(types.CODE_ACTION_RESOLVE, actions.resolve_action),
    Feature(types.TEXT_DOCUMENT_DEFINITION, names.find_definition),
    Feature(types.TEXT_DOCUMENT_REFERENCES, names.find_references),
    Feature(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT, names.find_highlights),
    Feature(types.TEXT_DOCUMENT_LINKED_EDITING_RANGE, names.find_linked_ranges),
    Feature(types.TEXT_DOCUMENT_PREPARE_RENAME, names.check_rename),
    Feature(types.TEXT_DOCUMENT_RENAME, names.rename),
    Feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, symbols.outline),
    Feature(types.WORKSPACE_SYMBOL, symbols.search),
    Feature(types.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY, calls.prepare_calls),
    Feature(types.CALL_HIERARCHY_INCOMING_CALLS, calls.find_incoming_calls),
    Feature(types.CALL_HIERARCHY_OUTGOING_CALLS, calls.find_outgoing_calls),
    Feature(types.TEXT_DOCUMENT_INLAY_HINT, hints.find_hints),
    Feature(types.TEXT_DOCUMENT_CODE_LENS, lenses.find_lenses, lenses.OPTIONS),
    Feature(types.CODE_LENS_RESOLVE, lenses.resolve_lens),
)
"""All features, but for the life of the connection and its documents (`protocol`)."""

COMMANDS: dict[str, Command] = {
    commands.SHOW_RULES: commands.show_rules,
    commands.TRACE: commands.trace,
}


class LbshServer(LanguageServer):
    """The server of one client; implements the protocol `Client` for handlers. `version` is sent to the client.

    `language` is that of the scripts, with the statements of plug-ins.

    Its state is that of the connection: documents, the client's capabilities, requests under way.
    """

    protocol: LbshProtocol

    def __init__(
        self, backends: tuple[Backend, ...], version: str, machine: Machine | None = None, language: Lbsh = LBSH
    ) -> None:
        super().__init__("lbsh", version, protocol_cls=LbshProtocol)
        self.protocol.host = self
        self.backends = backends
        self.machine = machine or LocalMachine()
        workspace = Workspace(self.machine, backends, language)
        self.publisher = Publisher(self)
        self.documents = Documents(workspace, self.machine, self.publisher.schedule)
        self.results = DiagnosticResults(workspace)
        self.background = Background(self.documents, self.protocol.unstructure)
        self.token_encoder = TokenEncoder()
        for method, handler, options in FEATURES:
            self.feature(method, options)(partial(handler, self))
        for name, command in COMMANDS.items():
            self.command(name)(_with_arguments(command, self))

    # For handlers (`Client`)

    @property
    def conversion(self) -> Conversion:
        return self.documents.conversion

    @property
    def capabilities(self) -> types.ClientCapabilities:
        return self.client_capabilities

    def supports(self, capability: str) -> bool:
        return bool(get_capability(self.client_capabilities, capability))

    def publish(self, params: types.PublishDiagnosticsParams) -> None:
        self.text_document_publish_diagnostics(params)

    def refresh(self, shown: Shown) -> None:
        if self.supports(shown.value):
            {
                Shown.CODE_LENSES: self.workspace_code_lens_refresh,
                Shown.DIAGNOSTICS: self.workspace_diagnostic_refresh,
                Shown.INLAY_HINTS: self.workspace_inlay_hint_refresh,
                Shown.SEMANTIC_TOKENS: self.workspace_semantic_tokens_refresh,
            }[shown](None)

    async def fetch_settings(self, section: str) -> object:
        item = types.ConfigurationItem(section=section)
        answer = await self.workspace_configuration_async(types.ConfigurationParams([item]))
        return answer[0] if answer else None

    def watch_files(self, pattern: str) -> None:
        options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(pattern)])
        registration = types.Registration("scripts", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
        self.client_register_capability(types.RegistrationParams([registration]))

    # For the protocol (`Host`)

    def begin(self, params: types.InitializeParams, encoding: Encoding) -> None:
        self.documents.conversion = Conversion(encoding)
        folders = [self.machine.identity(folder.uri) for folder in params.workspace_folders or ()]
        if not folders and params.root_uri:
            folders = [self.machine.identity(params.root_uri)]
        self.machine.folders = folders
        settings.apply_settings(self, params.initialization_options)

    def complete(self, capabilities: types.ServerCapabilities) -> None:
        if not pulls_diagnostics(self):
            capabilities.diagnostic_provider = None
        backends = [{"name": one.name, "title": one.title, "targets": list(one.targets)} for one in self.backends]
        capabilities.experimental = {"lbsh": {"backends": backends}}

    def stop_publishing(self) -> None:
        self.publisher.close()

    # For transports

    def close(self) -> None:
        """Ends all work for the client, after its connection has ended."""
        self.publisher.close()
        self.background.close()
        self.protocol.disconnect()

    def report_server_error(self, error: Exception, source: object) -> None:
        """Logs a fault of the server; pygls would also show it to the user, who has an answer already."""
        logger.error("a fault in the server: %s", error, exc_info=error)


def _with_arguments(command: Command, client: Client) -> Callable[..., Coroutine[object, object, object]]:
    """Wraps a command for pygls, which passes arguments one by one, and the server as the parameter `ls`."""

    async def run(ls: LanguageServer, *arguments: object) -> object:
        return await command(client, arguments)

    return run
