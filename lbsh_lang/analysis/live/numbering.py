"""Parts of a site with line numbers instead of labels (`labels`), for backends, which quote the places of statements."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from lbsh_lang.analysis.live.script_files import line_of
from lbsh_lang.site.model import Interface, Server, Service, Site
from lbsh_lang.syntax.statement import Stated, Statement

Some = TypeVar("Some", bound=Statement)


def numbered(stated: Stated[Some]) -> Stated[Some]:
    """A statement with its line number."""
    return stated._replace(line=line_of(stated))


def numbered_device(site: Site) -> Site:
    """A site without services."""
    return replace(
        site,
        external=_interfaces(site.external),
        internal=_interfaces(site.internal),
        bindings=tuple(replace(one, origin=numbered(one.origin)) for one in site.bindings),
        sources=tuple(replace(one, origin=numbered(one.origin)) for one in site.sources),
        next_hops=tuple(replace(one, origin=numbered(one.origin)) for one in site.next_hops),
        kept=tuple(replace(one, origin=numbered(one.origin)) for one in site.kept),
    )


def numbered_service(service: Service) -> Service:
    """A service with its pool and its probe."""
    pool, probe = service.pool, service.probe
    if pool is not None:
        servers = tuple(_server(server) for server in pool.servers)
        pool = replace(pool, servers=servers, origin=numbered(pool.origin))
    if probe is not None:
        probe = replace(probe, origin=numbered(probe.origin))
    return replace(service, pool=pool, probe=probe, origin=numbered(service.origin))


def _server(server: Server) -> Server:
    drain = server.drain and replace(server.drain, origin=numbered(server.drain.origin))
    down = server.down_by_hand and replace(server.down_by_hand, origin=numbered(server.down_by_hand.origin))
    return replace(server, drain=drain, down_by_hand=down, origin=numbered(server.origin))


def _interfaces(interfaces: tuple[Interface, ...]) -> tuple[Interface, ...]:
    return tuple(replace(interface, origin=numbered(interface.origin)) for interface in interfaces)
