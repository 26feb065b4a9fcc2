"""`lbsh script`: prints the running script."""

from __future__ import annotations

import click

from lbsh import device
from lbsh.cli import device as options
from lbsh.cli.terminal import CLEAN
from lbsh.gateway.running import whole_text
from lbsh.stores import open_store


@click.command()
@options.store
def script(*, folder: str | None) -> int:
    """Print the script that the device runs.

    It is the script that was applied, with all that it includes, and behind it the statements that were said since, each
    with its time and user as a comment.
    """
    click.echo(whole_text(open_store(folder).running(), device.language()), nl=False)
    return CLEAN
