"""Seats: the turn counter of each service that is balanced round-robin.

The problem. A chain's rule holds the turn counter. Two services on one counter advance each other, and if their connections
alternate, as those of a web site and its database do, each always gets the same server:

    counter    0         1         0         1
    goes to    WEB a     DB y      WEB a     DB y      of the servers a, b of WEB and x, y of DB

So a scheme has many chains, each with a counter, and its services are dealt over them in the order of the script. In the
second pass over the chains the first service gets the second chain, and so on: services often come in blocks of a round
number, which would otherwise meet at one counter.

*In use.* A service keeps its counter when others come or go; one that comes, or gets another scheme, is dealt the next one.
So the counters of rules in use depend on their history. Rules that are loaded as a whole deal them anew.

*Cost.* The kernel compares each element of a map that it loads with each chain that uses the map. So there are as many
chains as load in about 0.2 s, but at least 64 and at most 1,024. Rules in use keep their number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from lbsh_lang.backends.nftables.farms import Draft, Farm, Scheme, chain_name
from lbsh_lang.site.model import Pool, shares_of
from lbsh_lang.values import Algorithm

FEWEST_COUNTERS, MOST_COUNTERS = 64, 1024
"""The bounds on the number of chains of a scheme, each with a turn counter. Services beyond that share counters."""

_COMPARISONS = 10_000_000
"""The most comparisons of a map's element with a chain that uses the map; they take the kernel about 0.2 s."""


class Seats(NamedTuple):
    """The counters of a table: the number of them for each scheme, that of each farm, by its key, and the number of farms of
    each scheme that were dealt one so far. Its values are those of JSON."""

    counters: int
    taken: Mapping[str, int]
    dealt: Mapping[str, int]

    def next(self, dealt: int) -> int:
        """The counter that is dealt after so many. Each pass over the counters begins one further on."""
        return (dealt + dealt // self.counters) % self.counters


def seats_of(drafts: Sequence[Draft]) -> Seats:
    """The counters of rules that are loaded as a whole: neighbours in the script get different ones.

    A server's change of state must neither give another counter to a service nor bring two services to one counter, so a
    counter's number does not depend on the length of the round.
    """
    return reseated(Seats(_counters(drafts), {}, {}), (), drafts)


def reseated(seats: Seats, before: Iterable[Draft], after: Iterable[Draft]) -> Seats:
    """The counters after some farms took the place of others."""
    had = {draft.key: _without_turns(draft.scheme) for draft in before if draft.scheme.counts}
    has = {draft.key: _without_turns(draft.scheme) for draft in after if draft.scheme.counts}
    if had == has:
        return seats
    taken, dealt = {**seats.taken}, Counter(seats.dealt)
    for key in had.keys() - has.keys():
        del taken[key]
    names = {scheme: chain_name(scheme, 0) for scheme in set(has.values())}
    for key, scheme in has.items():
        if had.get(key) != scheme:
            name = names[scheme]
            taken[key] = seats.next(dealt[name])
            dealt[name] += 1
    return Seats(seats.counters, taken, dict(dealt))


def farms_of(drafts: Iterable[Draft], seats: Seats) -> Iterator[Farm]:
    """The farms, each with its chain."""
    for draft in drafts:
        counter = seats.taken[draft.key] if draft.scheme.counts else 0
        yield Farm(*draft, chain_name(draft.scheme, counter))


def _without_turns(scheme: Scheme) -> Scheme:
    return scheme._replace(turns=0)


def _counters(drafts: Sequence[Draft]) -> int:
    """The number of turn counters of each scheme: as many as the kernel loads quickly.

    Another number gives new counters to every service. So it is computed with all servers up, in any state, and is a
    power of two, which an added server rarely changes.
    """
    schemes = {_without_turns(draft.scheme) for draft in drafts if draft.scheme.counts}
    elements = sum(
        len(draft.places) * _whole_round(draft.pool)
        for draft in drafts
        if draft.scheme.algorithm is not Algorithm.SOURCE_HASH
    )
    affordable = _COMPARISONS // max(elements * len(schemes), 1)
    return min(max(1 << affordable.bit_length() - 1 if affordable else 0, FEWEST_COUNTERS), MOST_COUNTERS)


def _whole_round(pool: Pool) -> int:
    """The length of a round with all servers up."""
    return sum(shares_of(tuple([server for server in pool.servers if not server.backup])))
