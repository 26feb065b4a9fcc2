"""`lbsh lab`: a script as a working miniature on this machine."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

import click

from lbsh import app, device
from lbsh.cli import options as common
from lbsh.cli import outcomes
from lbsh.cli.device import LOCK_SECONDS
from lbsh.cli.findings import report
from lbsh.cli.run import report_outcome
from lbsh.cli.shell import ShellCommands
from lbsh.cli.terminal import CLEAN, FINDINGS, TROUBLE, Trouble, complain
from lbsh.drivers.choice import DRIVERS
from lbsh.drivers.values import DriverError
from lbsh.files import include_loader, read_source
from lbsh.gateway.acceptance import Input
from lbsh.gateway.loader import Loader
from lbsh.gateway.saving import Entry
from lbsh.gateway.writer import Gateway
from lbsh.lab.commands import Leave, carry_out
from lbsh.lab.errors import LabError
from lbsh.lab.machines import Topology
from lbsh.lab.miniature import Miniature
from lbsh.lab.poller import Poller
from lbsh.lab.rooms import STORE, enter
from lbsh.lab.servers import MOST_SOCKETS_OF_DOOR, redirects
from lbsh.lab.session import Session
from lbsh.lab.sources import given, typed
from lbsh.lab.topology import grown, topology_of
from lbsh.lab_poll import start_process
from lbsh.poller.targets import targets_of
from lbsh.programs import find_program
from lbsh.stores import open_store
from lbsh_lang.check import Checked
from lbsh_lang.diagnostics import Severity
from lbsh_lang.renderings.terminal import printable
from lbsh_lang.reported import ReportedError
from lbsh_lang.site.model import Site
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.status import ServerId
from lbsh_lang.source import Source

_FILTERS = ("nftables", "iptables")
_TOO_LONG = "Message too long"
"""EMSGSIZE, in the words of the filters' programs."""


@click.command()
@click.argument("site", metavar="SITE", shell_complete=common.scripts)
@click.argument("file", metavar="[FILE]", required=False, shell_complete=common.paths)
@click.option("-c", "commands", metavar="COMMAND", multiple=True, help="A command of the laboratory; may be repeated.")
@click.option("--driver", metavar="NAME", type=click.Choice(_FILTERS), help="The packet filter of the device.")
@common.include_from
def lab(
    *, site: str, file: str | None, commands: tuple[str, ...], driver: str | None, include_from: tuple[str, ...]
) -> int:
    """Try a script in a miniature of its site.

    SITE is a script. Its device, its servers and some clients become network namespaces, which end with this command;
    nothing of this machine is touched, and root is not needed where the kernel lets users have namespaces. FILE has
    commands, `-` is standard input; without FILE and -c they are typed: `help` lists them. Exit status: 0, 1 a command
    failed, 2 trouble.
    """
    source = read_source(site)
    checked = app.check_source(source, load=include_loader(source, include_from))
    if checked.diagnostics:
        report(checked.diagnostics, sys.stderr)
    if checked.number_of(Severity.ERROR):
        return FINDINGS
    lines = _given(file, commands)
    filter_ = _filter(driver)
    topology = topology_of(checked.site)
    _require_nft(topology)
    return enter(lambda: _Laboratory(checked, topology, filter_).run(site, lines))


def _given(file: str | None, commands: tuple[str, ...]) -> Iterable[str] | None:
    """The commands of a command line, None if they are typed. Raises `FileError`."""
    if commands:
        if file is not None:
            raise click.UsageError("give a FILE, or commands with -c")
        return [line for command in commands for line in command.splitlines()]
    if file is not None and file != "-":
        return read_source(file).lines
    if sys.stdin is None:
        raise Trouble("standard input is closed: give commands in a FILE or with -c")
    return None if sys.stdin.isatty() else sys.stdin


def _filter(driver: str | None) -> str:
    """The driver of a filter that is installed. Raises `Trouble`."""
    if not sys.platform.startswith("linux"):
        raise Trouble("the laboratory needs the network namespaces of Linux")
    wanted = (driver,) if driver else _FILTERS
    programs = {name: DRIVERS[name].program for name in wanted}
    found = next((name for name, program in programs.items() if find_program(program)), None)
    if found is None:
        names, packages = " or ".join(f"`{one}`" for one in programs.values()), " or ".join(programs)
        raise Trouble(f"the laboratory needs the program {names}: install {packages}")
    if find_program("ip") is None:
        raise Trouble("the laboratory needs the program `ip`: install iproute2")
    return found


