"""The source of connections that servers see, for the options of a service that change it."""

from __future__ import annotations

from collections.abc import Iterable

from lbsh_lang.analysis.live.session import Session
from lbsh_lang.analysis.prose.blocks import Code, Prose, paragraph
from lbsh_lang.site.model import Service, Site
from lbsh_lang.site.services import ServiceLife
from lbsh_lang.values import Address


def sources_prose(session: Session, life: ServiceLife) -> Prose:
    """What servers of a service see in place of clients; nothing while it has no server."""
    site = session.site_of(life)
    service = next(iter(site.services), None)
    sources = list(dict.fromkeys(_sources(site, service))) if service is not None else []
    if service is None or not sources:
        return ()
    pieces: list[str | Code] = ["Servers see " if service.masquerade else "In place of their neighbours, servers see "]
    for rank, source in enumerate(sources):
        pieces.append(" or " if rank else "")
        pieces.append("the address of the interface to them" if source is None else Code(str(source)))
    return (paragraph(*pieces, "."),)


def _sources(site: Site, service: Service) -> Iterable[Address | None]:
    servers = service.pool.serving() if service.pool is not None else ()
    if service.masquerade:
        return [site.masked_source(server.address) for server in servers]
    nets = {site.net_of(server.address): None for server in servers if service.reflect}
    gateways = [site.gateway(net) for net in nets if net is not None]
    return [gateway for gateway in gateways if gateway is not None]
