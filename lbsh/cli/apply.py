"""`lbsh apply`: makes a script the one that the device runs."""

from __future__ import annotations

import os

import click

from lbsh import app, device
from lbsh.cli import device as options
from lbsh.cli import marks as uplink_marks
from lbsh.cli import options as common
from lbsh.cli import outcomes, rules
from lbsh.cli.rules import RulesCommand
from lbsh.cli.terminal import CLEAN, DEFAULT_FILE, FINDINGS, complain
from lbsh.drivers.choice import DRIVERS, NO_DRIVER
from lbsh.drivers.protocol import RefusedError
from lbsh.files import include_loader, read_source
from lbsh.gateway.machine import Choice
from lbsh.gateway.writer import Outcome
from lbsh.stores import open_store
from lbsh_lang.renderings.terminal import printable
from lbsh_lang.site.uplinks import DEFAULT_MARKS, Marks


@click.command(cls=RulesCommand)
@click.argument("file", metavar="[FILE]", required=False, shell_complete=common.scripts)
@click.option(
    "--driver",
    metavar="NAME",
    type=click.Choice([*DRIVERS, NO_DRIVER]),
    help="The packet filter to load rules into; `none` only says what would be done.",
)
@common.target
@common.include_from
@rules.name
@uplink_marks.option
@click.option(
    "--addresses/--no-addresses",
    default=None,
    help="Configure addresses, routes and forwarding as well, from now on; or take back what was configured.",
)
@click.option("--running", is_flag=True, help="Load the rules of the script that the device runs already.")
@click.option(
    "--rules-only",
    is_flag=True,
    help="With --running: leave the network as it is, since its interfaces may come later.",
)
@options.confirm
@options.store
@options.wait
def apply(
    *,
    file: str | None,
    driver: str | None,
    target: str | None,
    include_from: tuple[str, ...],
    name: str,
    marks: Marks,
    addresses: bool | None,
    running: bool,
    rules_only: bool,
    confirm: int | None,
    folder: str | None,
    wait: float,
    **flags: bool,
) -> int:
    """Make a script the one that the device runs, and load its rules.

    FILE is a script, site.lb without one; `-` is standard input. A script with errors, or one whose rules the packet
    filter refuses, changes nothing. Servers that were drained by a statement stay drained. Without --driver, the driver in
    use stays, at first that of the packet filter that is here. With --confirm the exit status is 3 while the change waits.
    """
    gateway = device.open_gateway(open_store(folder))
    wanted = frozenset(flag for flag, given in flags.items() if given)
    if running:
        others = file is not None or confirm is not None or addresses is not None
        if others or driver or target or name or wanted or marks != DEFAULT_MARKS:
            raise click.UsageError("--running goes with no other script, driver or rules, and with no --confirm")
        return _settle(gateway.settle(device.act("apply --running"), wait, rules_only=rules_only))
    if rules_only:
        raise click.UsageError("--rules-only goes with --running")
    given = driver or target or name or wanted or marks != DEFAULT_MARKS
    choice = _choice(driver or gateway.choice().driver, target, wanted, name, marks) if given else None
    if addresses is not None or choice is not None:
        kept = gateway.choice()
        choice = (choice or kept)._replace(addresses=kept.addresses if addresses is None else addresses)
    path = file or DEFAULT_FILE
    source = read_source(path if path == "-" else os.path.abspath(path))  # noqa: PTH100 -- keeps the last component
    script = app.parse_source(source, include_loader(source, include_from))
    try:
        outcome = gateway.apply(script, device.act(f"apply {path}"), choice, wait, confirm)
    except RefusedError as error:
        outcomes.report_notices(gateway.notices().past)
        return outcomes.report_refusal(error)
    outcomes.report_told(outcome.verdict.told)
    if outcome.verdict.refused:
        outcomes.report_told(outcome.verdict.refused)
        outcomes.report_notices(outcome.notices)
        complain("nothing was changed")
        return FINDINGS
    for statement in outcome.kept:
        complain(f"kept: {statement}")
    status = outcomes.report_loading(outcome)
    if status:
        return status
    if not outcome.is_change:
        click.echo(f"{printable(path)} changes nothing: revision {outcome.revision} runs already")
        return CLEAN
    click.echo(f"Applied {printable(path)} as revision {outcome.revision}")
    return outcomes.report_waiting(outcome)


def _settle(outcome: Outcome) -> int:
    if not outcome.revision:
        click.echo("Nothing to load: no script was applied yet")
        return CLEAN
    status = outcomes.report_loading(outcome, "not loaded")
    if not status:
        click.echo(f"Loaded revision {outcome.revision}")
    return status


def _choice(driver: str, target: str | None, flags: frozenset[str], name: str, marks: Marks) -> Choice:
    """The driver with the options of its backend. Raises `ChoiceError`."""
    backend = device.choice_of(driver).backend
    return device.choice_of(driver, app.choose(backend, target, flags, name, marks).options)
