"""Findings of documents under names, as pulled diagnostics need them (LSP 3.17, `resultId`)."""

from __future__ import annotations

import itertools
from typing import NamedTuple

from lbsh_lang.analysis import Diagnostic, Workspace


class DiagnosticResult(NamedTuple):
    """The findings of a document; the name stays the same as long as the findings do."""

    name: str
    found: list[Diagnostic]


class DiagnosticResults:
    """The latest result of each document. Its name tells a client whether it has the findings already."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._results: dict[str, DiagnosticResult] = {}
        self._numbers = itertools.count(1)

    def result(self, identity: str) -> DiagnosticResult:
        """The findings of a document as they are now."""
        found = self._workspace.diagnostics(identity)
        known = self._results.get(identity)
        if known is None or known.found != found:
            known = self._results[identity] = DiagnosticResult(str(next(self._numbers)), found)
        return known

    def changed(self, identities: set[str]) -> bool:
        """Whether the results of these documents are out of date. Forgets documents that no script has."""
        names = {identity: self._results[identity].name for identity in identities & self._results.keys()}
        existing = {identity for session in self._workspace.sessions() for identity in session.documents}
        for identity in names.keys() - existing:
            del self._results[identity]
        return any(identity not in existing or self.result(identity).name != name for identity, name in names.items())
