"""`lbsh apply`: makes a script the one that the device runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import click

from lbsh import device
from lbsh.cli import device as options
from lbsh.cli import outcomes, request
from lbsh.cli.caution import Caution, may_ask
from lbsh.cli.rules import RulesCommand
from lbsh.cli.terminal import CLEAN, FINDINGS, complain
from lbsh.drivers.protocol import RefusedError
from lbsh.gateway.coming import Ahead
from lbsh.gateway.outcome_json import refusal_json, session_json
from lbsh.gateway.writer import Outcome
from lbsh.stores import open_store
from lbsh_lang.renderings.terminal import printable
from lbsh_lang.site.uplinks import Marks

Looks = Callable[[Ahead], bool]
"""What tells of a change that the filter accepts whether it must not be made yet."""


@click.command(cls=RulesCommand)
@request.arguments
@click.option("--running", is_flag=True, help="Load the rules of the script that the device runs already.")
@click.option(
    "--rules-only",
    is_flag=True,
    help="With --running: leave the network as it is, since its interfaces may come later.",
)
@click.option(
    "--shadow-probes",
    is_flag=True,
    help="Only report what changed probes find, until `lbsh probes promote`; the former ones decide.",
)
@options.confirm
@click.option("--yes", is_flag=True, help="Do not ask, and act though open connections or this session would be cut.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
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
    shadow_probes: bool,
    resume_all: bool,
    confirm: int | None,
    yes: bool,
    form: str,
    folder: str | None,
    wait: float,
    **flags: bool,
) -> int:
    """Make a script the one that the device runs, and load its rules.

    FILE is a script, site.lb without one; `-` is standard input. A script with errors, or one whose rules the packet
    filter refuses, changes nothing. Servers that a statement drained or took down stay so, unless --resume-all. Without
    --driver, the driver in use stays, at first that of the packet filter that is here. With --confirm the exit status is 3
    while the change waits. On a terminal it asks before it cuts or moves open connections.
    """
    gateway = device.open_gateway(open_store(folder))
    if running and confirm is not None:
        raise click.UsageError("--running goes with no --confirm")
    if running and shadow_probes:
        raise click.UsageError("--running changes no probe: it does not go with --shadow-probes")
    words = request.Words(
        file, driver, target, include_from, name, marks, addresses, running=running, resume_all=resume_all, flags=flags
    )
    script, path, choice = request.read_asked(gateway, words)
    if script is None:
        return _settle(gateway.settle(device.act("apply --running"), wait, rules_only=rules_only), form)
    if rules_only:
        raise click.UsageError("--rules-only goes with --running")
    caution = None if yes else Caution(asks=may_ask(form))

    def act(looks: Looks | None) -> Outcome:
        way = device.act(f"apply {path}")
        return gateway.apply(
            script, way, choice, wait, confirm, resume_all=resume_all, shadow_probes=shadow_probes, caution=looks
        )

    try:
        outcome = _acted(act, caution, form, has_guard=confirm is not None)
    except RefusedError as error:
        return _refused(error, gateway.keeper.notices().past, form)
    return FINDINGS if outcome is None else _report(outcome, path, form)


def _acted(
    act: Callable[[Looks | None], Outcome], caution: Caution | None, form: str, *, has_guard: bool
) -> Outcome | None:
    """Makes a change, as far as whoever is asked agrees to what it cuts; None, after words about it, if not.

    Where nobody can be asked, a change that has a guard is made all the same.
    """
    outcome = act(None if caution is None else caution.is_needed)
    while caution is not None and outcome.is_held:
        if not caution.asks and not has_guard:
            _hold(caution, form)
            return None
        if caution.asks and not caution.ask():
            complain("nothing was changed")
            return None
        caution = caution if caution.asks else None
        outcome = act(None if caution is None else caution.is_needed)
    return outcome


def _refused(error: RefusedError, past: Sequence[str], form: str) -> int:
    """Prints why the packet filter refuses the rules, and what was put back before; the exit status."""
    if form == "json":
        click.echo(json.dumps(refusal_json(error, past), indent=2))
        return FINDINGS
    outcomes.report_notices(past)
    return outcomes.report_refusal(error)


def _hold(caution: Caution, form: str) -> None:
    """Says that a change was not made, since it would cut a session in which nobody can be asked."""
    if form == "json":
        click.echo(json.dumps(session_json(caution.dangers), indent=2))
    complain(f"lbsh: {caution.words}")
    complain("nothing was changed: with `--confirm 60s` it is put back unless you confirm it, with `--yes` it stays")


def _report(outcome: Outcome, path: str, form: str) -> int:
    """Prints what became of a script; the exit status."""
    if form == "json":
        return outcomes.print_json(outcome)
    outcomes.report_told(outcome.verdict.told)
    shown = printable(path)
    same = f"{shown} changes nothing: revision {outcome.revision} runs already"
    return outcomes.report_replacement(outcome, f"Applied {shown} as revision {outcome.revision}", same)


def _settle(outcome: Outcome, form: str) -> int:
    if form == "json":
        return outcomes.print_json(outcome)
    if not outcome.revision:
        click.echo("Nothing to load: no script was applied yet")
        return CLEAN
    status = outcomes.report_loading(outcome, "not loaded")
    if not status:
        click.echo(f"Loaded revision {outcome.revision}")
    return status
