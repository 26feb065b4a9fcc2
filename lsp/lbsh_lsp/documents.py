"""Open documents as the client calls them: URIs and versions, on the way to the workspace of the analysis."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence

from lsprotocol import types

from lbsh_lang.analysis.documents import Document
from lbsh_lang.analysis.regions import Region
from lbsh_lang.analysis.view import View
from lbsh_lang.analysis.workspace import Workspace
from lbsh_lsp.conversion import Conversion
from lbsh_lsp.files import DiskFiles, identity_of, uri_of

logger = logging.getLogger(__name__)


class Documents:
    """What is open at the client. `changed` is called with the identities of documents whose findings may be others."""

    def __init__(self, workspace: Workspace, files: DiskFiles, changed: Callable[[set[str]], None]) -> None:
        self.workspace = workspace
        self.conversion = Conversion()
        self._files = files
        self._changed = changed
        self._identities: dict[str, str] = {}
        self._uris: dict[str, str] = {}
        self._versions: dict[str, int] = {}

    # What the client tells

    def open(self, item: types.TextDocumentItem) -> None:
        identity = identity_of(item.uri)
        if identity in self._uris and self._uris[identity] != item.uri:
            identity = item.uri  # one file under two names, each with a text of its own
        self._identities[item.uri] = identity
        self._uris[identity] = item.uri
        self._versions[identity] = item.version
        self.workspace.open(identity, item.text)
        self._changed({identity})

    def change(
        self,
        item: types.VersionedTextDocumentIdentifier,
        changes: Sequence[types.TextDocumentContentChangeEvent],
    ) -> None:
        identity = self._identities.get(item.uri)
        document = self.workspace.document(identity) if identity is not None else None
        if identity is None or document is None:
            logger.warning("a change of a document that is not open: %s", item.uri)
            return
        self._versions[identity] = item.version
        for change in changes:
            region: Region | None = None
            if isinstance(change, types.TextDocumentContentChangePartial):
                region = self.conversion.from_range(document, change.range)
            self.workspace.change(identity, region, change.text)
        self._changed({identity})

    def close(self, uri: str) -> None:
        identity = self._identities.pop(uri, None)
        if identity is None:
            logger.warning("a document is closed that is not open: %s", uri)
            return
        touched = {one for view in self.workspace.views(identity) for one in view.session.documents}
        self._uris.pop(identity, None)
        self._versions.pop(identity, None)
        self.workspace.close(identity)
        self._changed(touched | {identity})

    def change_folders(self, added: Iterable[types.WorkspaceFolder], removed: Iterable[types.WorkspaceFolder]) -> None:
        """Takes folders to look for scripts in."""
        gone = {identity_of(folder.uri) for folder in removed}
        come = [identity_of(folder.uri) for folder in added]
        self._files.folders = [one for one in self._files.folders if one not in gone and one not in come] + come
        self.workspace.survey()
        self._changed({document.identity for document in self.workspace.documents()})

    def files_changed(self, uris: Iterable[str]) -> None:
        """Files have come, gone or become others on the disk."""
        identities = {identity_of(uri) for uri in uris}
        self.workspace.refresh(identities)
        self._changed({document.identity for document in self.workspace.documents()})

    # What handlers ask

    def view(self, uri: str) -> View | None:
        """A document within its script, None if it is not open."""
        identity = self._identities.get(uri)
        return self.workspace.view(identity) if identity is not None else None

    def views(self, uri: str) -> list[View]:
        """A document within each of its scripts."""
        identity = self._identities.get(uri)
        return self.workspace.views(identity) if identity is not None else []

    def document(self, uri: str) -> Document | None:
        """An open document."""
        identity = self._identities.get(uri)
        return self.workspace.document(identity) if identity is not None else None

    def uri(self, identity: str) -> str:
        """What the client calls a document."""
        return self._uris.get(identity) or uri_of(identity)

    def version(self, identity: str) -> int | None:
        """The version of an open document, None of others."""
        return self._versions.get(identity)

    def version_of(self, uri: str) -> int | None:
        """The version of what the client calls so, None if it is not open."""
        return self._versions.get(self._identities.get(uri, ""))

    def to_location(self, view: View, identity: str, region: Region) -> types.Location:
        """A region of one of the documents of a view's script."""
        document = view.session.documents[identity]
        return types.Location(self.uri(identity), self.conversion.to_range(document, region))
