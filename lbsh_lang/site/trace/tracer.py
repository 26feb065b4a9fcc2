"""The tracer: the trace of a packet on a site, of the parts that the modules beside this one compute."""

from __future__ import annotations

from collections.abc import Collection

from lbsh_lang.site import lookup
from lbsh_lang.site.model import Pool, Service, Site
from lbsh_lang.site.trace.candidates import candidates_of
from lbsh_lang.site.trace.egress import answering, departure, kept_by, translations_of, ways_to_servers
from lbsh_lang.site.trace.ingress import Question, ingress_by, ingress_of, side_of
from lbsh_lang.site.trace.values import (
    Balanced,
    Ingress,
    NoServer,
    NoService,
    Obstacle,
    Outcome,
    Own,
    Packet,
    Side,
    Standing,
    Trace,
)
from lbsh_lang.site.trace.verdict import verdict_of
from lbsh_lang.values import Address

MOST_NEAR = 5
"""The most services that a trace names as the probable destination of a packet."""


def trace_packet(site: Site, packet: Packet, down: Collection[Address] = (), *, arrives_by: str | None = None) -> Trace:
    """The trace of a packet on a site without errors, while the servers with these addresses are down.

    `arrives_by` is the interface by which the packet comes in; without it the source tells the side.
    """
    assert packet.source.family == packet.destination.family
    entry = ingress_of(site, packet.source) if arrives_by is None else ingress_by(site, packet.source, arrives_by)
    question = Question(site, packet, frozenset(down), entry)
    verdict = verdict_of(question)
    if isinstance(verdict, Balanced):
        return _balanced(question, verdict)
    return _not_balanced(question, verdict)


def _balanced(question: Question, verdict: Balanced) -> Trace:
    site, packet, down, entry = question
    pool = verdict.pool
    candidates = tuple(candidates_of(question, verdict.service, pool))
    ports = {one.port for one in candidates if one.standing is Standing.SERVES}
    return Trace(
        packet=packet,
        down=tuple(sorted(down)),
        entry=entry,
        verdict=verdict,
        outcome=Outcome.BALANCED,
        candidates=candidates,
        port=ports.pop() if len(ports) == 1 else None,
        towards=Side.DEVICE,
        leaves=ways_to_servers(site, [server.address for server in pool.serving(down)]),
        answers=answering(question),
        outer=tuple(lookup.services_without(site, packet.target)),
    )


def _not_balanced(question: Question, obstacle: Obstacle) -> Trace:
    site, packet, down, entry = question
    outcome = _outcome(question, obstacle)
    leaves = departure(question) if outcome is Outcome.FORWARDED else ()
    kept = kept_by(question) if leaves else None
    farms = tuple(one for one in site.services if one.pool is not None and _has(one.pool, packet.destination))
    is_lost = isinstance(obstacle, NoService) or (isinstance(obstacle, Own) and obstacle.service is None)
    return Trace(
        packet=packet,
        down=tuple(sorted(down)),
        entry=entry,
        verdict=obstacle,
        outcome=outcome,
        candidates=(
            tuple(candidates_of(question, obstacle.service, obstacle.pool)) if isinstance(obstacle, NoServer) else ()
        ),
        port=packet.port,
        towards=side_of(site, packet.destination),
        leaves=leaves,
        translations=() if kept is not None else tuple(translations_of(question, leaves)),
        kept=kept,
        near=tuple(_near(site, packet, entry)) if is_lost and not farms else (),
        farms=farms,
        answers=answering(question),
        outer=tuple(lookup.services_without(site, packet.target)),
    )


def _outcome(question: Question, obstacle: Obstacle) -> Outcome:
    if isinstance(obstacle, NoServer):
        return Outcome.NOBODY
    site, there, entry = question.site, question.packet.destination, question.entry
    if side_of(site, there) is Side.DEVICE:
        return Outcome.DEVICE
    neighbours = entry.side is Side.INSIDE and entry.net == site.net_of(there) and entry.stated is None
    return Outcome.ASIDE if neighbours else Outcome.FORWARDED


def _has(pool: Pool, address: Address) -> bool:
    return any(server.address == address for server in pool.servers)


def _near(site: Site, packet: Packet, entry: Ingress) -> list[Service]:
    """The services that were probably meant by the packet.

    For a packet from outside, that may be a service at a distant address with the same protocol and port. Connections from
    inside go to any address of the world, so that a distant service means nothing for them.
    """
    target = packet.target
    near = lookup.services_near(site, target)
    if not near and entry.side is Side.OUTSIDE:
        near = lookup.services_alike(site, target)
    return near[:MOST_NEAR]
