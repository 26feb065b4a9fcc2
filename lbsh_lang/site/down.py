"""A service as it is while probes find some of its servers down. Those that are down by hand are so in any case."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from lbsh_lang.site.model import Service
from lbsh_lang.site.status import ServerId


def with_down(service: Service, down: Collection[ServerId]) -> Service:
    """A service as it is with some servers down; the same object if that is how it is."""
    pool = service.pool
    if pool is None:
        return service
    states = [ServerId(pool.name, service.name, *server.identity) in down if down else False for server in pool.servers]
    if all(server.failed is is_down for server, is_down in zip(pool.servers, states, strict=True)):
        return service
    servers = tuple(
        [
            server if server.failed is is_down else replace(server, failed=is_down)
            for server, is_down in zip(pool.servers, states, strict=True)
        ]
    )
    return replace(service, pool=replace(pool, servers=servers))
