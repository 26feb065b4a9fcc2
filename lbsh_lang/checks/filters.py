"""Checks of a site against a backend: capabilities and names that its packet filter lacks or refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lbsh_lang.backends.base import Capability
from lbsh_lang.checks.base import ERROR, INFORMATION, Finding, Findings
from lbsh_lang.checks.scopes import BACKEND, FILTER
from lbsh_lang.checks.views import BackendContext, FaultContext
from lbsh_lang.codes import Code
from lbsh_lang.site.faults import RefusedByFilter
from lbsh_lang.site.model import Pool, Server, Service, Site
from lbsh_lang.site.script import Found
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.nodes import InterfaceStatement, Token
from lbsh_lang.syntax.statement import AnyStated
from lbsh_lang.values import Algorithm, covering_block


class Need(NamedTuple):
    """A capability that the site asks for, and the word that asks for it."""

    capability: Capability
    at: AnyStated
    token: Token[object] | None


@BACKEND.check(
    Code.LB401,
    ERROR,
    "not expressible in this packet filter",
    met_by=(nodes.InterfaceStatement, nodes.ServiceStatement, nodes.PoolStatement, nodes.AddStatement),
)
def not_expressible(site: Site, context: BackendContext) -> Findings:
    """The packet filter cannot do what a statement asks for.

    lbsh leaves nothing out silently: a missing capability of the filter is an error. `lbsh backends` lists the
    capabilities of each filter.

    Wrong:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP balance least-connections
        add 192.168.1.2, 192.168.1.3 to mx_pool

    Right:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP balance round-robin
        add 192.168.1.2, 192.168.1.3 to mx_pool
    """
    backend = context.backend
    able = backend.capabilities(context.target or backend.targets[0])
    for need in needs(site):
        if need.capability not in able:
            yield _lacking(need, context)


def _lacking(need: Need, context: BackendContext) -> Finding:
    backend, what = context.backend, need.capability.value
    target = f" ({context.target})" if context.target and len(backend.targets) > 1 else ""
    able = context.able(need.capability)
    helps = (f"backends that can: {', '.join(able)}",) if able else ("no installed backend can",)
    return Finding(need.at, need.token, f"{backend.name}{target} cannot express: {what}", help=helps)


@BACKEND.check(
    Code.LB402, INFORMATION, "name changed for this packet filter", met_by=(nodes.ServiceStatement, nodes.PoolStatement)
)
def name_changed(site: Site, context: BackendContext) -> Findings:
    """A name had to be changed for this packet filter.

    Filters limit the length of names and keep words for themselves. The rules carry the new name, comments the old one.

    Wrong:

        service SMTP is 62.103.127.154 tcp 25
        pool the_pool_of_all_our_outgoing_mail_servers for SMTP
        add 192.168.1.2 to the_pool_of_all_our_outgoing_mail_servers

    Right:

        service SMTP is 62.103.127.154 tcp 25
        pool outgoing_mail for SMTP
        add 192.168.1.2 to outgoing_mail
    """
    backend = context.backend
    for rename in backend.renames(site):
        token = getattr(rename.origin.node, "name", None)
        message = f"`{rename.old}` is called `{rename.new}` in the rules of {backend.name}"
        yield Finding(rename.origin, token, message)


@FILTER.check(Code.LB403, ERROR, "refused by the packet filter's program", met_by=())
def refused_by_filter(found: Found[RefusedByFilter], context: FaultContext) -> Findings:
    """The packet filter's own program refuses the rules that were made for a statement.

    `lbsh emit --verify` shows the rules to the program of the filter, where it is installed, without loading them. Its
    words are in the message. Either this version of the filter is older than the target, or lbsh has a fault: please
    report it, with the script.

    There is no example: no script that passes the other checks should lead here.
    """
    yield Finding(found.at, None, found.fault.words)


def needs(site: Site) -> Iterator[Need]:
    """The capabilities that the site asks for, in the order of the site."""
    for interface in (*site.external, *site.internal):
        if ":" in interface.name and site.families():
            assert isinstance(interface.origin.node, InterfaceStatement)
            yield Need(Capability.ALIASES, interface.origin, interface.origin.node.name)
    if site.external and any(site.nets_inside(address.family) for address in site.external_addresses):
        yield Need(Capability.OUTBOUND, site.external[0].origin, None)
    times: set[int] = set()
    for service in site.services:
        if service.pool is not None:
            yield from _service_needs(service, times)
            yield from _pool_needs(service, service.pool)


def _service_needs(service: Service, times: set[int]) -> Iterator[Need]:
    at, node = service.origin, service.origin.node
    if service.address.family == 6:
        yield Need(Capability.IPV6, at, node.address)
    if service.reflect:
        yield Need(Capability.REFLECT, at, node.reflect)
    if service.clients:
        yield Need(Capability.CLIENTS, at, next(token for token in node.clients if token.value is not None))
    if len(service.ports) > 1:
        yield Need(Capability.PORT_LISTS, at, node.ports[1])
    range_of_ports = next((token for token in node.ports if token.value and not token.value.is_single), None)
    if range_of_ports is not None:
        yield Need(Capability.PORT_RANGES, at, range_of_ports)
    if service.sticky is not None:
        yield Need(Capability.STICKY, at, node.sticky)
        if times and service.sticky not in times:
            yield Need(Capability.STICKY_TIMES, at, node.sticky_time or node.sticky)
        times.add(service.sticky)
        if len(service.ports) > 1 or len(service.protocols) > 1:
            yield Need(Capability.STICKY_PORTS, at, node.sticky)


def _pool_needs(service: Service, pool: Pool) -> Iterator[Need]:
    at, node = pool.origin, pool.origin.node
    tiers = _tiers(pool)
    algorithm = _ALGORITHMS[pool.algorithm]
    if any(len(tier) > 1 for tier in tiers) or pool.algorithm is Algorithm.LEAST_CONNECTIONS:
        blocks = [
            len(tier) < 2 or covering_block(tuple(server.address.value for server in tier), service.address.family)
            for tier in tiers
        ]
        yield Need(algorithm[1] if all(blocks) else algorithm[0], at, node.algorithm)
        if service.sticky is not None and pool.algorithm is Algorithm.SOURCE_HASH:
            yield Need(Capability.STICKY_SOURCE_HASH, at, node.algorithm)
    if pool.port is not None:
        yield Need(Capability.SERVER_PORT, at, node.port)
    odd = next((server for tier in tiers for server in tier if server.weight != tier[0].weight), None)
    if odd is not None:
        added = odd.origin.node
        yield Need(Capability.WEIGHTS, odd.origin, added.weight or added.targets[0])
    backup = next((server for server in pool.servers if server.backup), None)
    if backup is not None:
        yield Need(Capability.BACKUP, backup.origin, backup.origin.node.backup)
    drained = next((server for server in pool.servers if server.drained), None)
    if drained is not None:
        yield Need(Capability.DRAIN, drained.origin, drained.origin.node.targets[0])


def _tiers(pool: Pool) -> tuple[tuple[Server, ...], ...]:
    """The groups of servers that may serve together: those that do, all non-backups, and all backups.

    A filter must be able to go from one to the other as servers are drained, fail and return.
    """
    mains = tuple(server for server in pool.servers if not server.backup)
    backups = tuple(server for server in pool.servers if server.backup)
    return tuple(tier for tier in (pool.serving(), mains, backups) if tier)


_ALGORITHMS = {
    Algorithm.ROUND_ROBIN: (Capability.ROUND_ROBIN, Capability.ROUND_ROBIN),
    Algorithm.RANDOM: (Capability.RANDOM, Capability.RANDOM_BLOCK),
    Algorithm.SOURCE_HASH: (Capability.SOURCE_HASH, Capability.SOURCE_HASH_BLOCK),
    Algorithm.LEAST_CONNECTIONS: (Capability.LEAST_CONNECTIONS, Capability.LEAST_CONNECTIONS),
}
