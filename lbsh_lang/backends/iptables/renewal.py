"""The table mangle of iptables: packets of sticky clients renew their place on the list of their server.

The lists of `recent` know when a client was last seen. The rules of the table nat see the first packet of each connection.
These see one in sixteen of the packets that a client sends, and the last one (FIN or RST). The time of a client therefore
runs from the end of its last connection, and a client with a busy connection is not forgotten. That a silent connection is
open, no rule can know.

Packets of other connections pass two rules, which tell them apart by a bit in the packet and by lot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lbsh_lang.backends.base import Line, farm_comment
from lbsh_lang.backends.iptables.dispatch import Tree
from lbsh_lang.backends.iptables.names import FORWARD, STICKY, service_chain
from lbsh_lang.backends.iptables.services import Farm, connection_lines, connection_tree, list_options
from lbsh_lang.backends.iptables.tables import Part
from lbsh_lang.site.model import Server
from lbsh_lang.values import BITS, Family

_SIGNS = ("-p tcp ! --tcp-flags FIN,RST NONE", "-m statistic --mode random --probability 0.0625")
"""The matches for the packets that matter."""


def renewal_part(farms: Sequence[Farm]) -> Part | None:
    """The part of the table mangle for sticky services, if there are any."""
    sticky = [farm for farm in farms if farm.service.sticky is not None and farm.has_chain]
    if not sticky:
        return None
    trees = {family: _tree(family, sticky) for family in BITS}
    chains = [STICKY, *(chain for tree in trees.values() for chain in tree.chains)]
    chains += [service_chain(farm.service) for farm in sticky]
    return Part({FORWARD: "FORWARD"}, tuple(chains), tuple(_rules(sticky, trees)))


def _rules(farms: Sequence[Farm], trees: Mapping[Family, Tree]) -> Iterator[Line]:
    for family, tree in trees.items():
        for sign in _SIGNS if tree.leaves else ():
            yield Line(f"-{family} -A {FORWARD} {sign} -m conntrack --ctstate DNAT --ctdir ORIGINAL -g {STICKY}")
        yield from map(Line, tree.rules)
    for farm in farms:
        yield Line(f"# {farm_comment(farm.service, farm.pool)}", farm.service.origin)
        yield from _service_lines(farm, trees[farm.service.address.family])


def _tree(family: Family, farms: Sequence[Farm]) -> Tree:
    return connection_tree(STICKY, "-S-", family, [farm for farm in farms if farm.service.address.family == family])


def _service_lines(farm: Farm, tree: Tree) -> Iterator[Line]:
    """The rules that lead to the chain of a service, and its rule for each server."""
    service, chain = farm.service, service_chain(farm.service)
    yield from connection_lines(farm, tree, f"-g {chain}")
    matches = _of_ports if farm.pool.has_own_ports else _of_address
    for server in (*farm.pool.serving(), *service.kept()):
        for there in matches(farm, server):
            seen = f"-m recent --update {list_options(service, server)}"
            yield Line(f"-{service.address.family} -A {chain} {there} {seen}", server.origin)


def _of_address(farm: Farm, server: Server) -> Iterator[str]:
    """The match for packets to a server."""
    yield f"-d {server.address}"


def _of_ports(farm: Farm, server: Server) -> Iterator[str]:
    """The matches for packets to a server of a pool in which others may share its address."""
    port = farm.service.port_of(server, farm.service.ports[0].first)
    yield from (f"-d {server.address} -p {protocol.value} --dport {port}" for protocol in farm.service.protocols)
