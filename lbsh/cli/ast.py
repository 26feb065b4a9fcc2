"""`lbsh ast`: shows how a script is read."""

from __future__ import annotations

import sys

import click

from lbsh import app
from lbsh.cli import options
from lbsh.cli.findings import report
from lbsh.cli.terminal import CLEAN, DEFAULT_FILE, FINDINGS
from lbsh.files import include_loader, read_source
from lbsh_lang.diagnostics import Severity
from lbsh_lang.renderings.tree import render_tree, render_tree_json


@click.command()
@click.argument("file", metavar="[FILE]", default=DEFAULT_FILE, shell_complete=options.scripts)
@options.include_from
@click.option("--format", "form", type=click.Choice(["tree", "json"]), default="tree", show_default=True)
def ast(file: str, *, include_from: tuple[str, ...], form: str) -> int:
    """Show how a script is read: every statement with its parts and their places.

    Lines and columns count from 1, ends are exclusive. Faults of single lines go to standard error.
    """
    source = read_source(file)
    checked = app.check_source(source, load=include_loader(source, include_from))
    script = checked.resolution.script
    click.echo(render_tree_json(script) if form == "json" else render_tree(script), nl=False)
    faults = checked.of_lines()
    if faults:
        report(faults, sys.stderr)
    return FINDINGS if any(one.severity is Severity.ERROR for one in faults) else CLEAN
