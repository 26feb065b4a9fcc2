"""Writes the definitions of a site to the tree of the store: as a whole, or those of a few services."""

from __future__ import annotations

from collections.abc import Sequence

from lbsh.gateway.status import pools_of
from lbsh.store.definitions import pool_node, service_attributes, tree_of
from lbsh.store.protocol import Node, Writer
from lbsh_lang.site.model import Service, Site
from lbsh_lang.site.resolve import Resolution

_NOTHING = Node({}, {})
"""What removes a pool."""


def write_tree(writer: Writer, site: Site) -> None:
    """Writes all definitions of a site, in place of those that are there."""
    root = tree_of(site)
    there = dict.fromkeys(pools_of(writer.tree()), _NOTHING)
    writer.write_tree({**there, **pools_of(root)}, root.attributes)


def write_part(writer: Writer, resolution: Resolution, before: Sequence[Service], after: Sequence[Service]) -> None:
    """Writes the definitions of services in place of others; what else the tree has stays."""
    pools = {one.pool.name: _NOTHING for one in before if one.pool is not None}
    for service in after:
        if service.pool is not None:
            pools[service.pool.name] = pool_node(service.pool, _services_of(resolution, service.pool.name))
    had, has = service_attributes(before), service_attributes(after)
    attributes = None
    if had != has:
        others = writer.tree(()).attributes
        attributes = {**{name: value for name, value in others.items() if name not in had}, **has}
    writer.write_tree(pools, attributes)


def _services_of(resolution: Resolution, pool: str) -> Sequence[str]:
    """The services of a pool of the running script."""
    history = resolution.pools.get(pool)
    life = history.current if history is not None else None
    names = [token.value for token in life.node.services] if life is not None else []
    return [name for name in names if name is not None]
