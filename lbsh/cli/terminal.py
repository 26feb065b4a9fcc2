"""What all commands share: exit statuses, how findings are shown, and how a command gives up."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection
from typing import TextIO

import click

from lbsh_lang.diagnostics import Diagnostic, Severity
from lbsh_lang.renderings.findings.text import render_text
from lbsh_lang.renderings.terminal import COLOURED, PLAIN, Style, printable

DEFAULT_FILE = "site.lb"

CLEAN, FINDINGS, TROUBLE, INTERRUPTED = 0, 1, 2, 130
"""Exit status: nothing wrong, errors in a script, could not do it at all, stopped by Ctrl-C."""


class Trouble(Exception):
    """The command cannot do what it was asked for; the text is one clear line."""


def report(found: Collection[Diagnostic], stream: TextIO, fixed: int = 0) -> None:
    """Diagnostics for people, one by one since there may be very many, and a line that counts them and what was fixed."""
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


def style(stream: object) -> Style:
    """Colours on a terminal only, and not where `NO_COLOR` is set (no-color.org)."""
    terminal = getattr(stream, "isatty", bool)()
    return COLOURED if terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" else PLAIN


def complain(line: str) -> None:
    """One line on standard error; where that is full or closed, the exit status has to do."""
    try:
        click.echo(printable(line), err=True)
    except OSError:
        abandon(sys.stderr)


def abandon(stream: TextIO) -> None:
    """Leads a stream that cannot be written to nowhere, or Python would complain about it once more as it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
