"""Findings in the format of compilers, one line each, which editors and build systems read (GNU coding standards)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.renderings.terminal import printable


def render_concise(diagnostics: Iterable[Diagnostic]) -> Iterator[str]:
    """`FILE:LINE:COLUMN: SEVERITY CODE MESSAGE` for each finding; line and column from 1, columns in code points."""
    for one in diagnostics:
        start = one.span.start
        place = f"{printable(one.span.source.name)}:{start.line + 1}:{start.column + 1}"
        yield f"{place}: {one.severity.value} {one.code} {printable(one.message)}\n"
