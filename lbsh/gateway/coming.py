"""A script on its way to become the running one, as a value: what `apply` keeps and loads, and what `plan` is about."""

from __future__ import annotations

from typing import NamedTuple

from lbsh.gateway.acceptance import Verdict
from lbsh.gateway.loader import Before, Loader
from lbsh.gateway.machine import Choice
from lbsh.gateway.network import MovedAddresses
from lbsh.store.protocol import Reader, Statement
from lbsh_lang.site.model import Site
from lbsh_lang.site.resolve import Resolution


class Coming(NamedTuple):
    """The script that a change would make the running one, as it was judged, and the site that should be loaded then.

    `drains` are statements that stay though the script lacks them, `ended` those that would end. `running` is the script
    that it replaces, None if it replaces none or was not judged so far.
    """

    verdict: Verdict
    resolution: Resolution
    site: Site
    drains: tuple[Statement, ...] = ()
    ended: tuple[str, ...] = ()
    running: Resolution | None = None


class Ahead(NamedTuple):
    """A script on its way, with what is there before, and those that can be asked; `old` is the driver in use, `moved` are
    the addresses that the device would lose and get."""

    loader: Loader
    reader: Reader
    before: Before
    coming: Coming
    old: Choice
    moved: MovedAddresses
