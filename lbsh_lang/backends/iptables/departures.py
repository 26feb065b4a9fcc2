"""Connections that leave with another source: reflected ones between neighbours, and all those of masqueraded services."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lbsh_lang.backends.base import Line
from lbsh_lang.backends.iptables.dispatch import Tree
from lbsh_lang.backends.iptables.names import GATEWAY, MASQUERADED, REFLECTED, SOURCE
from lbsh_lang.site.model import Site
from lbsh_lang.values import Address, Family, Network


class Source(NamedTuple):
    """The target by which connections to servers in a net get their source; `net` is None for servers anywhere."""

    net: Network | None
    target: str


class Departure(NamedTuple):
    """The dispatch tree of connections as they leave, with its root, and the sources, one of which they get.

    Because of this source, the servers' answers come back through the device instead of going straight to the client. If
    nets have different sources, a chain chooses the one of the server's net; the smallest net comes first.
    """

    root: str
    tree: Tree
    chain: str
    sources: tuple[Source, ...]

    @property
    def has_chain(self) -> bool:
        return bool(self.tree.leaves) and len({source.target for source in self.sources}) > 1

    @property
    def target(self) -> str:
        """The target of the tree's rules."""
        return f"-g {self.chain}" if self.has_chain else self.sources[0].target


def reflection(site: Site, family: Family, tree: Tree) -> Departure | None:
    """The departure of reflected connections; checks ensure that there is a gateway for them (LB306)."""
    gateways = [(net, site.gateway(net)) for net in site.smallest_first(family)]
    sources = [Source(net, _target(gateway)) for net, gateway in gateways if gateway is not None]
    return Departure(REFLECTED, tree, GATEWAY, tuple(sources)) if sources else None


def masquerade(site: Site, family: Family, tree: Tree) -> Departure:
    """The departure of masqueraded connections. A family without internal nets has its servers anywhere."""
    sources = [Source(net, _target(site.own_gateway(net))) for net in site.smallest_first(family)]
    return Departure(MASQUERADED, tree, SOURCE, tuple(sources) or (Source(None, _target(None)),))


def source_lines(family: Family, departures: Iterable[Departure]) -> Iterator[Line]:
    """The rules of the chains that choose a source by the net of the server."""
    for departure in departures:
        for source in departure.sources if departure.has_chain else ():
            there = "" if source.net is None else f"-d {source.net} "
            yield Line(f"-{family} -A {departure.chain} {there}{source.target}")


def _target(address: Address | None) -> str:
    """The target for a source; None is the address of the interface by which connections leave."""
    return "-j MASQUERADE" if address is None else f"-j SNAT --to-source {address}"
