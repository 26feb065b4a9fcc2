"""A service as it is while some of its servers return gradually (`ramp`): with a part of their share, in a few steps. Pure.

A server that came up gets a fifth of its share at once, and another fifth after each quarter of its time. Weights are whole
numbers; so those of its pool count five times as much meanwhile:

    weights of the script   3  1     the second server came up, its second step:   15  2
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lbsh_lang.site.model import Service
from lbsh_lang.site.status import ServerId

WHOLE = 5
"""The step at which a server has its whole share."""


def step_at(ramp: int, elapsed: int) -> int:
    """The step of a server so long after it came up, from 1 to `WHOLE`. Times are in milliseconds."""
    return min(1 + max(elapsed, 0) * (WHOLE - 1) // ramp, WHOLE) if ramp > 0 else WHOLE


def next_step(ramp: int, elapsed: int) -> int:
    """The time after which the next step comes."""
    return max(-(step_at(ramp, elapsed) * ramp // -(WHOLE - 1)) - elapsed, 0)


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
