"""The verdict on a packet: balanced, or the first obstacle."""

from __future__ import annotations

from lbsh_lang.site import lookup
from lbsh_lang.site.trace.ingress import Question
from lbsh_lang.site.trace.values import (
    Balanced,
    NoPool,
    NoServer,
    NoService,
    NotReflected,
    OtherClients,
    Own,
    Side,
    Unbalanced,
    Unseen,
    Verdict,
)


def verdict_of(question: Question) -> Verdict:
    """Balanced, or the first obstacle."""
    site, packet, down, entry = question
    service = lookup.service_at(site, packet.target)
    if entry.side is Side.DEVICE:
        return Own(service)
    if service is None:
        known = any(one.address == packet.destination for one in site.services)
        return NoService(Unbalanced.OTHER_PORT if known else Unbalanced.NO_SERVICE)
    if entry.side is Side.ELSEWHERE or (entry.side is Side.INSIDE and entry.net is None):
        return Unseen(service)
    if entry.side is Side.INSIDE and not service.reflect:
        return NotReflected(service)
    if not service.is_for(packet.source):
        return OtherClients(service)
    pool = service.pool
    if pool is None:
        return NoPool(service)
    if not pool.serving(down):
        return NoServer(service, pool, Unbalanced.NONE_UP if pool.servers else Unbalanced.EMPTY_POOL)
    return Balanced(service, pool)
