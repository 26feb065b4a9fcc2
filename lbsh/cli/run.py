"""`lbsh run`: carries out statements on the device."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from lbsh import device
from lbsh.cli import device as options
from lbsh.cli import options as common
from lbsh.cli import outcomes
from lbsh.cli.shell import ShellCommands
from lbsh.cli.terminal import CLEAN, FINDINGS, TROUBLE, complain
from lbsh.files import include_loader, read_source
from lbsh.gateway.acceptance import Input
from lbsh.gateway.answers import answer
from lbsh.gateway.writer import Gateway, Outcome, pools_touched
from lbsh.store.protocol import StoreError
from lbsh.stores import open_store
from lbsh_lang.source import Source
from lbsh_lang.syntax.nodes import ShellCommand


@click.command()
@click.argument("file", metavar="[FILE]", required=False, shell_complete=common.scripts)
@click.option("-c", "commands", metavar="STATEMENT", multiple=True, help="A statement to carry out; may be repeated.")
@click.option("--keep-going", is_flag=True, help="Carry out all statements without an error, at once.")
@click.option("--each", is_flag=True, help="Carry out each statement when it is read.")
@common.include_from
@options.store
@options.wait
def run(
    *,
    file: str | None,
    commands: tuple[str, ...],
    keep_going: bool,
    each: bool,
    include_from: tuple[str, ...],
    folder: str | None,
    wait: float,
) -> int:
    """Carry out statements on the device.

    FILE has statements, `-` is standard input. They follow those that the device runs already, and act at once: all of
    them, or, when one has an error, none. Exit status: 0 all were carried out, 1 some were refused, 2 trouble: what was
    accepted is kept, and loaded as soon as that is possible.
    """
    if (file is None) == (not commands):
        raise click.UsageError("give a FILE, - for standard input, or statements with -c")
    if keep_going and each:
        raise click.UsageError("--keep-going makes one change of all statements, --each one of each: give one of them")
    store = open_store(folder)
    runner = _Runner(device.open_gateway(store), ShellCommands(store), wait, keep_going=keep_going)
    if each:
        return runner.run_each(_lines(file, commands))
    if file is None:
        return runner.run(Input(Source.of("(command line)", "\n".join(commands), "(command line)")), "run -c")
    source = read_source(file)
    loader = include_loader(source, include_from)
    return runner.run(Input(_apart(source), loader), f"run {file}")


def _apart(source: Source) -> Source:
    """A source that is another one than a file of the same name in the running script."""
    return Source.of(source.name, source.text, f"{source.identity} (run)")


def _lines(file: str | None, commands: tuple[str, ...]) -> Iterator[str]:
    """Statements, one after the other, as soon as they are there."""
    if file is None:
        yield from commands
    elif file == "-":
        yield from sys.stdin
    else:
        yield from read_source(file).lines


class _Runner:
    """Carries out statements and prints their answers."""

    def __init__(self, gateway: Gateway, shell: ShellCommands, wait: float, *, keep_going: bool) -> None:
        self._gateway = gateway
        self._shell = shell
        self._wait = wait
        self._keep_going = keep_going

    def run(self, given: Input, way: str) -> int:
        """Carries out an input as one change; the exit status."""
        outcome = self._gateway.append(given, device.act(way), keep_going=self._keep_going, wait=self._wait)
        return report_outcome(outcome, self._shell)

    def run_each(self, lines: Iterator[str]) -> int:
        """Carries out each line as a change of its own; the worst exit status."""
        worst = CLEAN
        for number, line in enumerate(lines, 1):
            source = Source.of("(input)", "\n" * (number - 1) + line.rstrip("\r\n"), "(input)")
            try:
                worst = max(worst, self.run(Input(source), "run --each"))
            except StoreError as error:
                complain(f"lbsh: {error}")
                return TROUBLE
            sys.stdout.flush()
        return worst


def report_outcome(outcome: Outcome, shell: ShellCommands) -> int:
    """Prints the answers to statements, and carries out shell commands among them; the exit status."""
    verdict = outcome.verdict
    refused = (*verdict.left_out, *verdict.refused)
    outcomes.report_refused(refused)
    outcomes.report_told(verdict.told)
    if verdict.refused:
        complain("nothing was carried out")
        return FINDINGS
    kept = {id(stated) for stated in verdict.lasting}
    for stated in verdict.lines:
        if isinstance(stated.node, ShellCommand):
            shell.carry_out(stated.node)
        elif id(stated) in kept:
            pools = pools_touched(verdict.resolution, stated)
            click.echo(answer(stated.node, stated.source.lines[stated.line], pools))
    return outcomes.report_loading(outcome) or (FINDINGS if refused else CLEAN)
