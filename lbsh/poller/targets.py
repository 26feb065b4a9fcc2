"""What is probed: the servers of a site, each with its probe. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from lbsh_lang.site.model import Probe, Service, Site
from lbsh_lang.site.probing import effective_probe
from lbsh_lang.site.status import ServerId
from lbsh_lang.values import Address, Protocol


class Target(NamedTuple):
    """A server of a service that is probed, the place that is asked, and how. `port` is 0 where the method asks none."""

    server: ServerId
    address: Address
    port: int
    probe: Probe
    protocols: tuple[Protocol, ...] = ()
    """Of the service."""


def targets_of(site: Site, probe_of: Callable[[Service], Probe | None] = effective_probe) -> tuple[Target, ...]:
    """The servers of a site that are probed, in the order of its services; drained servers too.

    A tcp service without a `probe` statement is probed by the default, a udp service not at all; `probe_of` may say
    otherwise.

    Two services of one pool, or two pools with one machine, give a target each: a machine may be up for one of them only.
    """
    found = []
    for service in site.services:
        pool, probe = service.pool, probe_of(service)
        if pool is None or probe is None:
            continue
        first = service.ports[0].first
        for server in pool.servers:
            port = probe.port if probe.port is not None else service.port_of(server, first)
            found.append(
                Target(
                    ServerId(pool.name, service.name, *server.identity), server.address, port, probe, service.protocols
                )
            )
    return tuple(found)
