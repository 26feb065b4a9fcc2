"""Findings for programs that read a stream: a line for each object of the JSON form (jsonlines.org)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.renderings.findings.json_object import diagnostic_object


def render_json_lines(diagnostics: Iterable[Diagnostic]) -> Iterator[str]:
    """A line for each finding."""
    for one in diagnostics:
        yield json.dumps(diagnostic_object(one), ensure_ascii=True) + "\n"
