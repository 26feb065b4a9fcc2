"""Exit statuses, output of findings, and errors, for all commands."""

from __future__ import annotations

import os
import sys
from typing import TextIO

import click

from lbsh_lang.renderings.terminal import COLOURED, PLAIN, Style, printable
from lbsh_lang.reported import ReportedError

DEFAULT_FILE = "site.lb"

CLEAN, FINDINGS, TROUBLE, PENDING = 0, 1, 2, 3
"""Exit status: nothing to do and all as it should be, findings, the command failed, a change is pending."""


class Trouble(ReportedError):
    """The command cannot do its work; the text is one clear line."""


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
