"""What changes in the farm of one service: its servers, their weights and roles, how one is chosen and reached."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from math import gcd
from typing import TypeVar

from lbsh_lang.site.diff.changes import Change, Fact, Kind, Membership, Share
from lbsh_lang.site.model import Pool, Server, Service, Stated
from lbsh_lang.values import Address

Members = dict[Address, Server]
Key = TypeVar("Key", bound=Hashable)


def diff_pools(old: Service, new: Service, before: Pool, after: Pool) -> Iterator[Change]:
    """The changes between two pools that a service has had and is to have."""
    origins = ((before.origin,), (after.origin,))
    if before.name != after.name:
        yield Change(Kind.POOL_NAME, new.name, before.name, after.name, (), (), *origins)
    if before.algorithm is not after.algorithm:
        yield Change(Kind.ALGORITHM, new.name, before.algorithm, after.algorithm, (), (), *origins)
    ports = server_port(old), server_port(new)
    if ports[0] != ports[1] and not (None in ports and _as_asked(old, before) and _as_asked(new, after)):
        yield Change(Kind.SERVER_PORT, new.name, *ports, (), (), *origins)
    if _rows(before) != _rows(after):
        yield from _diff_servers(new.name, before, after)


def server_port(service: Service) -> int | None:
    """The one port at which servers are reached, None if it is the one that the client asked for, of several."""
    if service.pool is not None and service.pool.port is not None:
        return service.pool.port
    ports = service.ports
    return ports[0].first if len(ports) == 1 and ports[0].is_single else None


def _as_asked(service: Service, pool: Pool) -> bool:
    """Whether servers are reached at the port that the client asked for; a change of the traffic says it all then."""
    return pool.port is None or (service.ports[0].is_single and pool.port == service.ports[0].first)


def _rows(pool: Pool) -> list[tuple[Address, int, bool, bool]]:
    return [(server.address, server.weight, server.backup, server.drained) for server in pool.servers]


def _diff_servers(name: str, before: Pool, after: Pool) -> Iterator[Change]:
    old = {server.address: server for server in before.servers}
    new = {server.address: server for server in after.servers}
    lost = _grouped((server for address, server in old.items() if address not in new), _leaving)
    for membership, servers in lost.items():
        yield Change(Kind.SERVER, name, membership, None, _addresses(servers), (), _origins(servers), ())
    told = _weights_to_tell(new)
    gained = _grouped((server for address, server in new.items() if address not in old), told)
    for membership, servers in gained.items():
        yield Change(Kind.SERVER, name, None, membership, _addresses(servers), (), (), _origins(servers))
    both = sorted(address for address in new if address in old)
    yield from _diff_switch(Kind.BACKUP, name, old, new, both)
    yield from _diff_switch(Kind.DRAINED, name, old, new, both)
    yield from _diff_weights(name, (before, old), (after, new), both)
    served = bool(before.serving()), bool(after.serving())
    if served[0] is not served[1]:
        yield Change(Kind.SERVED, name, *served, (), (), (before.origin,), (after.origin,))


def _leaving(server: Server) -> Membership:
    return Membership(None, server.backup, server.drained)


def _weights_to_tell(members: Members) -> Callable[[Server], Membership]:
    """How servers join: with their weight, where those of their role differ in it."""
    weights: dict[bool, set[int]] = {False: set(), True: set()}
    for server in members.values():
        weights[server.backup].add(server.weight)
    return lambda server: Membership(
        server.weight if len(weights[server.backup]) > 1 else None, server.backup, server.drained
    )


def _diff_switch(kind: Kind, name: str, old: Members, new: Members, both: list[Address]) -> Iterator[Change]:
    """Servers that become backups or are drained, and back; those that then serve apart from those that do not."""
    field = kind.value
    turned = [address for address in both if getattr(old[address], field) is not getattr(new[address], field)]
    groups: dict[bool, list[Address]] = {}
    for address in turned:
        groups.setdefault(getattr(new[address], field), []).append(address)
    for state in sorted(groups):
        yield _about(kind, name, (not state, state), _those(groups[state], old, new))


def _diff_weights(
    name: str, before: tuple[Pool, Members], after: tuple[Pool, Members], both: list[Address]
) -> Iterator[Change]:
    """Servers that get another part of the connections, grouped by what it was and is to be."""
    (old_pool, old), (new_pool, new) = before, after
    totals = _totals(old_pool), _totals(new_pool)
    groups: dict[tuple[Share, Share], list[Address]] = {}
    for address in _reweighted(old, new, both):
        was = Share(old[address].weight, totals[0].get(address, 0))
        is_now = Share(new[address].weight, totals[1].get(address, 0))
        groups.setdefault((was, is_now), []).append(address)
    for shares, addresses in groups.items():
        yield _about(Kind.WEIGHT, name, shares, _those(addresses, old, new))


def _reweighted(old: Members, new: Members, both: list[Address]) -> list[Address]:
    """The servers whose weight counts for more or less than before.

    Weights are shares: what counts is their proportion among the servers of one role, not their size. Where servers
    that stay keep theirs, a new weight is told only if it is one in lowest terms too, beside other neighbours.
    """
    changed = [address for address in both if old[address].weight != new[address].weight]
    if not changed:
        return []
    divisors = _divisors(old), _divisors(new)
    bent = {role: _is_bent([(old[one], new[one]) for one in both], role) for role in (False, True)}
    told = []
    for address in changed:
        was, is_now = old[address], new[address]
        role = is_now.backup
        if (
            was.backup is not role
            or bent[role]
            or was.weight // divisors[0][role] != is_now.weight // divisors[1][role]
        ):
            told.append(address)
    return told


def _is_bent(pairs: list[tuple[Server, Server]], role: bool) -> bool:
    """Whether the weights of the servers that stay in a role are in another proportion to each other."""
    weights = [(was.weight, is_now.weight) for was, is_now in pairs if was.backup is role and is_now.backup is role]
    return any(was * weights[0][1] != is_now * weights[0][0] for was, is_now in weights)


def _divisors(members: Members) -> dict[bool, int]:
    return {role: gcd(*(one.weight for one in members.values() if one.backup is role)) or 1 for role in (False, True)}


def _totals(pool: Pool) -> dict[Address, int]:
    """The servers that serve, each with the weight of all of them."""
    serving = pool.serving()
    return dict.fromkeys((server.address for server in serving), sum(server.weight for server in serving))


def _about(kind: Kind, name: str, facts: tuple[Fact, Fact], members: tuple[list[Server], list[Server]]) -> Change:
    """A change of servers that stay, as they were and as they are to be."""
    were, are = members
    return Change(kind, name, *facts, _addresses(are), (), _origins(were), _origins(are))


def _those(addresses: list[Address], old: Members, new: Members) -> tuple[list[Server], list[Server]]:
    return [old[address] for address in addresses], [new[address] for address in addresses]


def _grouped(servers: Iterable[Server], key: Callable[[Server], Key]) -> dict[Key, list[Server]]:
    groups: dict[Key, list[Server]] = {}
    for server in sorted(servers, key=lambda server: server.address):
        groups.setdefault(key(server), []).append(server)
    return groups


def _addresses(servers: list[Server]) -> tuple[Address, ...]:
    return tuple(server.address for server in servers)


def _origins(servers: list[Server]) -> tuple[Stated, ...]:
    """The statements that brought servers in, each once, in their order."""
    return tuple(
        {server.origin.rank: server.origin for server in sorted(servers, key=lambda one: one.origin.rank)}.values()
    )
