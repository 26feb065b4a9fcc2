"""Addresses: existing servers, and free addresses for new servers, services and the device.

Theory of operation. An address is free if nothing in the whole script has it: no server of any pool, no service, not the
device; the statement on the cursor's line does not count, the other words of the line do. Addresses in use are not indexed.
Instead a few hundred candidates behind the highest address in use are chosen, and every pool is searched once for these,
which costs a few look-ups a pool. No network is searched any further.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from lbsh_lang.analysis.completion.items import CompletionItem, CompletionKind, Spot
from lbsh_lang.analysis.completion.names import near_pools_then, pool_family, pool_then, wished_by
from lbsh_lang.analysis.live.resolution import LiveResolution
from lbsh_lang.analysis.prose.entities import membership
from lbsh_lang.checks.nets import edge_of
from lbsh_lang.site.pool_lives import PoolLife
from lbsh_lang.site.server_keys import ServerKey, address_of, offset_of, server_key, without_port
from lbsh_lang.syntax.nodes import ServiceStatement
from lbsh_lang.values import Address, AddressRange, Family, Network

_OFFERED = 5
_STEPS = 256
"""The number of candidates behind the highest address in use."""

_LEAPS = tuple(1 << power for power in range(8, 25))
_LANDING = 16
"""The number of candidates behind each further leap, for a large farm that uses all of the first ones in one row."""

_MOST_NETS = 8
_MOST_MEMBERS = 2000
_MOST_SHARING = 50
"""The number of services at one address whose ports are compared."""

_RUN = 4
"""The number of servers in an offered range."""


def targets(spot: Spot) -> Iterator[CompletionItem]:
    """Free addresses of the internal nets for servers of the line's pool, or else of the nearest pool."""
    wanted, stated = spot.after("to"), spot.targets
    named = pool_then(spot, wanted) if wanted is not None else None
    pools = [named] if named is not None else []
    pools += [life for _, life in near_pools_then(spot)]
    families = _families(spot, named, pools)
    given = [one.value for one in spot.resolution.device.internal_nets]
    nets = [net for family in families for net in given if net.family == family][:_MOST_NETS]
    starts = {net: _highest(pools, stated, net) + 1 for net in nets}
    for net, free in _free(spot, starts, pools).items():
        yield from [_address_item(address, f"free in {net}") for address in free]
        yield from _run_item(free, net)


def service_addresses(spot: Spot) -> Iterator[CompletionItem]:
    """Free public addresses, those behind the nearest services first; then the addresses of near services.

    If the line names clients, those of their family.
    """
    families = _families_of_clients(spot)
    used: dict[Address, str] = {}
    for node in spot.nearby():
        there = node.address.value if isinstance(node, ServiceStatement) and node.address is not None else None
        if isinstance(node, ServiceStatement) and there is not None and there.family in families:
            used.setdefault(there, node.name.text if node.name else "")
    given = [one.value for one in spot.resolution.device.external_nets if one.value.family in families]
    nets = given[:_MOST_NETS]
    starts = {net: max((one.value for one in used if net.holds(one)), default=net.value) + 1 for net in nets}
    for net, free in _free(spot, starts).items():
        yield from [_address_item(address, f"free in {net}") for address in free]
    if not nets and used:
        nearest = next(iter(used))
        for free in _free(spot, {_around(nearest): nearest.value + 1}).values():
            yield from [_address_item(address, "has no service") for address in free]
    shared = ((address, name) for address, name in used.items() if _may_share(spot, address))
    yield from [_address_item(address, f"the address of {name}") for address, name in islice(shared, _OFFERED)]


def _families_of_clients(spot: Spot) -> set[Family]:
    """The families that the service of the line may have, by the clients that it is for."""
    node = spot.view.document.parsed[spot.cursor.line].node
    clients = node.clients if isinstance(node, ServiceStatement) else ()
    return {token.value.family for token in clients if token.value is not None} or {4, 6}


def _may_share(spot: Spot, address: Address) -> bool:
    """Whether the services at an address leave the line's ports free."""
    node, own = spot.view.document.parsed[spot.cursor.line].node, spot.own
    others = [life.node for life in spot.resolution.at.get(address, {}).values() if life.defined.line != own]
    if not isinstance(node, ServiceStatement) or len(others) > _MOST_SHARING:
        return True
    wanted = [token.value for token in node.ports if token.value is not None]
    taken = [token.value for other in others if _meet(node, other) for token in other.ports if token.value is not None]
    return not any(one.first <= other.last and other.first <= one.last for one in wanted for other in taken)


