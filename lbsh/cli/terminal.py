"""Exit statuses, output of findings, and errors, for all commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection
from typing import TYPE_CHECKING, TextIO

import click

from lbsh_lang.renderings.terminal import COLOURED, PLAIN, Style, printable
from lbsh_lang.reported import ReportedError

if TYPE_CHECKING:
    from lbsh_lang.diagnostics import Diagnostic

DEFAULT_FILE = "site.lb"

CLEAN, FINDINGS, TROUBLE = 0, 1, 2
"""Exit status: no errors, errors in a script, the command failed."""


class Trouble(ReportedError):
    """The command cannot do its work; the text is one clear line."""


def report(found: Collection[Diagnostic], stream: TextIO, fixed: int = 0) -> None:
    """Prints diagnostics for people, one by one since there may be very many, and a line that counts them and the fixes."""
    from lbsh_lang.diagnostics import Severity  # noqa: PLC0415 -- commands that find nothing need not wait for these
    from lbsh_lang.renderings.findings.text import render_text  # noqa: PLC0415

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
    """Prints a line on standard error; if that is full or closed, only the exit status is left."""
    try:
        click.echo(printable(line), err=True)
    except OSError:
        abandon(sys.stderr)


def abandon(stream: TextIO) -> None:
    """Discards the output of a broken stream; otherwise Python would report the error again at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def unread() -> TextIO:
    """A stream that nobody reads, in place of a closed one: output that reaches it is an error, as in a broken pipe."""
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "w")
