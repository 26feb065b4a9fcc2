"""`lbsh poll`: finds out which servers are up, and takes failed ones out of the rules."""

from __future__ import annotations

import click

from lbsh.cli import device as options
from lbsh.cli.terminal import CLEAN, FINDINGS, TROUBLE, complain
from lbsh.poll import rounds, start
from lbsh.poll.workshop import Options
from lbsh.poller.once import failed, spoilt, table
from lbsh.store.tree import address_in
from lbsh.stores import open_store
from lbsh_lang.renderings.terminal import printable


def _milliseconds(context: click.Context, parameter: click.Parameter, value: str) -> int:
    return options.milliseconds_in(value)


def _place(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[str, int] | None:
    """An address with a port."""
    if value is None:
        return None
    host, _, port = value.rpartition(":")
    address = address_in(host.removeprefix("[").removesuffix("]"))
    if address is None or not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise click.BadParameter("an address and a port: 127.0.0.1:9115 or [::1]:9115")
    return str(address), int(port)


@click.command()
@click.option("--once", is_flag=True, help="Probe each server once, print what came of it, and change nothing.")
@click.option("--shadow", is_flag=True, help="Probe, but only say what would be done.")
@click.option(
    "--clear",
    is_flag=True,
    help="Take back tables and reserved ports that a killed poller has left, and probe nothing.",
)
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
@click.option(
    "--metrics",
    metavar="ADDRESS:PORT",
    callback=_place,
    help="Answer Prometheus there, by HTTP: 127.0.0.1:9115, [::1]:9115.",
)
@click.option(
    "--on-change",
    metavar="PROGRAM",
    help="Run this program after changes, once their rules are loaded: a JSON line each on its standard input.",
)
@click.option(
    "--log", type=click.Choice(["text", "json"]), default="text", show_default=True, help="The form of the log."
)
@options.store
def poll(
    *,
    once: bool,
    shadow: bool,
    clear: bool,
    all_failed: str,
    hold: int,
    metrics: tuple[str, int] | None,
    on_change: str | None,
    log: str,
    folder: str | None,
) -> int:
    """Find out which servers are up, and take failed ones out of the rules until they are back.

    Runs in the foreground until SIGTERM or SIGINT, and then leaves the rules as they are; changes of the script are taken
    over at once, SIGHUP has all of it read again. Only one poller may have a store. Exit status: 0; with --once 1 if a
    server did not answer as it should; 2 trouble.
    """
    if once and shadow:
        raise click.UsageError("--once changes nothing anyway: it does not go with --shadow")
    if clear and (once or shadow):
        raise click.UsageError("--clear probes nothing: it goes with neither --once nor --shadow")
    store = open_store(folder)
    if clear:
        start.clear(store)
        return CLEAN
    if once:
        return _once(rounds.once(store, complain))
    (start.shadow if shadow else start.poll)(store, Options(all_failed, hold, metrics, on_change, log))
    return CLEAN


def _once(round_: rounds.Round) -> int:
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
