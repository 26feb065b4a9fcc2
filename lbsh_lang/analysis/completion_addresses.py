"""Addresses: servers that there are, and free ones for new servers, services and the device.

Work is bounded: no network and no pool is walked through but those near the cursor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from lbsh_lang.analysis.completion_items import Item, ItemKind, Spot
from lbsh_lang.analysis.completion_names import near_pools_then, pool_then
from lbsh_lang.site.pools import Member, PoolLife, address_of, member_of
from lbsh_lang.syntax.lowering import Problem, lower_target
from lbsh_lang.syntax.nodes import AddStatement, ServiceStatement
from lbsh_lang.values import Address, AddressRange, Family, Network

_OFFERED = 5
_STEPS = 256
"""How far free addresses are looked for behind the highest that is in use."""

_MOST_NETS = 8
_MOST_MEMBERS = 2000
_RUN = 4
"""How many servers a range has that is offered."""


def targets(spot: Spot) -> Iterator[Item]:
    """Free addresses of the internal nets for servers of the line's pool, or else of the nearest one."""
    near = list(near_pools_then(spot))
    wanted = spot.after("to")
    life = pool_then(spot, wanted) if wanted is not None else (near[0][1] if near else None)
    family = _family_of(life)
    pools = [life] if life is not None else []
    pools += [one for _, one in near if one is not life]
    stated = [
        target for text in spot.cursor.texts_of("TARGET") if not isinstance(target := lower_target(text), Problem)
    ]
    for net in [given.value for given in spot.resolution.device.internal_nets if family in (None, given.value.family)][
        :_MOST_NETS
    ]:
        start = _highest(pools, stated, net) + 1
        free = list(islice(_free(net, start, _taken_by_server(spot, pools, stated)), _OFFERED))
        yield from [_address_item(address, f"free in {net}") for address in free]
        yield from _run_item(free, net)


def service_addresses(spot: Spot) -> Iterator[Item]:
    """Free public addresses, those behind the nearest services first; then addresses that services near have already."""
    used: dict[Address, str] = {}
    for node in spot.nearby():
        if isinstance(node, ServiceStatement) and node.address is not None and node.address.value is not None:
            used.setdefault(node.address.value, node.name.text if node.name else "")
    nets = [given.value for given in spot.resolution.device.external_nets][:_MOST_NETS]
    for net in nets:
        highest = max((one.value for one in used if net.holds(one)), default=net.value)
        for address in islice(_free(net, highest + 1, lambda one: _is_public(spot, one)), _OFFERED):
            yield _address_item(address, f"free in {net}")
    if not nets and used:
        nearest = next(iter(used))
        around = _around(nearest)
        for address in islice(_free(around, nearest.value + 1, lambda one: _is_public(spot, one)), _OFFERED):
            yield _address_item(address, "has no service")
    yield from [_address_item(address, f"the address of {name}") for address, name in islice(used.items(), _OFFERED)]


def device_addresses(spot: Spot) -> Iterator[Item]:
    """For `external addr` and `internal gw`: the first hosts of the nets on that side."""
    device = spot.resolution.device
    outside = spot.cursor.words[:1] == ("external",)
    for given in (device.external_nets if outside else device.internal_nets)[:_MOST_NETS]:
        net = given.value
        for address in islice(_free(net, net.value + 1, lambda one: _is_public(spot, one)), 1):
            yield _address_item(address, f"the first host of {net}")


def members(spot: Spot) -> Iterator[Item]:
    """The servers of the line's pool, or else of the pools near: for `resume` those drained, for `drain` the others."""
    word = spot.cursor.words[0]
    wanted = spot.after("in" if word == "resume" else "from")
    life = pool_then(spot, wanted) if wanted is not None else None
    pools = [(wanted, life)] if wanted is not None and life is not None else near_pools_then(spot)
    stated = {text for terminal in ("LEAVING", "TARGET") for text in spot.cursor.texts_of(terminal)}
    for name, pool in pools:
        for member in islice(pool.members, _MOST_MEMBERS):
            if word != "remove" and (member in pool.drained) != (word == "resume"):
                continue
            address = str(address_of(member))
            if address not in stated:
                yield Item(address, ItemKind.SERVER, address, _membership(pool, member, name))


