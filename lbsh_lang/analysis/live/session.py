"""One script with all that it includes, kept analysed while its documents change.

Theory of operation. After each key stroke an editor wants the findings and names of the script as it now is. A line states
facts about one or two entities, and order matters within one entity alone (`site.facts`). So an edit only withdraws the
facts of the deleted lines and files those of the inserted lines, which is cheap. The rest waits for the next question: then
the entities that these lines name are folded again, and the findings that depend on them are recomputed, once for all edits
until then. `incremental` defines which these are, and why no others are needed. References to lines are labels, so that
lines which only move cost nothing (`labels`).

For example, an editor inserts `drain 10.0.0.2 in a` and asks for findings. `change` gives the new line a label and files its
fact; `diagnostics` folds the pool `a`, reruns the checks of `a` and of its dependents, and collects the stored findings of
the whole script into an answer with line numbers. The next edit invalidates the answer.

The script is read anew as a whole if an edit changes the set of its files, or whether all of them can be read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from lbsh_lang.analysis.live.documents import Document, Splice
from lbsh_lang.analysis.live.incremental import Analysis
from lbsh_lang.analysis.live.labels import LineLabel, labels_behind, labels_between, last_rank
from lbsh_lang.analysis.live.numbering import numbered_device, numbered_service
from lbsh_lang.analysis.live.reading import Find, Reached, Reading
from lbsh_lang.analysis.live.regions import Location, Region, on_line
from lbsh_lang.analysis.live.resolution import LiveResolution
from lbsh_lang.analysis.live.script_files import ScriptFile, file_of, line_of
from lbsh_lang.backends.base import Backend
from lbsh_lang.checks.catalog import ALL_CHECKS
from lbsh_lang.checks.scopes import Checks
from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.site import model
from lbsh_lang.site.faults import Fault, Refusal, Unreadable
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import read_script
from lbsh_lang.site.services import ServiceLife
from lbsh_lang.source import Position, Source
from lbsh_lang.syntax.nodes import IncludeStatement, Token
from lbsh_lang.syntax.parser import Parsed
from lbsh_lang.syntax.statement import AnyStated, Meant, Stated

Kept = TypeVar("Kept")


class Session:
    """The meaning of a script (`resolution`), and the places of its statements in the documents.

    Its state is the analysis of the script and the values that features store in it (`kept`). An edit invalidates parts of
    it, which are recomputed on the next question.
    """

    def __init__(
        self, root: Document, find: Find, backends: tuple[Backend, ...] = (), checks: Checks = ALL_CHECKS
    ) -> None:
        self.backends = backends
        """All installed backends."""
        self._checks = checks
        self._root = root
        self._find = find
        self._choice: tuple[Backend | None, str | None] = (None, None)
        self._answer: dict[str, list[Diagnostic]] | None = None
        self._snapshot: Resolution | None = None
        self._kept: dict[type, object] = {}
        self._rebuild()

    # Changes

    def rebuild(self, root: Document) -> None:
        """Marks the script to be read anew on the next question, since its documents may be others now."""
        self._root, self._stale = root, True

    def choose(self, backend: Backend | None, target: str | None) -> None:
        """Reports from now on the limits of this backend."""
        self._choice = (backend, target)
        self._analysis.context.choose(backend, target, self.backends)
        self._dirty = True

    def splice(self, document: Document, splice: Splice) -> None:
        """Takes an edit of a document of the script."""
        member = self._members.get(document.identity)
        now = document.parsed[splice.first : splice.first + splice.added]
        if self._stale or member is None:
            return
        faults = self._include_faults(member, splice, now)
        if faults is None:
            self._stale = True
            return
        # If an exception interrupts this, the script is read anew rather than used in a half-changed state.
        self._dirty = self._stale = True
        first, gone = splice.first, len(splice.gone)
        for label, parsed in zip(member.labels[first : first + gone], splice.gone, strict=True):
            self._analysis.withdraw(member, label, parsed)
        stay = min(gone, splice.added)
        new = _new_labels(member, first + stay, first + gone, splice.added - stay)
        if new is None:
            return
        member.labels[first + stay : first + gone] = new
        for line, fault in faults.items():
            self._analysis.include_faults[member.labels[first + line]] = fault
        for label, parsed, text in zip(
            member.labels[first : first + splice.added], now, document.lines[first : first + splice.added], strict=True
        ):
            self._analysis.state(member, label, parsed, text)
        self._stale = False

    # Places

    @property
    def root(self) -> Document:
        return self._root

    @property
    def documents(self) -> dict[str, Document]:
        """The documents of the script by identity, the root first.

        Call this before an edit of a document, not between the edit and `change`: reading the script anew includes the edit.
        """
        if self._stale:
            self._rebuild()
        return {identity: member.document for identity, member in self._members.items()}

    @property
    def unread_files(self) -> bool:
        """Whether an included file is missing."""
        self._recompute()
        return self._analysis.context.unread_files

    def stated_at(self, document: Document, line: int) -> AnyStated | None:
        """The statement on a line, None if there is none."""
        self._recompute()
        member = self._members[document.identity]
        node = document.parsed[line].node if line < len(document.lines) else None
        return Stated(member.labels[line], member.source, member.labels[line], node) if node is not None else None

    def rank_before(self, document: Document, line: int) -> int:
        """The highest rank right before a line, by which the statements up to there can be selected."""
        self._recompute()
        return last_rank(self._members[document.identity].label_before(line))

    @property
    def choice(self) -> tuple[Backend | None, str | None]:
        """The backend whose limits are reported, and its target."""
        return self._choice

    def document_of(self, stated: AnyStated) -> Document:
        return file_of(stated).document

    def line_of(self, stated: AnyStated) -> int:
        """The present line number of a statement; `stated.line` itself is a label."""
        return line_of(stated)

    def region(self, stated: AnyStated, token: Token[object] | None = None) -> Region:
        """The region of a token of a statement; without a token, from the statement's first word to its last."""
        line = self.line_of(stated)
        if token is not None and not isinstance(stated, Meant):
            return on_line(line, token.start, token.end)
        span = stated.span(token)
        return Region(Position(line, span.start.column), Position(line, span.end.column))

    def location(self, stated: AnyStated, token: Token[object] | None = None) -> Location:
        return Location(stated.source.identity, self.region(stated, token))

    def included(self, path: str, includer: str) -> Reached:
        """The document to which a path in the document `includer` leads, or the reason why there is none."""
        return self._find(path, includer)

    # Answers

    @property
    def resolution(self) -> LiveResolution:
        """The meaning of the script; statements in it have labels for lines and ranks."""
        self._recompute()
        return self._analysis.resolution

    def diagnostics(self, document: Document) -> list[Diagnostic]:
        """The findings in one document, from top to bottom, with line numbers; the first ones if there are very many.

        The same list object until something changes.
        """
        self._recompute()
        if self._answer is None:
            self._answer = self._analysis.findings.answer(self._analysis.context)
        return self._answer.setdefault(document.identity, [])

    def snapshot(self) -> Resolution:
        """The script as it is now, resolved as a whole, with line numbers: for rules and traces, which quote them."""
        self._recompute()
        if self._snapshot is None:
            self._snapshot = Resolution(read_script(self._root.source(), self._load, self._root.language))
        return self._snapshot

    def kept(self, kind: type[Kept], compute: Callable[[Session], Kept]) -> Kept:
        """A feature's value for the whole script: one object of its class, the same until something changes."""
        self._recompute()
        found = self._kept.get(kind)
        if not isinstance(found, kind):
            found = self._kept[kind] = compute(self)
        return found

    def site_of(self, life: ServiceLife) -> model.Site:
        """The device and one service, with line numbers; without the service if its statement could not be read in full."""
        service = self.service(life)
        site = numbered_device(self.resolution.device_site())
        return replace(site, services=(service,)) if service is not None else site

    def service(self, life: ServiceLife) -> model.Service | None:
        """A service as backends see it, with line numbers; None if its statement could not be read in full."""
        service = self.resolution.settled_service(life)
        return numbered_service(service) if service is not None else None

    @property
    def site(self) -> model.Site:
        """The whole site, with line numbers; takes time in the size of the script."""
        return self.snapshot().site

    # Recomputation

    def _rebuild(self) -> None:
        reading = Reading(self._root, self._find)
        self._members = reading.members
        self._analysis = Analysis(reading, self._checks)
        self._stale = False
        self.choose(*self._choice)

    def _include_faults(self, member: ScriptFile, splice: Splice, now: list[Parsed]) -> dict[int, Fault] | None:
        """By lines of an edit, the faults of failed includes; None if the edit changes the script's set of files."""
        labels = member.labels[splice.first : splice.first + len(splice.gone)]
        before = [member.included[label] for label in labels if label in member.included]
        failed = sum(label in self._analysis.include_faults for label in labels)
        faults: dict[int, Fault] = {}
        kept = 0
        for line, parsed in enumerate(now):
            node = parsed.node
            if not isinstance(node, IncludeStatement) or node.path is None or node.path.value is None:
                continue
            found = self._find(node.path.value, member.document.identity)
            if not isinstance(found, Document):
                faults[line] = Unreadable(node.path, found)
            elif before and len(splice.gone) == len(now) == 1 and found is before[0].document:
                kept += 1  # a comment was added, or the path was respelled
            else:
                return None  # the order of several includes decides which can be read
        if kept < len(before):
            return None
        # Whether any file is missing affects many findings: `incremental` takes it as fixed.
        others = len(self._analysis.include_faults) - failed
        return faults if bool(others + failed) == bool(others + len(faults)) else None

    def _recompute(self) -> None:
        """Brings everything up to date after edits."""
        if self._stale:
            self._rebuild()
        if self._dirty:
            self._stale = True
            self._analysis.recompute()
            self._dirty = self._stale = False
            self._answer = self._snapshot = None
            self._kept.clear()

    def _load(self, path: str, source: Source) -> Source | Refusal | str:
        found = self._find(path, source.identity)
        return found.source() if isinstance(found, Document) else found


def _new_labels(member: ScriptFile, start: int, stop: int, count: int) -> list[LineLabel] | None:
    """`count` labels for new lines in place of those from `start` up to `stop`, None if there is no room for them."""
    if count == 0:
        return []
    low, high = member.label_before(start), member.label_from(stop)
    return labels_behind(low, count) if high is None else labels_between(low, high, count)
