"""Findings as workflow commands, which GitHub Actions shows at the lines of a change.

The form and its escapes are those of GitHub's page "Workflow commands for GitHub Actions".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lbsh_lang.diagnostics import Diagnostic, Severity
from lbsh_lang.renderings.terminal import printable
from lbsh_lang.source import Span

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "notice"}

_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def render_github(diagnostics: Iterable[Diagnostic], complaints: Iterable[str] = ()) -> Iterator[str]:
    """The commands, a line each: first complaints about files that could not be read, then the findings."""
    for complaint in complaints:
        yield f"::error::{_escape(complaint, _DATA)}\n"
    for one in diagnostics:
        properties = {"file": one.span.source.name, **_place(one.span), "title": one.code}
        listed = ",".join(f"{name}={_escape(value, _PROPERTY)}" for name, value in properties.items())
        message = "\n".join([one.message, *(f"help: {line}" for line in one.help)])
        yield f"::{_COMMANDS[one.severity]} {listed}::{_escape(message, _DATA)}\n"


def _place(span: Span) -> dict[str, str]:
    """Lines and columns, which count from 1. GitHub takes columns only if the span is within a line."""
    place = {"line": str(span.start.line + 1), "endLine": str(span.end.line + 1)}
    if span.start.line != span.end.line:
        return place
    return {**place, "col": str(span.start.column + 1), "endColumn": str(span.end.column + 1)}


def _escape(text: str, escapes: dict[int, str]) -> str:
    return printable(text.translate(escapes))
