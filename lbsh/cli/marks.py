"""The option for the marks of uplinks, which several commands have."""

from __future__ import annotations

import re

import click

from lbsh_lang.site.model import Site
from lbsh_lang.site.uplinks import DEFAULT_MARKS, Marks, uplinks_of

_MASK = re.compile(r"0x[0-9A-Fa-f]{1,8}")


def _marks(context: click.Context, parameter: click.Parameter, value: str | None) -> Marks:
    """A mask of neighbouring bits of a mark, as `0xff000000`."""
    if value is None:
        return DEFAULT_MARKS
    marks = Marks(int(value, 16)) if _MASK.fullmatch(value) else Marks(0)
    if not marks.is_usable:
        raise click.BadParameter("marks are neighbouring bits of 32, such as 0xff000000")
    return marks


def check_room(site: Site, marks: Marks) -> None:
    """Raises `UsageError` if the marks have no room for the uplinks of a site."""
    if len(uplinks_of(site)) > marks.most:
        raise click.UsageError(f"--marks: the script has more uplinks than fit these bits ({marks.most})")


option = click.option(
    "--marks",
    metavar="MASK",
    callback=_marks,
    help="The bits of packet and connection marks that stand for uplinks, 0xff000000 without this option.",
)
"""The option of commands that know the marks of uplinks."""
