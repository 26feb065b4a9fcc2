"""The options of `lbsh apply` and `lbsh plan` that say which script, and with which driver; and what they mean."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

import click

from lbsh import app, device
from lbsh.cli import marks as uplink_marks
from lbsh.cli import options as common
from lbsh.cli import rules
from lbsh.cli.terminal import DEFAULT_FILE
from lbsh.drivers.choice import DRIVERS, NO_DRIVER
from lbsh.files import include_loader, read_source
from lbsh.gateway.machine import Choice
from lbsh.gateway.writer import Gateway
from lbsh_lang.site.script import Script
from lbsh_lang.site.uplinks import DEFAULT_MARKS, Marks

_driver = click.option(
    "--driver",
    metavar="NAME",
    type=click.Choice([*DRIVERS, NO_DRIVER]),
    help="The packet filter to load rules into; `none` only says what would be done.",
)
_addresses = click.option(
    "--addresses/--no-addresses",
    default=None,
    help="Configure addresses, routes and forwarding as well, from now on; or take back what was configured.",
)
_resume_all = click.option(
    "--resume-all", is_flag=True, help="End the drains and downs that were made by statement and that FILE lacks."
)
_ALL = (
    click.argument("file", metavar="[FILE]", required=False, shell_complete=common.scripts),
    _driver,
    common.target,
    common.include_from,
    rules.name,
    uplink_marks.option,
    _addresses,
    _resume_all,
)

Decorated = TypeVar("Decorated", bound=Callable[..., object])


def arguments(function: Decorated) -> Decorated:
    """Gives the function of a command all of these, in their order."""
    for one in reversed(_ALL):
        function = one(function)
    return function


class Asked(NamedTuple):
    """What a command line asks for: a script with its path, None for the running one, and a choice of the driver, None for
    the one in use."""

    script: Script | None
    path: str
    choice: Choice | None


class Words(NamedTuple):
    """The words of a command line that decide that."""

    file: str | None
    driver: str | None
    target: str | None
    include_from: tuple[str, ...]
    name: str
    marks: Marks
    addresses: bool | None
    running: bool
    resume_all: bool
    flags: Mapping[str, bool]


def read_asked(gateway: Gateway, words: Words) -> Asked:
    """Reads the script of a command line. Raises `UsageError`, `FileError` and `ChoiceError`."""
    wanted = frozenset(flag for flag, given in words.flags.items() if given)
    given = words.driver or words.target or words.name or wanted or words.marks != DEFAULT_MARKS
    if words.running:
        if words.file is not None or given or words.resume_all or words.addresses is not None:
            raise click.UsageError("--running goes with no other script, driver or rules")
        return Asked(None, "", None)
    choice = None
    if given:
        backend = device.choice_of(words.driver or gateway.choice().driver).backend
        request = app.choose(backend, words.target, wanted, words.name, words.marks)
        choice = device.choice_of(words.driver or gateway.choice().driver, request.options)
    if words.addresses is not None or choice is not None:
        kept = gateway.choice()
        wants = kept.addresses if words.addresses is None else words.addresses
        choice = (choice or kept)._replace(addresses=wants)
    path = words.file or DEFAULT_FILE
    source = read_source(path if path == "-" else os.path.abspath(path))  # noqa: PTH100 -- keeps the last component
    return Asked(app.parse_source(source, include_loader(source, words.include_from)), path, choice)
