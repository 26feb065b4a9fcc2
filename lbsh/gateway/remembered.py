"""What becomes of the clients that sticky services remember when one site takes the place of another. Pure.

Their connections are none while they are away, so no listing of connections has them. How many they are is not counted.
"""

from __future__ import annotations

from collections.abc import Iterator

from lbsh.gateway.loading import Verb
from lbsh_lang.renderings.value_text import listed
from lbsh_lang.site.model import Service, Site

FORGETTING = frozenset({"nftables", "pf"})
"""The drivers with which a load of all rules forgets remembered clients."""


def remembered(before: Site, after: Site, verb: Verb, driver: str) -> tuple[str, ...]:
    """A sentence for each sticky service whose remembered clients may reach another server."""
    return tuple(_sentences(before, after, forgets_all=verb is Verb.WHOLE and driver in FORGETTING))


def _sentences(before: Site, after: Site, *, forgets_all: bool) -> Iterator[str]:
    known = {service.name: service for service in after.services}
    for service in before.services:
        if service.sticky is None or service.pool is None or not service.pool.servers:
            continue
        now = known.get(service.name)
        if now is None or now.pool is None or now.sticky is None or forgets_all:
            yield f"`{service.name}` forgets the clients that it remembers"
            continue
        gone = _servers(service) - _servers(now)
        if gone:
            names = listed(sorted({str(server) for server, _ in gone}))
            yield f"the clients that `{service.name}` remembers for {names} reach another server"


def _servers(service: Service) -> frozenset[tuple[object, int]]:
    """The servers to which remembered clients go."""
    pool = service.pool
    return frozenset(one.identity for one in (*pool.serving(), *pool.keeping())) if pool is not None else frozenset()
