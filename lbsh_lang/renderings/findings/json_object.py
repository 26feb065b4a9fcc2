"""Findings for programs: one JSON object. Lines and columns count from 1, columns in code points; ends are exclusive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lbsh_lang.diagnostics import Diagnostic, Edit, Fix, Label, Severity
from lbsh_lang.renderings.json_text import render_value
from lbsh_lang.source import Position, Span

Json = dict[str, object]


def render_json(diagnostics: Iterable[Diagnostic], unread: Sequence[str] = ()) -> str:
    """All findings as one object, without a last line end; `unread` are complaints about files that could not be read."""
    found = list(diagnostics)
    return render_value(
        {
            "version": 1,
            "diagnostics": [diagnostic_object(one) for one in found],
            "errors": sum(one.severity is Severity.ERROR for one in found),
            "warnings": sum(one.severity is Severity.WARNING for one in found),
            "unread": list(unread),
        },
        indent=2,
    )


def diagnostic_object(one: Diagnostic) -> Json:
    """A finding as an object, which always has all keys."""
    return {
        "file": one.span.source.name,
        "code": one.code,
        "severity": one.severity.value,
        "message": one.message,
        **_ends(one.span),
        "help": list(one.help),
        "related": [_label(label) for label in one.labels],
        "fixes": [_fix(fix) for fix in one.fixes],
    }


def _label(label: Label) -> Json:
    return {"file": label.span.source.name, "message": label.message, **_ends(label.span)}


def _fix(fix: Fix) -> Json:
    edits = [_edit(edit) for edit in fix.edits]
    return {"title": fix.title, "applicability": fix.applicability.value, "edits": edits}


def _edit(edit: Edit) -> Json:
    return {"file": edit.span.source.name, **_ends(edit.span), "text": edit.text}


def _ends(span: Span) -> Json:
    return {"start": _position(span.start), "end": _position(span.end)}


def _position(position: Position) -> Json:
    return {"line": position.line + 1, "column": position.column + 1}
