"""Source-hash for iptables: the server of a client depends on the client's address alone.

The problem. iptables can match a hash of the client's address, but its rules know no table of servers, as a hash table
has one. Dividing the clients into as many equal parts as there are servers would take one rule a server, but each change
of the number of servers would move most clients. Instead, a client keeps its server unless that server itself leaves.

Theory of operation. A *share* is a fixed part of all clients: those whose hashed address has certain bits (see
`hashing`). The servers take turns to claim shares, each claim being a rule, and a client belongs to the first claim
whose share holds it. The clients in the n-th share of a server depend only on the server's address and on n (and on the
size of shares, below). So a server claims the same shares whatever other servers there are: when it leaves, only its own
clients go on to later claims, and when it returns they return.

Three servers a, b and c of equal weight claim an eighth of all clients with each rule:

    round 1    a 1/8   b 1/8   c 1/8
    round 2    c 1/8   b 1/8   a 1/8     every other round in reverse, to even out the advantage of the first
    ...
    round 14   c 1/8   b 1/8   a 1/8
    the rest   c                         (7/8)^42 = 0.4 % of all clients

*Size of shares.* The weight 1 claims 1 in 2^e clients, where e is the least number for which a round of all servers
claims at most half of them, and 3 or more: so the order of the claims matters little. Weight 6 is binary 110, and claims
4 in 2^e and 2 in 2^e. Servers that are drained count for e like others, so that a server's state changes no share.

*Number of rounds.* Let A = 2^(e-1) be the largest total weight that e allows for, and w the weight that serves, or A/2 if
that is less. A round takes at least w/2A of the clients that it meets, so (ln A + 2) * 2A/w rounds leave less than 1 in
7 A, a seventh of the clients of a server of weight 1. The last rule gives these to the heaviest server. In the example
A = 4 and w = 2, which gives 13.5 and so 14 rounds.

*Growth.* When the total weight passes a power of two, e grows by one, and all shares halve. The two halves of a former
share are claimed in consecutive rounds, so that together they hold the same clients, and about one client in ten moves.
Likewise when it shrinks.

*Cost.* There are about 4 (ln A + 2) rounds, each with a rule for each power of two in each weight: 43 rules for 3 servers
of weight 1, 1,601 for 64 of them. A client of an early claim passes few of these.

The comments in the rules speak of servers that draw lots: a claim is a lot, and wins for the clients in its share.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, gcd, log
from typing import NamedTuple

from lbsh_lang.backends.iptables.balance import Step
from lbsh_lang.backends.iptables.hashing import COARSEST, Share, bytecode, cluster, server_seed, share_seed
from lbsh_lang.site.model import Pool, Server


class _Claimant(NamedTuple):
    """A serving server; `weight` is reduced by the common divisor of all weights."""

    server: Server
    seed: int
    weight: int


def by_source(pool: Pool) -> Iterator[Step]:
    """The claims of the serving servers in order, and the rule for the clients in none of their shares."""
    serving = pool.serving()
    tier = [server for server in pool.servers if server.backup == serving[0].backup]
    divisor = gcd(*[server.weight for server in tier])
    exponent = _exponent(sum([server.weight for server in tier]) // divisor)
    claimants = [_Claimant(server, server_seed(*server.identity), server.weight // divisor) for server in serving]
    for number in range(_rounds(claimants, exponent)):
        for claimant in claimants if number % 2 == 0 else reversed(claimants):
            for match in _shares(claimant, exponent, number):
                yield Step("", match, claimant.server)
    yield Step("", "", max(reversed(serving), key=lambda server: server.weight))


def _exponent(weight: int) -> int:
    """The `e` by which the weight 1 claims 1 in 2^e clients, and all servers together at most half of them."""
    return max(COARSEST, (2 * weight - 1).bit_length())


def _rounds(claimants: list[_Claimant], exponent: int) -> int:
    """The number of rounds after which few clients are left, compared with those of a light server.

    It is constant while at least half of the weight that the exponent allows for serves. Otherwise each change of a
    server's state would change the number of rounds, and move the clients on whom the last rounds decide.
    """
    if len(claimants) == 1:
        return 0
    allowed = 1 << (exponent - 1)
    weight = min(sum([claimant.weight for claimant in claimants]), allowed // 2)
    rounds: float = (log(allowed) + 2) * 2 * allowed / weight
    return ceil(rounds)


def _shares(claimant: _Claimant, exponent: int, number: int) -> Iterator[str]:
    """The matches of a server's shares in a round: one for each power of two in its weight.

    Shares finer than the coarsest are parts of a coarsest share, which the server claims part by part, round after round.
    """
    match = cluster if claimant.server.address.family == 4 else bytecode
    highest = claimant.weight.bit_length() - 1
    for rank in range(highest + 1):
        bit = highest - rank
        if claimant.weight >> bit & 1:
            draw, part = divmod(number, 1 << max(0, exponent - bit - COARSEST))
            yield match(Share(share_seed(claimant.seed, rank, draw), exponent - bit, part))
