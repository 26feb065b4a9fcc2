"""The candidates for a connection: the servers of a pool, each with its share and the source that it would see."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from lbsh_lang.site.model import Pool, Server, Service
from lbsh_lang.site.trace.ingress import Question
from lbsh_lang.site.trace.values import Candidate, Side, Standing
from lbsh_lang.values import Address, Algorithm


def candidates_of(question: Question, service: Service, pool: Pool) -> Iterator[Candidate]:
    """Every server of the pool, in the order of the script."""
    down, serving = question.down, pool.serving(question.down)
    total = sum(server.weight for server in serving)
    chosen = {server.identity for server in serving}
    fixed = pool.algorithm is not Algorithm.LEAST_CONNECTIONS or len(serving) == 1
    usual = service.usual_port(question.packet.port)
    for server in pool.servers:
        source = _source_seen_by(question, service, server)
        standing, share = Standing.DRAINED if server.drained else Standing.WAITS, None
        if server.identity in chosen:
            standing, share = Standing.SERVES, Fraction(server.weight, total) if fixed else None
        elif server.down or server.address in down:
            standing = Standing.DOWN
        yield Candidate(server, standing, share, source, server.port or usual)


def _source_seen_by(question: Question, service: Service, server: Server) -> Address | None:
    """The source of a balanced packet on its way to a server: the gateway if both are in one internal net.

    With `masquerade` it is an address of the device for every packet.
    """
    site, source, net = question.site, question.packet.source, question.entry.net
    if service.masquerade:
        return site.masked_source(server.address)
    if question.entry.side is not Side.INSIDE or net is None or net != site.net_of(server.address):
        return source
    gateway = site.gateway(net)
    assert gateway is not None, "LB306 refuses reflect without a gateway"
    return gateway
