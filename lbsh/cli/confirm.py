"""`lbsh confirm` and `lbsh rollback`: keep a change, or go back to an earlier script."""

from __future__ import annotations

import click

from lbsh import device
from lbsh.cli import device as options
from lbsh.cli import outcomes
from lbsh.cli.terminal import CLEAN, FINDINGS, complain
from lbsh.drivers.protocol import RefusedError
from lbsh.gateway.audit import time_of, words_of
from lbsh.gateway.confirm import ROLLBACK
from lbsh.store.protocol import Entry
from lbsh.stores import open_store
from lbsh_lang.renderings.terminal import printable


@click.command()
@options.store
@options.wait
def confirm(*, folder: str | None, wait: float) -> int:
    """Keep the change that waits for confirmation.

    Exit status: 0 if it is kept, 1 if nothing waits, also if the time was over, 2 trouble.
    """
    gateway = device.open_gateway(open_store(folder))
    kept = gateway.keeper.confirm(device.act("confirm"), wait)
    if kept is None:
        complain("nothing waits for confirmation")
        outcomes.report_notices(gateway.keeper.notices().lines)
        return FINDINGS
    click.echo(printable(f"Confirmed revision {kept.revision}: {words_of(kept.act)}"))
    return CLEAN


@click.command()
@click.argument("number", metavar="[N]", type=click.IntRange(min=1), required=False)
@options.confirm
@options.store
@options.wait
def rollback(*, number: int | None, confirm: int | None, folder: str | None, wait: float) -> int:
    """Go back to an earlier script.

    N is its number in `lbsh history`, 1 unless given: the one before the running one. While a change waits for
    confirmation, `lbsh rollback` puts the script before it back at once. Servers that a statement drained or took
    down stay so. Exit status: as that of `lbsh apply`.
    """
    gateway = device.open_gateway(open_store(folder))
    try:
        entry, outcome = gateway.rollback(number, device.act(ROLLBACK), wait, confirm)
    except RefusedError as error:
        return outcomes.report_refusal(error)
    done = printable(f"Went back to {_words(entry)}, as revision {outcome.revision}")
    same = f"Changes nothing: that script runs already, as revision {outcome.revision}"
    return outcomes.report_replacement(outcome, done, same)


def _words(entry: Entry | None) -> str:
    if entry is None:
        return "no script"
    return f"revision {entry.revision} ({time_of(entry.act)}, {words_of(entry.act)})"
