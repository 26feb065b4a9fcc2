"""Diagnostics for programs that read as they come: an object a line (jsonlines.org), the same as in the JSON form."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.renderings.findings.json_object import diagnostic_object


def render_json_lines(diagnostics: Iterable[Diagnostic]) -> Iterator[str]:
    """One line for each diagnostic, and none without any."""
    for one in diagnostics:
        yield json.dumps(diagnostic_object(one), ensure_ascii=True) + "\n"
