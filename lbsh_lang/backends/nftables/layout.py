"""The arrangement of nft's tables for a site, and its reasons.

The problem. A rule for each service would make both loading and matching slow in a large site. nft has maps, which find
an element in one look-up; so the services should be elements, and the rules should be the same few for any site.

Theory of operation. A connection is known by its *place*: destination address, protocol and destination port. The map
`services` leads from the place to a chain. The chain takes a turn, which is a number, and finds the server in a map
under place and turn. A service on port 80 of 203.0.113.10 with two servers is three elements; the rules serve all
services:

    chain prerouting               iifname "eth0" ip daddr . meta l4proto . th dport vmap @services
    map services                   203.0.113.10 . tcp . 80 : goto round-robin-2-counter-0
    chain round-robin-2-counter-0  dnat ip to PLACE . numgen inc mod 2 map @servers-2
    map servers-2                  203.0.113.10 . tcp . 80 . 0 : 10.0.0.1
                                   203.0.113.10 . tcp . 80 . 1 : 10.0.0.2

*Few rules.* One chain serves all services that differ in nothing but their servers, so the number of rules does not
grow with the site. To load a map, the kernel compares each of its elements with each rule that uses the map: ten
thousand rules on a map of a hundred thousand elements take minutes, a few dozen take a second. For the same reason
there is a map for each number of turns. Round-robin counts in its rule, so services on one chain share a counter;
therefore there are as many chains of a scheme as load quickly (`farms`).

*Port ranges* need maps of intervals, which are slower. Only services with ranges have elements there; their single
ports are elements of the other maps.

*Client networks* of services are few different lists as a rule; then a chain begins with a look at those of its services.
In a site with very many lists the network is part of the place, in maps of intervals of their own.

*Sticky services* take two look-ups: from the client to its recorded server, and from that server to whether it still
serves. Between two look-ups nft keeps a result only in a packet or in a mark, and marks belong to others. So these
rules write the server into the packet's destination, which dnat is about to overwrite, and take the original
destination from conntrack. A client is recorded under its address and the place of its connection. If a service has
several places, the client is recorded under its own address and that of the service, in a map for each such service of
the address.

*Reflected and masqueraded connections* are recognized, when they leave, by their original place, which conntrack keeps:
others may translate other ports of the same address.

*The mark* of a table is a counter that counts nothing. Its name is a digest of the table's content, so two tables have
the same mark if and only if they are equal. A change (`changes`) begins by deleting the mark of the table it was made
for, which nft refuses on any other table, and ends by adding the mark of the new table. The digest does not read the text
of the maps' elements, which is long, but the values from which they follow (chain, places, servers, port, options). It is a
sum of a term for each farm, chain and map: who changes some of them replaces their terms, and reads no other (`kept`).
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from lbsh_lang.backends.nftables.carriers import named
from lbsh_lang.backends.nftables.chains import balancing_chains, hooks
from lbsh_lang.backends.nftables.expressions import Expressions
from lbsh_lang.backends.nftables.farms import Draft, Farm, drafts_of
from lbsh_lang.backends.nftables.maps import block_of, maps_of
from lbsh_lang.backends.nftables.seats import Seats, farms_of, seats_of
from lbsh_lang.backends.nftables.stickiness import renewal_chains
from lbsh_lang.backends.nftables.tables import Chain, Map, Table
from lbsh_lang.site.model import Site
from lbsh_lang.site.uplinks import DEFAULT_MARKS, Marks
from lbsh_lang.values import Family

_WORD = 1 << 64


@dataclass(frozen=True, slots=True)
class Layout:
    """A family's table, or some of its parts, without the elements of maps, and the farms from which these are made."""

    expressions: Expressions
    farms: tuple[Farm, ...]
    maps: tuple[Map, ...]
    chains: tuple[Chain, ...]

    def sum(self) -> int:
        """The sum of the terms of all parts, 64 bits.

        The digests are those of Python's text for these values: renaming `Map` or its fields changes every mark.
        """
        parts = (*self.maps, *((chain.name, chain.rules) for chain in self.chains), *map(_values_of, self.farms))
        return sum([int.from_bytes(blake2b(repr(part).encode(), digest_size=8).digest()) for part in parts]) % _WORD


def mark_of(terms: int) -> str:
    """The name of the mark of a table whose terms have this sum."""
    return f"rules-{terms % _WORD:016x}"


def _values_of(farm: Farm) -> tuple[object, ...]:
    """The values from which the elements of a farm follow."""
    service, pool = farm.service, farm.pool
    servers = [server.address for server in farm.turns]
    kept = [server.address for server in service.kept()]
    ports = pool.common_ports or None
    values = (farm.chain, farm.places, servers, ports, service.reflect, *service.clients, *kept)
    if service.masquerade:
        values = (*values, "masquerade")
    return (*values, named(pool, (*farm.turns, *service.kept()))) if farm.scheme.own_ports else values


def all_drafts(site: Site, family: Family) -> tuple[Draft, ...]:
    """The farms of one family, without their chains."""
    lists = {one.clients for one in site.services if one.address.family == family}
    return tuple(drafts_of(site.services, family, lists))


def layout_of(
    site: Site, family: Family, name: str = "", marks: Marks = DEFAULT_MARKS, seats: Seats | None = None
) -> Layout:
    """The layout of one family's table, under a name of the rules, with these marks of uplinks.

    `seats` are the turn counters of rules in use, None if all are dealt anew.
    """
    expressions = Expressions(family, name)
    drafts = all_drafts(site, family)
    farms = tuple(farms_of(drafts, seats_of(drafts) if seats is None else seats))
    chains = (
        *balancing_chains(farms, expressions),
        *renewal_chains(farms, expressions),
        *hooks(site, family, farms, expressions, marks),
    )
    return Layout(expressions, farms, maps_of(farms, expressions), chains)


def table_of(layout: Layout) -> Table:
    """The table of a layout, elements included."""
    blocks = tuple([block_of(farm, layout.expressions) for farm in layout.farms])
    return Table(layout.expressions.table, mark_of(layout.sum()), layout.maps, layout.chains, blocks)
