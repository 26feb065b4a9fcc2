"""All scripts of an editor: open documents, whose text the editor owns, and the files that belong to their scripts.

Theory of operation. A script is analysed from its root: the file that includes the others and that no file includes. A
document may make sense only within the scripts that include it, and there may be several of these. The workspace knows the
graph of includes among the open documents and the scripts of the editor's folders, and keeps one session for each root
above an open document. It opens no file itself: the caller passes a reader of files.

The files that a script may include depend on its root, and the graph knows nothing of that. So the script of a root may turn
out not to contain a document that lies below the root in the graph. An open document that no script contains is a root too.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from functools import partial
from typing import NamedTuple, Protocol

from lbsh_lang.analysis.live.documents import Document, Splice
from lbsh_lang.analysis.live.findings import first_of
from lbsh_lang.analysis.live.includes import IncludeGraph
from lbsh_lang.analysis.live.reading import Reached
from lbsh_lang.analysis.live.regions import Region
from lbsh_lang.analysis.live.session import Session
from lbsh_lang.analysis.live.view import View
from lbsh_lang.backends.base import Backend
from lbsh_lang.checks.quoting import is_script
from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.site.faults import Inadmissible
from lbsh_lang.source import split_lines
from lbsh_lang.syntax.language import LBSH, Lbsh
from lbsh_lang.syntax.nodes import IncludeStatement
from lbsh_lang.syntax.parser import LineParser
from lbsh_lang.syntax.statement import Statement

MOST_SPARE_FILES = 100
"""The number of files up to which those that no script includes are kept."""


class Unreadable(NamedTuple):
    """The reason why a file cannot be read, in a few words."""

    reason: str


class Files(Protocol):
    """The files around the documents, by identity: one name for each file, whatever path leads to it."""

    def find(self, path: str, includer: str) -> str | Unreadable:
        """The identity of the file to which a path in an `include` of the document `includer` leads."""

    def may_include(self, identity: str, root: str) -> bool:
        """Whether the script whose root is the document `root` may include a file."""

    def read(self, identity: str) -> str | Unreadable:
        """The text of a file on the disk."""

    def stamp(self, identity: str) -> Hashable:
        """A value that changes with the file's content; None if there is none."""

    def exists(self, identity: str) -> bool:
        """Whether this is a script in one of the editor's folders."""

    def name(self, identity: str) -> str:
        """The name of a file in messages."""

    def scripts(self) -> Iterable[str]:
        """The scripts in the editor's folders."""


