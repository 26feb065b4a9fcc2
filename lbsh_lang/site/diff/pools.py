"""Differences in the farm of a service: its servers, their roles and weights, the algorithm and the port.

Servers are identified by their address and their own port. Servers with the same difference are reported in one change.

**Weights.** A weight matters only in proportion to the others of its role (backup or not): 2 and 4 mean the same as 1 and 2.
So comparing numbers would report changes without a meaning, and comparing shares would report every server whenever a
neighbour joins or leaves. Instead, a server with the same number is never reported, and a server with another number is
reported only if one of three tests finds another proportion (`_reweighted`):

1. it has another role;
2. the servers that stay in its role have other weights in proportion to each other;
3. its weight differs after division by the greatest common divisor of its role.

For example:

    before          after           reported
    a 2, b 4        a 1, b 2        nothing: the weights of both are 1 and 2 after division
    a 2, b 4        a 3, b 4        a, by the second test
    a 1, b 1        a 2, c 1        a, by the third test; b leaves and c joins, so the second has nothing to compare
    a 1, b 1        a 1, c 3        nothing for a: its share fell, but only since its neighbours are others
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from math import gcd
from typing import TypeVar

from lbsh_lang.site.diff import fields
from lbsh_lang.site.diff.changes import (
    Change,
    Draining,
    DrainState,
    Effect,
    Membership,
    Replaced,
    ServerPort,
    Servers,
    Share,
    Switched,
    Weights,
    What,
)
from lbsh_lang.site.diff.compare import diff_values
from lbsh_lang.site.diff.fields import POOL_VALUES, SERVER_SWITCHES, SwitchField
from lbsh_lang.site.diff.plain import ServerPorts
from lbsh_lang.site.model import Drain, Origin, Pool, Server, Service
from lbsh_lang.values import Address, PortRange

Identity = tuple[Address, int]
ById = dict[Identity, Server]
Key = TypeVar("Key", bound=Hashable)


def diff_pools(old: Service, new: Service, before: Pool, after: Pool) -> Iterator[Change]:
    """The changes from one pool of a service to another; `before` and `after` are the pools of `old` and `new`."""
    origins = ((before.origin,), (after.origin,))
    if before.name != after.name:
        yield Change(Replaced(fields.POOL_NAME, before.name, after.name), new.name, *origins)
    for value in diff_values(POOL_VALUES, before, after):
        yield Change(value, new.name, *origins)
    ports = server_port(old), server_port(new)
    if ports[0] != ports[1] and not (None in ports and _as_asked(old, before) and _as_asked(new, after)):
        yield Change(ServerPort(*ports), new.name, *origins)
    if _rows(before) != _rows(after):
        yield from _diff_servers(new.name, before, after)


def server_port(service: Service) -> ServerPorts | None:
    """The ports of the servers, None if it is the port of the client's request and there are several."""
    ports, given = service.ports, () if service.pool is None else service.pool.ports
    if len(ports) == 1 and ports[0].is_single:
        return ServerPorts(((None, given[0] if given else ports[0]),))
    pairs = _joined(zip(ports, given, strict=False))
    return ServerPorts(pairs) if any(asked != own for asked, own in pairs) else None


def _joined(pairs: Iterable[tuple[PortRange, PortRange]]) -> tuple[tuple[PortRange, PortRange], ...]:
    """Pairs of ports, sorted, neighbours on both sides joined: equal for lists that mean the same."""
    found: list[tuple[PortRange, PortRange]] = []
    for asked, own in sorted(pairs):
        before = found[-1] if found else None
        if before is not None and (before[0].last + 1, before[1].last + 1) == (asked.first, own.first):
            found[-1] = PortRange(before[0].first, asked.last), PortRange(before[1].first, own.last)
        else:
            found.append((asked, own))
    return tuple(found)


def _as_asked(service: Service, pool: Pool) -> bool:
    """Whether the port of the servers is that of the client's request; then a change of the traffic covers it."""
    return not pool.ports or _joined(zip(service.ports, pool.ports, strict=False)) == _joined(
        zip(service.ports, service.ports, strict=True)
    )


def _rows(pool: Pool) -> list[tuple[object, ...]]:
    return [(server.identity, server.weight, server.backup, drain_state(server.drain)) for server in pool.servers]


def drain_state(drain: Drain | None) -> DrainState | None:
    """The options of a `drain`; None for none."""
    return None if drain is None else DrainState(drain.keeps_clients, drain.time, drain.reason)


def _diff_servers(name: str, before: Pool, after: Pool) -> Iterator[Change]:
    old = {server.identity: server for server in before.servers}
    new = {server.identity: server for server in after.servers}
    lost = _grouped((server for identity, server in old.items() if identity not in new), _leaving)
    for membership, servers in lost.items():
        what, port = Servers(Effect.REMOVED, membership), membership.port
        yield Change(what, name, _origins(servers), (), _addresses(servers), port=port)
    joining = _joining(new)
    gained = _grouped((server for identity, server in new.items() if identity not in old), joining)
    for membership, servers in gained.items():
        what, port = Servers(Effect.ADDED, membership), membership.port
        yield Change(what, name, (), _origins(servers), _addresses(servers), port=port)
    both = sorted(identity for identity in new if identity in old)
    for switch in SERVER_SWITCHES:
        yield from _diff_switch(switch, name, old, new, both)
    yield from _diff_drains(name, old, new, both)
    yield from _diff_weights(name, (before, old), (after, new), both)
    served = bool(before.serving()), bool(after.serving())
    if served[0] is not served[1]:
        yield Change(Switched(fields.SERVED, *served), name, (before.origin,), (after.origin,))


def _leaving(server: Server) -> Membership:
    return Membership(None, server.backup, drain_state(server.drain), server.port)


