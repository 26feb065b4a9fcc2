"""Differences in the farm of a service: its servers, their roles and weights, the algorithm and the port.

Servers are identified by their address and port: a port of its own is the same as an equal port of the pool, and a server
without one is the same as one without one, whatever the pool's. Servers with the same difference are reported in one change.

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
from typing import Generic, NamedTuple, TypeVar

from lbsh_lang.site.diff import fields
from lbsh_lang.site.diff.changes import (
    Change,
    Downing,
    DownState,
    Draining,
    DrainState,
    Effect,
    Membership,
    Replaced,
    ServerPort,
    Servers,
    Setting,
    Share,
    Switched,
    Weights,
    What,
)
from lbsh_lang.site.diff.compare import diff_values
from lbsh_lang.site.diff.fields import POOL_VALUES, SERVER_SETTINGS, SERVER_SWITCHES, SettingField, SwitchField
from lbsh_lang.site.diff.plain import Plain
from lbsh_lang.site.diff.ports import is_mapped_anew, server_port, usual_port
from lbsh_lang.site.model import DownByHand, Drain, Origin, Pool, Server, Service
from lbsh_lang.values import Address

Identity = tuple[Address, int]
ById = dict[Identity, Server]
Key = TypeVar("Key", bound=Hashable)
State = TypeVar("State", DrainState, DownState)


def diff_pools(old: Service, new: Service, before: Pool, after: Pool) -> Iterator[Change]:
    """The changes from one pool of a service to another; `before` and `after` are the pools of `old` and `new`."""
    origins = ((before.origin,), (after.origin,))
    if before.name != after.name:
        yield Change(Replaced(fields.POOL_NAME, before.name, after.name), new.name, *origins)
    for value in diff_values(POOL_VALUES, before, after):
        yield Change(value, new.name, *origins)
    usual = usual_port(old), usual_port(new)
    servers = _paired(before, after, usual)
    if is_mapped_anew(old, new) and not _all_have_ports(servers, usual):
        yield Change(ServerPort(server_port(old), server_port(new)), new.name, *origins)
    if _rows(before) != _rows(after) or servers[0].keys() != servers[1].keys():
        yield from _diff_servers(new.name, before, after, *servers)


def _paired(before: Pool, after: Pool, usual: tuple[int | None, int | None]) -> tuple[ById, ById]:
    """The servers of two pools, counterparts by the same key: with equal ports, or else without ports of their own."""
    new = {server.identity: server for server in after.servers}
    there = {_place(server, usual[1]): server.identity for server in after.servers} if None not in usual else {}
    met = {there.get(_place(server, usual[0])) for server in before.servers} if there else set()
    old = {}
    for server in before.servers:
        place = _place(server, usual[0])
        key = there.get(place, server.identity)
        old[(place[0], -place[1]) if place not in there and key in met else key] = server
    return old, new


def _place(server: Server, usual: int | None) -> Identity:
    """The address of a server, and the port on which it gets connections."""
    return server.address, server.port or usual or 0


def _all_have_ports(servers: tuple[ById, ById], usual: tuple[int | None, int | None]) -> bool:
    """Whether no server meets another usual port: each without a port of its own has a counterpart with the same port."""
    old, new = (
        {_place(server, port): server.port is None for server in each.values()}
        for each, port in zip(servers, usual, strict=True)
    )
    free = [
        place
        for each, other in ((old, new), (new, old))
        for place, is_free in each.items()
        if is_free and place not in other
    ]
    return None not in usual and bool(old) and bool(new) and not free


def _rows(pool: Pool) -> list[tuple[object, ...]]:
    return [(one.identity, one.weight, one.backup, one.ramp, *_wishes(one)) for one in pool.servers]


def _wishes(server: Server) -> tuple[DrainState | None, DownState | None]:
    """What the operator asked for."""
    return drain_state(server.drain), down_state(server.down_by_hand)


def drain_state(drain: Drain | None) -> DrainState | None:
    """The options of a `drain`; None for none."""
    return None if drain is None else DrainState(drain.keeps_clients, drain.time, drain.reason)


def down_state(down: DownByHand | None) -> DownState | None:
    """The options of a `down`; None for none."""
    return None if down is None else DownState(down.reason)


def _diff_servers(name: str, before: Pool, after: Pool, old: ById, new: ById) -> Iterator[Change]:
    """The changes of servers, which are given by keys that counterparts have in common."""
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
    for setting in SERVER_SETTINGS:
        yield from _diff_setting(setting, name, old, new, both)
    yield from _diff_wish(_DRAINED, name, old, new, both)
    yield from _diff_wish(_DOWN, name, old, new, both)
    yield from _diff_weights(name, (before, old), (after, new), both)
    served = bool(before.serving()), bool(after.serving())
    if served[0] is not served[1]:
        yield Change(Switched(fields.SERVED, *served), name, (before.origin,), (after.origin,))


def _leaving(server: Server) -> Membership:
    drain, down = _wishes(server)
    return Membership(None, server.backup, drain, server.port, None, down)


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
        server.ramp,
        down_state(server.down_by_hand),
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


def _diff_setting(
    setting: SettingField[Server], name: str, old: ById, new: ById, both: list[Identity]
) -> Iterator[Change]:
    """The servers with another value of a setting, those with the same old and new value together."""
    groups: dict[tuple[Plain | None, Plain | None], list[Identity]] = {}
    for one in both:
        values = setting.value(old[one]), setting.value(new[one])
        if values[0] != values[1]:
            groups.setdefault(values, []).append(one)
    for values, changed in groups.items():
        for same_port in _by_port(changed):
            yield _about(Setting(setting.words, *values), name, _those(same_port, old, new))


class _Wish(NamedTuple, Generic[State]):
    """A state that a statement gives to servers: the change about it, its options, and itself, with the statement."""

    what: Callable[[State | None, State | None], What]
    state: Callable[[Server], State | None]
    given: Callable[[Server], Drain | DownByHand | None]


_DRAINED = _Wish(Draining, lambda server: drain_state(server.drain), lambda server: server.drain)
_DOWN = _Wish(Downing, lambda server: down_state(server.down_by_hand), lambda server: server.down_by_hand)


def _diff_wish(wish: _Wish[State], name: str, old: ById, new: ById, both: list[Identity]) -> Iterator[Change]:
    """The servers that get or lose a state, or have it in another way: first those that lose it."""
    groups: dict[tuple[State | None, State | None], list[Identity]] = {}
    for one in both:
        states = wish.state(old[one]), wish.state(new[one])
        if states[0] != states[1]:
            groups.setdefault(states, []).append(one)
    for was, is_now in sorted(groups, key=lambda states: states[1] is not None):
        for same_port in _by_port(groups[was, is_now]):
            were, are = _those(same_port, old, new)
            origins = _origins_of(wish, were), _origins_of(wish, are)
            yield Change(wish.what(was, is_now), name, *origins, _addresses(are), port=are[0].port)


def _origins_of(wish: _Wish[State], servers: list[Server]) -> tuple[Origin, ...]:
    """The statements that gave servers a state, in their order and without repetitions; else those that made them."""
    given = [one for server in servers if (one := wish.given(server)) is not None]
    behind: dict[int, Origin] = {one.origin.rank: one.origin for one in given}
    return tuple([behind[rank] for rank in sorted(behind)]) or _origins(servers)


def _diff_weights(
    name: str, before: tuple[Pool, ById], after: tuple[Pool, ById], both: list[Identity]
) -> Iterator[Change]:
    """The servers with another weight, those with the same old and new share together."""
    (old_pool, old), (new_pool, new) = before, after
    totals = _totals(old_pool, old), _totals(new_pool, new)
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


def _totals(pool: Pool, servers: ById) -> dict[Identity, int]:
    """The servers that serve, with the total of their weights."""
    serving = {server.identity: server.weight for server in pool.serving()}
    total = sum(serving.values())
    return {key: total for key, server in servers.items() if server.identity in serving}


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