class Workspace:
    """Open documents, the files around them, and the sessions in which they are analysed.

    Its state: the open documents, the graph of includes, and a session for each root.
    """

    def __init__(self, files: Files, backends: tuple[Backend, ...] = (), language: Lbsh = LBSH) -> None:
        self.backends = backends
        self._files = files
        self._parser = LineParser(language)
        self._open: dict[str, Document] = {}
        self._disk: dict[str, Document | Unreadable] = {}
        self._stamps: dict[str, Hashable] = {}
        """Stamps of the files in `_disk`, and of scripts whose includes are known."""
        self._scripts: list[str] | None = None
        self._graph = IncludeGraph()
        self._sessions: dict[str, Session] = {}
        self._alone: set[str] = set()
        """Open documents with a session that lie below other roots in the graph."""
        self._closed: dict[str, Session] = {}
        self._choice: tuple[Backend | None, str | None] = (None, None)

    # Changes. They return the identities of the documents whose findings may have changed.

    def open(self, identity: str, text: str) -> set[str]:
        """Takes a document that the editor opened; from now on its text replaces that of the file."""
        document = Document(identity, self._files.name(identity), text, self._parser)
        self._open[identity] = document
        self._survey()
        self._note_includes(document)
        return self._sort_sessions({identity, *self._changed_on_disk()})

    def edit(self, identity: str, region: Region | None, text: str) -> set[str]:
        """Replaces a region of an open document, or its whole text."""
        document = self._open[identity]
        sessions = [one for one in (*self._sessions.values(), *self._closed.values()) if identity in one.documents]
        splice = document.replace(text) if region is None else document.edit(region, text)
        touched = {identity}
        for session in sessions:
            touched.update(session.documents)
            session.splice(document, splice)
        if _has_include(splice, document) and self._note_includes(document):
            touched |= self._sort_sessions(set())
            touched.update(*(session.documents for session in self._sessions_with(identity)))
        return touched

    def close(self, identity: str) -> set[str]:
        """Forgets an open document; includes of it lead to the file again."""
        self._open.pop(identity, None)
        self._graph.forget(identity)
        self._stamps.pop(identity, None)
        if identity in (self._scripts or ()):
            self._note_file(identity)
        return self._sort_sessions({identity})

    def refresh(self, identities: Iterable[str] = ()) -> set[str]:
        """Rereads files that were changed, created or deleted: these, and any others whose stamps differ."""
        named = set(identities) | self._changed_on_disk()
        known = set(self._scripts or ())
        if any((identity in known) != self._files.exists(identity) for identity in named):
            self._scripts = None
        changed = named - self._open.keys()
        for identity in changed:
            self._stamps.pop(identity, None)
        self._survey()
        for identity in changed & set(self._scripts or ()):
            self._note_file(identity)
        return self._sort_sessions(changed)

    def survey(self) -> set[str]:
        """Lists again the scripts in the editor's folders."""
        self._scripts = None
        self._survey()
        return self._sort_sessions(set())

    def reassess(self) -> set[str]:
        """Reads all scripts again, after a change of the files that they may include."""
        touched = set[str]().union(*(session.documents for session in self._sessions.values()))
        self._closed.clear()
        for session in self._sessions.values():
            session.rebuild(session.root)
        return self._sort_sessions(set()).union(touched, *(one.documents for one in self._sessions.values()))

    def choose(self, backend: Backend | None, target: str | None) -> set[str]:
        """Reports from now on the limits of this backend."""
        self._choice = (backend, target)
        for session in (*self._sessions.values(), *self._closed.values()):
            session.choose(backend, target)
        return {identity for session in self._sessions.values() for identity in session.documents}

    # Questions

    def document(self, identity: str) -> Document | None:
        """An open document."""
        return self._open.get(identity)

    def known(self, identity: str) -> Document:
        """A document of a script, open or not."""
        document = self._document(identity)
        assert isinstance(document, Document), identity
        return document

    def views(self, identity: str) -> list[View]:
        """A document within each script that contains it."""
        return [View(session, session.documents[identity]) for session in self._sessions_with(identity)]

    def view(self, identity: str) -> View | None:
        """A document within the first of its scripts."""
        views = self.views(identity)
        return views[0] if views else None

    def sessions(self) -> Iterable[Session]:
        """The scripts of open documents."""
        return self._sessions.values()

    def all_sessions(self) -> Iterator[Session]:
        """The scripts of open documents, and then, one by one, all others in the editor's folders."""
        yield from list(self._sessions.values())
        self._survey()
        roots = {root for identity in self._scripts or () for root in self._graph.roots(identity)}
        for root in self._closed.keys() - roots:
            del self._closed[root]
        for root in sorted(roots - self._sessions.keys()):
            session = self._closed.get(root) or self._session(root)
            if session is not None:
                self._closed[root] = session
                yield session

    def diagnostics(self, identity: str) -> list[Diagnostic]:
        """The findings in a document, without duplicates where several scripts include it."""
        sessions = self._sessions_with(identity)
        sessions = sessions or [one for one in self._closed.values() if identity in one.documents]
        each = [session.diagnostics(session.documents[identity]) for session in sessions]
        if len(each) == 1:
            return each[0]
        return first_of(list({_told(one): one for found in each for one in found}.values()))

    # Sessions

    def _sessions_with(self, identity: str) -> list[Session]:
        return [session for session in self._sessions.values() if identity in session.documents]

    def _sort_sessions(self, changed: set[str]) -> set[str]:
        """Creates, rebuilds and drops sessions, given the open documents and the changed ones.

        Returns the documents of the created, rebuilt and dropped sessions.
        """
        for identity in changed:
            self._disk.pop(identity, None)
        wanted = {root for identity in self._open for root in self._graph.roots(identity)}
        touched = set(changed)
        kept = wanted | (self._alone & self._open.keys())
        for sessions, keep in ((self._sessions, kept), (self._closed, self._closed.keys() - wanted)):
            for root, session in list(sessions.items()):
                concerned = bool(changed & session.documents.keys() or (changed and session.unread_files))
                if root in keep and not concerned:
                    continue
                touched.update(session.documents)
                document = self._document(root)
                if root in keep and isinstance(document, Document) and sessions is self._sessions:
                    session.rebuild(document)
                    touched.update(session.documents)
                else:
                    del sessions[root]
        touched |= self._make_sessions(wanted) | self._sort_alone(wanted)
        self._drop_files()
        return touched

    def _make_sessions(self, wanted: set[str]) -> set[str]:
        """Creates the missing ones among the sessions of these roots; returns their documents."""
        touched: set[str] = set()
        for root in sorted(wanted - self._sessions.keys()):
            made = self._session(root)
            if made is not None:
                self._sessions[root] = made
                touched.update(made.documents)
        return touched

    def _sort_alone(self, wanted: set[str]) -> set[str]:
        """Creates sessions for open documents that no script of the wanted roots contains, and drops others of that kind.

        Returns the documents of these sessions.
        """
        contained = set[str]().union(*(self._sessions[root].documents for root in wanted & self._sessions.keys()))
        alone = self._open.keys() - contained
        touched: set[str] = set()
        for root in self._sessions.keys() - wanted - alone:
            touched.update(self._sessions.pop(root).documents)
        self._alone = alone
        return touched | self._make_sessions(alone)

    def _session(self, root: str) -> Session | None:
        """A session for a script, None if its root cannot be read."""
        document = self._document(root)
        if not isinstance(document, Document):
            return None
        session = Session(document, partial(self._find, root), self.backends)
        session.choose(*self._choice)
        return session

    def _drop_files(self) -> None:
        """Forgets files that no script includes any more; a few, such as those whose names were just typed, may stay."""
        if len(self._disk) > MOST_SPARE_FILES:
            needed = {
                one for each in (self._sessions, self._closed) for session in each.values() for one in session.documents
            }
            for identity in self._disk.keys() - needed:
                del self._disk[identity]
            for identity in self._stamps.keys() - needed - self._graph.all():
                del self._stamps[identity]

    def _changed_on_disk(self) -> set[str]:
        """The files that have changed since they were read."""
        return {identity for identity in self._disk if self._files.stamp(identity) != self._stamps.get(identity)}

    def _find(self, root: str, path: str, includer: str) -> Reached:
        """The document to which a path in the document `includer` leads, in the script with this root."""
        identity = self._files.find(path, includer)
        if isinstance(identity, Unreadable):
            return identity.reason
        if not self._files.may_include(identity, root):
            return Inadmissible.OUTSIDE
        document = self._document(identity)
        if isinstance(document, Unreadable):
            return document.reason
        if identity not in self._open and not is_script(zip(document.lines, document.parsed, strict=True)):
            return Inadmissible.NO_SCRIPT
        return document

    def _document(self, identity: str) -> Document | Unreadable:
        if identity in self._open:
            return self._open[identity]
        if identity not in self._disk:
            self._stamps[identity] = self._files.stamp(identity)
            text = self._files.read(identity)
            if isinstance(text, str):
                self._disk[identity] = Document(identity, self._files.name(identity), text, self._parser)
            else:
                self._disk[identity] = text
        return self._disk[identity]

    # The graph of includes

    def _survey(self) -> None:
        """Lists the scripts, unless they are known, and rereads the includes of those that have changed."""
        if self._scripts is None:
            self._scripts = list(self._files.scripts())
            for identity in self._graph.all() - self._open.keys() - set(self._scripts):
                self._graph.forget(identity)
            for identity in self._scripts:
                if identity not in self._graph.all() or self._files.stamp(identity) != self._stamps.get(identity):
                    self._note_file(identity)

    def _note_file(self, identity: str) -> None:
        if identity in self._open:
            return
        self._stamps[identity] = self._files.stamp(identity)
        text = self._files.read(identity)
        lines = split_lines(text) if isinstance(text, str) and "include" in text else []
        nodes = (self._parser.parse(line).node for line in lines if "include" in line)
        self._graph.note(identity, self._included(nodes, identity))

    def _note_includes(self, document: Document) -> bool:
        """Stores the includes of a document; returns whether they have changed."""
        return self._graph.note(
            document.identity, self._included((one.node for one in document.parsed), document.identity)
        )

    def _included(self, nodes: Iterable[Statement | None], includer: str) -> tuple[str, ...]:
        paths = [node.path.value for node in nodes if isinstance(node, IncludeStatement) and node.path is not None]
        found = [self._files.find(path, includer) for path in paths if path is not None]
        return tuple(dict.fromkeys(one for one in found if isinstance(one, str)))


def _told(found: Diagnostic) -> tuple[object, ...]:
    """The key by which a finding is the same in two scripts."""
    return found.code, found.message, found.span.start, found.span.end


def _has_include(splice: Splice, document: Document) -> bool:
    """Whether an edit touches a statement that includes a file."""
    now = document.parsed[splice.first : splice.first + splice.added]
    return any(isinstance(one.node, IncludeStatement) for one in (*splice.gone, *now))
