"""Which server a new connection gets: the rules of a service's chain that choose one, for round-robin and random.

Rules are tried in order, and each sees only the connections that those before it left. So of `n` servers the first takes
every n-th connection, the second every (n-1)-th of the rest, and the last all that remain: strict turns, as each rule
counts for itself. `random` is the same with probabilities. A long list is divided into equal groups with a chain each,
and what does not divide comes first, so that turns stay strict and no connection meets more than some dozens of rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import gcd
from typing import NamedTuple

from lbsh_lang.site.model import Server, turns

MOST_TURNS = 64
"""How many turns a round of servers of different weight may have; beyond that, weights are probabilities."""

_GROUPS = 16
_LONGEST_LIST = 2 * _GROUPS - 1


class Step(NamedTuple):
    """A rule: in the service's chain, or in one below it (`chain`, a suffix), what it matches (nothing: all that is left),
    and the server it chooses, or the chain that goes on (`into`, a suffix)."""

    chain: str
    match: str
    server: Server | None
    into: str = ""


def round_robin(servers: tuple[Server, ...]) -> Iterator[Step]:
    """Each server in turn, heavy ones more often."""
    return _take_turns(turns(servers), "") if takes_turns(servers) else at_random(servers)


def takes_turns(servers: tuple[Server, ...]) -> bool:
    """Whether a round is short enough for turns, or all weights are equal."""
    length = length_of_round(servers)
    return length == len(servers) or length <= MOST_TURNS


def length_of_round(servers: tuple[Server, ...]) -> int:
    """How many turns it takes until each server has had its share."""
    weights = [server.weight for server in servers]
    return sum(weights) // gcd(*weights)


def at_random(servers: Sequence[Server], chain: str = "") -> Iterator[Step]:
    """Each server with the probability that its weight gives it."""
    size = -(-len(servers) // _GROUPS) if len(servers) > _LONGEST_LIST else 1
    groups = [servers[start : start + size] for start in range(0, len(servers), size)]
    left = sum([server.weight for server in servers])
    for number, group in enumerate(groups, 1):
        weight = sum([server.weight for server in group])
        match = "" if weight == left else f"-m statistic --mode random --probability {_probability(weight, left)} "
        yield Step(chain, match, group[0]) if size == 1 else Step(chain, match, None, f"{chain}/{number}")
        left -= weight
    if size > 1:
        for number, group in enumerate(groups, 1):
            yield from at_random(group, f"{chain}/{number}")


def _take_turns(order: Sequence[Server], chain: str) -> Iterator[Step]:
    """Turns before the groups go first in each round; then turn `i` of group `g` is turn `g + i * _GROUPS` of the rest."""
    single = len(order) if len(order) <= _LONGEST_LIST else len(order) % _GROUPS
    for index in range(single):
        yield Step(chain, _every(len(order) - index), order[index])
    if single == len(order):
        return
    for number in range(1, _GROUPS + 1):
        yield Step(chain, _every(_GROUPS + 1 - number), None, f"{chain}/{number}")
    for number in range(1, _GROUPS + 1):
        yield from _take_turns(order[single + number - 1 :: _GROUPS], f"{chain}/{number}")


def _every(count: int) -> str:
    return f"-m statistic --mode nth --every {count} --packet 0 " if count > 1 else ""


def _probability(part: int, whole: int) -> str:
    """As iptables itself prints it: the kernel counts in 2^-31."""
    return f"{round(part / whole * 2**31) / 2**31:.11f}"
