"""Checks of a site against a backend: capabilities and names that its packet filter lacks or refuses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lbsh_lang.backends.any import AnyBackend
from lbsh_lang.backends.base import NOBODY, Capability
from lbsh_lang.checks.base import ERROR, INFORMATION, WARNING, Finding, Findings
from lbsh_lang.checks.scopes import BACKEND, FILTER
from lbsh_lang.checks.views import BackendContext, FaultContext
from lbsh_lang.codes import Code
from lbsh_lang.site.device import DeviceState
from lbsh_lang.site.faults import RefusedByFilter
from lbsh_lang.site.model import Pool, Server, Service, Site, Source
from lbsh_lang.site.pool_lives import PoolLife
from lbsh_lang.site.resolve import Resolution
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
    met_by=(
        nodes.InterfaceStatement,
        nodes.ExternalAddrStatement,
        nodes.ExternalGwStatement,
        nodes.KeepSourceStatement,
        nodes.ServiceStatement,
        nodes.PoolStatement,
        nodes.AddStatement,
        nodes.SetStatement,
        nodes.SetServiceStatement,
    ),
)
def not_expressible(site: Site, context: BackendContext) -> Findings:
    """The packet filter cannot do what a statement asks for.

    lbsh leaves nothing out silently: a missing capability of the filter is an error. `lbsh backends` lists the
    capabilities of each filter. `lbsh check` and editors report what no installed backend can express even if none is named.

    Wrong:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP balance least-connections
        add 192.168.1.2, 192.168.1.3 to mx_pool

    Right:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP balance round-robin
        add 192.168.1.2, 192.168.1.3 to mx_pool
    """
    for need in _unmet(needs(site), context):
        if isinstance(context.backend, AnyBackend):
            start, helps = "no installed backend can express", []
        else:
            start, helps = f"{_filter_name(context)} cannot express", [_able(need, context)]
        reason = NOBODY.get(need.capability)
        helps += [reason] if reason else []
        yield Finding(need.at, need.token, f"{start}: {need.capability.value}", help=tuple(helps))


def _unmet(wanted: Iterable[Need], context: BackendContext) -> Iterator[Need]:
    """The needs whose capability the chosen backend lacks."""
    able = context.backend.capabilities(context.target or context.backend.targets[0])
    said: set[tuple[Capability, int, int | None]] = set()
    for need in wanted:
        place = need.capability, need.at.rank, need.token.start if need.token is not None else None
        if need.capability not in able and place not in said:
            said.add(place)  # services of one pool share its needs
            yield need


def _filter_name(context: BackendContext) -> str:
    """The chosen backend, with the target where it has several: `pf (freebsd-14)`."""
    backend = context.backend
    return f"{backend.name} ({context.target})" if context.target and len(backend.targets) > 1 else backend.name


def _able(need: Need, context: BackendContext) -> str:
    able = context.able(need.capability)
    return f"backends that can: {', '.join(able)}" if able else "no installed backend can"


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
    for rename in backend.renames(site, context.name):
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


@BACKEND.check(Code.LB404, WARNING, "interface name that a group may have", met_by=(nodes.InterfaceStatement,))
def perhaps_a_group(site: Site, context: BackendContext) -> Findings:
    """An interface has a name that this packet filter may take for a group of interfaces.

    Names of groups do not end in a digit, names of interfaces usually do under FreeBSD. Where no interface is called so,
    rules apply to all interfaces of the group, or to none if there is no such group. FreeBSD has no group `egress` unless
    somebody makes one. If an interface has been renamed to this name, all is well, and a comment can allow the finding.

    Wrong:

        interface external egress
        interface internal em1
        internal net 192.168.1.0/24
        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool

    Right:

        interface external em0
        interface internal em1
        internal net 192.168.1.0/24
        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
    """
    for need in _unmet(_words_as_interfaces(site), context):
        name = need.token.text if need.token is not None else ""
        message = f"{_filter_name(context)} takes `{name}` for a group of interfaces, unless an interface is called so"
        yield Finding(need.at, need.token, message, help=("write the name of one interface, which ends in a digit",))


@BACKEND.check(Code.LB405, WARNING, "servers that cannot be taken out singly", met_by=(nodes.PoolStatement,))
def fixed_block(site: Site, context: BackendContext) -> Findings:
    """The servers of a pool form a CIDR block, which this packet filter needs, and without one of them they do not.

    As soon as one server is drained or removed, the filter cannot express the pool (LB401), and so there are no new rules
    for the whole script. A server that fails cannot be taken out of the rules either. Of two servers each may go, since
    the other one then takes all connections.

    Wrong:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP balance source-hash
        add 192.168.1.4-7 to mx_pool

    Right:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP balance random
        add 192.168.1.4-7 to mx_pool
    """
    for need in _unmet(_fixed_blocks(site), context):
        message = (
            f"{_filter_name(context)} cannot take single servers out of this pool: the others would be no CIDR block"
        )
        yield Finding(need.at, need.token, message, help=(_able(need, context),))


MOST_STICKY_SERVERS = 10_000
"""The number of servers of sticky services up to which every filter loads rules in seconds."""


MOST_PORTS_OF_SERVERS = 100_000
"""The number of pairs of an item of a list of server ports and a server up to which every filter loads rules in seconds."""


@BACKEND.check(
    Code.LB406,
    WARNING,
    "more servers than a packet filter copes with",
    met_by=(nodes.ServiceStatement, nodes.PoolStatement),
)
def too_many_servers(site: Site, context: BackendContext) -> Findings:
    """Sticky services, or pools with lists of ports, have more servers together than this packet filter copes with.

    iptables keeps a list of clients for each server of a sticky service, and the kernel looks through the names of all
    lists for each rule that uses one: twice the servers take four times as long to load, and new connections take longer,
    too. With 10,000 servers rules load in seconds, with 50,000 in minutes.

    A rule of iptables translates to one port. So for a pool with a list of ports each item has a rule for each server: 1,000
    ports and 1,000 servers make more than a million rules.

    Wrong:

        interface external eth0
        interface internal eth1
        internal net 10.0.0.0/16
        service WWW is 62.103.127.154 tcp 80 sticky
        pool www_pool for WWW
        add 10.0.0.0/22 to www_pool
        add 10.0.4.0/22 to www_pool
        add 10.0.8.0/22 to www_pool
        add 10.0.12.0/22 to www_pool
        add 10.0.16.0/22 to www_pool
        add 10.0.20.0/22 to www_pool
        add 10.0.24.0/22 to www_pool
        add 10.0.28.0/22 to www_pool
        add 10.0.32.0/22 to www_pool
        add 10.0.36.0/22 to www_pool

    Right:

        interface external eth0
        interface internal eth1
        internal net 10.0.0.0/16
        service WWW is 62.103.127.154 tcp 80
        pool www_pool for WWW
        add 10.0.0.0/22 to www_pool
        add 10.0.4.0/22 to www_pool
        add 10.0.8.0/22 to www_pool
        add 10.0.12.0/22 to www_pool
        add 10.0.16.0/22 to www_pool
        add 10.0.20.0/22 to www_pool
        add 10.0.24.0/22 to www_pool
        add 10.0.28.0/22 to www_pool
        add 10.0.32.0/22 to www_pool
        add 10.0.36.0/22 to www_pool
    """
    for need in _unmet((*_many_sticky_servers(site), *_many_server_ports(site)), context):
        message = f"{_filter_name(context)} copes badly with {need.capability.value}"
        yield Finding(need.at, need.token, message, help=(_able(need, context),))


def cautions(site: Site) -> Iterator[Need]:
    """The capabilities without which rules can be made for the site, but may not do what is expected of them."""
    yield from _words_as_interfaces(site)
    yield from _fixed_blocks(site)
    yield from _many_sticky_servers(site)
    yield from _many_server_ports(site)


# Interfaces are named after their driver and its unit; an epair(4) has two ends, a and b. Aliases, with a colon, are LB401.
_NO_GROUP = re.compile(r".*[0-9]|epair[0-9]+[ab]|.*:.*")


def _words_as_interfaces(site: Site) -> Iterator[Need]:
    for interface in (*site.external, *site.internal):
        if site.families() and not _NO_GROUP.fullmatch(interface.name):
            assert isinstance(interface.origin.node, InterfaceStatement)
            yield Need(Capability.WORDS_AS_INTERFACES, interface.origin, interface.origin.node.name)


def _fixed_blocks(site: Site) -> Iterator[Need]:
    for pool in (service.pool for service in site.services if service.pool is not None):
        tiers = _tiers(pool)
        if (
            pool.algorithm is Algorithm.SOURCE_HASH
            and all(map(_is_block, tiers))
            and max(map(len, tiers), default=0) > 2
        ):
            yield Need(Capability.SOURCE_HASH_CHANGES, pool.origin, pool.origin.node.algorithm)


def _many_sticky_servers(site: Site) -> Iterator[Need]:
    """The need of the sticky service whose servers, with those of the services above it, are too many."""
    number = 0
    for service in site.services:
        if service.sticky is not None and service.pool is not None:
            number += len(service.pool.servers)
            if number > MOST_STICKY_SERVERS:
                yield _asked(Capability.STICKY_MANY, service, "sticky")
                return


def _many_server_ports(site: Site) -> Iterator[Need]:
    """The need of the pool whose list of ports, with those of the services above it, makes too many pairs with servers."""
    number = 0
    for service in site.services:
        pool = service.pool
        if pool is not None and len(pool.ports) > 1:
            number += len(pool.ports) * len(service.protocols) * len(pool.servers)
            if number > MOST_PORTS_OF_SERVERS:
                yield Need(Capability.SERVER_PORTS_MANY, pool.origin, pool.origin.node.ports[0])
                return


def may_exceed_all(resolution: Resolution) -> bool:
    """Whether a site may ask for more than any packet filter can do.

    Few do, so this is quick to answer: from the histories, since the site takes as long to make as all other checks.
    """
    lives = (history.current for history in resolution.pools.values())
    return interfaces_exceed_all(resolution.device) or any(map(algorithm_exceeds_all, lives))


def interfaces_exceed_all(device: DeviceState) -> bool:
    """Whether the interfaces of a device may ask for more than any packet filter can do."""
    return any(":" in given.value for given in (*device.external, *device.internal))


def algorithm_exceeds_all(life: PoolLife | None) -> bool:
    """Whether the algorithm of a pool may ask for more than any packet filter can do."""
    word = life.node.algorithm if life is not None else None
    return word is not None and word.value is not None and why_nobody(word.value) is not None


def why_nobody(algorithm: Algorithm) -> str | None:
    """The reason why no supported packet filter has an algorithm, None if some have it."""
    reasons = [NOBODY.get(capability) for capability in _ALGORITHMS[algorithm]]
    return None if None in reasons else reasons[0]


def needs(site: Site) -> Iterator[Need]:
    """The capabilities without which no rules can be made for the site, in the order of the site."""
    for interface in (*site.external, *site.internal):
        if ":" in interface.name and site.families():
            assert isinstance(interface.origin.node, InterfaceStatement)
            yield Need(Capability.ALIASES, interface.origin, interface.origin.node.name)
    yield from _outbound_needs(site)
    times: set[int] = set()
    for service in site.services:
        if service.pool is not None:
            yield from _service_needs(service, times)
            yield from _pool_needs(service, service.pool)
    yield from _kept_clients(site)


def _kept_clients(site: Site) -> Iterator[Need]:
    """Once for each statement, which may be about several pools."""
    drains = (server.drain for service in site.services for server in service.kept())
    for origin in {drain.origin.rank: drain.origin for drain in drains if drain is not None}.values():
        yield Need(Capability.KEEP_CLIENTS, origin, origin.node.keep)


def _outbound_needs(site: Site) -> Iterator[Need]:
    used = [source for source in site.sources if site.external and site.nets_inside(source.family)]
    if used:
        yield Need(Capability.OUTBOUND, site.external[0].origin, None)
    yield from _keep_needs(site, used)
    for hop in site.next_hops if site.has_uplinks else ():
        node = hop.origin.node
        assert isinstance(node, nodes.ExternalGwStatement)
        yield Need(Capability.UPLINKS, hop.origin, node.address)
    for source in used:
        node = source.origin.node
        assert isinstance(node, nodes.ExternalAddrStatement)
        if source.address is None:
            yield Need(Capability.LEASED, source.origin, node.leased)
        elif source.is_exception or source.interface is not None:
            yield Need(Capability.SOURCES, source.origin, node.interface or node.inside[0])


def _keep_needs(site: Site, used: list[Source]) -> Iterator[Need]:
    for kept in site.kept:
        if any(source.family == kept.net.family for source in used):
            node = kept.origin.node
            assert isinstance(node, nodes.KeepSourceStatement)
            yield Need(Capability.KEEP_SOURCE, kept.origin, node.nets[0])


def _service_needs(service: Service, times: set[int]) -> Iterator[Need]:
    at, node = service.origin, service.origin.node
    if service.address.family == 6:
        yield Need(Capability.IPV6, at, node.address)
    if service.reflect:
        yield _asked(Capability.REFLECT, service, "reflect")
    if service.clients:
        yield _asked(Capability.CLIENTS, service, "clients")
    if service.helper is not None:
        yield _asked(Capability.HELPER, service, "helper")
    if service.masquerade:
        yield _asked(Capability.MASQUERADE, service, "masquerade")
    if len(service.ports) > 1:
        yield Need(Capability.PORT_LISTS, at, node.ports[1])
    range_of_ports = next((token for token in node.ports if token.value and not token.value.is_single), None)
    if range_of_ports is not None:
        yield Need(Capability.PORT_RANGES, at, range_of_ports)
    if service.taken:
        yield Need(Capability.PORTS_TAKEN, at, node.ports[0])
    if service.sticky is not None:
        sticky = _asked(Capability.STICKY, service, "sticky")
        yield sticky
        if service.prefix is not None:
            yield _asked(Capability.STICKY_PREFIX, service, "prefix")
        if times and service.sticky not in times:
            time = getattr(sticky.at.node, "sticky_time", None)
            yield Need(Capability.STICKY_TIMES, sticky.at, time or sticky.token)
        times.add(service.sticky)
        if sum(len(protocols) * len(ports) for protocols, ports in service.listeners) > 1:
            yield _asked(Capability.STICKY_PORTS, service, "sticky")


def _asked(capability: Capability, part: Service | Server, field: str, otherwise: Token[object] | None = None) -> Need:
    """A capability for which a word asks: the last in a field of the statements that made and changed a part of the site.

    `otherwise` is the word of the statement that made it if the field is empty in all of them.
    """
    for stated in reversed(part.origins):
        words = getattr(stated.node, field, None)
        read = [words] if isinstance(words, Token) else [token for token in words or () if token.value is not None]
        if read:
            return Need(capability, stated, read[0])
    return Need(capability, part.origin, otherwise)


def _pool_needs(service: Service, pool: Pool) -> Iterator[Need]:
    at, node = pool.origin, pool.origin.node
    tiers = _tiers(pool)
    algorithm = _ALGORITHMS[pool.algorithm]
    if any(len(tier) > 1 for tier in tiers) or pool.algorithm is Algorithm.LEAST_CONNECTIONS:
        yield Need(algorithm[1] if all(map(_is_block, tiers)) else algorithm[0], at, node.algorithm)
        if service.sticky is not None and pool.algorithm is Algorithm.SOURCE_HASH:
            yield Need(Capability.STICKY_SOURCE_HASH, at, node.algorithm)
    if pool.ports:
        several = len(pool.ports) > 1 or not pool.ports[0].is_single
        yield Need(Capability.SERVER_PORTS if several else Capability.SERVER_PORT, at, node.ports[0])
    own = next((server for server in pool.servers if server.port is not None), None)
    if own is not None:
        wanted = Capability.OWN_PORTS if pool.has_own_ports else Capability.SERVER_PORT
        yield _asked(wanted, own, "new_port", own.origin.node.port)
    odd = next((server for tier in tiers for server in tier if server.weight != tier[0].weight), None)
    if odd is not None:
        yield _asked(Capability.WEIGHTS, odd, "weight", odd.origin.node.targets[0])
    ramped = next((server for tier in tiers for server in tier if server.ramp is not None and len(tier) > 1), None)
    if ramped is not None and odd is None:
        yield _asked(Capability.WEIGHTS, ramped, "ramp")
    backup = next((server for server in pool.servers if server.backup), None)
    if backup is not None:
        yield _asked(Capability.BACKUP, backup, "backup")
    out = next((server for server in pool.servers if server.drained or server.down_by_hand), None)
    if out is not None:
        yield Need(Capability.DRAIN, out.origin, out.origin.node.targets[0])


def _tiers(pool: Pool) -> tuple[tuple[Server, ...], ...]:
    """The groups of servers that may serve together: those that do, all non-backups, and all backups.

    A filter must be able to go from one to the other as servers are drained, fail and return.
    """
    mains = tuple(server for server in pool.servers if not server.backup)
    backups = tuple(server for server in pool.servers if server.backup)
    return tuple(tier for tier in (pool.serving(), mains, backups) if tier)


def _is_block(tier: tuple[Server, ...]) -> bool:
    """Whether servers fill a CIDR block; a single one always does."""
    addresses = tuple(server.address.value for server in tier)
    return len(tier) < 2 or covering_block(addresses, tier[0].address.family) is not None


_ALGORITHMS = {
    Algorithm.ROUND_ROBIN: (Capability.ROUND_ROBIN, Capability.ROUND_ROBIN),
    Algorithm.RANDOM: (Capability.RANDOM, Capability.RANDOM_BLOCK),
    Algorithm.SOURCE_HASH: (Capability.SOURCE_HASH, Capability.SOURCE_HASH_BLOCK),
    Algorithm.LEAST_CONNECTIONS: (Capability.LEAST_CONNECTIONS, Capability.LEAST_CONNECTIONS),
}
