"""Findings and what became of changes, printed for people."""

from __future__ import annotations

from collections.abc import Collection
from typing import TextIO

import click

from lbsh.cli.terminal import style
from lbsh_lang.diagnostics import Diagnostic, Severity
from lbsh_lang.renderings.findings.text import render_text


def report(found: Collection[Diagnostic], stream: TextIO, fixed: int = 0) -> None:
    """Prints diagnostics for people, one by one since there may be very many, and a line that counts them and the fixes."""
    chosen = style(stream)
    for one in found:
        click.echo(render_text(one, chosen) + "\n", file=stream)
    counts = [f"{fixed} fixed"] if fixed else []
    for severity in (Severity.ERROR, Severity.WARNING, Severity.INFORMATION):
        number = sum(one.severity is severity for one in found)
        if number:
            plural = "s" if number > 1 and severity is not Severity.INFORMATION else ""
            counts.append(f"{number} {severity.value}{plural}")
    click.echo(", ".join(counts) or "no findings", file=stream)