def _require_nft(topology: Topology) -> None:
    """Raises `Trouble` if servers need nft, which leads wide ranges of ports to them whatever drives the device."""
    if redirects(topology.toys) and find_program("nft") is None:
        raise Trouble(
            f"the laboratory needs the program `nft` for servers of more than {MOST_SOCKETS_OF_DOOR} ports, also with"
            " `--driver iptables`: install nftables"
        )


class _Laboratory:
    """A running laboratory: a miniature, and a device in it with a store and a gateway of its own."""

    def __init__(self, checked: Checked, topology: Topology, driver: str) -> None:
        self._checked = checked
        self._driver = driver
        try:
            self._miniature = Miniature(topology)
        except OSError as error:
            raise Trouble(f"the laboratory cannot be built: {(error.strerror or str(error)).lower()}") from error
        self._store = open_store(STORE)
        self._machine = device.machine()._replace(audit=lambda lines: None)
        self._gateway = Gateway(self._store, self._machine, device.choice_of(driver))
        self._shell = ShellCommands(self._store, Entry.LAB)
        self._revision = 0
        self._site = checked.site

    def run(self, name: str, lines: Iterable[str] | None) -> int:
        """Carries out lines; the exit status."""
        for finding in self._miniature.topology.findings:
            click.echo(f"Not as in the script: {finding}")
        status = self._miniature.device.call(self._apply, name)
        if status:
            return status
        poller = Poller(self._store, self._probed, lambda: self._miniature.device.call(start_process, STORE))
        session = Session(self._miniature, poller, self._carry_out, self._read_site, _say)
        machines, servers = len(self._miniature.topology.machines), len(self._miniature.topology.toys)
        click.echo(f"{printable(name)} is up: {machines} machines, {servers} servers, {self._driver} on the device")
        if lines is None:
            click.echo("`help` lists the commands, `exit` ends the laboratory.")
        return _converse(session, typed() if lines is None else given(lines, _say))

    def _apply(self, name: str) -> int:
        try:
            outcome = self._gateway.apply(self._checked.resolution.script, device.act(f"lab {name}"))
        except DriverError as error:
            raise _trouble(str(error)) from error
        if _TOO_LONG in outcome.trouble:
            raise _trouble(outcome.trouble)
        if outcome.verdict.refused:
            outcomes.report_told(outcome.verdict.refused)
            return FINDINGS
        self._revision = outcome.revision
        return outcomes.report_loading(outcome)

    def _carry_out(self, line: str) -> int:
        """Has the device carry out a statement, and gives the miniature what the site has besides by then."""
        status = self._miniature.device.call(self._append, line)
        if self._store.revision() != self._revision:
            self._revision = self._store.revision()
            self._site = Resolution(Loader(self._machine).read(self._store.running())).site
            self._miniature.grow(grown(self._miniature.topology, self._site))
        return status

    def _append(self, line: str) -> int:
        source = Source.of("(lab)", line, "(lab)")
        outcome = self._gateway.append(Input(source), device.act("lab"), wait=LOCK_SECONDS)
        return report_outcome(outcome, self._shell, source)

    def _read_site(self) -> Site:
        return self._site

    def _probed(self) -> set[ServerId]:
        return {target.server for target in targets_of(self._site)}


def _trouble(words: str) -> Trouble:
    """Why rules cannot be loaded.

    Whoever is not root outside the room has messages to the kernel limited by net.core.wmem_default (socket(7)).
    """
    if _TOO_LONG in words:
        return Trouble("the rules of this site are longer than the kernel takes at once from users: run as root")
    return Trouble(words)


def _converse(session: Session, lines: Iterator[str]) -> int:
    """Carries out lines, whatever becomes of each; the worst exit status."""
    worst = CLEAN
    for line in lines:
        try:
            worst = max(worst, carry_out(session, line))
        except Leave:
            break
        except LabError as error:
            complain(f"lbsh: {error}")
            worst = max(worst, FINDINGS)
        except ReportedError as error:
            complain(f"lbsh: {error}")
            worst = TROUBLE
        sys.stdout.flush()
    return worst


def _say(line: str) -> None:
    click.echo(printable(line))
