"""Series of connections through different rules, in turns, with their results.

Theory of operation. All rules under comparison are loaded in one device at the same time, and one rule or flag decides
which of them see the connections. A round is a series of connections through each, a few milliseconds long; every other
round runs backwards. Since a disturbance of one series also hits its neighbours, ratios are taken within a round, and
the median of all rounds is given together with the interval in which it lies with a probability of 95 %.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from math import sqrt
from statistics import median
from typing import NamedTuple

from bench import farm
from bench.runs import RunError
from bench.wire import Block, Wire

CONNECTIONS = 100
"""Connections of a series."""

PLACES = 21
"""The number of services visited, with the first, the middle and the last among them."""

FEWEST_ROUNDS, PRECISION = 40, 0.004
"""Rounds go on until the interval of the ratio reaches no further than this to either side, or the time is up."""


class Series(NamedTuple):
    """Addresses to connect to, one after the other, and the servers that may take the connections."""

    addresses: tuple[str, ...]
    servers: frozenset[str]


class Contender(NamedTuple):
    """Rules, the command with its input that enables them alone, and the series that are measured through them."""

    name: str
    select: tuple[str, ...]
    text: str
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Latency:
    """The results of a contender: medians of all rounds in microseconds, and each over that of the first contender."""

    filter: str
    name: str
    services: int
    medians: tuple[float, ...]
    ratios: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.medians)

    @property
    def ratio(self) -> float:
        return median(self.ratios)

    @property
    def interval(self) -> tuple[float, float]:
        """The interval of the median ratio with a probability of 95 %, by order statistics alone."""
        ordered = sorted(self.ratios)
        middle, reach = len(ordered) / 2, 0.98 * sqrt(len(ordered))
        return ordered[max(int(middle - reach), 0)], ordered[min(int(middle + reach), len(ordered) - 1)]

    @property
    def is_precise(self) -> bool:
        least, greatest = self.interval
        return len(self.ratios) >= FEWEST_ROUNDS and max(greatest - self.ratio, self.ratio - least) <= PRECISION


class Match:
    """Contenders in one device: the others are compared with the first; the second is that of a bar."""

    def __init__(self, wire: Wire, ask: Callable[[Sequence[str]], Block], contenders: Sequence[Contender]) -> None:
        self._wire = wire
        self._ask = ask
        self._contenders = contenders
        self._medians: list[list[float]] = [[] for _ in contenders]

    def measure(self, filter_name: str, services: int, seconds: float) -> list[Latency]:
        """Runs rounds until the interval is small enough. Raises `RunError` for a connection to a wrong server."""
        turns = [cycle(contender.series) for contender in self._contenders]
        indices = range(len(self._contenders))
        for forth in self._rounds(seconds):
            for index in indices if forth else reversed(indices):
                self._medians[index].append(self._one(self._contenders[index], next(turns[index])))
        return [self._latency(index, filter_name, services) for index in indices]

    def _rounds(self, seconds: float) -> Iterator[bool]:
        """Forth, back, forth, and so on."""
        end = time.monotonic() + seconds
        while time.monotonic() < end or len(self._medians[0]) < FEWEST_ROUNDS:
            yield True
            yield False
            if self._latency(1, "", 0).is_precise:
                return

    def _one(self, contender: Contender, series: Series) -> float:
        self._wire.device.run(*contender.select, text=contender.text)
        block = self._ask(series.addresses)
        if not block.servers or not block.servers <= series.servers:
            strangers = ", ".join(sorted(block.servers - series.servers)) or "nobody"
            raise RunError(f"{contender.name}: connections went to {strangers}")
        return block.median

    def _latency(self, index: int, filter_name: str, services: int) -> Latency:
        mine, first = self._medians[index], self._medians[0]
        ratios = tuple(one / peer for one, peer in zip(mine, first, strict=True))
        return Latency(filter_name, self._contenders[index].name, services, tuple(mine), ratios)


def to_one(number: int) -> Series:
    """All connections to one service."""
    return Series((farm.service_address(number),) * CONNECTIONS, frozenset(farm.server_addresses(number)))


def along(services: int) -> tuple[Series, ...]:
    """A series to each of some services between the first and the last."""
    numbers = sorted({rank * (services - 1) // (PLACES - 1) for rank in range(PLACES)})
    random.Random(0).shuffle(numbers)
    return tuple(map(to_one, numbers))


def all_over(services: int) -> tuple[Series, ...]:
    """Series in which each connection goes to another service."""
    chance = random.Random(0)
    drawn = [chance.sample(range(services), CONNECTIONS) for _ in range(PLACES)]
    return tuple(
        Series(
            tuple(map(farm.service_address, numbers)),
            frozenset(server for number in numbers for server in farm.server_addresses(number)),
        )
        for numbers in drawn
    )
