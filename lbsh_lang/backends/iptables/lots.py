"""Which server a client gets by source-hash: each server draws lots for the client's address, and the first to win has it.

A lot is a match that holds for a fixed share of all addresses (see `hashing`), and depends on the server's own address
and the lot's number alone. So each server draws the same lots for a client whoever else is there: when one leaves, only
its own clients move, and when it comes back they return. (To share clients out directly would take one match a server,
but each change would move most of them.)

A lot wins with a probability in proportion to the weight, low enough that it hardly matters who draws first in a round;
besides, every second round goes the other way about. A weight is the sum of powers of two, with a lot for each. Rounds
go on until nearly every client has a server; the heaviest one takes the rest.

When a pool grows beyond a power of two, each lot becomes two of half the chance that win together where it won, and about
one client in ten moves. Likewise when it shrinks.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, gcd, log
from typing import NamedTuple

from lbsh_lang.backends.iptables.balance import Step
from lbsh_lang.backends.iptables.hashing import Lot, bytecode, cluster, lot_seed, server_seed
from lbsh_lang.site.model import Pool, Server

_COARSEST = 3
"""A lot of weight 1 wins with a probability of 2^-3 at the most."""


class _Player(NamedTuple):
    server: Server
    seed: int
    weight: int


def by_source(pool: Pool) -> Iterator[Step]:
    """The lots of the serving servers. How fine they are depends on the whole pool, so that drained ones change nothing."""
    serving = pool.serving()
    members = [server for server in pool.servers if server.backup == serving[0].backup]
    divisor = gcd(*[server.weight for server in members])
    exponent = _exponent(sum([server.weight for server in members]) // divisor)
    players = [_Player(server, server_seed(server.address), server.weight // divisor) for server in serving]
    for number in range(_rounds(players, exponent)):
        for player in players if number % 2 == 0 else reversed(players):
            for match in _lots(player, exponent, number):
                yield Step("", match, player.server)
    yield Step("", "", max(reversed(serving), key=lambda server: server.weight))


def _exponent(weight: int) -> int:
    """The `e` with which a lot of weight 1 wins with a probability of 2^-e, and a whole round with a half at the most."""
    return max(_COARSEST, (2 * weight - 1).bit_length())


def _rounds(players: list[_Player], exponent: int) -> int:
    """So many that few clients are left over, compared with what one light server has.

    As long as at least half of the weight serves that the exponent allows for, it is a constant: else the length of the
    game would move a client.
    """
    if len(players) == 1:
        return 0
    allowed = 1 << (exponent - 1)
    weight = min(sum([player.weight for player in players]), allowed // 2)
    rounds: float = (log(allowed) + 2) * 2 * allowed / weight
    return ceil(rounds)


def _lots(player: _Player, exponent: int, number: int) -> Iterator[str]:
    """A server's lots of one round. Lots finer than the coarsest take parts of the chance of one such, in turn."""
    match = cluster if player.server.address.family == 4 else bytecode
    highest = player.weight.bit_length() - 1
    for rank in range(highest + 1):
        bit = highest - rank
        if player.weight >> bit & 1:
            draw, part = divmod(number, 1 << max(0, exponent - bit - _COARSEST))
            yield match(Lot(lot_seed(player.seed, rank, draw), exponent - bit, part))
