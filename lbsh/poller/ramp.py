"""A server that comes up may return gradually: its weight grows by steps over a time that the script says. Pure.

Each step is a change of rules, so there are few: eight over the time, but none shorter than a second. Times are in
milliseconds since the server came up. A server of weight 1 cannot have less; weights of all servers of its pool are then
multiplied (`scaled`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

STEPS = 8
SHORTEST = 1_000


class WeightStep(NamedTuple):
    """From this time on the server has so many parts of `of` parts of its weight."""

    time: int
    part: int
    of: int


def steps(duration: int) -> tuple[WeightStep, ...]:
    """The steps of a ramp; the first is at 0, the last gives the whole weight at its end."""
    number = _number(duration)
    return tuple(WeightStep(duration * step // number, step + 1, number + 1) for step in range(number + 1))


def part_at(duration: int, elapsed: int) -> tuple[int, int]:
    """The part of its weight that a server has so long after it came up, as a fraction; (1, 1) after the ramp."""
    if elapsed >= duration:
        return 1, 1
    number = _number(duration)
    reached = max(step.part for step in steps(duration) if step.time <= max(elapsed, 0))
    return reached, number + 1


def next_step(duration: int, elapsed: int) -> int | None:
    """When the next step comes, None after the last."""
    return next((step.time for step in steps(duration) if step.time > elapsed), None)


def scaled(weights: Sequence[int], parts: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """Weights of a pool's servers with their parts, as whole numbers in the same proportion, at least 1 each."""
    common = math.lcm(*(of for _, of in parts))
    whole = [max(weight * part * common // of, 1) for weight, (part, of) in zip(weights, parts, strict=True)]
    divisor = math.gcd(*whole) or 1
    return tuple(weight // divisor for weight in whole)


def _number(duration: int) -> int:
    """How often the weight grows."""
    return min(STEPS, max(duration // SHORTEST, 1))
