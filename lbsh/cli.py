"""The command line: one function a command. Reads arguments, prints results, sets the exit status; decides nothing."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Collection, Iterable
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

import click

from lbsh import __version__, app
from lbsh.drivers.commands import CommandError
from lbsh.files import FileError, is_same_file, read_source, write_atomically
from lbsh_lang.backends.base import Capability
from lbsh_lang.backends.registry import BackendError
from lbsh_lang.checks import catalog
from lbsh_lang.diagnostics import Diagnostic, Severity
from lbsh_lang.near import NearMisses
from lbsh_lang.renderings.json_object import render_json
from lbsh_lang.renderings.text import COLOURED, PLAIN, Style, printable, render_text
from lbsh_lang.renderings.tree import render_tree, render_tree_json

DEFAULT_FILE = "site.lb"

CLEAN, FINDINGS, TROUBLE, INTERRUPTED = 0, 1, 2, 130
"""Exit status: nothing wrong, errors in a script, could not do it at all, stopped by Ctrl-C."""


class Trouble(Exception):
    """The command cannot do what it was asked for; the text is one clear line."""


def run(arguments: list[str]) -> int:
    """Runs a command line and returns the exit status. The boundary at which exceptions become one line."""
    # A command makes many small values without cycles and ends soon: looking for garbage among them takes as long as
    # making them.
    gc.disable()
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115 -- a closed stream, for as long as we run
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # file names need not be text in any encoding
            stream.reconfigure(errors="backslashreplace")
    try:
        status = cli.main(arguments, prog_name="lbsh", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else CLEAN
    except click.ClickException as error:
        error.show()
        return TROUBLE
    except (Trouble, FileError, app.ChoiceError, BackendError, CommandError) as error:
        _complain(f"lbsh: {error}")
        return TROUBLE
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:  # the reader has gone, which is its right
        _abandon(sys.stdout)
        return TROUBLE
    except OSError as error:
        _abandon(sys.stdout)
        _complain(f"lbsh: cannot write the output: {(error.strerror or str(error)).lower()}")
        return TROUBLE


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lbsh", message="%(prog)s %(version)s")
def cli() -> None:
    """Describe load-balanced services in a few plain lines; get the packet filter's rules for them."""


@cli.command()
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
            _complain(f"lbsh: {error}")
    if form == "json":
        click.echo(render_json(found))
    elif found or not unreadable:
        _report(found, sys.stdout)
    if unreadable:
        return TROUBLE
    worst = {one.severity for one in found}
    return FINDINGS if Severity.ERROR in worst or (strict and Severity.WARNING in worst) else CLEAN


