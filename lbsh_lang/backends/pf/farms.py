"""The farms of a site, and the target of PF's rules for each of them: a table, or a CIDR block."""

from __future__ import annotations

from typing import NamedTuple

from lbsh_lang.backends.pf.names import table_names
from lbsh_lang.backends.pf.releases import FREEBSD_14
from lbsh_lang.site.model import Pool, Server, Service, Site
from lbsh_lang.values import Algorithm, Network, covering_block


class Farm(NamedTuple):
    """A service with its pool, and the target of its rules.

    `address` is `<table>` or a CIDR block; `choice` is the pool option that chooses a server in it, with a blank before
    it, or empty for round-robin.
    """

    service: Service
    pool: Pool
    address: str
    choice: str

    @property
    def has_table(self) -> bool:
        return self.address.startswith("<")

    @property
    def takes_turns_for_random(self) -> bool:
        """Whether PF goes through the servers in turn although the pool asks for `random`."""
        return self.pool.algorithm is Algorithm.RANDOM and not self.choice


def farms_of(site: Site, release: str) -> tuple[Farm, ...]:
    """The services with a pool, in the order of the site."""
    tables = table_names(site)
    pairs = [(service, service.pool) for service in site.services if service.pool is not None and service.listeners]
    return tuple([_farm(service, pool, tables[service.name], release) for service, pool in pairs])


def _farm(service: Service, pool: Pool, table: str, release: str) -> Farm:
    choice = _choice(pool, table, release)
    if choice and release == FREEBSD_14:
        servers = pool.serving()
        if len(servers) > 1:
            return Farm(service, pool, str(_block(servers)), choice)
        choice = ""  # a single server takes all connections, whatever the algorithm
    return Farm(service, pool, f"<{table}>", choice)


def _choice(pool: Pool, table: str, release: str) -> str:
    """The pool option of an algorithm; without any, PF goes through a table by round-robin."""
    match pool.algorithm:
        case Algorithm.RANDOM:
            # Up to FreeBSD 14 PF refuses the option for a table, and goes through a CIDR block with it in turn.
            return "" if release == FREEBSD_14 else " random"
        case Algorithm.SOURCE_HASH:
            # Without a key, pfctl draws one for every rule and at every load: each load would move all clients.
            return f" source-hash {table}"
        case Algorithm.ROUND_ROBIN:
            return ""
        case Algorithm.LEAST_CONNECTIONS:
            assert len(pool.serving()) < 2, "LEAST_CONNECTIONS is no capability of PF"
            return ""


def _block(servers: tuple[Server, ...]) -> Network:
    block = covering_block(tuple(server.address.value for server in servers), servers[0].address.family)
    assert block is not None, "SOURCE_HASH is no capability of this release"
    return block
