"""The findings of a script by entity, so that an edit replaces a few of them.

Theory of operation. A key names an entity (`checks.keys`). The findings of its checks are stored under it, with labels for
lines (`labels`); entities without findings take no room. The answer to an editor is collected from all findings, and only
then labels become line numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lbsh_lang.analysis.live.labels import LineLabel
from lbsh_lang.analysis.live.script_files import LINE_END, LabelledSource, ScriptFile
from lbsh_lang.checks.allowances import Allowance, allowances_in
from lbsh_lang.checks.context import Context
from lbsh_lang.checks.keys import Key
from lbsh_lang.checks.run import place_of, sift
from lbsh_lang.checks.scopes import Checks
from lbsh_lang.diagnostics import Diagnostic, Edit, Fix, Label, Severity
from lbsh_lang.source import Position, Span

MOST_DIAGNOSTICS = 1000
"""The most findings of one document; longer lists help no reader, and take long to send and to show."""


class Findings:
    """The findings and the allowances of a script by entity; only edits change them."""

    def __init__(self, checks: Checks) -> None:
        self._checks = checks
        self._found: dict[Key, tuple[Diagnostic, ...]] = {}
        self._allowances: dict[LineLabel, tuple[Allowance, ...]] = {}

    def renew(self, key: Key, found: Iterable[Diagnostic]) -> None:
        """Replaces the findings of an entity."""
        kept = tuple(found)
        if kept:
            self._found[key] = kept
        else:
            self._found.pop(key, None)

    def forget(self, key: Key) -> None:
        self._found.pop(key, None)

    def note_line(self, member: ScriptFile, label: LineLabel, text: str) -> None:
        """Files a new line, whose comment may allow findings."""
        if "allow" in text:
            allowances = tuple(allowances_in(member.source, label, text))
            if allowances:
                self._allowances[label] = allowances

    def forget_line(self, label: LineLabel) -> None:
        self._allowances.pop(label, None)

    def answer(self, context: Context) -> dict[str, list[Diagnostic]]:
        """The findings of each document, from top to bottom, with line numbers."""
        found = [one for kept in self._found.values() for one in kept]
        allowances = [one for label in sorted(self._allowances) for one in self._allowances[label]]
        by_document: dict[str, list[Diagnostic]] = {}
        for one in sift(found, allowances, context, self._checks):
            by_document.setdefault(one.span.source.identity, []).append(one)
        return {identity: [numbered(one) for one in first_of(each)] for identity, each in by_document.items()}


def first_of(found: list[Diagnostic]) -> list[Diagnostic]:
    """The findings of a document from top to bottom; if there are too many, errors first."""
    if len(found) > MOST_DIAGNOSTICS:
        found = sorted(found, key=lambda one: (_RANKS[one.severity], place_of(one)))[:MOST_DIAGNOSTICS]
    return sorted(found, key=place_of)


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


def numbered(found: Diagnostic) -> Diagnostic:
    """A finding with line numbers instead of labels."""
    return replace(
        found,
        span=_numbered(found.span),
        labels=tuple(Label(_numbered(label.span), label.message) for label in found.labels),
        fixes=tuple(
            Fix(fix.title, tuple(Edit(_numbered(edit.span), edit.text) for edit in fix.edits), fix.applicability)
            for fix in found.fixes
        ),
    )


def _numbered(span: Span) -> Span:
    source = span.source
    assert isinstance(source, LabelledSource)
    return Span(source, _place(source.member, span.start), _place(source.member, span.end))


def _place(member: ScriptFile, at: Position) -> Position:
    line = member.line_of(LineLabel(at.line))
    if at.column != LINE_END:
        return Position(line, at.column)
    if line + 1 < len(member.document.lines):
        return Position(line + 1, 0)
    return Position(line, len(member.document.lines[line]))
