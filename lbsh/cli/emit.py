"""`lbsh emit`: prints the rules of a packet filter for a script."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click

from lbsh import app
from lbsh.cli.terminal import CLEAN, DEFAULT_FILE, FINDINGS, Trouble, complain, report
from lbsh.files import is_same_file, read_source, write_atomically
from lbsh_lang.diagnostics import Severity


class _EmitCommand(click.Command):
    """A command that has the flags of all installed backends among its options."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        return [*super().get_params(ctx)[:-1], *_flags(), *super().get_params(ctx)[-1:]]


@click.command(cls=_EmitCommand)
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
        report(checked.diagnostics, sys.stderr)
    if checked.count(Severity.ERROR):
        return FINDINGS
    artifact = app.render(checked.site, request)
    refused = app.verify(checked, artifact, request) if verify else ()
    if refused:
        report(refused, sys.stderr)
        return FINDINGS
    if output is None or output == "-":
        sys.stdout.write(artifact.text)
    else:
        if any(is_same_file(output, source) for source in checked.resolution.script.sources):
            raise Trouble(f"{output} is part of the script: the rules would replace it")
        write_atomically(output, artifact.text)
    if sys.stderr.isatty() and (output is not None or not sys.stdout.isatty()):
        complain("to load it:")
        for line in request.backend.load:
            complain(f"  {line}")
    return CLEAN


def _flags() -> Iterable[click.Parameter]:
    """The flags of all installed backends as options."""
    for backend in app.all_backends():
        for flag, meaning in backend.flags.items():
            yield click.Option([f"--{flag}", flag], is_flag=True, help=f"{backend.name}: {meaning}")
