"""The definitions of a site as nodes of the tree: services and interfaces, pools, servers with the operator's wish. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from lbsh.store.protocol import Node
from lbsh.store.tree import leaf_name
from lbsh_lang.site.model import Pool, Server, Service, Site


def tree_of(site: Site) -> Node:
    """ROOT for a site: definitions and wishes, no statuses."""
    attributes = service_attributes(site.services)
    for side, interfaces in (("internal", site.internal), ("external", site.external)):
        if interfaces:
            attributes[f"interface_{side}"] = ", ".join(interface.name for interface in interfaces)
    farms: dict[str, tuple[Pool, list[str]]] = {}
    for service in site.services:
        if service.pool is not None:
            farms.setdefault(service.pool.name, (service.pool, []))[1].append(service.name)
    pools = {name: pool_node(pool, services) for name, (pool, services) in farms.items()}
    return Node(attributes, {"pools": Node({}, pools)})


def service_attributes(services: Iterable[Service]) -> dict[str, str]:
    """The attributes of ROOT that define services."""
    return {f"service_{service.name}": _service_text(service) for service in services}


def pool_node(pool: Pool, services: Iterable[str]) -> Node:
    """The container of a pool, by the names of the services that it is for."""
    leaves = {leaf_name(*server.identity): Node(_wish(server), None) for server in pool.servers}
    return Node({"service": ", ".join(services)}, leaves)


def _service_text(service: Service) -> str:
    """The value of a service in Table 1."""
    protocols = "+".join(protocol.value for protocol in service.protocols)
    parts = [
        f"ip: {service.address}",
        f"port: {','.join(map(str, service.ports))}",
        f"sticky: {'no' if service.sticky is None else service.sticky}",
    ]
    if protocols != "tcp":
        parts.append(f"protocol: {protocols}")
    if service.probe is not None:
        parts.append(f"probe: {service.probe.method}")
    return f"{{{', '.join(parts)}}}"


def _wish(server: Server) -> dict[str, str]:
    """The stronger of two wishes: a server that is down by hand has no connections, whether it is drained or not."""
    drain, down = server.drain, server.down_by_hand
    if down is not None:
        return _stated("down", down.reason)
    if drain is not None:
        return _stated("drained, keep clients" if drain.keeps_clients else "drained", drain.reason)
    return {}


def _stated(wish: str, reason: str | None) -> dict[str, str]:
    return {"wish": wish} if reason is None else {"wish": wish, "because": reason}
