"""`lbsh diff`: says what changes in meaning from one script to another."""

from __future__ import annotations

import sys

import click

from lbsh import app
from lbsh.cli import device as device_options
from lbsh.cli import options
from lbsh.cli.findings import report
from lbsh.cli.terminal import CLEAN, FINDINGS, TROUBLE, complain, style
from lbsh.files import FileError, include_loader, read_source
from lbsh_lang.check import Checked, check_resolved
from lbsh_lang.checks.catalog import ALL_CHECKS
from lbsh_lang.diagnostics import Severity
from lbsh_lang.renderings.changes.json_object import render_changes_json
from lbsh_lang.renderings.changes.text import render_changes
from lbsh_lang.site.diff.sites import diff_scripts


@click.command()
@click.argument("files", metavar="[OLD] NEW", nargs=-1, shell_complete=options.scripts)
@click.option("--running", is_flag=True, help="Take the script that the device runs as OLD.")
@options.include_from
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@device_options.store
def diff(files: tuple[str, ...], *, running: bool, include_from: tuple[str, ...], form: str, folder: str | None) -> int:
    """Say what changes in meaning from the script OLD to the script NEW.

    With --running, OLD is the script that the device runs. Order, layout, comments and the split into files do not count.
    One of both may be `-`, standard input. Exit status: 0 no difference, 1 a difference, 2 wrong usage, unreadable input or
    errors in a script.
    """
    if len(files) != (1 if running else 2):
        wanted = "with --running one script, NEW" if running else "two scripts, OLD and NEW"
        few = len(files) < (1 if running else 2)
        raise click.UsageError(f"Missing argument: give {wanted}" if few else f"Too many arguments: give {wanted}")
    if files == ("-", "-"):
        raise click.UsageError("only one of OLD and NEW can be standard input")
    read = [_read(path, include_from) for path in files]
    before, after = (_running(folder), *read) if running else read
    if before is None or after is None:
        return TROUBLE
    changes = diff_scripts(before.resolution, after.resolution)
    if form == "json":
        click.echo(render_changes_json(changes))
    else:
        click.echo(render_changes(changes, style(sys.stdout)), nl=False)
    return FINDINGS if changes else CLEAN


def _running(folder: str | None) -> Checked | None:
    """The script that the device runs; an empty one where none does."""
    from lbsh import device  # noqa: PLC0415 -- two files need no device
    from lbsh.stores import open_store  # noqa: PLC0415

    checked = check_resolved(device.open_gateway(open_store(folder)).running())
    if any(one.severity is Severity.ERROR and one.code not in ALL_CHECKS.of_absence for one in checked.diagnostics):
        report(checked.diagnostics, sys.stderr)
        complain("lbsh: the running script has errors, so what it means is not certain")
        return None
    return checked


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
