"""What becomes of the connections that are open now when one site takes the place of another. Pure.

A connection keeps its translation as long as the kernel keeps its state, whatever rules are loaded: rules are asked about
first packets alone. So it goes on with its server, unless

- its state is forgotten (`desired.gone`): one by TCP ends then; the next packet of one by UDP is a first packet, which goes
  where the new rules lead it, or to nobody;
- the address that the client asks for leaves the device;
- nothing in the kernel translates any more in its address family, where even open connections need the hooks for that;
- its answers find another uplink: its mark has the number of one, and numbers follow the order of the script.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from enum import Enum
from functools import cache
from typing import NamedTuple

from lbsh.drivers.protocol import Target
from lbsh.drivers.states import State, chosen
from lbsh_lang.site import lookup
from lbsh_lang.site.model import Server, Service, Site
from lbsh_lang.site.trace.tracer import trace_packet
from lbsh_lang.site.trace.values import Outcome, Packet
from lbsh_lang.site.uplinks import Marks, uplinks_of
from lbsh_lang.values import Address, Family, Protocol


class Fate(Enum):
    """Whether a connection goes on as it is, goes on with another server or by another uplink, or ends."""

    STAYS = "stays"
    MOVES = "moves"
    CUT = "cut"


class Portion(NamedTuple):
    """Connections of a service to one server that share a fate, with its reason in words, and their number.

    `service` is empty for connections of a service that had left before; `server` for those that had none.
    """

    service: str
    server: str
    protocol: Protocol
    fate: Fate
    reason: str
    number: int


class Step(NamedTuple):
    """The step from one site to another: what is loaded, what will be, the states to forget, and the marks of both.

    `leaving` are addresses that the device loses, `untranslated` the families in which nothing translates afterwards.
    """

    before: Site
    after: Site
    targets: tuple[Target, ...]
    marks_before: Marks
    marks_after: Marks
    leaving: frozenset[Address] = frozenset()
    untranslated: frozenset[Family] = frozenset()


def fates_of(states: Iterable[State], step: Step) -> tuple[Portion, ...]:
    """The connections by service, server and fate; those that both ends have closed are left out."""
    open_ = [one for one in states if not one.is_over]
    forgotten = {one.key for one in chosen(open_, step.targets)}
    judge = _Judge(step)
    counts: Counter[Portion] = Counter()
    for state in open_:
        portion = judge.portion_of(state, is_forgotten=state.key in forgotten)
        if portion is not None:
            counts[portion] += 1
    found = [portion._replace(number=number) for portion, number in counts.items()]
    return tuple(
        sorted(found, key=lambda one: (one.service, one.server, one.protocol.value, one.fate.value, one.reason))
    )


def number_of(portions: Iterable[Portion], fate: Fate) -> int:
    """How many connections have a fate."""
    return sum(one.number for one in portions if one.fate is fate)


def uplink_names(site: Site, marks: Marks) -> dict[int, str]:
    """The external interfaces by which answers leave, by the marks of their connections."""
    return {marks.of(uplink): uplink.interface.name for uplink in uplinks_of(site)}


class _Judge:
    """Decides about connections one by one, and looks each place and server up once."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self._sites = _Index(step.before), _Index(step.after)
        before, after = uplink_names(step.before, step.marks_before), uplink_names(step.after, step.marks_after)
        self._uplinks_before, self._uplinks_after = before, after
        self.service_at = cache(self._sites[0].service_at)
        self.named = cache(self._named)
        self.stay_of = cache(self._stay_of)
        self.next_of = cache(self._next_of)

    def portion_of(self, state: State, *, is_forgotten: bool) -> Portion | None:
        """The fate of a connection; None if it is none of a service."""
        service = self.service_at(state.service, state.protocol, state.port)
        if state.server is None:
            if service is None or not is_forgotten:
                return None
            fate, reason = self._of_forgotten(state)
            return Portion(service.name, "", state.protocol, fate, reason, 0)
        found = self._of_forgotten(state) if is_forgotten else self._of_kept(state, service)
        name = service.name if service else ""
        return Portion(name, self.named(name, *state.server), state.protocol, *found, 0)

    def _of_forgotten(self, state: State) -> tuple[Fate, str]:
        if state.protocol is Protocol.TCP:
            why = "its server is down" if state.server is not None else "it never reached a server"
            return Fate.CUT, why
        return self.next_of(state.client[0] if state.client else None, state.service, state.port)

    def _next_of(self, client: Address | None, service: Address, port: int) -> tuple[Fate, str]:
        """Where the next datagram of a client leads, which the new rules decide about."""
        if service in self._step.leaving:
            return Fate.CUT, _LEAVES
        trace = trace_packet(self._step.after, Packet(Protocol.UDP, client or service, service, port))
        if trace.outcome is Outcome.BALANCED and trace.service is not None:
            return Fate.MOVES, f"its next packet goes to a server of `{trace.service.name}`"
        return Fate.CUT, "no service takes its packets"

    def _of_kept(self, state: State, service: Service | None) -> tuple[Fate, str]:
        step = self._step
        if state.service in step.leaving:
            return Fate.CUT, _LEAVES
        if state.service.family in step.untranslated:
            return Fate.CUT, f"nothing translates IPv{state.service.family} afterwards"
        was = self._uplinks_before.get(state.mark & step.marks_before.mask)
        will = self._uplinks_after.get(state.mark & step.marks_after.mask)
        if was != will:
            way = f"`{will}`" if will is not None else "the default route"
            return Fate.MOVES, f"its answers leave by {way}{f', not by `{was}`' if was is not None else ''}"
        assert state.server is not None
        return Fate.STAYS, self.stay_of(service.name if service else "", *state.server)

    def _stay_of(self, name: str, address: Address, port: int) -> str:
        """What becomes of the server of a connection that goes on, empty for nothing."""
        before, after = self._sites
        if name not in after.services:
            return "its service is removed" if name else "its service was removed before"
        was, now = before.server(name, address, port), after.server(name, address, port)
        if now is None:
            return "its server leaves the pool" if was is not None else "its server left the pool before"
        if now.drained:
            return "its server is drained"
        if now.identity not in after.serving(name):
            return "its server gets no new connections"
        return ""

    def _named(self, name: str, address: Address, port: int) -> str:
        """A server as `status` names it: with its port if it has one of its own."""
        server = self._sites[0].server(name, address, port)
        if server is None or server.port is None:
            return str(address)
        return f"[{address}]:{server.port}" if address.family == 6 else f"{address}:{server.port}"