def _joining(servers: ById) -> Callable[[Server], Membership]:
    """The role of a joining server: with its weight, if the weights of its role differ."""
    weights: dict[bool, set[int]] = {False: set(), True: set()}
    for server in servers.values():
        weights[server.backup].add(server.weight)
    return lambda server: Membership(
        server.weight if len(weights[server.backup]) > 1 else None,
        server.backup,
        drain_state(server.drain),
        server.port,
    )


def _diff_switch(
    switch: SwitchField[Server], name: str, old: ById, new: ById, both: list[Identity]
) -> Iterator[Change]:
    """The servers whose switch is turned: first those whose switch is turned off."""
    groups: dict[bool, list[Identity]] = {False: [], True: []}
    for one in both:
        is_on = switch.is_on(new[one])
        if switch.is_on(old[one]) is not is_on:
            groups[is_on].append(one)
    for is_on, turned in groups.items():
        for same_port in _by_port(turned):
            yield _about(Switched(switch.words, not is_on, is_on), name, _those(same_port, old, new))


def _diff_drains(name: str, old: ById, new: ById, both: list[Identity]) -> Iterator[Change]:
    """The servers that are drained or resumed, or drained in another way: first those that are resumed."""
    groups: dict[tuple[DrainState | None, DrainState | None], list[Identity]] = {}
    for one in both:
        states = drain_state(old[one].drain), drain_state(new[one].drain)
        if states[0] != states[1]:
            groups.setdefault(states, []).append(one)
    for was, is_now in sorted(groups, key=lambda states: states[1] is not None):
        for same_port in _by_port(groups[was, is_now]):
            were, are = _those(same_port, old, new)
            origins = _drains(were) or _origins(were), _drains(are) or _origins(are)
            yield Change(Draining(was, is_now), name, *origins, _addresses(are), port=are[0].port)


def _drains(servers: list[Server]) -> tuple[Origin, ...]:
    """The statements that drained the servers, in their order and without repetitions."""
    drains = [server.drain.origin for server in servers if server.drain is not None]
    return tuple({origin.rank: origin for origin in sorted(drains, key=lambda one: one.rank)}.values())


def _diff_weights(
    name: str, before: tuple[Pool, ById], after: tuple[Pool, ById], both: list[Identity]
) -> Iterator[Change]:
    """The servers with another weight, those with the same old and new share together."""
    (old_pool, old), (new_pool, new) = before, after
    totals = _totals(old_pool), _totals(new_pool)
    groups: dict[tuple[Share, Share], list[Identity]] = {}
    for one in _reweighted(old, new, both):
        was = Share(old[one].weight, totals[0].get(one, 0))
        is_now = Share(new[one].weight, totals[1].get(one, 0))
        groups.setdefault((was, is_now), []).append(one)
    for shares, changed in groups.items():
        for same_port in _by_port(changed):
            yield _about(Weights(*shares), name, _those(same_port, old, new))


def _by_port(servers: list[Identity]) -> list[list[Identity]]:
    """The servers by their own ports, since a change names addresses and at most one port."""
    groups: dict[int, list[Identity]] = {}
    for one in servers:
        groups.setdefault(one[1], []).append(one)
    return list(groups.values())


def _reweighted(old: ById, new: ById, both: list[Identity]) -> list[Identity]:
    """The servers whose weight counts for more or less than before, by the three tests in the description of this module."""
    changed = [address for address in both if old[address].weight != new[address].weight]
    if not changed:
        return []
    divisors = _divisors(old), _divisors(new)
    bent = {role: _is_bent([(old[one], new[one]) for one in both], role) for role in (False, True)}
    found = []
    for address in changed:
        was, is_now = old[address], new[address]
        role = is_now.backup
        if (
            was.backup is not role
            or bent[role]
            or was.weight // divisors[0][role] != is_now.weight // divisors[1][role]
        ):
            found.append(address)
    return found


def _is_bent(pairs: list[tuple[Server, Server]], role: bool) -> bool:
    """Whether the servers that stay in a role have weights in another proportion to each other."""
    weights = [(was.weight, is_now.weight) for was, is_now in pairs if was.backup is role and is_now.backup is role]
    return any(was * weights[0][1] != is_now * weights[0][0] for was, is_now in weights)


def _divisors(servers: ById) -> dict[bool, int]:
    return {role: gcd(*(one.weight for one in servers.values() if one.backup is role)) or 1 for role in (False, True)}


def _totals(pool: Pool) -> dict[Identity, int]:
    """The servers that serve, with the total of their weights."""
    serving = pool.serving()
    return dict.fromkeys((server.identity for server in serving), sum(server.weight for server in serving))


def _about(what: What, name: str, servers: tuple[list[Server], list[Server]]) -> Change:
    """A change of servers that stay, given in their old and in their new state."""
    were, are = servers
    return Change(what, name, _origins(were), _origins(are), _addresses(are), port=are[0].port)


def _those(servers: list[Identity], old: ById, new: ById) -> tuple[list[Server], list[Server]]:
    return [old[one] for one in servers], [new[one] for one in servers]


def _grouped(servers: Iterable[Server], key: Callable[[Server], Key]) -> dict[Key, list[Server]]:
    groups: dict[Key, list[Server]] = {}
    for server in sorted(servers, key=lambda server: server.identity):
        groups.setdefault(key(server), []).append(server)
    return groups


def _addresses(servers: list[Server]) -> tuple[Address, ...]:
    return tuple(server.address for server in servers)


def _origins(servers: list[Server]) -> tuple[Origin, ...]:
    """The statements that added and changed the servers, in their order and without repetitions."""
    behind: dict[int, Origin] = {}
    for server in servers:
        behind |= {one.rank: one for one in server.origins}
    return tuple([behind[rank] for rank in sorted(behind)])
