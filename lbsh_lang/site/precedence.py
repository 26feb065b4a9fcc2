"""The precedence of services whose ports overlap: of the services at an address, the most specific one takes a port.

Knows sets of ports alone, neither statements nor the site. A set consists of pairs of a protocol and a port. A set inside
another one, and smaller, takes its part of that. Sets that are equal, or that overlap without one being inside the other,
*clash*.

Theory of operation. A pair is one number, the protocol's rank times 65,536 plus the port, so a set is a list of spans. In
the order of their starts, and of long spans and large sets before others, a span lies inside those before it that have not
ended yet; the last of these is its *outer* span. For the sets A = 1-100, B = 20,30 and C = 30,40:

    span      outer span
    A 1-100   none
    B 20      A
    B 30      A          all of B has A for its outer set, which is larger: B is inside A, and takes 20 and 30
    C 30      B
    C 40      A          C has two outer sets, so it clashes with the smaller one, B

A span that ends behind its outer one clashes with it, and so does one whose set is at least as large as the outer set.
Without clashes any two sets are apart, or one is inside the other. If outer sets clash, all of a set may lie in one of them
or in both, with no clash there. The time is that of sorting the spans, and of a search for them in outer sets that clash.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from lbsh_lang.values import PortRange, Ports, Protocol


class Listener(NamedTuple):
    """Ports of each of these protocols."""

    protocols: tuple[Protocol, ...]
    ports: Ports


class Clash(NamedTuple):
    """A set, by its rank, that has this protocol and port too, and no precedence."""

    other: int
    protocol: Protocol
    port: int


_PORTS = 1 << 16
_PROTOCOLS = tuple(Protocol)
_Span = tuple[int, int]
"""The first and the last number of consecutive pairs."""


@dataclass(slots=True)
class Standing:
    """A set among the others: the smallest set around it, its clash, and the spans that it loses to sets inside it.

    `met` is its first number, for which `outer` was found; 0 is no number of a pair. `is_inside_clash` if it lies in sets
    that clash with each other and not with it.
    """

    size: int
    outer: int | None = None
    met: int = 0
    clash: Clash | None = None
    is_inside_clash: bool = False
    lost: list[_Span] = field(default_factory=list)

    @property
    def is_taken_whole(self) -> bool:
        return sum([last - first + 1 for first, last in self.lost]) >= self.size


class _Open(NamedTuple):
    """A span that has not ended yet: its last number, and the rank of its set."""

    last: int
    rank: int


def standings(sets: Sequence[Listener]) -> list[Standing]:
    """The standing of each set, in their order. Of equal sets the later one clashes."""
    spans = [list(_spans(one)) for one in sets]
    found = [Standing(sum([last - first + 1 for first, last in own])) for own in spans]
    order = sorted([(first, -last, -found[rank].size, rank) for rank, own in enumerate(spans) for first, last in own])
    around: list[_Open] = []
    for first, last, _, rank in order:
        while around and around[-1].last < first:
            around.pop()
        _place(found, spans, rank, (first, -last), around[-1] if around else None)
        around.append(_Open(-last, rank))
    return found


def _place(
    found: list[Standing], spans: Sequence[Sequence[_Span]], rank: int, span: _Span, around: _Open | None
) -> None:
    """Notes a span of a set, and the span around it."""
    own, outer, (first, last) = found[rank], None if around is None else around.rank, span
    if not own.met:
        own.outer, own.met = outer, first
    if own.clash is not None or own.is_inside_clash:
        return
    if around is not None and (last > around.last or found[around.rank].size <= own.size):
        own.clash = _clash(around.rank, first)
    elif outer != own.outer:  # only a part of the set lies in each of the two, unless these clash
        sides = [(found[one].size, one, at) for one, at in ((own.outer, own.met), (outer, first)) if one is not None]
        parts = [(other, at) for _, other, at in sorted(sides) if not _holds(spans[other], spans[rank])]
        own.clash, own.is_inside_clash = _clash(*parts[0]) if parts else None, not parts
    elif around is not None:
        found[around.rank].lost.append(span)


def _holds(outer: Sequence[_Span], inner: Sequence[_Span]) -> bool:
    """Whether one set has all spans of another."""
    for first, last in inner:
        before = bisect_right(outer, first, key=itemgetter(0)) - 1
        if before < 0 or outer[before][1] < last:
            return False
    return True


def _clash(other: int, number: int) -> Clash:
    return Clash(other, _PROTOCOLS[number // _PORTS], number % _PORTS)


def _spans(one: Listener) -> Iterator[_Span]:
    """A set as spans in order, of which no two touch."""
    known: _Span | None = None
    starts = [_PROTOCOLS.index(protocol) * _PORTS for protocol in one.protocols]
    for first, last in sorted([(start + port.first, start + port.last) for start in starts for port in one.ports]):
        if known is not None and first <= known[1] + 1:
            known = (known[0], max(known[1], last))
            continue
        if known is not None:
            yield known
        known = (first, last)
    if known is not None:
        yield known


def meeting(sets: Sequence[Listener], wanted: Iterable[int]) -> set[int]:
    """The ranks of the sets that overlap with wanted ones, directly or by others; no other set affects their standings."""
    group = list(range(len(sets)))

    def leader(rank: int) -> int:
        while group[rank] != rank:
            group[rank] = rank = group[group[rank]]
        return rank

    end, last = 0, -1
    for first, until, rank in sorted([(*span, rank) for rank, one in enumerate(sets) for span in _spans(one)]):
        if first <= end and last >= 0:
            group[leader(rank)] = leader(last)
        if until > end or last < 0:
            end, last = until, rank
    leaders = {leader(rank) for rank in wanted}
    return {rank for rank in range(len(sets)) if leader(rank) in leaders}


# What remains of a set


def listeners(spans: Iterable[_Span]) -> tuple[Listener, ...]:
    """Spans, in order, as ports of protocols."""
    ports: dict[Protocol, list[PortRange]] = {}
    for first, last in spans:
        ports.setdefault(_PROTOCOLS[first // _PORTS], []).append(PortRange(first % _PORTS, last % _PORTS))
    return tuple([Listener((protocol,), tuple(ranges)) for protocol, ranges in ports.items()])


def without(whole: Listener, lost: Iterable[Listener]) -> tuple[Listener, ...]:
    """What remains of a set, its ports in their order. Protocols with the same ports stay together."""
    taken: dict[Protocol, list[PortRange]] = {}
    for one in lost:
        for protocol in one.protocols:
            taken.setdefault(protocol, []).extend(one.ports)
    left: dict[Ports, list[Protocol]] = {}
    for protocol in whole.protocols:
        gone = sorted(taken.get(protocol, ()))
        ports = tuple([rest for port in whole.ports for rest in _rest(port, gone)])
        if ports:
            left.setdefault(ports, []).append(protocol)
    return tuple([Listener(tuple(protocols), ports) for ports, protocols in left.items()])


def _rest(port: PortRange, gone: list[PortRange]) -> Iterator[PortRange]:
    """What remains of a range without others, which are sorted and apart from each other."""
    start = port.first
    for index in range(bisect_left(gone, start, key=itemgetter(1)), len(gone)):
        if gone[index].first > port.last:
            break
        if start < gone[index].first:
            yield PortRange(start, gone[index].first - 1)
        start = gone[index].last + 1
    if start <= port.last:
        yield PortRange(start, port.last)
