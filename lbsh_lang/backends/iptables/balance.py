"""Round-robin and random in iptables: the rules of a service's chain that choose the server of a new connection.

Theory of operation. Rules are tried in order, and each sees only the connections that the rules before it left. So of n
servers the first takes every n-th connection, the second every (n-1)-th of the rest, and the last all that remain.
Since each rule counts for itself, these are strict turns:

    3 servers    a: --every 3    b: --every 2    c: all the rest

`random` is the same with probabilities. Servers of different weight have several turns in a round, or a higher
probability.

A long list is divided into 16 equal groups with a chain each, so that no connection meets more than some dozens of
rules. The turns that do not divide by 16 come first, since turns stay strict only among groups of one size: of 40
turns, 8 have rules of their own (`--every 40` to `--every 33`), and the other 32 make 16 groups of 2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lbsh_lang.site.model import Server, length_of_round, turns

MOST_TURNS = 64
"""The longest round of servers of different weight; beyond it, weights are probabilities."""

_GROUPS = 16
_LONGEST_LIST = 2 * _GROUPS - 1


class Step(NamedTuple):
    """A rule that chooses a server, or leads to another chain.

    `chain` and `into` are suffixes of the service's chain, empty for that chain itself: the place of the rule, and the
    chain to which it leads if it has no server. An empty `match` takes all the rest.
    """

    chain: str
    match: str
    server: Server | None
    into: str = ""


def round_robin(servers: tuple[Server, ...]) -> Iterator[Step]:
    """The rules that give each server its turns; at random by weight if a round would be too long."""
    return _take_turns(turns(servers), "") if takes_turns(servers) else at_random(servers)


def takes_turns(servers: tuple[Server, ...]) -> bool:
    """Whether round-robin has turns: all weights are equal, or the round is short enough."""
    length = length_of_round(servers)
    return length == len(servers) or length <= MOST_TURNS


def at_random(servers: Sequence[Server], chain: str = "") -> Iterator[Step]:
    """The rules that choose each server with the probability that its weight gives it."""
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
    """The rules for turns in this order: single turns first, then groups.

    Of the turns that remain for the groups, turn `g + i * _GROUPS` is turn `i` of group `g`, counted from 0.
    """
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
    """A probability in the notation of iptables itself: the kernel counts in 2^-31."""
    return f"{round(part / whole * 2**31) / 2**31:.11f}"
