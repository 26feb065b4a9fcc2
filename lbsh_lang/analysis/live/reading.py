"""Reads a script from its root: its documents, and the statements in the order in which they act."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.analysis.live.labels import STEP, LineLabel
from lbsh_lang.analysis.live.script_files import START, ScriptFile
from lbsh_lang.site.faults import Fault, Refusal, Unreadable
from lbsh_lang.site.script import refusal
from lbsh_lang.syntax.extensions import acts_of
from lbsh_lang.syntax.nodes import IncludeStatement, Token
from lbsh_lang.syntax.statement import AnyStated, ExtensionStatement, Stated

Reached = Document | Refusal | str
"""The document to which a path leads, or the reason why there is none."""

Find = Callable[[str, str], Reached]
"""The document of an included path, given the identity of the including document."""


class Reading:
    """A script: its documents by identity, the root first; its statements; by label, the faults of failed includes."""

    def __init__(self, root: Document, find: Find) -> None:
        self.language = root.language
        self.members: dict[str, ScriptFile] = {}
        self.statements: list[AnyStated] = []
        self.include_faults: dict[LineLabel, Fault] = {}
        self._find = find
        self._read(ScriptFile(root), START)

    def _read(self, member: ScriptFile, last: int) -> int:
        """Labels the lines of a document and of all that it includes; returns the last label."""
        self.members[member.document.identity] = member
        labels = cast("list[int]", member.labels)  # calling `LineLabel(...)` for each line would take time
        for parsed in member.document.parsed:
            last += STEP
            labels.append(last)
            node = parsed.node
            if node is None:
                continue
            stated = Stated(last, member.source, last, node)
            self.statements.append(stated)
            if isinstance(node, IncludeStatement) and node.path is not None and node.path.value is not None:
                last = self._include(member, LineLabel(last), node.path)
            elif isinstance(node, ExtensionStatement):
                self.statements += acts_of(stated)
        return last

    def _include(self, member: ScriptFile, label: LineLabel, path: Token[str]) -> int:
        assert path.value is not None
        found = self._find(path.value, member.document.identity)
        reason = found if not isinstance(found, Document) else None
        if isinstance(found, Document):
            below = ScriptFile(found, member, label)
            reason = refusal(below.source, tuple(member.lineage()), self.members.keys())
            if reason is None:
                member.included[label] = below
                return self._read(below, label)
        self.include_faults[label] = Unreadable(path, reason or "")
        return label
