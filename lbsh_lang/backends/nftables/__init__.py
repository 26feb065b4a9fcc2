"""The backend for nftables: one table `lbsh` for each address family, replaced as a whole or changed in a few elements.

`layout` explains the arrangement of the tables. `farms` assigns services to the chains that serve them, `maps` and `chains`
make the parts of a table, `slots` divides clients for source-hash, and `expressions` and `tables` write the language of nft.
`changes` leads from the tables of one site to those of another; `kept` does so for a few services, whatever the others are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lbsh_lang.backends.base import (
    Artifact,
    Backend,
    Capability,
    Changed,
    Kept,
    Line,
    Options,
    Rename,
    Verifier,
    own_name,
)
from lbsh_lang.backends.nftables.capabilities import CLAIMS
from lbsh_lang.backends.nftables.changes import change_lines
from lbsh_lang.backends.nftables.kept import KeptChange, kept_change, kept_exchange, kept_layouts, kept_of
from lbsh_lang.backends.nftables.layout import Layout, layout_of, table_of
from lbsh_lang.backends.nftables.tables import table_lines
from lbsh_lang.site.exchange import Exchange
from lbsh_lang.site.model import Site

__all__ = ["BACKEND", "VERIFIER"]

VERIFIER = Verifier(("nft", "-c", "-f", "-"), r"^\S*:(?P<line>\d+):\d+-\d+: Error: (?P<words>.*)")

_HEADER = """\
#!/usr/sbin/nft -f
# Load balancing for nftables, made by lbsh. Load it with:  nft -f FILE
# It replaces the tables `ip {own}` and `ip6 {own}` in one step and touches no other. Open connections go on as they are;
# clients of sticky services are assigned anew.
"""

_CHANGE_HEADER = """\
#!/usr/sbin/nft -f
# A change of load balancing for nftables, made by lbsh. Load it with:  nft -f FILE
# It is for the rules of one site: on any others, and a second time, nft refuses it and changes nothing. Open connections go
# on as they are; clients of sticky services stay with their servers.
"""


@dataclass(frozen=True, slots=True)
class Nftables:
    """Writes rules for `nft -f`."""

    name: str = "nftables"
    title: str = "nftables of Linux"
    load: tuple[str, ...] = ("nft -f FILE",)
    targets: tuple[str, ...] = ("nftables-1.0",)

    @property
    def flags(self) -> Mapping[str, str]:
        return {}

    def capabilities(self, target: str) -> frozenset[Capability]:
        return CLAIMS.has

    def conflict(self, options: Options, site: Site | None = None) -> str | None:
        return None

    def renames(self, site: Site, name: str = "") -> Iterable[Rename]:
        return ()

    def verifiers(self, site: Site) -> tuple[Verifier, ...]:
        return (VERIFIER,)

    def render(self, site: Site, options: Options) -> Artifact:
        layouts = [layout_of(site, family, options.name, options.marks) for family in site.families()]
        return _whole(layouts, options.name)

    def render_change(self, old: Site, new: Site, options: Options) -> Artifact | None:
        return Artifact(
            (*map(Line, _CHANGE_HEADER.splitlines()), Line(""), *change_lines(old, new, options.name, options.marks))
        )

    def kept_of(self, site: Site, options: Options) -> Kept:
        return kept_of(site, options.name, options.marks)

    def render_kept(self, kept: Kept, site: Site, options: Options) -> Artifact | None:
        layouts = kept_layouts(kept, site, options.name, options.marks)
        return _whole(layouts, options.name) if layouts is not None else None

    def render_exchange(self, kept: Kept, exchange: Exchange, options: Options) -> Changed | None:
        return _changed(kept_exchange(kept, exchange, options.name))

    def render_kept_change(self, kept: Kept, old: Site, new: Site, options: Options) -> Changed | None:
        return _changed(kept_change(kept, old, new, options.name, options.marks))


def _changed(change: KeptChange | None) -> Changed | None:
    if change is None:
        return None
    return Changed(
        Artifact((*map(Line, _CHANGE_HEADER.splitlines()), Line(""), *change.lines) if change.lines else ()),
        change.kept,
    )


def _whole(layouts: Iterable[Layout], name: str) -> Artifact:
    """The rules of these tables, in place of whatever is there."""
    return Artifact(tuple(_lines(layouts, own_name(name))))


def _lines(layouts: Iterable[Layout], own: str) -> Iterator[Line]:
    yield from map(Line, _HEADER.format(own=own).splitlines())
    yield Line("")
    # Both families, even where the site does not use them: an earlier site may have left its table behind. The first
    # command makes the table if it is missing, so that the deletion never fails.
    for family in ("ip", "ip6"):
        yield Line(f"table {family} {own}")
        yield Line(f"delete table {family} {own}")
    for layout in layouts:
        yield Line("")
        yield from table_lines(table_of(layout))


BACKEND: Backend = Nftables()
