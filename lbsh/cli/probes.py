"""`lbsh probes`: lists how services are probed, and decides what becomes of shadow probes."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from lbsh import device
from lbsh.cli import device as options
from lbsh.cli.terminal import CLEAN, FINDINGS, complain
from lbsh.gateway.shadowing import shadows_in
from lbsh.poller.listing import DROPPED, REPORTS, as_json, cells, rows_of
from lbsh.stores import open_store
from lbsh_lang.renderings.terminal import printable
from lbsh_lang.site.probing import effective_probe


@click.command()
@click.argument("what", metavar="[promote|drop]", type=click.Choice(["promote", "drop"]), required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@options.store
@options.wait
def probes(*, what: str | None, form: str, folder: str | None, wait: float) -> int:
    """List how each service is probed, or end the shadow probes of `lbsh apply --shadow-probes`.

    `promote` makes the probes of the running script decide. `drop` gives them up: the former ones alone are carried out, and
    decide, until another script is applied. Exit status: 0; 1 if there is nothing to promote or drop; 2 trouble.
    """
    store = open_store(folder)
    gateway = device.open_gateway(store)
    if what is not None:
        end = gateway.promote_probes if what == "promote" else gateway.drop_probes
        return _end(what, end(device.act(f"probes {what}"), wait))
    kept = shadows_in(store)
    role = DROPPED if kept.is_dropped else REPORTS
    rows = list(rows_of(gateway.running().site, kept.deciding, effective_probe, kept.is_shadowed, role))
    if form == "json":
        click.echo(json.dumps({"version": 1, "probes": as_json(rows)}))
        return CLEAN
    shown = [[printable(cell) for cell in line] for line in cells(rows)]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for line in shown:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    return CLEAN


def _end(what: str, services: Sequence[str]) -> int:
    """Says what became of shadow probes; the exit status."""
    if not services:
        complain(f"there are no shadow probes to {what}")
        return FINDINGS
    names = printable(", ".join(services))
    if what == "promote":
        click.echo(f"The probes of the running script decide on {names}")
    else:
        click.echo(f"The former probes go on deciding on {names}; change the script, which says others")
    return CLEAN