def _meet(one: ServiceStatement, other: ServiceStatement) -> bool:
    """Whether two services have a protocol in common."""
    protocols = [node.protocol.value or () if node.protocol is not None else () for node in (one, other)]
    return not {*protocols[0]}.isdisjoint(protocols[1])


def device_addresses(spot: Spot) -> Iterator[CompletionItem]:
    """For `external addr` and `internal gw`: the first free hosts of the nets on that side, if it lacks an address."""
    device, own = spot.resolution.device, spot.own
    if spot.cursor.words[0] == "remove":
        there = device.external_addresses if "external" in spot.cursor.words else device.gateways
        yield from [_address_item(one.value, "given") for one in there if one.at.line != own]
        return
    outside = spot.cursor.words[:1] == ("external",)
    nets, given = (
        (device.external_nets, device.external_addresses) if outside else (device.internal_nets, device.gateways)
    )
    known = {one.value.family for one in given if one.at.line != own}
    starts = {one.value: one.value.value + 1 for one in nets if one.value.family not in known}
    for net, free in _free(spot, dict(islice(starts.items(), _MOST_NETS))).items():
        for address in free[:1]:
            first = address.value == _hosts(net).start
            yield _address_item(address, f"the first host of {net}" if first else f"free in {net}")


def own_addresses(spot: Spot) -> Iterator[CompletionItem]:
    """For a device of the pair: a free host of each net of the device, if the line has none of that net."""
    device, stated = spot.resolution.device, spot.targets
    nets = [one.value for one in (*device.external_nets, *device.internal_nets)]
    lacking = [net for net in nets if not any(net.holds(Address(one.family, one.first)) for one in stated)]
    for net, free in _free(spot, {net: _hosts(net).start for net in lacking[:_MOST_NETS]}).items():
        yield from [_address_item(address, f"free in {net}") for address in free[:1]]


def next_hops(spot: Spot) -> Iterator[CompletionItem]:
    """The next hops of uplinks, for a pair that watches them."""
    for given in spot.resolution.device.next_hops:
        if not _is_among(spot.targets, given.value):
            yield _address_item(given.value, "a next hop")


def members(spot: Spot) -> Iterator[CompletionItem]:
    """The servers of the line's pool, or else of near pools: for `resume` and `up` those that these concern, for `drain`
    and `down` the others.

    If the line names servers already, the servers in one pool with them.
    """
    word, stated = spot.cursor.words[0], spot.targets
    wanted = spot.after("in" if word in ("resume", "up", "set") else "from")
    life = pool_then(spot, wanted) if wanted is not None else None
    pools = [(wanted, life)] if wanted is not None and life is not None else list(near_pools_then(spot))
    firsts = {one.first + offset_of(one.family) for one in stated}
    for name, pool in [one for one in pools if firsts <= one[1].addresses] or pools:
        wished = wished_by(pool, word)
        for member in islice(pool.members, _MOST_MEMBERS):
            if wished is not None and (member in wished) != (word in ("resume", "up")):
                continue
            if not _is_among(stated, address_of(member)) and _is_first(pool, member):
                yield _server_item(member, name, pool)


def services_and_servers(spot: Spot) -> Iterator[CompletionItem]:
    """Addresses of near services, and servers of near pools."""
    for node in spot.nearby():
        if isinstance(node, ServiceStatement) and node.address is not None and node.address.value is not None:
            yield _address_item(node.address.value, f"the address of {node.name.text if node.name else ''}")
    for name, pool in near_pools_then(spot):
        for member in islice(pool.members, _MOST_MEMBERS):
            if _is_first(pool, member):
                yield _server_item(member, name, pool)


def _families(spot: Spot, named: PoolLife | None, pools: Sequence[PoolLife]) -> tuple[Family, ...]:
    """The possible address families of a server on the line, the likelier first.

    The family follows from its pool, from the servers beside it, or from the typed text; else that of the nearest pool
    comes first.
    """
    known = (pool_family(named) if named is not None else None, *(one.family for one in spot.targets), _typed(spot))
    for family in known:
        if family is not None:
            return (family,)
    near = next((family for family in map(pool_family, pools) if family is not None), None)
    return (6, 4) if near == 6 else (4, 6)


def _typed(spot: Spot) -> Family | None:
    """The family of the typed address, None while it may be of either."""
    typed = spot.cursor.typed
    if ":" in typed or typed[:1].isalpha():
        return 6
    return 4 if "." in typed else None


