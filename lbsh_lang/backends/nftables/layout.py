"""From a site to the tables of nft: the whole of the layout, and why it is so.

Theory of operation. A connection is known by its *place*: destination address, protocol and destination port. The map
`services` leads from the place to a chain; the chain takes a turn, which is a number, and finds the server of that turn
in a map under place and turn. So one chain serves all services that differ in nothing but their servers, and the number
of rules does not grow with the site. That matters: to load a map, the kernel holds each of its elements against each rule
that uses it, so ten thousand rules on one map of a hundred thousand elements take minutes, a few dozen take a second.
For the same reason there is a map for each number of turns. Round-robin counts in its rule, so services that share a
chain share a counter; there are as many chains of each kind as load quickly, at least `farms.FEWEST_COUNTERS`.

Port ranges need maps of intervals, which are slower. These stand beside the others, and only where a service has ranges;
its single ports stay among those of the others.

Sticky services take two look-ups: from the client to its recorded server, and from that to "does it still serve?". nft
keeps a result between two look-ups nowhere but in a packet or a mark, and marks belong to others. So these rules write
the server into the packet's destination, which dnat is about to overwrite, and take the original destination from
conntrack. A client is recorded under its address and the place it came to; where a service has several places, under
the service's address alone, in a map of its own for each such service of that address.

Each table has a counter whose name says which rules they are. A change begins by deleting that of the rules it was made
for, so that nft refuses it on any others, and ends by adding that of the new ones.

Reflected connections are known again, when they leave, by the place they came to, which conntrack keeps: others may
translate other ports of the same address.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from lbsh_lang.backends.nftables.chains import balancing_chains, hooks
from lbsh_lang.backends.nftables.farms import Farm, farms_of
from lbsh_lang.backends.nftables.maps import block_of, maps_of
from lbsh_lang.backends.nftables.tables import Chain, Map, Table
from lbsh_lang.backends.nftables.words import Words
from lbsh_lang.site.model import Site
from lbsh_lang.values import Family


@dataclass(frozen=True, slots=True)
class Plan:
    """All of a family's table but the elements of its maps."""

    words: Words
    farms: tuple[Farm, ...]
    maps: tuple[Map, ...]
    chains: tuple[Chain, ...]

    def mark(self) -> str:
        """A name that tables share which hold the same, and no others: made of all that decides on their elements."""
        digest = blake2b(
            repr((self.maps, [(chain.name, chain.rules) for chain in self.chains])).encode(), digest_size=8
        )
        for farm in self.farms:
            servers = [server.address for server in farm.turns]
            digest.update(repr((farm.chain, farm.places, servers, farm.pool.port, farm.service.reflect)).encode())
        return f"rules-{digest.hexdigest()}"


def plan_of(site: Site, family: Family) -> Plan:
    """The plan of one family's table."""
    words = Words(family)
    farms = tuple(farms_of(site, family))
    chains = (*balancing_chains(farms, words), *hooks(site, family, farms, words))
    return Plan(words, farms, maps_of(farms, words), chains)


def layout_of(site: Site, family: Family) -> Table:
    """The table of one family."""
    plan = plan_of(site, family)
    blocks = tuple([block_of(farm, plan.words) for farm in plan.farms])
    return Table(plan.words.family, plan.mark(), plan.maps, plan.chains, blocks)