def _membership(pool: PoolLife, member: Member, name: str) -> str:
    node = pool.members[member].node
    assert isinstance(node, AddStatement)
    words = [f"weight {node.weight.text}"] if node.weight else []
    words += ["backup"] if node.backup else []
    words += ["drained"] if member in pool.drained else []
    return ", ".join((name, *words))


def _family_of(life: PoolLife | None) -> Family | None:
    """The address family of a pool's servers."""
    token = life.service.node.address if life is not None and life.service is not None else None
    return token.value.family if token is not None and token.value is not None else None


def _highest(pools: list[PoolLife], stated: list[AddressRange], net: Network) -> int:
    """The highest address in use in a net: by the first pool that has any there, or on the line itself."""
    mine = [one.last for one in stated if net.holds(Address(one.family, one.last))]
    for pool in pools:
        values = [address_of(member) for member in islice(pool.members, _MOST_MEMBERS)]
        inside = [one.value for one in values if net.holds(one)]
        if inside:
            return max(*inside, *mine) if mine else max(inside)
    return max(mine, default=net.value)


def _taken_by_server(spot: Spot, pools: list[PoolLife], stated: list[AddressRange]) -> Callable[[Address], bool]:
    def is_taken(address: Address) -> bool:
        member = member_of(address)
        return (
            any(member in pool.members for pool in pools)
            or any(one.family == address.family and one.first <= address.value <= one.last for one in stated)
            or _is_public(spot, address)
        )

    return is_taken


def _is_public(spot: Spot, address: Address) -> bool:
    """Whether an address is that of a service or of the device."""
    resolution, device = spot.resolution, spot.resolution.device
    own = (*device.gateways, *device.external_addresses)
    return address in resolution.at or any(given.value == address for given in own)


def _free(net: Network, start: int, is_taken: Callable[[Address], bool]) -> Iterator[Address]:
    """Addresses of hosts that are not taken, from `start` on, then from the start of the net."""
    first, last = net.value, net.last
    if last - first >= 2:
        first += 1
        last -= net.family == 4
    start = start if first <= start <= last else first
    ways: Iterable[range] = (range(start, min(start + _STEPS, last + 1)), range(first, min(start, first + _STEPS)))
    for way in ways:
        for value in way:
            address = Address(net.family, value)
            if not is_taken(address):
                yield address


def _around(address: Address) -> Network:
    """The addresses near one, where no net is known."""
    host = 8 if address.family == 4 else 64
    return Network(address.family, address.value >> host << host, (32 if address.family == 4 else 128) - host)


def _address_item(address: Address, detail: str) -> Item:
    text = str(address)
    return Item(text, ItemKind.ADDRESS, text, detail)


def _run_item(free: list[Address], net: Network) -> Iterator[Item]:
    """A range of the first free addresses, where they are neighbours."""
    run = free[:_RUN]
    if len(run) < _RUN or net.family == 6:
        return
    first, last = run[0].value, run[-1].value
    if last - first == _RUN - 1 and first >> 8 == last >> 8:
        text = f"{run[0]}-{last & 255}"
        yield Item(text, ItemKind.ADDRESS, text, f"{_RUN} free addresses")


def services_and_servers(spot: Spot) -> Iterator[Item]:
    """Addresses of services near, and servers of pools near."""
    for node in spot.nearby():
        if isinstance(node, ServiceStatement) and node.address is not None and node.address.value is not None:
            yield _address_item(node.address.value, f"the address of {node.name.text if node.name else ''}")
    for name, pool in near_pools_then(spot):
        for member in islice(pool.members, _MOST_MEMBERS):
            address = str(address_of(member))
            yield Item(address, ItemKind.SERVER, address, name)
