"""One server for one client: its documents, its settings, its features."""

from __future__ import annotations

import logging
from importlib import import_module

from lsprotocol import types
from pygls.capabilities import get_capability
from pygls.lsp.server import LanguageServer

from lbsh_lang.analysis import Backend, Workspace
from lbsh_lsp import settings
from lbsh_lsp.aside import Aside
from lbsh_lsp.conversion import Conversion, Encoding
from lbsh_lsp.diagnostics import Publisher
from lbsh_lsp.documents import Documents
from lbsh_lsp.files import DiskFiles, identity_of
from lbsh_lsp.protocol import LbshProtocol

logger = logging.getLogger(__name__)

FEATURES = (
    "diagnostics",
    "completion",
    "hover",
    "signature",
    "settings",
    "tokens",
    "folding",
    "selection",
    "formatting",
    "links",
    "actions",
    "commands",
    "names",
    "symbols",
    "calls",
    "hints",
    "lenses",
)
"""The modules of this package that answer requests; each has a function `register`."""


class LbshServer(LanguageServer):
    """What handlers work with. `version` is what the client is told."""

    protocol: LbshProtocol

    def __init__(self, backends: tuple[Backend, ...], version: str) -> None:
        super().__init__("lbsh", version, protocol_cls=LbshProtocol)
        self.files = DiskFiles()
        self.publisher = Publisher(self)
        self.documents = Documents(Workspace(self.files, backends), self.files, self.publisher.note)
        self.aside = Aside(self.documents, self.protocol.plain)
        self.backends = backends
        for name in FEATURES:
            import_module(f"lbsh_lsp.{name}").register(self)

    @property
    def conversion(self) -> Conversion:
        """Places as this client counts them."""
        return self.documents.conversion

    def supports(self, capability: str) -> bool:
        """Whether the client says that it can do something, such as `text_document.completion`."""
        return bool(get_capability(self.client_capabilities, capability))

    def begin(self, params: types.InitializeParams, encoding: Encoding) -> None:
        """Takes what the client says of itself when it connects."""
        self.documents.conversion = Conversion(encoding)
        folders = [identity_of(folder.uri) for folder in params.workspace_folders or ()]
        if not folders and params.root_uri:
            folders = [identity_of(params.root_uri)]
        self.files.folders = folders
        settings.take(self, params.initialization_options)

    def report_server_error(self, error: Exception, source: object) -> None:
        """Faults of ours go to the log; the client has its answer already."""
        logger.error("a fault in the server: %s", error, exc_info=error)
