"""Options of the commands that make rules: their name, and the flags of all installed backends."""

from __future__ import annotations

import re
from collections.abc import Iterable

import click

from lbsh import app

_RULES_NAME = re.compile(r"[a-z0-9]{1,8}")


class RulesCommand(click.Command):
    """A command that has the flags of all installed backends among its options."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        return [*super().get_params(ctx)[:-1], *_flags(), *super().get_params(ctx)[-1:]]


def _name(context: click.Context, parameter: click.Parameter, value: str | None) -> str:
    """The name of rules, empty if none is given. It is short, since chains of iptables have 28 characters altogether."""
    if value is not None and not _RULES_NAME.fullmatch(value):
        raise click.BadParameter("a name of rules has 1 to 8 lower-case letters and digits")
    return value or ""


name = click.option(
    "--name",
    "name",
    metavar="NAME",
    callback=_name,
    help="Put this name into those of tables, chains and anchors, for a second script beside another.",
)
"""The option for the name of rules."""


def _flags() -> Iterable[click.Parameter]:
    """The flags of all installed backends as options."""
    for backend in app.all_backends():
        for flag, meaning in backend.flags.items():
            yield click.Option([f"--{flag}", flag], is_flag=True, help=f"{backend.name}: {meaning}")
