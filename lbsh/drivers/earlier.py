"""Chains of others that translate destinations of arriving connections before ours: then ours have no say."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from lbsh.drivers.nft_kernel import Arrival
from lbsh.drivers.protocol import Drift

MOST = 1 << 31
"""Beyond all priorities, which are numbers of 32 bits."""

_OF_LBSH = re.compile(r"ip6? lbsh(\..*)?$")


def earlier_chains(arrivals: Collection[Arrival], own: Collection[str]) -> Iterator[Drift]:
    """The chains of others that come before those of our own tables, in their families.

    Of two chains with the same priority, the one that was made later comes first, which cannot be seen. Rules of lbsh under
    another name are none of others.
    """
    ours = [one for one in arrivals if one.table in own]
    families = {one.table.split(" ")[0] for one in ours} | {"inet"}
    last = max([one.priority for one in ours], default=-MOST)
    for one in arrivals:
        is_theirs = one.table not in own and not _OF_LBSH.match(one.table)
        if is_theirs and one.priority <= last and one.table.split(" ")[0] in families:
            yield Drift(
                f"the chain `{one.name}` of table `{one.table}` (priority {one.priority}) translates destinations before "
                f"the rules of lbsh (priority {last}): what it translates is not balanced",
                is_ours=False,
            )
