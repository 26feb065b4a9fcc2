"""Options of the commands that act on the device."""

from __future__ import annotations

import math

import click

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


def _number(context: click.Context, parameter: click.Parameter, value: float) -> float:
    """A time that ends a wait: `nan` is a number for Python."""
    if math.isnan(value):
        raise click.BadParameter(f"{value} is not a time")
    return value


wait = click.option(
    "--wait",
    "wait",
    metavar="SECONDS",
    type=click.FloatRange(min=0),
    callback=_number,
    default=LOCK_SECONDS,
    show_default=True,
    help="How long to wait for another command that changes the device.",
)
"""The option for the lock."""
