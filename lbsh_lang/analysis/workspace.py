"""All scripts that an editor has before it: open ones, whose text the editor owns, and the files that these belong with.

Theory of operation. A script is analysed from its root: the file that includes the others and is included by none. So a
document may mean something only within the scripts that include it, and there may be several of these. The workspace
knows who includes whom among the open documents and the scripts of the editor's folders, and keeps one session for each
root that an open document belongs to. Opens no file itself: a reader of files is handed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

from lbsh_lang.analysis.documents import Document, Splice
from lbsh_lang.analysis.regions import Region
from lbsh_lang.analysis.session import Session
from lbsh_lang.analysis.view import View
from lbsh_lang.backends.base import Backend
from lbsh_lang.checks.run import place_of
from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.source import split_lines
from lbsh_lang.syntax.nodes import IncludeStatement, Statement
from lbsh_lang.syntax.parser import LineParser


class Unreadable(NamedTuple):
    """Why a file cannot be had, in a few words."""

    reason: str


class Files(Protocol):
    """The files around the documents, by identity: one name for each file, however it is reached."""

    def find(self, path: str, includer: str) -> str | Unreadable:
        """The identity of the file that a path in an `include` of the document `includer` leads to."""

    def read(self, identity: str) -> str | Unreadable:
        """The text of a file as it lies on the disk."""

    def name(self, identity: str) -> str:
        """What messages call a file."""

    def scripts(self) -> Iterable[str]:
        """The scripts in the folders that the editor works in."""


class Workspace:
    """Open documents, the files around them, and the sessions in which they are analysed."""

    def __init__(self, files: Files, backends: tuple[Backend, ...] = ()) -> None:
        self.backends = backends
        self._files = files
        self._parser = LineParser()
        self._open: dict[str, Document] = {}
        self._disk: dict[str, Document | Unreadable] = {}
        self._includes: dict[str, tuple[str, ...]] = {}
        self._scripts: list[str] | None = None
        self._sessions: dict[str, Session] = {}
        self._closed: dict[str, Session] = {}
        self._choice: tuple[Backend | None, str | None] = (None, None)

    # What the editor tells

    def open(self, identity: str, text: str) -> Document:
        """Takes a document that the editor opened; from now on its text counts, not that of the file."""
        document = Document(identity, self._files.name(identity), text, self._parser)
        self._open[identity] = document
        self._disk.pop(identity, None)
        self._survey()
        self._note_includes(document)
        self._sort_sessions({identity})
        return document

    def change(self, identity: str, region: Region | None, text: str) -> None:
        """Replaces a region of an open document, or its whole text."""
        document = self._open[identity]
        sessions = self._sessions_with(identity)
        splice = document.replace(text) if region is None else document.edit(region, text)
        for session in sessions:
            session.change(document, splice)
        if _has_include(splice, document):
            before = self._includes.get(identity)
            self._note_includes(document)
            if self._includes[identity] != before:
                self._sort_sessions(set())

    def close(self, identity: str) -> None:
        """Forgets an open document; what scripts include is the file again."""
        self._open.pop(identity, None)
        self._includes.pop(identity, None)
        self._disk.pop(identity, None)
        self._note_file(identity)
        self._sort_sessions({identity})

    def refresh(self, identities: Iterable[str]) -> None:
        """Takes notice of files that have changed on the disk, have come or gone."""
        changed = set(identities) - self._open.keys()
        for identity in changed:
            self._disk.pop(identity, None)
            self._includes.pop(identity, None)
            self._note_file(identity)
        self._sort_sessions(changed)

    def survey(self) -> None:
        """Looks again at which scripts there are in the editor's folders."""
        self._scripts = None
        self._closed.clear()
        self._survey()
        self._sort_sessions(set())

    def choose(self, backend: Backend | None, target: str | None) -> None:
        """Says from now on what this backend cannot do with the scripts."""
        self._choice = (backend, target)
        for session in (*self._sessions.values(), *self._closed.values()):
            session.choose(backend, target)

    # What the editor asks

    def document(self, identity: str) -> Document | None:
        """An open document."""
        return self._open.get(identity)

    def documents(self) -> Iterable[Document]:
        """All open documents."""
        return self._open.values()

    def known(self, identity: str) -> Document:
        """A document of one of the scripts, open or not."""
        document = self._document(identity)
        assert isinstance(document, Document), identity
        return document

    def views(self, identity: str) -> list[View]:
        """A document within each script that it is a part of."""
        return [View(session, session.documents[identity]) for session in self._sessions_with(identity)]

    def view(self, identity: str) -> View | None:
        """A document within the first of its scripts."""
        views = self.views(identity)
        return views[0] if views else None

    def sessions(self) -> Iterable[Session]:
        """The scripts that open documents belong to."""
        return self._sessions.values()

    def all_sessions(self) -> Iterator[Session]:
        """The scripts that open documents belong to, and then, one by one, all others in the editor's folders."""
        yield from list(self._sessions.values())
        self._survey()
        roots = {root for identity in self._scripts or () for root in self._roots(identity)}
        for root in sorted(roots - self._sessions.keys()):
            document = self._document(root)
            if root not in self._closed and isinstance(document, Document):
                self._closed[root] = Session(document, self._find, self.backends)
                self._closed[root].choose(*self._choice)
            if root in self._closed:
                yield self._closed[root]

    def diagnostics(self, identity: str) -> list[Diagnostic]:
        """The findings in a document, each once where several scripts include it."""
        sessions = self._sessions_with(identity)
        sessions = sessions or [one for one in self._closed.values() if identity in one.documents]
        each = [session.diagnostics(session.documents[identity]) for session in sessions]
        if len(each) == 1:
            return each[0]
        return sorted({_told(one): one for found in each for one in found}.values(), key=place_of)

    # Sessions

    def _sessions_with(self, identity: str) -> list[Session]:
        return [session for session in self._sessions.values() if identity in session.documents]

    def _sort_sessions(self, changed: set[str]) -> None:
        """Makes, renews and drops sessions as the open documents and those that changed ask for."""
        if changed:
            self._closed.clear()
        wanted = {root for identity in self._open for root in self._roots(identity)}
        for root in self._sessions.keys() - wanted:
            del self._sessions[root]
        for root, session in self._sessions.items():
            if changed & session.documents.keys() or (changed and session.unread_files):
                document = self._document(root)
                if isinstance(document, Document):
                    session.rebuild(document)
        for root in sorted(wanted - self._sessions.keys()):
            document = self._document(root)
            if isinstance(document, Document):
                self._sessions[root] = Session(document, self._find, self.backends)
                self._sessions[root].choose(*self._choice)

    def _find(self, path: str, includer: str) -> Document | str:
        identity = self._files.find(path, includer)
        if isinstance(identity, Unreadable):
            return identity.reason
        document = self._document(identity)
        return document.reason if isinstance(document, Unreadable) else document

    def _document(self, identity: str) -> Document | Unreadable:
        if identity in self._open:
            return self._open[identity]
        if identity not in self._disk:
            text = self._files.read(identity)
            if isinstance(text, str):
                self._disk[identity] = Document(identity, self._files.name(identity), text, self._parser)
            else:
                self._disk[identity] = text
        return self._disk[identity]

    # Who includes whom

    def _roots(self, identity: str) -> Iterator[str]:
        """The scripts that include a document and are included by none; itself if there is none."""
        includers: dict[str, list[str]] = {}
        for each, included in self._includes.items():
            for one in included:
                includers.setdefault(one, []).append(each)
        seen, waiting, found = {identity}, [identity], False
        while waiting:
            one = waiting.pop()
            above = includers.get(one, [])
            if not above:
                found = True
                yield one
            waiting += [each for each in above if each not in seen]
            seen.update(above)
        if not found:  # they include each other in a ring
            yield identity

    def _survey(self) -> None:
        if self._scripts is None:
            self._scripts = list(self._files.scripts())
            for identity in self._scripts:
                self._note_file(identity)

    def _note_file(self, identity: str) -> None:
        if identity in self._open:
            return
        text = self._files.read(identity)
        lines = split_lines(text) if isinstance(text, str) and "include" in text else []
        nodes = (self._parser.parse(line).node for line in lines if "include" in line)
        included = self._included(nodes, identity)
        if included:
            self._includes[identity] = included

    def _note_includes(self, document: Document) -> None:
        self._includes[document.identity] = self._included((one.node for one in document.parsed), document.identity)

    def _included(self, nodes: Iterable[Statement | None], includer: str) -> tuple[str, ...]:
        paths = [node.path.value for node in nodes if isinstance(node, IncludeStatement) and node.path is not None]
        found = [self._files.find(path, includer) for path in paths if path is not None]
        return tuple(dict.fromkeys(one for one in found if isinstance(one, str)))


def _told(found: Diagnostic) -> tuple[object, ...]:
    """What makes a finding the same one in two scripts."""
    return found.code, found.message, found.span.start, found.span.end


def _has_include(splice: Splice, document: Document) -> bool:
    """Whether an edit touches a statement that includes a file."""
    now = document.parsed[splice.first : splice.first + splice.added]
    return any(isinstance(one.node, IncludeStatement) for one in (*splice.gone, *now))
