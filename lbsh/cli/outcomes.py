"""What became of changes of the device, printed for people, and the exit statuses."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable

import click

from lbsh.cli.terminal import CLEAN, FINDINGS, PENDING, TROUBLE, complain, style
from lbsh.drivers.protocol import RefusedError
from lbsh.gateway.outcome_json import outcome_json, seconds_of
from lbsh.gateway.writer import Outcome
from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.renderings.findings.text import render_text
from lbsh_lang.renderings.terminal import printable


def report_refused(found: Iterable[Diagnostic]) -> None:
    """Prints errors as the paper's Fig. 8 does, each with its place."""
    chosen = style(sys.stderr)
    for one in found:
        click.echo(f"ERROR: {printable(one.message.replace('`', ''))}", err=True)
        click.echo("\n".join(render_text(one, chosen).splitlines()[1:]), err=True)


def report_refusal(error: RefusedError) -> int:
    """Prints what the packet filter has against rules, each complaint with its statement; the exit status."""
    complain(f"lbsh: {error}")
    for origin, words in error.complaints:
        complain(f"  {f'{origin.place}: ' if origin is not None else ''}{words}")
    return FINDINGS


def report_told(found: Iterable[Diagnostic]) -> None:
    """Prints the findings that refuse nothing."""
    chosen = style(sys.stderr)
    for one in found:
        click.echo(render_text(one, chosen), err=True)


def report_notices(notices: Iterable[str]) -> None:
    """Prints what everybody should know who changes the device."""
    for line in notices:
        complain(line)


def report_waiting(outcome: Outcome) -> int:
    """Prints how long a change waits for confirmation, if it does; the exit status."""
    if outcome.waiting is None:
        return CLEAN
    click.echo(f"It is put back in {seconds_of(outcome)} s: `lbsh confirm` keeps it, `lbsh rollback` puts it back now")
    return PENDING


def report_replacement(outcome: Outcome, done: str, same: str) -> int:
    """Prints what became of a script that was to replace the running one; the exit status.

    `done` and `same` are the words where it does, and where that one is the same.
    """
    if outcome.verdict.refused:
        report_told(outcome.verdict.refused)
        report_notices(outcome.notices)
        complain("nothing was changed")
        return FINDINGS
    for statement in outcome.kept:
        complain(f"kept: {statement}")
    status = report_loading(outcome)
    if status:
        report_waiting(outcome)
        return status
    click.echo(done if outcome.is_change else same)
    return report_waiting(outcome) if outcome.is_change else CLEAN


def print_json(outcome: Outcome) -> int:
    """Prints what became of a script, for programs; the exit status, as for people."""
    click.echo(json.dumps(outcome_json(outcome), indent=2))
    if outcome.verdict.refused:
        return FINDINGS
    if outcome.trouble or outcome.unnoted or outcome.network.trouble:
        return TROUBLE
    return PENDING if outcome.waiting is not None else CLEAN


def report_loading(outcome: Outcome, became: str = "kept, but not loaded") -> int:
    """Prints what is not as it should be in the filter, and what became of the script; the exit status."""
    report_notices(outcome.notices)
    for drift in outcome.drift:
        complain(f"changed by others{', and put back' if drift.is_ours else ''}: {drift.words}")
    if outcome.network.said:
        complain(f"network: {outcome.network.said}")
    if outcome.network.trouble:
        complain(f"network, not as it should be: {printable(outcome.network.trouble)}")
    if outcome.trouble and not outcome.revision:
        complain(f"not loaded, and the former script was put back: {outcome.trouble}")
    elif outcome.trouble:
        complain(f"{became}: {outcome.trouble}")
    if outcome.unnoted:
        complain(f"loaded, and loaded again with the next change, since that cannot be noted: {outcome.unnoted}")
    return TROUBLE if outcome.trouble or outcome.unnoted or outcome.network.trouble else CLEAN
