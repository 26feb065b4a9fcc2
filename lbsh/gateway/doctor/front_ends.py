"""Which program sets a chain of others, and how nft is told where the chain is."""

from __future__ import annotations

import re

from lbsh.gateway.doctor.walk import Base
from lbsh_lang.backends.forward_rule import FrontEnd

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_/.\\-]*")


def front_end_of(chain: Base) -> FrontEnd:
    """What sets a chain."""
    if "firewalld" in chain.table:
        return FrontEnd.FIREWALLD
    if any(name.startswith(("ufw-", "ufw6-")) for name in chain.chains):
        return FrontEnd.UFW
    if "DOCKER-USER" in chain.chains:
        return FrontEnd.DOCKER
    return FrontEnd.NFT if chain.keeper == "nft" else FrontEnd.IPTABLES


def nft_place(chain: Base) -> tuple[str, ...]:
    """The words by which nft is told of a chain; none if it could not read its name."""
    place = (*chain.table.split(" ", 1), chain.name)
    return place if all(_NAME.fullmatch(word) for word in place) else ()
