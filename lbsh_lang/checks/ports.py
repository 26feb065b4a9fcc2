"""Checks of the services of one address: ports that two of them share, and ports that one takes from another."""

from __future__ import annotations

from bisect import bisect_left
from operator import itemgetter
from typing import NamedTuple

from lbsh_lang.checks.base import ERROR, INFORMATION, Finding, Findings, label
from lbsh_lang.checks.scopes import ADDRESS
from lbsh_lang.checks.views import NoContext
from lbsh_lang.codes import Code
from lbsh_lang.site.precedence import Listener, Standing, standings
from lbsh_lang.site.services import ServiceLife
from lbsh_lang.syntax import nodes
from lbsh_lang.values import PortRange, Protocol


@ADDRESS.check(Code.LB304, ERROR, "two services share an address and a port", met_by=(nodes.ServiceStatement,))
def same_address_and_port(lives: list[ServiceLife], context: NoContext) -> Findings:
    """Two services share an address, a protocol and a port, and neither is more specific than the other.

    A service whose ports all lie inside those of another one takes them from that. If both have the same ports, or each
    has others besides, a connection would belong to both services. Ranges and lists count with all of their ports, and
    `tcp+udp` with both protocols. A service must keep at least one port.

    Wrong:

        service WEB is 62.103.127.154 tcp 80,443
        service WWW is 62.103.127.154 tcp 443,8443
        pool web_pool for WEB
        pool www_pool for WWW
        add 192.168.1.2 to web_pool
        add 192.168.1.3 to www_pool

    Right:

        service WEB is 62.103.127.154 tcp 80
        service WWW is 62.103.127.154 tcp 443,8443
        pool web_pool for WEB
        pool www_pool for WWW
        add 192.168.1.2 to web_pool
        add 192.168.1.3 to www_pool
    """
    claims = _claims(lives)
    said = set()
    for claim in claims:
        if claim.standing.clash is not None:
            other, protocol, port = claim.standing.clash
            earlier, later = sorted((claims[other], claim), key=lambda one: one.life.defined.rank)
            if later.life.defined.rank not in said:
                said.add(later.life.defined.rank)
                yield _shared(earlier, later, protocol, port)
        elif claim.standing.is_taken_whole:
            message = f"more specific services take all ports of `{claim.name}`"
            yield Finding(claim.life.defined, claim.life.node.name, message)


class _Claim(NamedTuple):
    """A service at an address, and its standing among the others there; `rank` is its place in the list of all."""

    rank: int
    life: ServiceLife
    standing: Standing

    @property
    def name(self) -> str:
        return self.life.node.name.text if self.life.node.name else ""

    def word(self, port: int) -> nodes.Token[PortRange]:
        """The word with a port of the service."""
        return next(one for one in self.life.node.ports if one.value and one.value.first <= port <= one.value.last)


def _claims(lives: list[ServiceLife]) -> list[_Claim]:
    """The services at an address, without those whose ports are not all known."""
    known: list[ServiceLife] = []
    sets: list[Listener] = []
    for life in lives:
        protocols = life.node.protocol.value if life.node.protocol else None
        ports = tuple([token.value for token in life.node.ports if token.value is not None])
        if protocols and ports and len(ports) == len(life.node.ports):
            known.append(life)
            sets.append(Listener(protocols, ports))
    return [_Claim(rank, *pair) for rank, pair in enumerate(zip(known, standings(sets), strict=True))]


def _shared(earlier: _Claim, later: _Claim, protocol: Protocol, port: int) -> Finding:
    address = later.life.node.address.text if later.life.node.address else ""
    message = f"`{later.name}` and `{earlier.name}` share {address} {protocol.value} {port}"
    labels = (label(earlier.life.defined, earlier.word(port), f"`{earlier.name}` has it already"),)
    return Finding(later.life.defined, later.word(port), message, labels)


@ADDRESS.check(Code.LB320, INFORMATION, "port taken from another service", met_by=(nodes.ServiceStatement,))
def port_taken(lives: list[ServiceLife], context: NoContext) -> Findings:
    """A service takes a port that another service of the same address states, since it is more specific.

    All ports of this service lie inside those of the other one, which goes on serving the rest. If that is meant, all is
    well, and a comment can allow the finding. A port out of a range is not reported, since a range is seldom a typing error.

    Wrong:

        service WEB is 62.103.127.154 tcp 80,443
        service WWW is 62.103.127.154 tcp 443
        pool web_pool for WEB
        pool www_pool for WWW
        add 192.168.1.2 to web_pool
        add 192.168.1.3 to www_pool

    Right:

        service WEB is 62.103.127.154 tcp 80
        service WWW is 62.103.127.154 tcp 443
        pool web_pool for WEB
        pool www_pool for WWW
        add 192.168.1.2 to web_pool
        add 192.168.1.3 to www_pool
    """
    claims = _claims(lives)
    singles: dict[int, list[tuple[int, nodes.Token[PortRange]]]] = {}
    for claim in claims:
        outer = claim.standing.outer
        if outer is None or claim.standing.clash is not None:
            continue
        if outer not in singles:
            singles[outer] = _single_ports(claims[outer])
        for token in claim.life.node.ports:
            yield from _taken_by(claim, token, claims[outer], singles[outer])


def _single_ports(claim: _Claim) -> list[tuple[int, nodes.Token[PortRange]]]:
    """The ports that a service states one by one, sorted, with their words."""
    words = [(token.value.first, token) for token in claim.life.node.ports if token.value and token.value.is_single]
    return sorted(words, key=itemgetter(0))


def _taken_by(
    inner: _Claim,
    token: nodes.Token[PortRange],
    outer: _Claim,
    singles: list[tuple[int, nodes.Token[PortRange]]],
) -> Findings:
    """A word of the inner service with a single port of the outer one."""
    assert token.value is not None
    place = bisect_left(singles, token.value.first, key=itemgetter(0))
    if place < len(singles) and singles[place][0] <= token.value.last:
        port, word = singles[place]
        labels = (label(outer.life.defined, word, f"`{outer.name}` states it"),)
        yield Finding(inner.life.defined, token, f"`{inner.name}` takes {port} from `{outer.name}`", labels)
