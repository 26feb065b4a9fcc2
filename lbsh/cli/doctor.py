"""`lbsh doctor`: finds out why the device does not work."""

from __future__ import annotations

import json
import sys

import click

from lbsh.cli.device import store as store_option
from lbsh.cli.terminal import CLEAN, FINDINGS, TROUBLE, style


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--verbose", "-v", is_flag=True, help="List the checks that found nothing, too.")
@store_option
def doctor(*, form: str, verbose: bool, folder: str | None) -> int:
    """Find out why the device does not work.

    Looks at the machine around the running script: settings of the kernel, interfaces, addresses and routes, rules of others
    that take or drop balanced traffic, the store, the clock. Each finding comes with its mend. Nothing is changed by this
    command. Without rights it does what it can, and says what it could not look at.

    Exit status: 0 if there is no error and no warning, 1 if there are some, 2 if the command failed.
    """
    from lbsh.doctor import diagnose  # noqa: PLC0415 -- help and completion need not wait for it
    from lbsh.gateway.doctor.examine import is_blind, is_healthy  # noqa: PLC0415
    from lbsh.gateway.doctor.report import as_json, as_text  # noqa: PLC0415

    results = diagnose(folder)
    if form == "json":
        click.echo(json.dumps(as_json(results)))
    else:
        click.echo("\n".join(as_text(results, verbose=verbose, style=style(sys.stdout))))
    if is_blind(results):
        return TROUBLE
    return CLEAN if is_healthy(results) else FINDINGS
