"""PF's tables: one for each pool, with the servers that take new connections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lbsh_lang.backends.base import Line, named
from lbsh_lang.backends.pf.farms import Farm


def table_lines(farms: Sequence[Farm]) -> Iterator[Line]:
    """The tables of all pools with a table, under a common heading."""
    with_table = [farm for farm in farms if farm.has_table]
    if with_table:
        yield Line("")
        yield Line("# Tables: the servers that take new connections")
    for farm in with_table:
        yield Line(f"# pool {named(farm.pool.name, farm.pool.origin)}")
        if farm.takes_turns_for_random:
            yield Line("# random: PF of this release takes the servers of a table in turn")
        yield from _one_table(farm)


def _one_table(farm: Farm) -> Iterator[Line]:
    """A table with exactly its members.

    Without `persist` PF removes it with the last rule that names it, so that the table of a removed pool does not stay
    behind. Braces, even empty ones, make a load replace the members of the table.
    Each member is on a line of its own, without commas, since pfctl refuses a line that ends in a comma.
    """
    origin, servers = farm.pool.origin, farm.pool.serving()
    if not servers:
        yield Line(f"table {farm.address} {{ }}", origin)
        return
    yield Line(f"table {farm.address} {{", origin)
    for server in servers:
        yield Line(f"  {server.address}", server.origin)
    yield Line("}", origin)
