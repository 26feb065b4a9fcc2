"""Findings for programs that read a stream: a line for each object of the JSON form (jsonlines.org)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.renderings.findings.json_object import diagnostic_object
from lbsh_lang.renderings.json_text import render_value


def render_json_lines(diagnostics: Iterable[Diagnostic]) -> Iterator[str]:
    """A line for each finding."""
    for one in diagnostics:
        yield render_value(diagnostic_object(one)) + "\n"
