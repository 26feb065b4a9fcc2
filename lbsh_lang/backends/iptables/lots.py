"""Which server a client gets by source-hash: each server draws lots for the client's address, and the first to win has it.

A lot is a match of `cluster`, which hashes the connection's source with a seed. The seed comes from the server's address
and the lot's number alone, so each server draws the same lots for a client whoever else is there: when one leaves, only
its own clients move, and when it comes back they return. (`cluster` could share clients out in one match a server, but
then most of them would move.)

A lot wins with a probability in proportion to the weight, low enough that it hardly matters who draws first in a round;
besides, every second round goes the other way about. A weight is the sum of powers of two, with a lot for each. Rounds
go on until nearly every client has a server; the heaviest one takes the rest.

When a pool grows beyond a power of two, each lot becomes two of half the chance that win together where it won, and about
one client in ten moves. Likewise when it shrinks.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, gcd, log

from lbsh_lang.backends.iptables.balance import Step
from lbsh_lang.site.model import Pool, Server
from lbsh_lang.values import Address

_COARSEST = 3
"""A lot of weight 1 wins with a probability of 2^-3 at the most."""

_NODE_BITS = 2
"""How many bits of a lot's number one match can hold: iptables 1.8.9 knows no mask over 32, thus nodes 1 to 6 only."""

_WORD = (1 << 64) - 1


def by_source(pool: Pool) -> Iterator[Step]:
    """The lots of the serving servers. How fine they are depends on the whole pool, so that drained ones change nothing."""
    serving = pool.serving()
    members = [server for server in pool.servers if server.backup == serving[0].backup]
    divisor = gcd(*[server.weight for server in members])
    exponent = _exponent(sum([server.weight for server in members]) // divisor)
    players = [(server, _identity(server.address), server.weight // divisor) for server in serving]
    if len(serving) > 1:
        for number in range(_rounds(sum([weight for _, _, weight in players]), exponent)):
            for server, identity, weight in players if number % 2 == 0 else reversed(players):
                for match in _lots(identity, weight, exponent, number):
                    yield Step("", match, server)
    yield Step("", "", max(reversed(serving), key=lambda server: server.weight))


def _exponent(weight: int) -> int:
    """The `e` with which a lot of weight 1 wins with a probability of 2^-e, and a whole round with a half at the most."""
    return max(_COARSEST, (2 * weight - 1).bit_length())


def _rounds(weight: int, exponent: int) -> int:
    """So many that few clients are left over, compared with what one light server has.

    As long as at least half of the weight serves that the exponent allows for, it is a constant: else the length of the
    game would move a client.
    """
    allowed = 2 ** (exponent - 1)
    return ceil((log(allowed) + 2) * 2 * allowed / min(weight, allowed // 2))


def _lots(identity: int, weight: int, exponent: int, number: int) -> Iterator[str]:
    for bit in range(weight.bit_length()):
        if weight >> bit & 1:
            yield _lot(identity + bit, exponent - bit, number)


def _lot(identity: int, exponent: int, number: int) -> str:
    """The match that wins with a probability of 2^-exponent in round `number`.

    Lots finer than the coarsest share its seed, and the lowest bits of the number say which part of its chance is theirs.
    """
    bits = max(0, exponent - _COARSEST)
    draw, part = divmod(number, 1 << bits)
    held = min(bits, _NODE_BITS)
    bits -= held
    match = _cluster(min(exponent, _COARSEST) + held, part >> bits, identity, draw)
    while bits:
        held = min(bits, _NODE_BITS)
        bits -= held
        match += _cluster(held, part >> bits & (1 << held) - 1, identity, draw + (bits + 1 << 32))
    return match


def _cluster(bits: int, node: int, identity: int, draw: int) -> str:
    seed = _mix(_mix(identity) + draw) & 0xFFFFFFFF
    return f"-m cluster --cluster-total-nodes {1 << bits} --cluster-local-node {node + 1} --cluster-hash-seed {seed:#x} "


def _identity(address: Address) -> int:
    """A number that stands for a server, and leaves room for one more for each bit of its weight."""
    return _mix(address.value & _WORD ^ _mix(address.value >> 64)) & ~0xFF


def _mix(value: int) -> int:
    """A well-mixed 64-bit number (the finalizer of splitmix64)."""
    value = (value + 0x9E3779B97F4A7C15) & _WORD
    value = ((value ^ value >> 30) * 0xBF58476D1CE4E5B9) & _WORD
    value = ((value ^ value >> 27) * 0x94D049BB133111EB) & _WORD
    return value ^ value >> 31
