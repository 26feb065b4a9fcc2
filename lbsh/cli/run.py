"""`lbsh run`: carries out statements on the device."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from lbsh import device
from lbsh.cli import device as options
from lbsh.cli import options as common
from lbsh.cli import outcomes
from lbsh.cli.shell import ShellCommands
from lbsh.cli.terminal import CLEAN, FINDINGS, TROUBLE, complain
from lbsh.files import STANDARD_INPUT, FileError, include_loader, names_stream, read_source
from lbsh.gateway.acceptance import Input
from lbsh.gateway.answers import answer
from lbsh.gateway.saving import Entry
from lbsh.gateway.writer import Gateway, Outcome, pools_touched
from lbsh.store.protocol import StoreError
from lbsh.stores import open_store
from lbsh_lang.reported import ReportedError
from lbsh_lang.site.script import Loader
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
    shell = ShellCommands(store, _entry(file))
    runner = _Runner(device.open_gateway(store), shell, wait, keep_going=keep_going)
    way = f"run {file}" if file is not None else "run -c"
    if each:
        root, lines = _lines(file, commands)
        return runner.run_each(lines, root, include_loader(root, include_from))
    source = read_source(file) if file is not None else _typed("\n".join(commands))
    return runner.run(Input(_apart(source), include_loader(source, include_from)), way)


def _entry(file: str | None) -> Entry:
    """How statements come: a file is one that lies on a disk, and no stream with a name, such as `/dev/stdin`."""
    if file is None:
        return Entry.TYPED
    return Entry.FILE if file != "-" and Path(file).is_file() and not names_stream(file) else Entry.STREAM


def _typed(text: str) -> Source:
    return Source.of("(command line)", text, "(command line)")


def _apart(source: Source) -> Source:
    """A source that is another one than a file of the same name in the running script."""
    return Source.of(source.name, source.text, f"{source.identity} (run)")


def _lines(file: str | None, commands: tuple[str, ...]) -> tuple[Source, Iterator[str]]:
    """Statements, one after the other, as soon as they are there, and a source with their name. Raises `FileError`."""
    if file is None:
        return _typed(""), (line for command in commands for line in command.splitlines())
    if file != "-":
        source = read_source(file)
        return source, iter(source.lines)
    if sys.stdin is None:
        raise FileError(f"{STANDARD_INPUT}: is closed")
    return Source.of(STANDARD_INPUT, "", STANDARD_INPUT), iter(sys.stdin)


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
        return report_outcome(outcome, self._shell, given.source)

    def run_each(self, lines: Iterator[str], root: Source, loader: Loader) -> int:
        """Carries out each line of a source as a change of its own; the worst exit status."""
        worst = CLEAN
        for number, line in enumerate(lines):
            source = _apart(Source.of(root.name, "\n" * number + line.rstrip("\r\n"), root.identity))
            try:
                worst = max(worst, self.run(Input(source, loader), "run --each"))
            except StoreError as error:
                complain(f"lbsh: {error}")
                return TROUBLE
            sys.stdout.flush()
        return worst


def report_outcome(outcome: Outcome, shell: ShellCommands, given: Source) -> int:
    """Prints the answers to statements, and carries out shell commands among them; the exit status.

    `given` is the source of the input; all others are included in it.
    """
    verdict = outcome.verdict
    refused = (*verdict.left_out, *verdict.refused)
    outcomes.report_refused(refused)
    outcomes.report_told(verdict.told)
    if verdict.refused:
        complain("nothing was carried out")
        outcomes.report_notices(outcome.notices)
        return FINDINGS
    worst = FINDINGS if refused else CLEAN
    kept = {id(stated) for stated in verdict.lasting}
    for stated in verdict.lines:
        if isinstance(stated.node, ShellCommand):
            worst = max(worst, _carry_out(shell, stated.node, is_included=not _is_of(stated.source, given)))
        elif id(stated) in kept:
            pools = pools_touched(verdict.resolution, stated.rank)
            words = answer(stated.node, stated.source.lines[stated.line], pools)
            if words:
                click.echo(words)
    return max(worst, outcomes.report_loading(outcome))


def _is_of(source: Source, given: Source) -> bool:
    return (source.name, source.identity) == (given.name, given.identity)


def _carry_out(shell: ShellCommands, command: ShellCommand, *, is_included: bool) -> int:
    """Carries out a shell command; the exit status. The statements beside it are kept, whatever becomes of it."""
    try:
        return shell.carry_out(command, is_included=is_included)
    except ReportedError as error:
        complain(f"lbsh: {error}")
        return TROUBLE
