"""Options of the commands that act on the device."""

from __future__ import annotations

import math
import re

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

_UNITS = {"": 1000, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def milliseconds_in(value: str) -> int:
    """A duration as scripts have them: `90s`, `5m`; a number alone means seconds. Raises `click.BadParameter`."""
    found = re.fullmatch(r"([0-9]{1,9})(s|m|h|d|)", value)
    if found is None:
        raise click.BadParameter("a time is a number of seconds, or one with a unit, such as 90s, 5m or 2h")
    return int(found[1]) * _UNITS[found[2]]


_SHORTEST, _LONGEST = 10_000, 86_400_000
"""The shortest and the longest time for a confirmation, in milliseconds."""


def _confirm(context: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    """The time for a confirmation, in milliseconds."""
    if value is None:
        return None
    milliseconds = milliseconds_in(value)
    if not _SHORTEST <= milliseconds <= _LONGEST:
        raise click.BadParameter("the time for a confirmation is 10s at least and 24h at most")
    return milliseconds


confirm = click.option(
    "--confirm",
    "confirm",
    metavar="TIME",
    callback=_confirm,
    help="Put the former script back after this time, such as 60s, unless `lbsh confirm` comes before.",
)
"""The option for the time of a confirmation."""

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
