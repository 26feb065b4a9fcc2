"""`lbsh status`: shows the state of the device."""

from __future__ import annotations

import click

from lbsh import device
from lbsh.cli import device as options
from lbsh.cli.shell import ShellCommands
from lbsh.cli.terminal import CLEAN


@click.command()
@click.argument("subject", metavar="[SERVICE|POOL|IP]", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@options.store
def status(*, subject: str | None, form: str, folder: str | None) -> int:
    """Show the state of the device, of a service, of a pool, or of a machine.

    A server is UP, DOWN or DRAINED. Where what is loaded is not what should be, the first lines say so, and why. Exit
    status: 0, or 2 if there is no such thing or no store.
    """
    ShellCommands(device.open_store(folder)).status(subject, form)
    return CLEAN
