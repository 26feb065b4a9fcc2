"""`lbsh diff`: says what changes in meaning from one script to another."""

from __future__ import annotations

import sys

import click

from lbsh import app
from lbsh.cli import options
from lbsh.cli.findings import report
from lbsh.cli.terminal import CLEAN, FINDINGS, TROUBLE, complain, style
from lbsh.files import FileError, include_loader, read_source
from lbsh_lang.check import Checked
from lbsh_lang.diagnostics import Severity
from lbsh_lang.renderings.changes.json_object import render_changes_json
from lbsh_lang.renderings.changes.text import render_changes
from lbsh_lang.site.diff.sites import diff_scripts


@click.command()
@click.argument("old", metavar="OLD", shell_complete=options.scripts)
@click.argument("new", metavar="NEW", shell_complete=options.scripts)
@options.include_from
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def diff(old: str, new: str, *, include_from: tuple[str, ...], form: str) -> int:
    """Say what changes in meaning from the script OLD to the script NEW.

    Order, layout, comments and the split into files do not count. One of both may be `-`, standard input. Exit status:
    0 no difference, 1 a difference, 2 wrong usage, unreadable input or errors in a script.
    """
    if old == new == "-":
        raise click.UsageError("only one of OLD and NEW can be standard input")
    before, after = _read(old, include_from), _read(new, include_from)
    if before is None or after is None:
        return TROUBLE
    changes = diff_scripts(before.resolution, after.resolution)
    if form == "json":
        click.echo(render_changes_json(changes))
    else:
        click.echo(render_changes(changes, style(sys.stdout)), nl=False)
    return FINDINGS if changes else CLEAN


def _read(path: str, include_from: tuple[str, ...]) -> Checked | None:
    """A script without errors, None for another, whose errors are printed, so that both scripts are reported."""
    try:
        source = read_source(path)
    except FileError as error:
        complain(f"lbsh: {error}")
        return None
    checked = app.check_source(source, load=include_loader(source, include_from))
    if checked.number_of(Severity.ERROR) == 0:
        return checked
    report(checked.diagnostics, sys.stderr)
    complain(f"lbsh: {source.name} has errors, so what it means is not certain")
    return None
