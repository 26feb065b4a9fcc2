"""`lbsh plan`: says what a change of the device would do, and changes nothing."""

from __future__ import annotations

import json
import sys

import click

from lbsh import device
from lbsh.cli import device as options
from lbsh.cli import outcomes, request
from lbsh.cli.rules import RulesCommand
from lbsh.cli.terminal import CLEAN, FINDINGS, PENDING, style
from lbsh.gateway.plan import Plan, plan_of, with_lines
from lbsh.gateway.plan_json import plan_json
from lbsh.gateway.plan_text import plan_text, rules_text
from lbsh.session import session_here
from lbsh.stores import open_store
from lbsh_lang.site.uplinks import Marks


@click.command(cls=RulesCommand)
@request.arguments
@click.option("--running", is_flag=True, help="Say what `apply --running` would do: what is pending.")
@click.option("--rules", "shows_rules", is_flag=True, help="Show the difference of the rules as well.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@options.store
def plan(
    *,
    file: str | None,
    driver: str | None,
    target: str | None,
    include_from: tuple[str, ...],
    name: str,
    marks: Marks,
    addresses: bool | None,
    running: bool,
    resume_all: bool,
    shows_rules: bool,
    form: str,
    folder: str | None,
    **flags: bool,
) -> int:
    """Say what `lbsh apply` would do, and change nothing.

    In meaning, in rules, and for the connections that are open: whether they stay, move or are cut, as the kernel counts
    them. FILE is a script, site.lb without one; `-` is standard input. Exit status: 0 nothing would change, 1 the script has
    errors or the filter refuses its rules, 2 trouble, 3 something would change.
    """
    gateway = device.open_gateway(open_store(folder), sys.stderr)
    words = request.Words(
        file, driver, target, include_from, name, marks, addresses, running=running, resume_all=resume_all, flags=flags
    )
    script, _, choice = request.read_asked(gateway, words)
    ahead = gateway.look_ahead(script, choice, resume_all=resume_all)
    found = plan_of(ahead, session_here())
    if shows_rules and not found.is_refused:
        found = with_lines(ahead, found)
    if form == "json":
        difference = [*rules_text(found)] if shows_rules else None
        click.echo(json.dumps(plan_json(found, difference), indent=2))
    elif found.is_refused:
        report_refused(found)
    else:
        outcomes.report_told(found.verdict.told)
        lines = [*plan_text(found, style(sys.stdout)), *(rules_text(found) if shows_rules else ())]
        click.echo("\n".join(lines))
    if found.is_refused:
        return FINDINGS
    return PENDING if found.is_pending else CLEAN


def report_refused(found: Plan) -> None:
    """Prints why the change would not be made."""
    outcomes.report_told((*found.verdict.told, *found.verdict.refused, *found.verdict.missing))
    if found.refusal is not None:
        outcomes.report_refusal(found.refusal)
