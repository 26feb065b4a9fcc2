"""A service as it is while some of its servers return gradually (`ramp`): with a part of their share, in a few steps. Pure.

A server that came up gets a fifth of its share at once, and another fifth after each quarter of its time. Each step is a
change of rules, so no step is shorter than a second: in two seconds it gets three fifths after one, and all after two.
Weights are whole numbers; so those of its pool count five times as much meanwhile:

    weights of the script   3  1     the second server came up, its second step:   15  2
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lbsh_lang.site.model import Service
from lbsh_lang.site.status import ServerId

WHOLE = 5
"""The step at which a server has its whole share."""

SHORTEST = 1000
"""The shortest time of a step, in milliseconds."""


def step_at(ramp: int, elapsed: int) -> int:
    """The step of a server so long after it came up, from 1 to `WHOLE`. Times are in milliseconds."""
    number = _number(ramp)
    return 1 + _part(ramp, elapsed) * (WHOLE - 1) // number


def next_step(ramp: int, elapsed: int) -> int:
    """The time after which the next step comes; 0 after the last."""
    number, part = _number(ramp), _part(ramp, elapsed)
    return 0 if part == number else -((part + 1) * ramp // -number) - max(elapsed, 0)


def _number(ramp: int) -> int:
    """How often the share grows."""
    return min(max(ramp // SHORTEST, 1), WHOLE - 1)


def _part(ramp: int, elapsed: int) -> int:
    """How often it has grown."""
    number = _number(ramp)
    return number if elapsed >= ramp else max(elapsed, 0) * number // ramp


def with_steps(service: Service, steps: Mapping[ServerId, int]) -> Service:
    """A service as it is while servers are at these steps; the same object if none of its own is."""
    pool = service.pool
    if pool is None or not steps:
        return service
    own = [steps.get(ServerId(pool.name, service.name, *server.identity), WHOLE) for server in pool.servers]
    if all(step == WHOLE for step in own):
        return service
    servers = [replace(one, weight=one.weight * step) for one, step in zip(pool.servers, own, strict=True)]
    return replace(service, pool=replace(pool, servers=tuple(servers)))
