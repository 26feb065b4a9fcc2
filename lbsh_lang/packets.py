"""Packets as people write them: `IP` or `IP:PORT`, an IPv6 address with a port in brackets. Knows no site."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from lbsh_lang.checks.nets import edge_of
from lbsh_lang.checks.wording import problem_text
from lbsh_lang.site.model import Site
from lbsh_lang.site.trace.ingress import device_addresses
from lbsh_lang.site.trace.values import Packet
from lbsh_lang.syntax.faults import UNREACHED, Problem
from lbsh_lang.syntax.lowering import lower_address, lower_interface, lower_server_port
from lbsh_lang.values import PROTOCOLS, Address, Network, Protocol

End = Literal["from", "to", "in"]


_SENTENCES: dict[Literal["from", "to"], str] = {
    "from": "no connection through the device comes from this address",
    "to": "no connection through the device goes to this address",
}


class Refused(NamedTuple):
    """The reason why a text is no packet. `end` is the faulty part, None if only both together are at fault."""

    end: End | None
    reason: str


def parse_packet(start: str, end: str, protocol: Protocol) -> Packet | Refused:
    """The packet from one end to another; the port of the first may be left out."""
    source, destination = _endpoint("from", start), _endpoint("to", end)
    if isinstance(source, Refused):
        return source
    if isinstance(destination, Refused):
        return destination
    address, port = destination
    if port is None:
        return Refused("to", f"a port is missing; {_example(address)} has one")
    if source[0].family != address.family:
        return Refused(
            None, f"no packet goes from IPv{source[0].family} ({source[0]}) to IPv{address.family} ({address})"
        )
    return Packet(protocol, source[0], address, port, source[1])


def refuse_source(packet: Packet, nets: Iterable[Network]) -> Refused | None:
    """The reason why the source of a packet is no host's address, given all networks that hosts are in."""
    edges = (edge_of(net, packet.source) for net in nets if net.holds(packet.source))
    edge = next((edge for edge in edges if edge is not None), None)
    return Refused("from", f"{_SENTENCES['from']}: it is {edge}") if edge is not None else None


def parse_interface(text: str) -> str | Refused:
    """The name of the interface by which a packet comes in."""
    name = lower_interface(text)
    return Refused("in", problem_text(name)) if isinstance(name, Problem) else name


def refuse_entry(packet: Packet, site: Site, interface: str | None) -> Refused | None:
    """The reason why a packet does not come in by an interface: the device's own packets come in by none."""
    if interface is not None and packet.source in device_addresses(site):
        return Refused("in", f"{packet.source} is an address of the device, whose own packets come in by no interface")
    return None


def protocol_of(text: str) -> Protocol | None:
    """The protocol of a packet, which has only one, by its name."""
    protocols = PROTOCOLS.get(text, ())
    return protocols[0] if len(protocols) == 1 else None


def _example(address: Address) -> str:
    return f"[{address}]:80" if address.family == 6 else f"{address}:80"


def _problem(end: Literal["from", "to"], problem: Problem) -> str:
    text = problem_text(problem)
    return f"{_SENTENCES[end]}: {text}" if problem.reason in UNREACHED else text


def _endpoint(end: Literal["from", "to"], text: str) -> tuple[Address, int | None] | Refused:
    host, port_text = _split(text)
    address = lower_address(host)
    if isinstance(address, Problem):
        return Refused(end, _problem(end, address))
    if port_text is None:
        return address, None
    port = lower_server_port(port_text)
    if isinstance(port, Problem):
        near = f"; a port with a similar name exists: `{port.instead}`" if port.instead else ""
        reason = "a packet has a single port" if "-" in port_text and not near else problem_text(port)
        return Refused(end, f"{reason}{near}")
    return address, port.first


def _split(text: str) -> tuple[str, str | None]:
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if bracket and (not rest or rest.startswith(":")):
            return host, rest[1:] if rest else None
        return text, None
    if text.count(":") == 1:
        host, _, port = text.partition(":")
        return host, port
    return text, None
