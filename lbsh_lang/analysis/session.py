"""One script with all that it includes, kept analysed while its documents change.

(Skeleton: rebuilt whole after every change; becomes incremental behind the same methods.)
"""

from __future__ import annotations

from collections.abc import Callable

from lbsh_lang.analysis.documents import Document, Splice
from lbsh_lang.analysis.regions import Location, Region
from lbsh_lang.backends.base import Backend
from lbsh_lang.checks.base import Context
from lbsh_lang.checks.run import check_script
from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.site import model
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import read_script
from lbsh_lang.site.services import ServiceLife
from lbsh_lang.source import Position, Source
from lbsh_lang.syntax.nodes import Stated, Token

Find = Callable[[str, str], "Document | str"]
"""The document of an included path, given the identity of the document that includes it; a text says why there is none."""


class Session:
    """The meaning of a script: what `resolution` says, and where in the documents that stands."""

    def __init__(self, root: Document, find: Find, backends: tuple[Backend, ...] = ()) -> None:
        self.root = root
        self.backends = backends
        """All installed backends."""
        self._find = find
        self._backend: Backend | None = None
        self._target: str | None = None
        self.documents: dict[str, Document] = {}
        """The documents of the script by identity, the root first."""
        self._rebuild()

    def rebuild(self, root: Document) -> None:
        """Reads the script anew: other documents may have come into it."""
        self.root = root
        self._rebuild()

    @property
    def unread_files(self) -> bool:
        """Whether a file is missing that the script includes."""
        return any(found.fault.code == "LB004" for found in self.resolution.script.faults)

    def choose(self, backend: Backend | None, target: str | None) -> None:
        """Says from now on what this backend cannot do with the site."""
        self._backend, self._target = backend, target

    def snapshot(self) -> Resolution:
        """The meaning of the script as it is now, with true line numbers: for rules and traces, which quote them."""
        return self.resolution

    def _rebuild(self) -> None:
        self.documents = {self.root.identity: self.root}

        def load(path: str, source: Source) -> Source | str:
            found = self._find(path, source.identity)
            if isinstance(found, str):
                return found
            self.documents.setdefault(found.identity, found)
            return Source.of(found.name, found.text, found.identity)

        script = read_script(Source.of(self.root.name, self.root.text, self.root.identity), load)
        self.resolution: Resolution = Resolution(script)
        self._at = {(stated.source.identity, stated.line): stated for stated in script.statements}

    def change(self, document: Document, splice: Splice) -> None:
        """Takes notice of an edit that a document of the script has gone through."""
        self._rebuild()

    # Places

    def stated_at(self, document: Document, line: int) -> Stated | None:
        """The statement on a line, None if there is none."""
        return self._at.get((document.identity, line))

    def document_of(self, stated: Stated) -> Document:
        return self.documents[stated.source.identity]

    def line_of(self, stated: Stated) -> int:
        """The line on which a statement stands now; `stated.line` itself need not be a line number."""
        return stated.line

    def region(self, stated: Stated, token: Token[object] | None = None) -> Region:
        """Where a token of a statement stands in its document; without one, from its first word to its last."""
        span = stated.span(token)
        return Region(
            Position(self.line_of(stated), span.start.column), Position(self.line_of(stated), span.end.column)
        )

    def location(self, stated: Stated, token: Token[object] | None = None) -> Location:
        return Location(stated.source.identity, self.region(stated, token))

    # Answers

    def diagnostics(self, document: Document) -> list[Diagnostic]:
        """The findings in one document, from top to bottom, with true line numbers."""
        context = Context(self.resolution, self._backend, self._target, self.backends)
        return [one for one in check_script(context) if one.span.source.identity == document.identity]

    def service(self, life: ServiceLife) -> model.Service | None:
        """A service of the site as backends see it, None if its statement could not be read in full."""
        name = life.node.name.text if life.node.name else ""
        return next((one for one in self.resolution.site.services if one.name == name), None)

    @property
    def site(self) -> model.Site:
        """The whole site; takes time in the size of the script."""
        return self.resolution.site
