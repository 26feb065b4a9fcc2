"""The destination of a packet: the tracer's claim, and the way to try it on the parties that must agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import NamedTuple

from lbsh_lang.site.model import Site, turns
from lbsh_lang.site.trace.tracer import trace_packet
from lbsh_lang.site.trace.values import Outcome, Packet, Standing, Trace
from lbsh_lang.syntax.lowering import parse_address
from lbsh_lang.values import Address, Algorithm, Protocol
from tests.agreement.topology import Probe, entrance, exit_to, interface_address

LONGEST_ROUND = 24
"""The longest round of turns that is tried in full to reach every server."""

FEW = 4
"""The number of connections for a service without a number that reaches every server for sure."""


class Meeting(NamedTuple):
    """The server that got a connection, its port, and the source that it saw. For a failure, `destination` is its name."""

    destination: str
    port: int
    source: str

    def __str__(self) -> str:
        return f"{self.destination} port {self.port}, seen from {self.source}"


@dataclass(frozen=True, slots=True)
class Trial:
    """A probe, the tracer's claim about it, and its sources, one after the other.

    `whole` tells that each server occurs in a round; then the first sources make a round.
    """

    probe: Probe
    trace: Trace
    sources: tuple[str, ...]
    destinations: frozenset[tuple[str, int]]
    whole: int | None
    keeps: bool

    def expected_source(self, sent: str, destination: str) -> str:
        """The source that a destination sees of a packet with this source."""
        if self.is_balanced:
            servers = {str(one.server.address): one.source for one in self.trace.candidates}
            seen = servers.get(destination, self.trace.packet.source)
            if seen is None:
                return interface_address(destination)
            return sent if seen == self.trace.packet.source else str(seen)
        ways = zip(self.trace.leaves, self.trace.translations, strict=False)
        there = {interface.name: one for interface, one in ways}.get(exit_to(destination) or "")
        if there is None:
            return sent
        return interface_address(destination) if there.source.address is None else str(there.source.address)

    @property
    def is_nobody(self) -> bool:
        return self.trace.outcome is Outcome.NOBODY

    @property
    def is_balanced(self) -> bool:
        return self.trace.outcome is Outcome.BALANCED

    @property
    def claim(self) -> str:
        who = ", ".join(f"{address} port {port}" for address, port in sorted(self.destinations))
        one_of = "one of " * (len(self.destinations) > 1)
        every = f", all of them in {self.whole} connections" if one_of and self.whole is not None else ""
        same = ", a client always the same" if self.keeps else ""
        nobody = " (nobody serves)" if self.is_nobody else ""
        sources = sorted({self.expected_source(self.sources[0], one) for one, _ in self.destinations})
        return f"{one_of}{who}{nobody}, seen from {', '.join(sources)}{every}{same}"

    def client_of(self, source: str) -> str:
        """The client that a source is: all addresses of a network are one, if the service remembers networks."""
        prefix = self.trace.service.prefix if self.trace.service is not None else None
        return source if prefix is None else str(ip_network(f"{source}/{prefix}", strict=False))

    def waves(self) -> tuple[list[int], ...]:
        """The sources that go together: a client that occurs again goes later."""
        if not self.keeps:
            return (list(range(len(self.sources))),)
        clients = [self.client_of(source) for source in self.sources]
        first = [number for number, client in enumerate(clients) if clients.index(client) == number]
        return first, [number for number in range(len(self.sources)) if number not in first]

    def faults(self, meetings: Sequence[Meeting]) -> Iterator[str]:
        """The faults of these meetings, one meeting for each source."""
        for source, met in zip(self.sources, meetings, strict=True):
            place = (met.destination, met.port)
            if place not in self.destinations or met.source != self.expected_source(source, met.destination):
                yield f"from {source}: {met}"
                return
        seen = {(met.destination, met.port) for met in meetings[: self.whole]}
        if self.whole is not None and seen != self.destinations:
            yield f"{self.whole} connections met only {', '.join(map(str, sorted(seen)))}"
        kept: dict[str, tuple[str, int]] = {}
        for source, met in zip(self.sources, meetings, strict=True):
            client, place = self.client_of(source), (met.destination, met.port)
            if self.keeps and kept.setdefault(client, place) != place:
                yield f"from {source}: first {kept[client]}, then {place}"


class Sources:
    """Addresses that no client has used before in this run of tests: filters remember clients."""

    def __init__(self) -> None:
        self._taken = 0

    def fresh(self, net: str) -> str:
        """The next address of a network; networks are large enough for all tests."""
        self._taken += 1
        address, _, length = net.partition("/")
        base = address_of(address)
        size = (1 << ((32 if base.family == 4 else 128) - int(length))) - 2
        return str(Address(base.family, base.value + 1 + self._taken % min(size, 1 << 16)))


def trial(site: Site, probe: Probe, net: str | None, sources: Sources, down: Sequence[str] = ()) -> Trial:
    """The trial of a probe. `net` is the network of its sender's sources, None if the probe has a source."""
    first = probe.source or sources.fresh(net or "")
    packet = Packet(Protocol(probe.protocol), address_of(first), address_of(probe.destination), probe.port)
    trace = trace_packet(site, packet, [address_of(one) for one in down], arrives_by=_stated_interface(site, probe))
    if not trace.servers:
        return Trial(probe, trace, (first,), frozenset([(probe.destination, probe.port)]), 1, False)
    serving = [one for one in trace.candidates if one.standing is Standing.SERVES]
    servers = frozenset((str(one.server.address), one.port) for one in serving)
    assert trace.service is not None
    assert trace.pool is not None
    keeps = trace.service.sticky is not None or trace.pool.algorithm is Algorithm.SOURCE_HASH
    length = len(turns(trace.servers))
    strict = trace.pool.algorithm is Algorithm.ROUND_ROBIN and length <= LONGEST_ROUND
    if not keeps:
        return Trial(probe, trace, (first,) * (length if strict else FEW), servers, length if strict else None, False)
    if probe.source is not None or net is None:
        return Trial(probe, trace, (first, first), servers, None, True)
    clients = (first, *(sources.fresh(net) for _ in range((length if strict else FEW) - 1)))
    strict = strict and trace.service.prefix is None  # the clients may be one network
    return Trial(probe, trace, (*clients, *clients[:FEW]), servers, length if strict else None, True)


def _stated_interface(site: Site, probe: Probe) -> str | None:
    """The interface that is stated: for half of the packets, and for those whose source does not tell it."""
    tells_nothing = probe.sender == "beside" or not site.nets_inside(probe.family)
    return entrance(probe.sender) if probe.port % 2 or tells_nothing else None


def address_of(text: str) -> Address:
    address = parse_address(text)
    assert isinstance(address, Address), address
    return address
