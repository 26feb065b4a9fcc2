"""Open documents as the client calls them: URIs and versions, on the way to the workspace of the analysis."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from lsprotocol import types

from lbsh_lang.analysis import Document, Edits, Location, Region, View, Workspace
from lbsh_lsp.conversion import Conversion
from lbsh_lsp.files import DiskFiles, identity_of, path_of, uri_of

logger = logging.getLogger(__name__)


class Places(NamedTuple):
    """Places in documents, in the client's words: the documents by identity, their URIs, the versions of those open."""

    document: Callable[[str], Document]
    uri: Callable[[str], str]
    versions: Mapping[str, int]
    conversion: Conversion

    def range(self, place: Location) -> types.Range:
        return self.conversion.to_range(self.document(place.identity), place.region)

    def location(self, place: Location) -> types.Location:
        return types.Location(self.uri(place.identity), self.range(place))

    def edits(self, edits: Edits) -> dict[str, list[types.TextEdit]]:
        """Edits, still by identity."""
        return {
            identity: [self.conversion.to_edit(self.document(identity), edit) for edit in each]
            for identity, each in edits.items()
        }


class Documents:
    """What is open at the client.

    `changed` is called with the identities of documents of which other things may be true now, and of the one that the
    client itself has changed, if that is why.
    """

    def __init__(self, workspace: Workspace, files: DiskFiles, changed: Callable[[set[str], str | None], None]) -> None:
        self.workspace = workspace
        self.conversion = Conversion()
        self._files = files
        self._changed = changed
        self._identities: dict[str, str] = {}
        self._uris: dict[str, str] = {}
        self._versions: dict[str, int] = {}

    # What the client tells

    def open(self, item: types.TextDocumentItem) -> None:
        identity = self._identities.get(item.uri) or self._new_identity(item.uri)
        self._identities[item.uri] = identity
        self._uris[identity] = item.uri
        self._versions[identity] = item.version
        self._changed(self.workspace.open(identity, item.text), identity)

    def _new_identity(self, uri: str) -> str:
        """The real path of a file. If that is open under another name, each name has a text of its own."""
        names = (identity_of(uri), path_of(uri), uri)
        return next(name for name in names if name is not None and (name == uri or name not in self._uris))

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
        touched = {identity}
        for change in changes:
            region: Region | None = None
            if isinstance(change, types.TextDocumentContentChangePartial):
                region = self.conversion.from_range(document, change.range)
            touched |= self.workspace.change(identity, region, change.text)
        self._changed(touched, identity)

    def close(self, uri: str) -> None:
        identity = self._identities.pop(uri, None)
        if identity is None:
            logger.warning("a document is closed that is not open: %s", uri)
            return
        self._uris.pop(identity, None)
        self._versions.pop(identity, None)
        self._changed(self.workspace.close(identity), None)

    def change_folders(self, added: Iterable[types.WorkspaceFolder], removed: Iterable[types.WorkspaceFolder]) -> None:
        """Takes folders to look for scripts in."""
        gone = {identity_of(folder.uri) for folder in removed}
        come = [identity_of(folder.uri) for folder in added]
        self._files.folders = [one for one in self._files.folders if one not in gone and one not in come] + come
        self._changed(self.workspace.survey(), None)

    def files_changed(self, uris: Iterable[str] = ()) -> None:
        """Files have come, gone or become others on the disk: these, and any that nobody told of."""
        self._changed(self.workspace.refresh(identity_of(uri) for uri in uris), None)

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

    @property
    def places(self) -> Places:
        """Places in all documents, as these are when they are asked for."""
        return Places(self.workspace.known, self.uri, self._versions, self.conversion)

    def places_now(self, identities: Iterable[str]) -> Places:
        """Places in some documents as they are now, whatever becomes of them."""
        copies = {identity: self.workspace.known(identity).copy() for identity in set(identities)}
        return Places(copies.__getitem__, self.uri, dict(self._versions), self.conversion)