class _EmitCommand(click.Command):
    """A command that has the flags of all installed backends among its options."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        return [*super().get_params(ctx)[:-1], *_flags(), *super().get_params(ctx)[-1:]]


@cli.command(cls=_EmitCommand)
@click.argument("file", metavar="[FILE]", default=DEFAULT_FILE)
@click.option("--backend", "backend_name", metavar="NAME", required=True, help="The packet filter to write rules for.")
@click.option("--target", metavar="VERSION", help="The version of the packet filter, as `lbsh backends` lists them.")
@click.option(
    "-o", "output", metavar="PATH", help="Replace this file by the rules, all at once, instead of printing them."
)
@click.option(
    "--verify", is_flag=True, help="Show the rules to the packet filter's own program first, without loading them."
)
def emit(file: str, backend_name: str, target: str | None, output: str | None, verify: bool, **flags: bool) -> int:
    """Print the rules of a packet filter for a script.

    FILE is a script, site.lb without one; `-` is standard input. Findings go to standard error; when there are errors
    no rules are printed and no file is touched.
    """
    wanted = frozenset(name for name, given in flags.items() if given)
    request = app.choose(backend_name, target, wanted)
    checked = app.check_source(read_source(file), request)
    if checked.diagnostics:
        _report(checked.diagnostics, sys.stderr)
    if checked.count(Severity.ERROR):
        return FINDINGS
    artifact = app.render(checked.site, request)
    refused = app.verify(checked, artifact, request) if verify else ()
    if refused:
        _report(refused, sys.stderr)
        return FINDINGS
    if output is None or output == "-":
        sys.stdout.write(artifact.text)
    else:
        if any(is_same_file(output, source) for source in checked.resolution.script.sources):
            raise Trouble(f"{output} is part of the script: the rules would replace it")
        write_atomically(output, artifact.text)
    if sys.stderr.isatty() and (output is not None or not sys.stdout.isatty()):
        _complain("to load it:")
        for line in request.backend.load:
            _complain(f"  {line}")
    return CLEAN


@cli.command()
@click.argument("file", metavar="[FILE]", default=DEFAULT_FILE)
@click.option("--format", "form", type=click.Choice(["tree", "json"]), default="tree", show_default=True)
def ast(file: str, form: str) -> int:
    """Show how a script is read: every statement with its parts and their places.

    Lines and columns count from 1, ends are exclusive. Faults of single lines go to standard error.
    """
    checked = app.check_source(read_source(file))
    script = checked.resolution.script
    click.echo(render_tree_json(script) if form == "json" else render_tree(script), nl=False)
    faults = app.line_findings(checked)
    if faults:
        _report(faults, sys.stderr)
    return FINDINGS if any(one.severity is Severity.ERROR for one in faults) else CLEAN


@cli.command()
def backends() -> int:
    """Show what each installed backend can express."""
    columns = [(backend, target) for backend in app.all_backends() for target in backend.targets]
    heads = [target if len(backend.targets) > 1 else backend.name for backend, target in columns]
    widest = max(len(capability.value) for capability in Capability)
    click.echo("  ".join([" " * widest, *heads]).rstrip())
    for capability in Capability:
        marks = ["yes" if capability in backend.capabilities(target) else "-" for backend, target in columns]
        cells = [mark.ljust(len(head)) for mark, head in zip(marks, heads, strict=True)]
        click.echo("  ".join([capability.value.ljust(widest), *cells]).rstrip())
    for backend in app.all_backends():
        click.echo(f"\n{backend.name}: {backend.title}; targets {', '.join(backend.targets)}")
        for flag, meaning in backend.flags.items():
            click.echo(f"  --{flag}: {meaning}")
    for complaint in app.broken_backends():
        _complain(f"lbsh: {complaint}")
    return CLEAN


@cli.command()
@click.argument("code", required=False)
def explain(code: str | None) -> int:
    """Explain a diagnostic code, or list all codes."""
    if code is None:
        for page in sorted(catalog.PAGES.values(), key=lambda one: one.code):
            click.echo(f"{page.code}  {page.severity.value:<11}  {page.title}")
        return CLEAN
    known = catalog.PAGES.get(code.upper())
    if known is None:
        near = NearMisses(catalog.PAGES).of(code)
        hint = f"; `{near}` exists" if near else ""
        raise Trouble(f"there is no code `{code}`{hint}; `lbsh explain` lists all codes")
    click.echo(known.render_page(), nl=False)
    return CLEAN


def _flags() -> Iterable[click.Parameter]:
    """The flags of all installed backends as options."""
    for backend in app.all_backends():
        for flag, meaning in backend.flags.items():
            yield click.Option([f"--{flag}", flag], is_flag=True, help=f"{backend.name}: {meaning}")


def _report(found: Collection[Diagnostic], stream: TextIO) -> None:
    """Diagnostics for people, one by one since there may be very many, and a line that counts them."""
    style = _style(stream)
    for one in found:
        click.echo(render_text(one, style) + "\n", file=stream)
    counts = []
    for severity in (Severity.ERROR, Severity.WARNING, Severity.INFORMATION):
        number = sum(one.severity is severity for one in found)
        if number:
            plural = "s" if number > 1 and severity is not Severity.INFORMATION else ""
            counts.append(f"{number} {severity.value}{plural}")
    click.echo(", ".join(counts) or "no findings", file=stream)


def _style(stream: object) -> Style:
    """Colours on a terminal only, and not where `NO_COLOR` is set (no-color.org)."""
    terminal = getattr(stream, "isatty", bool)()
    return COLOURED if terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" else PLAIN


def _complain(line: str) -> None:
    """One line on standard error; where that is full or closed, the exit status has to do."""
    try:
        click.echo(printable(line), err=True)
    except OSError:
        _abandon(sys.stderr)


def _abandon(stream: TextIO) -> None:
    """Leads a stream that cannot be written to nowhere, or Python would complain about it once more as it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
