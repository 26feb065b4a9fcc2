"""Source-hash: which server has which slot. Knows nothing of nft.

A client's address is hashed to one of a fixed number of slots, and each slot belongs to a server. Slots are first shared
out among all servers of the pool, up or not, as Maglev does (Eisenbud et al., NSDI 2016, section 3.4): each server has
its own order of preference over the slots, and they take turns, heavy ones more often. A slot whose server does not
serve then goes to a stand-in that the slot's own number picks. So when a server leaves, only its own clients move, and
when it comes back they return.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import count, cycle

from lbsh_lang.site.model import Pool, Server, turns
from lbsh_lang.values import Address

_SLOTS_PER_SERVER = 64
"""At least so many, about a hundred on the average: servers of equal weight differ by a sixty-fourth at the most."""

_WORD = (1 << 64) - 1


def slots_of(pool: Pool) -> tuple[Server, ...]:
    """The server of each slot; empty if none serves.

    Their number is a prime that depends on all servers of the pool, not on who is serving.
    """
    serving = pool.serving()
    if len(serving) <= 1:
        return serving
    members = tuple(server for server in pool.servers if server.backup == serving[0].backup)
    order = turns(members)
    place = {server.address: index for index, server in enumerate(members)}
    owners = _share_out(tuple(server.address for server in members), tuple(place[server.address] for server in order))
    if len(serving) < len(members):
        owners = _stand_in(
            owners, tuple(place[server.address] for server in order), {place[s.address] for s in serving}
        )
    return tuple([members[owner] for owner in owners])


@lru_cache(maxsize=128)
def _share_out(addresses: tuple[Address, ...], order: tuple[int, ...]) -> tuple[int, ...]:
    """The owner of each slot, as an index into `addresses`; they choose in the given order, over and over."""
    size = _number_of_slots(len(addresses), len(order))
    owners = [-1] * size
    seeds = [_mix(address.value & _WORD ^ _mix(address.value >> 64)) for address in addresses]
    wanted = [seed % size for seed in seeds]
    steps = [_mix(seed) % (size - 1) + 1 for seed in seeds]
    choosing = cycle(order)
    for _ in range(size):
        server = next(choosing)
        slot = wanted[server]
        while owners[slot] >= 0:
            slot = (slot + steps[server]) % size
        owners[slot], wanted[server] = server, slot
    return tuple(owners)


def _stand_in(owners: tuple[int, ...], order: tuple[int, ...], serving: set[int]) -> tuple[int, ...]:
    """The owners with every one that does not serve replaced; the choice depends on the slot, not on what came before."""
    return tuple(
        [owner if owner in serving else _first_choice(slot, order, serving) for slot, owner in enumerate(owners)]
    )


def _first_choice(slot: int, order: tuple[int, ...], serving: set[int]) -> int:
    candidates = (order[_mix(_mix(slot) + attempt) % len(order)] for attempt in count())
    return next(candidate for candidate in candidates if candidate in serving)


def _number_of_slots(servers: int, round_length: int) -> int:
    """A prime, so that any step visits all slots; it grows by doubling, so that one server more seldom changes it."""
    least = _SLOTS_PER_SERVER
    while least < servers * _SLOTS_PER_SERVER or least < round_length:
        least *= 2
    return next(
        number for number in count(least) if all(number % divisor for divisor in range(2, int(number**0.5) + 1))
    )


def _mix(value: int) -> int:
    """A well-mixed 64-bit number (the finalizer of splitmix64)."""
    value = (value + 0x9E3779B97F4A7C15) & _WORD
    value = ((value ^ value >> 30) * 0xBF58476D1CE4E5B9) & _WORD
    value = ((value ^ value >> 27) * 0x94D049BB133111EB) & _WORD
    return value ^ value >> 31
