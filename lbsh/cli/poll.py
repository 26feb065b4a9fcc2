"""`lbsh poll`: finds out which servers are up, and takes failed ones out of the rules."""

from __future__ import annotations

import sys

import click

from lbsh import poll as poller
from lbsh.cli import device as options
from lbsh.cli.terminal import CLEAN, FINDINGS, TROUBLE, complain
from lbsh.poller.once import failed, spoilt, table
from lbsh.stores import open_store
from lbsh_lang.renderings.terminal import printable


def _milliseconds(context: click.Context, parameter: click.Parameter, value: str) -> int:
    return options.milliseconds_in(value)


@click.command()
@click.option("--once", is_flag=True, help="Probe each server once, print what came of it, and change nothing.")
@click.option("--shadow", is_flag=True, help="Probe, but only say what would be done.")
@click.option(
    "--all-failed",
    type=click.Choice(["hold", "eject"]),
    default="hold",
    show_default=True,
    help="Whether servers are kept for a while when all behind one interface fail at once.",
)
@click.option(
    "--hold",
    metavar="TIME",
    default="10s",
    show_default=True,
    callback=_milliseconds,
    help="How long they are kept at most.",
)
@options.store
def poll(*, once: bool, shadow: bool, all_failed: str, hold: int, folder: str | None) -> int:
    """Find out which servers are up, and take failed ones out of the rules until they are back.

    Runs in the foreground until SIGTERM or SIGINT, and then leaves the rules as they are; changes of the script are taken
    over at once, SIGHUP has all of it read again. Only one poller may have a store. Exit status: 0; with --once 1 if a
    server did not answer as it should; 2 trouble.
    """
    if once and shadow:
        raise click.UsageError("--once changes nothing anyway: it does not go with --shadow")
    store = open_store(folder)
    if once:
        return _once(poller.once(store, complain))
    chosen = poller.Options(all_failed, hold)
    (poller.shadow if shadow else poller.poll)(store, chosen, _say)
    return CLEAN


def _say(line: str) -> None:
    """A line for the operator, at once: others read it while the poller runs."""
    click.echo(printable(line))
    sys.stdout.flush()


def _once(round_: poller.Round) -> int:
    rows = [[printable(cell) for cell in row] for row in table(*round_)]
    if not rows:
        click.echo("no server is probed: no service has a pool and a probe")
        return CLEAN
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    if spoilt(round_.results):
        return TROUBLE
    return FINDINGS if failed(round_.results) else CLEAN
