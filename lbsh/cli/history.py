"""`lbsh history`: lists the scripts that the device ran."""

from __future__ import annotations

import json

import click

from lbsh.cli.device import store as store_option
from lbsh.cli.terminal import CLEAN
from lbsh.gateway.deadline import Moment
from lbsh.gateway.history import as_json, history_text
from lbsh.gateway.notices import notices_of
from lbsh.stores import boot, open_store, ticks
from lbsh_lang.renderings.terminal import printable


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@store_option
def history(*, form: str, folder: str | None) -> int:
    """List the scripts that this device ran, the newest first.

    The first column is the number for `lbsh rollback`. Statements that followed a script are counted with it.
    """
    store = open_store(folder)
    entries = store.history()
    if form == "json":
        click.echo(json.dumps(as_json(entries)))
        return CLEAN
    lines = [*notices_of(store, Moment(boot(), ticks())).lines, *history_text(entries)]
    click.echo("\n".join([printable(line) for line in lines]))
    return CLEAN
