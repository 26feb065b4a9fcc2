"""`lbsh emit`: prints the rules of a packet filter for a script."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click

from lbsh import app
from lbsh.cli import marks as uplink_marks
from lbsh.cli import options, rules
from lbsh.cli.findings import report
from lbsh.cli.rules import RulesCommand
from lbsh.cli.terminal import CLEAN, DEFAULT_FILE, FINDINGS, Trouble, complain
from lbsh.files import include_loader, is_same_file, read_source, write_atomically
from lbsh_lang.backends.forward_rule import FrontEnd, forward_rule
from lbsh_lang.diagnostics import Severity
from lbsh_lang.site.uplinks import DEFAULT_MARKS, Marks
from lbsh_lang.source import Source


@click.command(cls=RulesCommand)
@click.argument("file", metavar="[FILE]", default=DEFAULT_FILE, shell_complete=options.scripts)
@click.option(
    "--backend",
    "backend_name",
    metavar="NAME",
    shell_complete=options.backends,
    help="The packet filter to write rules for.",
)
@options.target
@options.include_from
@click.option(
    "-o",
    "output",
    metavar="PATH",
    shell_complete=options.paths,
    help="Replace this file by the rules, all at once, instead of printing them.",
)
@click.option(
    "--since",
    metavar="OLD",
    shell_complete=options.scripts,
    help="Print only what turns the rules of this script into those of FILE, to load while in use.",
)
@rules.name
@uplink_marks.option
@click.option(
    "--forward-rule",
    "front_end",
    type=click.Choice([one.value for one in FrontEnd]),
    help="Print instead the rule by which a firewall that drops forwarded packets lets balanced connections through.",
)
@click.option(
    "--verify", is_flag=True, help="Show the rules to the packet filter's own program first, without loading them."
)
def emit(
    *,
    file: str,
    backend_name: str | None,
    target: str | None,
    include_from: tuple[str, ...],
    output: str | None,
    since: str | None,
    name: str,
    marks: Marks,
    front_end: str | None,
    verify: bool,
    **flags: bool,
) -> int:
    """Print the rules of a packet filter for a script.

    FILE is a script, site.lb without one; `-` is standard input. Findings go to standard error; when there are errors
    no rules are printed and no file is touched.
    """
    if front_end is not None:
        if any([backend_name, target, output, since, name, verify, marks != DEFAULT_MARKS, *flags.values()]):
            raise click.UsageError("--forward-rule prints a rule by itself: it goes with no other option for rules")
        return _forward_rule(FrontEnd(front_end), file, include_from)
    if backend_name is None:
        raise click.UsageError("Missing option '--backend'.")
    if verify and since is not None:
        raise click.UsageError("--verify asks about whole rules: it does not go with --since")
    if output == "":
        raise click.UsageError("-o: the file name is empty; without -o, rules go to standard output")
    if since == file == "-":
        raise click.UsageError("only one of the two scripts can be standard input")
    wanted = frozenset(name for name, given in flags.items() if given)
    request = app.choose(backend_name, target, wanted, name, marks)
    sources = [read_source(path) for path in ([] if since is None else [since]) + [file]]
    scripts = [app.check_source(source, request, include_loader(source, include_from)) for source in sources]
    *before, checked = scripts
    told = [one for script in before if script.number_of(Severity.ERROR) for one in script.diagnostics]
    told += checked.diagnostics
    if told:
        report(told, sys.stderr)
    if any(script.number_of(Severity.ERROR) for script in scripts):
        return FINDINGS
    new = checked.site
    uplink_marks.check_room(new, marks)
    reason = request.backend.conflict(request.options, new)
    if reason is not None:
        raise click.UsageError(f"{backend_name}: {reason}")
    artifact = app.render_change(before[0].site, new, request) if before else app.render(new, request)
    refused = app.verify(checked, artifact, request) if verify else ()
    if refused:
        report(refused, sys.stderr)
        return FINDINGS
    _write(artifact.text, output, [source for script in scripts for source in script.resolution.script.sources])
    if sys.stderr.isatty() and (output is not None or not sys.stdout.isatty()):
        complain("to load it:")
        for line in request.backend.load:
            complain(f"  {line}")
    return CLEAN


def _forward_rule(front_end: FrontEnd, file: str, include_from: tuple[str, ...]) -> int:
    """Prints the rule for a firewall that drops forwarded packets, for the address families of a script."""
    source = read_source(file)
    checked = app.check_source(source, None, include_loader(source, include_from))
    if checked.number_of(Severity.ERROR):
        report(checked.diagnostics, sys.stderr)
        return FINDINGS
    sys.stdout.write("".join(f"{line}\n" for line in forward_rule(front_end, checked.site.families())))
    return CLEAN


def _write(text: str, output: str | None, sources: Iterable[Source]) -> None:
    """Prints rules, or replaces a file by them."""
    if output is None or output == "-":
        sys.stdout.write(text)
        return
    if any(is_same_file(output, source) for source in sources):
        raise Trouble(f"{output} is part of the script: the rules would replace it")
    write_atomically(output, text)