_LEAVES = "its address leaves the device"


class _Index:
    """The services of a site and their servers by the places that connections name: a look-up costs the same in any site."""

    def __init__(self, site: Site) -> None:
        self.services = {service.name: service for service in site.services}
        there: dict[Address, list[Service]] = {}
        for service in site.services:
            there.setdefault(service.address, []).append(service)
        self._sites = {address: replace(site, services=tuple(found)) for address, found in there.items()}
        self._servers_of = cache(self._servers)
        self.serving = cache(self._serving)

    def service_at(self, address: Address, protocol: Protocol, port: int) -> Service | None:
        """The service that takes the connections to a place."""
        site = self._sites.get(address)
        return None if site is None else lookup.service_at(site, lookup.Target(address, protocol, port))

    def server(self, name: str, address: Address, port: int) -> Server | None:
        """The server of a connection: of several at an address, the one with this port of its own, else one without."""
        servers = self._servers_of(name)
        return servers.get((address, port)) or servers.get((address, None))

    def _servers(self, name: str) -> dict[tuple[Address, int | None], Server]:
        service = self.services.get(name)
        servers = service.pool.servers if service is not None and service.pool is not None else ()
        return {(one.address, one.port): one for one in reversed(servers)}  # the first of equal ones counts

    def _serving(self, name: str) -> frozenset[tuple[object, int]]:
        """The identities of the servers that get new connections."""
        pool = self.services[name].pool
        return frozenset([one.identity for one in pool.serving()]) if pool is not None else frozenset()


def addresses_of(sites: Iterable[Site | None]) -> frozenset[Address]:
    """The addresses of all services of some sites."""
    return frozenset(service.address for site in sites if site is not None for service in site.services)
