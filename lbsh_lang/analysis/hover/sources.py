"""Sources: of connections as servers see them, for the options of a service that change it; and of the servers' own."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from lbsh_lang.analysis.live.session import Session
from lbsh_lang.analysis.names.ways import source_of_server
from lbsh_lang.analysis.prose.blocks import Code, Prose, paragraph
from lbsh_lang.site.model import Service, Site
from lbsh_lang.site.server_keys import ServerKey, address_of
from lbsh_lang.site.services import ServiceLife
from lbsh_lang.values import Address

_MOST_SERVERS = 50


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


def outbound_prose(session: Session, servers: Collection[ServerKey]) -> Prose:
    """The sources of connections of servers to the world; nothing about very many servers, or where they keep their own."""
    if len(servers) > _MOST_SERVERS:
        return ()
    texts = [
        text
        for text in dict.fromkeys(source_of_server(session, address) for address in map(address_of, servers))
        if text
    ]
    whose = "Its" if len(servers) == 1 else "Their"
    return (paragraph(f"{whose} connections to the world come from {', others from '.join(texts)}."),) if texts else ()


def _sources(site: Site, service: Service) -> Iterable[Address | None]:
    servers = service.pool.serving() if service.pool is not None else ()
    if service.masquerade:
        return [site.masked_source(server.address) for server in servers]
    nets = {site.net_of(server.address): None for server in servers if service.reflect}
    gateways = [site.gateway(net) for net in nets if net is not None]
    return [gateway for gateway in gateways if gateway is not None]
