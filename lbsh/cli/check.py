"""`lbsh check`: finds every fault in scripts."""

from __future__ import annotations

import sys

import click

from lbsh import app
from lbsh.cli import options
from lbsh.cli.findings import report
from lbsh.cli.formats import FORMATS, WITH_PAGES
from lbsh.cli.terminal import CLEAN, DEFAULT_FILE, FINDINGS, TROUBLE, complain
from lbsh.files import FileError, include_loader, read_source
from lbsh_lang.diagnostics import Diagnostic, Severity
from lbsh_lang.docstrings import require_docstrings


@click.command()
@click.argument("files", metavar="[FILE]...", nargs=-1, shell_complete=options.scripts)
@click.option(
    "--backend",
    "backend_name",
    metavar="NAME",
    shell_complete=options.backends,
    help="Say as well what this backend cannot express.",
)
@options.target
@options.include_from
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", *FORMATS]),
    default="text",
    show_default=True,
    help="How to print findings: for people, or for programs.",
)
@click.option("--strict", is_flag=True, help="Exit with 1 on warnings too.")
@click.option("--fix", is_flag=True, help="Make the safe fixes in the files first, and report what remains.")
def check(
    files: tuple[str, ...],
    backend_name: str | None,
    target: str | None,
    *,
    include_from: tuple[str, ...],
    form: str,
    strict: bool,
    fix: bool,
) -> int:
    """Find every fault in scripts.

    FILE is a script, site.lb without one; `-` is standard input. Exit status: 0 no errors, 1 errors (with --strict
    warnings too), 2 wrong usage or unreadable input.
    """
    if target is not None and backend_name is None:
        raise click.UsageError("--target needs --backend")
    if fix and "-" in files:
        raise click.UsageError("--fix rewrites files; standard input is none")
    if form in WITH_PAGES:
        require_docstrings()  # before --fix writes anything
    request = app.choose(backend_name, target) if backend_name is not None else None
    found: list[Diagnostic] = []
    unread: list[str] = []
    fixed = 0
    seen: set[str] = set()
    for file in files or (DEFAULT_FILE,):
        try:
            source = read_source(file)
            if source.identity in seen:
                continue
            seen.add(source.identity)
            load = include_loader(source, include_from)
            if fix:
                done = app.fix_source(source, request, load)
                found += done.diagnostics
                fixed += _tell(done)
                unread += [done.complaint] if done.complaint else []
            else:
                found += app.check_for_any(source, request, load).diagnostics
        except FileError as error:
            unread.append(str(error))
            complain(f"lbsh: {error}")
    if form in FORMATS:
        sys.stdout.writelines(FORMATS[form](found, unread))
    elif found or not unread:
        report(found, sys.stdout, fixed)
    if unread:
        return TROUBLE
    worst = {one.severity for one in found}
    return FINDINGS if Severity.ERROR in worst or (strict and Severity.WARNING in worst) else CLEAN


def _tell(done: app.Fixed) -> int:
    """Prints which files were fixed and which could not be; returns the number of fixes."""
    for name, count in done.counts.items():
        complain(f"fixed {count} finding{'s' * (count > 1)} in {name}")
    if done.complaint:
        complain(f"lbsh: {done.complaint}")
    return sum(done.counts.values())
