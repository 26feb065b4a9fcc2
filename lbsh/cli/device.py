"""Options of the commands that act on the device, and the output of what became of a change."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from lbsh.cli.terminal import CLEAN, FINDINGS, TROUBLE, complain, style
from lbsh_lang.renderings.terminal import printable

if TYPE_CHECKING:
    from lbsh.gateway.writer import Outcome
    from lbsh_lang.diagnostics import Diagnostic

store = click.option(
    "--store",
    "folder",
    metavar="DIR",
    envvar="LBSH_STORE",
    type=click.Path(readable=False),
    help="The folder of the running script and of all that belongs to it.",
)
"""The option for the store."""

LOCK_SECONDS = 10.0
"""The time for which commands wait for others that change the device, unless an option says otherwise."""

wait = click.option(
    "--wait",
    "wait",
    metavar="SECONDS",
    type=click.FloatRange(min=0),
    default=LOCK_SECONDS,
    show_default=True,
    help="How long to wait for another command that changes the device.",
)
"""The option for the lock."""


def report_refused(found: Iterable[Diagnostic]) -> None:
    """Prints errors as the paper's Fig. 8 does, each with its place."""
    from lbsh_lang.renderings.findings.text import render_text  # noqa: PLC0415 -- `status` need not wait for it

    chosen = style(sys.stderr)
    for one in found:
        click.echo(f"ERROR: {printable(one.message.replace('`', ''))}", err=True)
        click.echo("\n".join(render_text(one, chosen).splitlines()[1:]), err=True)


def report_told(found: Iterable[Diagnostic]) -> None:
    """Prints the findings that refuse nothing."""
    from lbsh_lang.renderings.findings.text import render_text  # noqa: PLC0415

    chosen = style(sys.stderr)
    for one in found:
        click.echo(render_text(one, chosen), err=True)


def report_loading(outcome: Outcome, became: str = "kept, but not loaded") -> int:
    """Prints what is not as it should be in the filter, and what became of the script; the exit status."""
    for drift in outcome.drift:
        complain(f"changed by others{', and put back' if drift.is_ours else ''}: {drift.words}")
    if outcome.trouble:
        complain(f"{became}: {outcome.trouble}")
        return TROUBLE
    return CLEAN


def refused_status(outcome: Outcome) -> int:
    """The exit status of statements of which some may have been refused."""
    return FINDINGS if outcome.verdict.refused or outcome.verdict.left_out else CLEAN
