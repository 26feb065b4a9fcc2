"""`lbsh check`: finds every fault in scripts."""

from __future__ import annotations

import sys

import click

from lbsh import app
from lbsh.cli.terminal import CLEAN, DEFAULT_FILE, FINDINGS, TROUBLE, complain, report
from lbsh.files import FileError, read_source
from lbsh_lang.diagnostics import Diagnostic, Severity
from lbsh_lang.renderings.json_object import render_json


@click.command()
@click.argument("files", metavar="[FILE]...", nargs=-1)
@click.option("--backend", "backend_name", metavar="NAME", help="Say as well what this backend cannot express.")
@click.option("--target", metavar="VERSION", help="The version of the packet filter, as `lbsh backends` lists them.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--strict", is_flag=True, help="Exit with 1 on warnings too.")
def check(files: tuple[str, ...], backend_name: str | None, target: str | None, form: str, strict: bool) -> int:
    """Find every fault in scripts.

    FILE is a script, site.lb without one; `-` is standard input. Exit status: 0 no errors, 1 errors (with --strict
    warnings too), 2 wrong usage or unreadable input.
    """
    if target is not None and backend_name is None:
        raise click.UsageError("--target needs --backend")
    request = app.choose(backend_name, target) if backend_name is not None else None
    found: list[Diagnostic] = []
    unreadable = False
    for file in files or (DEFAULT_FILE,):
        try:
            found += app.check_source(read_source(file), request).diagnostics
        except FileError as error:
            unreadable = True
            complain(f"lbsh: {error}")
    if form == "json":
        click.echo(render_json(found))
    elif found or not unreadable:
        report(found, sys.stdout)
    if unreadable:
        return TROUBLE
    worst = {one.severity for one in found}
    return FINDINGS if Severity.ERROR in worst or (strict and Severity.WARNING in worst) else CLEAN
