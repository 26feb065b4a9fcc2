"""Nftables rules in use, and random exchanges of the services that they serve."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from hypothesis import strategies as st

from lbsh_lang.backends.base import Changed, Exchanger, Kept, Options
from lbsh_lang.backends.nftables import BACKEND
from lbsh_lang.site.down import with_down
from lbsh_lang.site.exchange import Exchange, exchange_between, exchanged
from lbsh_lang.site.model import Service, Site
from lbsh_lang.site.status import ServerId

assert isinstance(BACKEND, Exchanger)
EXCHANGER: Exchanger = BACKEND
OPTIONS = Options(BACKEND.targets[0])


class Rules(NamedTuple):
    """A site with rules in use, and what is kept of them."""

    site: Site
    kept: Kept

    def after(self, exchange: Exchange) -> tuple[Changed, Rules]:
        """The change, and what is there then; a change by the whole site where the exchange alone does not tell."""
        stored = json.loads(json.dumps(self.kept))
        site = exchanged(self.site, exchange)
        found = EXCHANGER.render_exchange(stored, exchange, OPTIONS)
        if found is None:
            found = EXCHANGER.render_kept_change(stored, self.site, site, OPTIONS)
        assert found is not None
        return found, Rules(site, found.kept)


def rules_of(site: Site) -> Rules:
    return Rules(site, EXCHANGER.kept_of(site, OPTIONS))


def flipped(service: Service, numbers: Iterable[int]) -> Service:
    """A service of which some servers went down, and others came up again."""
    pool = service.pool
    assert pool is not None
    ids = [ServerId(pool.name, service.name, *server.identity) for server in pool.servers]
    down = {one for one, server in zip(ids, pool.servers, strict=True) if server.failed}
    return with_down(service, down ^ {ids[number % len(ids)] for number in numbers})


@st.composite
def exchanges(draw: st.DrawFn, site: Site) -> Exchange:
    """Services that come, go, lose servers, and have others down."""
    before, after = [], []
    named = {pool for source in site.sources for pool in source.pools}
    for service in site.services:
        fate = draw(st.sampled_from(["stays", "stays", "goes", "down", "down", "loses", "options"]))
        if fate == "stays" or service.pool is None or not service.pool.servers or service.taken:
            continue
        if service.pool.name in named:
            continue  # its servers are a matter of the device, too
        before.append(service)
        match fate:
            case "down":
                after.append(flipped(service, draw(st.lists(st.integers(0, 9), min_size=1, max_size=3))))
            case "loses":
                servers = service.pool.servers[draw(st.integers(0, 1)) :: draw(st.integers(1, 2))]
                after.append(replace(service, pool=replace(service.pool, servers=servers)))
            case "options":
                reflected, masked = replace(service, reflect=not service.reflect), replace(service, masquerade=True)
                after.append(draw(st.sampled_from([reflected, masked, replace(service, sticky=7200)])))
            case _:
                pass
    return exchange_between(tuple(before), tuple(after))


def steps(data: st.DataObject, first: Rules, most: int) -> Iterator[tuple[Changed, Rules]]:
    """Rules in use through some exchanges, now and then back to the services of the beginning."""
    rules = first
    for _ in range(data.draw(st.integers(1, most))):
        back = exchange_between(rules.site.services, first.site.services)
        change, rules = rules.after(back if data.draw(st.integers(0, 3)) == 0 else data.draw(exchanges(rules.site)))
        yield change, rules