def _highest(pools: Sequence[PoolLife], stated: Sequence[AddressRange], net: Network) -> int:
    """The highest address in use in a net: by the first pool with servers there, or on the line itself."""
    mine = [one.last for one in stated if net.holds(Address(one.family, one.last))]
    offset = offset_of(net.family)
    first, last = net.value + offset, net.last + offset
    for pool in pools:
        inside = max((member for member in pool.addresses if first <= member <= last), default=None)
        if inside is not None:
            return max([inside - offset, *mine])
    return max(mine, default=net.value)


def _free(spot: Spot, starts: dict[Network, int], pools: Sequence[PoolLife] = ()) -> dict[Network, list[Address]]:
    """The first free addresses of hosts in some nets, from each net's given start, then from the net's beginning.

    `pools` are in their state at the cursor: the addresses of their servers count as used, even if free at the end.
    """
    ways = {net: list(dict.fromkeys(_ways(net, start))) for net, start in starts.items()}
    candidates = {value + offset_of(net.family) for net, values in ways.items() for value in values}
    servers, stated, own = _servers_among(spot, candidates), spot.targets, spot.own
    for pool in pools:
        servers |= pool.addresses & candidates
    found = {}
    for net, values in ways.items():
        addresses = (Address(net.family, value) for value in values)
        unused = (one for one in addresses if server_key(one) not in servers and not _is_among(stated, one))
        free = (one for one in unused if not _is_taken(spot.resolution, one, own))
        found[net] = list(islice(free, _OFFERED))
    return found


def _ways(net: Network, start: int) -> Iterator[int]:
    hosts = _hosts(net)
    begin = start if start in hosts else hosts.start
    yield from range(begin, min(begin + _STEPS, hosts.stop))
    yield from range(hosts.start, min(begin, hosts.start + _STEPS))
    for leap in _LEAPS:
        yield from range(begin + leap, min(begin + leap + _LANDING, hosts.stop))


def _hosts(net: Network) -> range:
    """The addresses of a net that hosts may have."""
    ends = net.last - net.value >= 2
    return range(net.value + ends, net.last + 1 - (ends and net.family == 4))


def _servers_among(spot: Spot, candidates: set[ServerKey]) -> set[ServerKey]:
    """The candidates that servers have at the end of the script, except by the cursor's statement."""
    found: set[ServerKey] = set()
    if not candidates:
        return found
    own, are_apart = spot.own, candidates.isdisjoint
    likely = [
        history
        for history in spot.resolution.pools.values()
        if history.lives and not are_apart(history.lives[-1].addresses)
    ]
    for life in [history.current for history in likely]:
        if life is not None:
            shared = life.addresses & candidates
            found.update(one for one in shared if any(life.members[each].line != own for each in life.at(one)))
    return found


def _is_taken(resolution: LiveResolution, address: Address, own: int | None) -> bool:
    """Whether a service or the device has an address, except by the cursor's statement, or no host can have it."""
    device = resolution.device
    services = resolution.at.get(address)
    if services is not None and any(life.defined.line != own for life in services.values()):
        return True
    given = (*device.gateways, *device.external_addresses, *device.link_addresses, *device.watched)
    if any(one.value == address and one.at.line != own for one in given):
        return True
    return any(edge_of(one.value, address) is not None for one in device.internal_nets if one.value.holds(address))


def _is_among(stated: Sequence[AddressRange], address: Address) -> bool:
    return any(one.family == address.family and one.first <= address.value <= one.last for one in stated)


def _around(address: Address) -> Network:
    """The addresses near one, for use without a known net."""
    host = 8 if address.family == 4 else 64
    return Network(address.family, address.value >> host << host, (32 if address.family == 4 else 128) - host)


def _address_item(address: Address, detail: str) -> CompletionItem:
    text = str(address)
    return CompletionItem(text, CompletionKind.ADDRESS, text, detail)


def _is_first(pool: PoolLife, member: ServerKey) -> bool:
    """Whether a server is the first of those with its address: an address is offered once."""
    return not pool.ported or pool.at(without_port(member))[0] == member


def _server_item(member: ServerKey, name: str, pool: PoolLife) -> CompletionItem:
    text = str(address_of(member))
    said = "".join([one if isinstance(one, str) else one.text for one in membership(pool, member)])
    return CompletionItem(text, CompletionKind.SERVER, text, f"{name}{said}")


def _run_item(free: list[Address], net: Network) -> Iterator[CompletionItem]:
    """A range of the first free addresses, if they are consecutive."""
    run = free[:_RUN]
    if len(run) < _RUN or net.family == 6:
        return
    first, last = run[0].value, run[-1].value
    if last - first == _RUN - 1 and first >> 8 == last >> 8:
        text = f"{run[0]}-{last & 255}"
        yield CompletionItem(text, CompletionKind.ADDRESS, text, f"{_RUN} free addresses")
