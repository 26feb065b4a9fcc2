"""Source-hash for nftables: the servers of the slots. Knows nothing of nft.

Theory of operation. A client's address is hashed to one of a fixed number of slots, and each slot belongs to a server.

*Owners.* First the slots are shared out among all servers of the pool, whether they serve or not, as Maglev does
(Eisenbud et al., NSDI 2016, section 3.4). Each server has its own order of preference over the slots, and the servers
take turns to choose their next free slot, heavy servers more often. With 7 slots and the preferences

    a: 3 0 4 1 5 2 6      b: 0 2 4 6 1 3 5      c: 3 4 5 6 0 1 2

the choices are a 3, b 0, c 4, a 1, b 2, c 5, a 6: the slots 0 to 6 belong to b a b a c c a.

*Stand-ins.* A slot whose owner does not serve goes to a serving server, which follows from the slot's number by a hash. If b
is down, the slots 0 and 2 get other servers and all others stay. So when a server leaves, only its own clients move, and
when it comes back they return.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import count, cycle

from lbsh_lang.site.model import Pool, Server, turns
from lbsh_lang.values import Address

_SLOTS_PER_SERVER = 64
"""The least number of slots for each server; on average there are about a hundred.

A server has at most one slot more than another of its weight, so their shares differ by a sixty-fourth at most.
"""

_WORD = (1 << 64) - 1


def slots_of(pool: Pool) -> tuple[Server, ...]:
    """The server of each slot; empty if no server serves.

    The number of slots is a prime that depends on all servers of the pool, whether they serve or not.
    """
    serving = pool.serving()
    if len(serving) <= 1:
        return serving
    tier = tuple(server for server in pool.servers if server.backup == serving[0].backup)
    index = {server.identity: number for number, server in enumerate(tier)}
    order = tuple(index[server.identity] for server in turns(tier))
    owners = _share_out(tuple(server.identity for server in tier), order)
    if len(serving) < len(tier):
        owners = _stand_in(owners, order, {index[server.identity] for server in serving})
    return tuple([tier[owner] for owner in owners])


@lru_cache(maxsize=128)
def _share_out(servers: tuple[tuple[Address, int], ...], order: tuple[int, ...]) -> tuple[int, ...]:
    """The owner of each slot, as an index into `servers`. The servers choose in the given order, again and again."""
    size = _number_of_slots(len(servers), len(order))
    owners = [-1] * size
    seeds = [mix(address.value & _WORD ^ mix((address.value >> 64) + (port << 48))) for address, port in servers]
    wanted = [seed % size for seed in seeds]
    steps = [mix(seed) % (size - 1) + 1 for seed in seeds]
    choosing = cycle(order)
    for _ in range(size):
        server = next(choosing)
        slot = wanted[server]
        while owners[slot] >= 0:
            slot = (slot + steps[server]) % size
        owners[slot], wanted[server] = server, slot
    return tuple(owners)


def _stand_in(owners: tuple[int, ...], order: tuple[int, ...], serving: set[int]) -> tuple[int, ...]:
    """The owners, with a stand-in for each that does not serve. The stand-in depends on the slot alone."""
    return tuple(
        [owner if owner in serving else _first_choice(slot, order, serving) for slot, owner in enumerate(owners)]
    )


def _first_choice(slot: int, order: tuple[int, ...], serving: set[int]) -> int:
    candidates = (order[mix(mix(slot) + attempt) % len(order)] for attempt in count())
    return next(candidate for candidate in candidates if candidate in serving)


def _number_of_slots(servers: int, round_length: int) -> int:
    """A prime, so that any step visits all slots. It doubles as pools grow, so that an added server rarely changes it."""
    least = _SLOTS_PER_SERVER
    while least < servers * _SLOTS_PER_SERVER or least < round_length:
        least *= 2
    return next(
        number for number in count(least) if all(number % divisor for divisor in range(2, int(number**0.5) + 1))
    )


def mix(value: int) -> int:
    """A well-mixed 64-bit number (the finalizer of splitmix64)."""
    value = (value + 0x9E3779B97F4A7C15) & _WORD
    value = ((value ^ value >> 30) * 0xBF58476D1CE4E5B9) & _WORD
    value = ((value ^ value >> 27) * 0x94D049BB133111EB) & _WORD
    return value ^ value >> 31
