"""`lbsh drain`: takes servers out of service, and waits until nobody is connected any more."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence

import click

from lbsh import device
from lbsh.cli import device as options
from lbsh.cli.run import report_outcome
from lbsh.cli.shell import ShellCommands
from lbsh.cli.terminal import CLEAN, FINDINGS, complain
from lbsh.drivers.protocol import Place
from lbsh.gateway.acceptance import Input
from lbsh.gateway.desired import places_of
from lbsh.gateway.saving import Entry
from lbsh.gateway.servers import drained_by
from lbsh.gateway.writer import Gateway
from lbsh.stores import open_store
from lbsh_lang.site.status import ServerId
from lbsh_lang.source import Source
from lbsh_lang.syntax.nodes import DrainEverywhereStatement, DrainStatement

_BETWEEN_LOOKS = 1.0
"""In seconds."""

_PLAIN = re.compile(r"[^\s\"#]+")
"""A word that needs no quotes."""


def _seconds(context: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    """A duration as scripts have them: `90s`, `5m`."""
    return None if value is None else options.milliseconds_in(value) / 1000


@click.command()
@click.argument(
    "words", metavar="TARGET [from POOL] [keep clients] [for TIME] [because REASON]", nargs=-1, required=True
)
@click.option(
    "--wait",
    "limit",
    metavar="TIME",
    callback=_seconds,
    help="Wait until no connection to the servers is left, at most for this time.",
)
@options.store
def drain(*, words: tuple[str, ...], limit: float | None, folder: str | None) -> int:
    """Give servers no new connections from now on, as the statement `drain` does.

    Exit status: 0 if they are drained and, with --wait, no connection to them is left; 1 if the statement is refused, or if
    connections are left when the time is over; 2 trouble.
    """
    store = open_store(folder)
    gateway = device.open_gateway(store)
    line = statement_of(words)
    source = Source.of("(command line)", line, "(command line)")
    outcome = gateway.append(Input(source), device.act("drain"), wait=options.LOCK_SECONDS)
    status = report_outcome(outcome, ShellCommands(store, Entry.TYPED), source)
    if status != CLEAN or limit is None:
        return status
    site = outcome.verdict.resolution.site
    nodes = [one.node for one in outcome.verdict.new if isinstance(one.node, DrainStatement | DrainEverywhereStatement)]
    drained = drained_by(site, nodes)
    return _wait(gateway, {one: place for one, place in places_of(site.services).items() if one in drained}, limit)


def _wait(gateway: Gateway, servers: Mapping[ServerId, Place], limit: float) -> int:
    """Waits until the kernel has no connection to servers; the exit status. Raises `DriverError`."""
    driver = gateway.driver()
    end = time.monotonic() + limit
    while left := sum(count.now for count in driver.connections(servers).values()):
        remaining = end - time.monotonic()
        if remaining <= 0:
            complain(f"{left} connection{'s' * (left > 1)} left when the time was over")
            return FINDINGS
        time.sleep(min(_BETWEEN_LOOKS, remaining))
    return CLEAN


def statement_of(words: Sequence[str]) -> str:
    """The statement that words of a command line make: the shell has taken the quotes of reasons away.

    It is one line, whatever the words are. Raises `click.UsageError`.
    """
    for word in words:
        if '"' in word or not word.isprintable():
            raise click.UsageError('a reason has neither quotes (") nor line breaks or other control characters in it')
    texts = [
        word if _PLAIN.fullmatch(word) and before != "because" else f'"{word}"'
        for before, word in zip(["", *words], words, strict=False)
    ]
    return " ".join(["drain", *texts])
