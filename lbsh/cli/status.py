"""`lbsh status`: shows the state of the device."""

from __future__ import annotations

import json

import click

from lbsh.cli.device import store as store_option
from lbsh.standing import standing
from lbsh.store.protocol import Store
from lbsh.stores import open_store


@click.command()
@click.argument("subject", metavar="[SERVICE|POOL|IP]", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--rate",
    "seconds",
    metavar="SECONDS",
    type=click.FloatRange(min=0, min_open=True, max=3600),
    help="Look twice, so long apart, and show the new connections a second.",
)
@store_option
def status(*, subject: str | None, form: str, seconds: float | None, folder: str | None) -> int:
    """Show the state of the device, of a service, of a pool, or of a machine.

    A server is UP, DOWN, DRAINED or UNKNOWN, `not probed` if its service has no probe, and STALE if no poller answers; where
    the kernel tells, its open connections stand beside. Where what is loaded is not what should be, the first lines say so,
    and why. Exit status: 0 all is as it should be; 1 a server is down, or statuses are held; 2 there is no such thing or no
    store; 3 what is loaded is not what should be, or a change waits for confirmation; 4 a service has no server that
    serves; 5 STALE. Of several, the first of 2, 4, 3, 5, 1.
    """
    return print_status(open_store(folder), subject, form, seconds)


def print_status(store: Store, subject: str | None, form: str = "text", seconds: float | None = None) -> int:
    """Prints the state of the device, of a service, of a pool, or of a machine; the exit status.

    Raises `NoSubjectError` if it is not there.
    """
    found = standing(store, subject, seconds)
    click.echo(json.dumps(found.data) if form == "json" else "\n".join(found.lines))
    return found.exit
