"""Open documents as the client calls them, by URI and version, on the way to the workspace of the analysis."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from lsprotocol import types
from pygls.exceptions import JsonRpcContentModified

from lbsh_lang.analysis import Backend, Document, Edits, Location, Region, View, Workspace
from lbsh_lsp.conversion import Conversion
from lbsh_lsp.machine import Machine
from lbsh_lsp.uris import path_of, uri_of

logger = logging.getLogger(__name__)

Affected = Callable[[set[str], str | None], None]
"""Takes the identities of documents whose findings may have changed, and that of the edited
document, if an edit is the cause."""


class Places(NamedTuple):
    """Converts places in documents: needs the documents by identity, their URIs, and the versions of open ones."""

    document: Callable[[str], Document]
    uri: Callable[[str], str]
    versions: Mapping[str, int]
    conversion: Conversion

    def range(self, place: Location) -> types.Range:
        return self.conversion.to_range(self.document(place.identity), place.region)

    def location(self, place: Location) -> types.Location:
        return types.Location(self.uri(place.identity), self.range(place))

    def edits(self, edits: Edits) -> dict[str, list[types.TextEdit]]:
        """Edits in the client's units, still by identity."""
        return {
            identity: [self.conversion.to_edit(self.document(identity), edit) for edit in each]
            for identity, each in edits.items()
        }


class Documents:
    """The documents that the client has open. Reports to `affected` the documents that a change affects."""

    def __init__(self, workspace: Workspace, machine: Machine, affected: Affected) -> None:
        self.workspace = workspace
        self.machine = machine
        self.conversion = Conversion()
        self._affected = affected
        self._identities: dict[str, str] = {}
        self._uris: dict[str, str] = {}
        self._versions: dict[str, int] = {}

    # Notifications of the client

    def open(self, item: types.TextDocumentItem) -> None:
        identity = self._identities.get(item.uri) or self._new_identity(item.uri)
        self._identities[item.uri] = identity
        self._uris[identity] = item.uri
        self._versions[identity] = item.version
        self._affected(self.workspace.open(identity, item.text), identity)

    def _new_identity(self, uri: str) -> str:
        """The real path of a file. If the file is open under another URI already, each URI has a text of its own."""
        names = (self.machine.identity(uri), path_of(uri), uri)
        return next(name for name in names if name is not None and (name == uri or name not in self._uris))

    def apply_changes(
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
        touched = {identity}
        for change in changes:
            region: Region | None = None
            if isinstance(change, types.TextDocumentContentChangePartial):
                region = self.conversion.from_range(document, change.range)
            touched |= self.workspace.edit(identity, region, change.text)
        self._affected(touched, identity)

    def close(self, uri: str) -> None:
        identity = self._identities.pop(uri, None)
        if identity is None:
            logger.warning("a document is closed that is not open: %s", uri)
            return
        self._uris.pop(identity, None)
        self._versions.pop(identity, None)
        self._affected(self.workspace.close(identity), None)

    def change_folders(self, added: Iterable[types.WorkspaceFolder], removed: Iterable[types.WorkspaceFolder]) -> None:
        """Replaces some of the folders in which scripts are searched for."""
        gone = {self.identity_of(folder.uri) for folder in removed}
        come = [self.identity_of(folder.uri) for folder in added]
        self.machine.folders = [one for one in self.machine.folders if one not in gone and one not in come] + come
        self._affected(self.workspace.survey() | self.workspace.reassess(), None)

    def files_changed(self, uris: Iterable[str] = ()) -> None:
        """Rereads files that have changed on the disk: the named ones, and others whose time stamps differ."""
        self._affected(self.workspace.refresh(self.identity_of(uri) for uri in uris), None)

    def allow_folders(self, folders: Sequence[str]) -> None:
        """Sets the folders, besides their own, whose files scripts may include."""
        if list(folders) != self.machine.include_from:
            self.machine.include_from = list(folders)
            self._affected(self.workspace.reassess(), None)

    def choose(self, backend: Backend | None, target: str | None) -> None:
        """Sets the backend whose limits count as findings; None for no backend."""
        self._affected(self.workspace.choose(backend, target), None)

    # Questions of handlers

    def view(self, uri: str) -> View | None:
        """A document within its script, None if it is not open."""
        identity = self._identities.get(uri)
        return self.workspace.view(identity) if identity is not None else None

    def views(self, uri: str) -> list[View]:
        """A document within each script that it is part of; empty if it is not open."""
        identity = self._identities.get(uri)
        return self.workspace.views(identity) if identity is not None else []

    def document(self, uri: str) -> Document | None:
        """A document, None if it is not open."""
        identity = self._identities.get(uri)
        return self.workspace.document(identity) if identity is not None else None

    def identity_of(self, uri: str) -> str:
        """The identity of a document, open or not."""
        return self.machine.identity(uri)

    def uri(self, identity: str) -> str:
        """The client's URI of a document."""
        return self._uris.get(identity) or uri_of(identity)

    def version(self, identity: str) -> int | None:
        """The version of a document, None if it is not open."""
        return self._versions.get(identity)

    def version_of(self, uri: str) -> int | None:
        """The version of the document with a URI, None if it is not open."""
        return self._versions.get(self._identities.get(uri, ""))

    def change_guard(self, uri: str) -> Callable[[], None]:
        """Returns a function that raises `JsonRpcContentModified` once the document has another version than now."""
        version = self.version_of(uri)

        def ensure_unchanged() -> None:
            if self.version_of(uri) != version:
                raise JsonRpcContentModified("the document has changed since")

        return ensure_unchanged

    @property
    def places(self) -> Places:
        """Converts places by the documents as they are at each call."""
        return Places(self.workspace.known, self.uri, self._versions, self.conversion)

    def snapshot_places(self, identities: Iterable[str]) -> Places:
        """Converts places by copies of some documents as they are now."""
        copies = {identity: self.workspace.known(identity).copy() for identity in set(identities)}
        return Places(copies.__getitem__, self.uri, dict(self._versions), self.conversion)
