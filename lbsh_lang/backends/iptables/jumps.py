"""The jumps by which built-in chains lead to ours, read from the rules: chains are named after the built-in ones.

The header of the rules tells users how to set them; a driver sets them itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lbsh_lang.backends.iptables.names import FORWARD, OUTPUT, POSTROUTING, PREROUTING, WAYS, prefix_of, renamed_chain

_BUILTIN = {chain: chain.removeprefix("LBSH-") for chain in (PREROUTING, POSTROUTING, OUTPUT, FORWARD)}


class Jump(NamedTuple):
    """A jump from a built-in chain of a table to one of ours: before all rules of others, or behind them."""

    table: str
    builtin: str
    chain: str
    is_first: bool


def jumps_in(lines: Iterable[str], name: str = "") -> Iterator[Jump]:
    """The jumps to the chains that rules under a name declare."""
    builtin = {renamed_chain(chain, name): one for chain, one in _BUILTIN.items()}
    ways, table = renamed_chain(WAYS, name), ""
    for line in lines:
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith(":"):
            chain = line[1:].split(" ")[0]
            if chain in builtin:
                yield Jump(table, builtin[chain], chain, is_first=True)
            elif chain == ways and table == "nat":
                yield Jump(table, "PREROUTING", chain, is_first=False)


def is_own(chain: str, name: str = "") -> bool:
    """Whether a chain belongs to the rules under a name."""
    return chain.startswith((f"{prefix_of(name)}-", f"{prefix_of(name)}/"))
