"""Renders PF rules for FreeBSD: a whole pf.conf, or with the flag `anchor` the body of the anchor `lbsh`.

Theory of operation. PF translates connections by two kinds of rule: `rdr` changes the destination of connections that
come in by an interface, `nat` changes the source of connections that go out by an interface. The first rule that
matches decides. A service with the address S and `reflect`, served by the pool `mail`, becomes a table and three rules:

    table <mail> { 192.168.1.2 192.168.1.3 }
    rdr on EXTERNAL ... from any to S port 25 -> <mail>
    rdr on INTERNAL ... from INTERNAL-NETS to S port 25 -> <mail>
    nat on INTERNAL ... from INTERNAL-NETS to <mail> port 25 -> GATEWAY port 1024:65535

The `nat` makes the gateway the source of a reflected connection. Otherwise the server would send its answer straight to
the client, its neighbour, which expects an answer from S and drops it.

A pool is a table, because the members of a table change without a reload of the rules. Up to FreeBSD 14 PF balances
over a table by round-robin alone. It does so for `random` too: with that option PF would go through a CIDR block in turn
as well, but any set of servers fits into a table. For `source-hash` the rules there name the CIDR block that the servers
fill.

The `nat` recognizes a reflected connection by source net, server and port: a direct connection between these two would
not pass the device. A masqueraded connection may come from anywhere, so a direct one could look the same. There the `rdr`
tags the connections that it redirects, and a `nat` for all such services requires the tag.

Limits of PF:

- Before FreeBSD 15 the entry of a sticky client outlives its server's place in the table: removing a dead server requires
  dropping the entries that point to it, too (`pfctl -K 0.0.0.0/0 -K ADDRESS`, IPv6: `::/0`).
- Before FreeBSD 15 `random` is round-robin. All servers get equal shares nonetheless.

`farms` determines the targets of each service's rules, `opening` writes comments and options, `tables` the tables, and
`translation` the rules; `names` keeps names apart from PF's own words, and `notation` writes lists and ports.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lbsh_lang.backends.base import Artifact, Backend, Capability, Options, Rename, Verifier, own_name
from lbsh_lang.backends.pf.capabilities import CLAIMS
from lbsh_lang.backends.pf.farms import farms_of
from lbsh_lang.backends.pf.names import table_names, with_name
from lbsh_lang.backends.pf.opening import anchor_opening, file_opening
from lbsh_lang.backends.pf.releases import RELEASES
from lbsh_lang.backends.pf.tables import table_lines
from lbsh_lang.backends.pf.translation import last_lines, service_lines, site_lines
from lbsh_lang.backends.pf.uplinks import uplink_lines
from lbsh_lang.site.model import Site
from lbsh_lang.site.uplinks import uplinks_of

__all__ = ["BACKEND", "VERIFIER"]

VERIFIER = Verifier(("pfctl", "-n", "-f", "-"), r"^[^:]*:(?P<line>\d+): (?P<words>.*)")

_ANCHOR = "anchor"
_PASSING = "pass"


@dataclass(frozen=True, slots=True)
class PfBackend:
    """Writes rules for pfctl."""

    name: str = "pf"
    title: str = "PF of FreeBSD"
    load: tuple[str, ...] = (
        "pfctl -n -f /etc/pf.conf  # only tests it",
        "pfctl -f /etc/pf.conf",
        "pfctl -a lbsh -f -  # what --anchor gave; with --name NAME: -a lbsh.NAME",
    )
    targets: tuple[str, ...] = RELEASES

    @property
    def flags(self) -> Mapping[str, str]:
        return {
            _ANCHOR: 'the body of the anchor "lbsh" instead of a whole pf.conf',
            _PASSING: "redirected connections pass the filter rules on their way in (`rdr pass`)",
        }

    def capabilities(self, target: str) -> frozenset[Capability]:
        return CLAIMS[target].has

    def conflict(self, options: Options, site: Site | None = None) -> str | None:
        if _PASSING in options.flags and site is not None and uplinks_of(site):
            return "--pass: connections that filter rules do not see get no way back by their uplink (`external gw`)"
        if options.name and _ANCHOR not in options.flags:
            return "--name is for anchors, as a whole pf.conf replaces the rules of every script: give --anchor too"
        return None

    def renames(self, site: Site, name: str = "") -> Iterable[Rename]:
        names = table_names(site)
        for service in site.services:
            pool, table = service.pool, names.get(service.name)
            if pool is not None and table is not None and table not in (pool.name, f"{pool.name}-{service.name}"):
                yield Rename(pool.origin, pool.name, table)

    def verifiers(self, site: Site) -> tuple[Verifier, ...]:
        return (VERIFIER,)

    def render(self, site: Site, options: Options) -> Artifact:
        farms = farms_of(site, options.target)
        rdr = "rdr pass" if _PASSING in options.flags else "rdr"
        made = (*site_lines(site, farms), *service_lines(site, farms, rdr), *last_lines(site), *uplink_lines(site))
        rules = [with_name(line, options.name) for line in made]
        if _ANCHOR in options.flags:
            opening = anchor_opening(own_name(options.name), options.target, farms, bool(rules), bool(uplinks_of(site)))
        else:
            opening = file_opening(options.target, farms, bool(rules))
        return Artifact((*opening, *table_lines(farms), *rules))

    def render_change(self, old: Site, new: Site, options: Options) -> Artifact | None:
        return None  # pfctl loads a file or an anchor as a whole; the members of a table it takes as arguments


BACKEND: Backend = PfBackend()
