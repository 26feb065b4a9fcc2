"""`lbsh trace`: says what a script does to a packet, and why."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click

from lbsh import app
from lbsh.cli import options
from lbsh.cli.findings import report
from lbsh.cli.terminal import CLEAN, DEFAULT_FILE, FINDINGS, Trouble, style
from lbsh.files import include_loader, read_source
from lbsh_lang.checks.wording import problem_text
from lbsh_lang.diagnostics import Severity
from lbsh_lang.packets import Refused, parse_interface, parse_packet, refuse_entry, refuse_source
from lbsh_lang.renderings.trace.json_object import render_trace_json
from lbsh_lang.renderings.trace.text import render_trace
from lbsh_lang.site.model import Pool, Site
from lbsh_lang.site.places import Places
from lbsh_lang.site.trace.tracer import trace_packet
from lbsh_lang.site.trace.values import Packet
from lbsh_lang.syntax.faults import Problem
from lbsh_lang.syntax.lowering import lower_target
from lbsh_lang.values import Address, AddressRange, Protocol
from oyster.near import NearMisses

_MOST_NAMED = 5


@click.command()
@click.argument("file", metavar="[FILE]", default=DEFAULT_FILE, shell_complete=options.scripts)
@click.option("--from", "start", metavar="IP[:PORT]", required=True, help="The source of the packet.")
@click.option("--to", "end", metavar="IP:PORT", required=True, help="Its destination.")
@click.option("--proto", type=click.Choice([one.value for one in Protocol]), default="tcp", show_default=True)
@click.option(
    "--down", "down", metavar="SERVER", multiple=True, help="As if this server did not answer; may be repeated."
)
@click.option("--in", "arrives_by", metavar="IFNAME", help="The interface by which it comes in.")
@options.include_from
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def trace(
    file: str,
    *,
    start: str,
    end: str,
    proto: str,
    down: tuple[str, ...],
    arrives_by: str | None,
    include_from: tuple[str, ...],
    form: str,
) -> int:
    """Say what a script does to a packet, and why.

    FILE is a script, site.lb without one; `-` is standard input. PORT is a number or a name such as smtp; an IPv6 address
    with a port is written [2001:db8::1]:80. SERVER is an address, a range or a network, as `add` takes them.

    The packet is the first one of a connection. Without --in its side is assumed by its source: an address of an internal
    net is inside, one of the device is the device itself, any other is outside. No packet is sent, and no packet filter
    is asked.

    Exit status: 0, balanced or not; 1 if the script has errors; 2 for wrong usage, such as a SERVER that is in no pool.
    """
    packet = _packet(start, end, proto)
    interface = parse_interface(arrives_by) if arrives_by is not None else None
    if isinstance(interface, Refused):
        raise Trouble(f"--in {arrives_by}: {interface.reason}")
    source = read_source(file)
    checked = app.check_source(source, load=include_loader(source, include_from))
    if checked.diagnostics:
        report(checked.diagnostics, sys.stderr)
    if checked.number_of(Severity.ERROR):
        return FINDINGS
    nets = (*checked.site.internal_nets, *checked.site.external_nets)
    refused = refuse_source(packet, nets) or refuse_entry(packet, checked.site, interface)
    if refused is not None:
        raise _trouble(refused, start, end, interface)
    found = trace_packet(checked.site, packet, _servers_down(checked.site, down), arrives_by=interface)
    places = Places(checked.resolution)
    text = render_trace_json(found, places) if form == "json" else render_trace(found, places, style(sys.stdout))
    click.echo(text, nl=False)
    return CLEAN


def _packet(start: str, end: str, proto: str) -> Packet:
    packet = parse_packet(start, end, Protocol(proto))
    if isinstance(packet, Refused):
        raise _trouble(packet, start, end)
    return packet


def _trouble(refused: Refused, start: str, end: str, interface: str | None = None) -> Trouble:
    part = {"from": f"--from {start}: ", "to": f"--to {end}: ", "in": f"--in {interface}: ", None: ""}[refused.end]
    return Trouble(f"{part}{refused.reason}")


# Servers that are down


def _servers_down(site: Site, texts: Iterable[str]) -> frozenset[Address]:
    """The servers that the options name. Raises `Trouble` for one that names none."""
    pools = [service.pool for service in site.services if service.pool is not None]
    known = {server.address for pool in pools for server in pool.servers}
    found: set[Address] = set()
    for text in texts:
        target = lower_target(text)
        if isinstance(target, Problem):
            raise Trouble(f"--down {text}: {_as_name(site, pools, text) or problem_text(target)}")
        named = {address for address in known if _holds(target, address)}
        if not named:
            near = NearMisses(map(str, sorted(known))).of(text)
            hint = f"; a server with a similar address exists: {near}" if near else ""
            raise Trouble(f"--down {text}: no pool has such a server{hint}")
        found |= named
    return frozenset(found)


def _holds(target: AddressRange, address: Address) -> bool:
    return target.family == address.family and target.first <= address.value <= target.last


def _as_name(site: Site, pools: list[Pool], text: str) -> str | None:
    """The advice for a word that is no address, if it is the name of a service or pool, or similar to one."""
    farms = {pool.name: pool for pool in pools}
    services = {service.name: service.pool for service in site.services if service.pool is not None}
    for kind, names in (("pool", farms), ("service", services)):
        near = NearMisses(names).of(text)
        if text in names:
            return f"that is a {kind}; name servers by their addresses{_members(names[text])}"
        if near is not None:
            return f"no address; a {kind} with a similar name exists: `{near}`{_members(names[near])}"
    return None


def _members(pool: Pool) -> str:
    addresses = [str(server.address) for server in pool.servers]
    more = f" and {len(addresses) - _MOST_NAMED} more" if len(addresses) > _MOST_NAMED else ""
    return f" ({pool.name} has {', '.join(addresses[:_MOST_NAMED])}{more})" if addresses else ""
