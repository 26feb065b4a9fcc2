"""Copies of scripts, for work that goes on while their documents change.

A session changes with every edit, so other threads must not use it. They use a snapshot: it never changes, and making one
copies a few lists. Opens no file: the documents behind the paths are looked up when the snapshot is made.
"""

from __future__ import annotations

from typing import NamedTuple

from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.analysis.live.reading import Reached
from lbsh_lang.analysis.live.session import Session
from lbsh_lang.backends.base import Backend
from lbsh_lang.site.faults import Refusal
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import read_script
from lbsh_lang.source import Source
from lbsh_lang.syntax.nodes import IncludeStatement


class ScriptSnapshot(NamedTuple):
    """The documents of a script by identity, and the targets of the paths in them."""

    root: Document
    documents: dict[str, Document]
    paths: dict[tuple[str, str], Reached]
    """By the identity of the including document, and the path as written there."""
    backends: tuple[Backend, ...]

    def included(self, path: str, includer: str) -> Reached:
        """The target of a path in a document."""
        return self.paths.get((includer, path), "it was not included before")

    def resolve(self) -> Resolution:
        """Reads and resolves the script. Takes time in its size."""

        def load(path: str, includer: Source) -> Source | Refusal | str:
            found = self.included(path, includer.identity)
            return found.source() if isinstance(found, Document) else found

        return Resolution(read_script(self.root.source(), load, self.root.language))


def take_snapshot(session: Session) -> ScriptSnapshot:
    """The present state of a session's script."""
    root = session.root.copy()
    documents = {root.identity: root}
    paths: dict[tuple[str, str], Reached] = {}
    waiting = [root]
    while waiting:
        document = waiting.pop()
        for path in _paths(document):
            found = session.included(path, document.identity)
            if isinstance(found, Document):
                if found.identity not in documents:
                    documents[found.identity] = found.copy()
                    waiting.append(documents[found.identity])
                found = documents[found.identity]
            paths[document.identity, path] = found
    return ScriptSnapshot(root, documents, paths, session.backends)


def _paths(document: Document) -> dict[str, None]:
    """The paths that a document includes, without duplicates."""
    nodes = [one.node for one in document.parsed if type(one.node) is IncludeStatement]
    values = [node.path.value for node in nodes if node.path is not None]
    return dict.fromkeys([value for value in values if value is not None])
