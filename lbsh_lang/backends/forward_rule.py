"""The rule by which a firewall that drops forwarded packets lets balanced connections through, for people to set.

A balanced connection is forwarded, so it meets the chains of other programs on its way, such as a FORWARD chain that drops.
The kernel knows that its destination was translated (`ct status dnat`), in both directions and for ICMP errors about it.
Connections that a helper expects, such as those for the data of FTP, are `related`.

lbsh prints the rule and sets none, since these chains belong to others.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from typing import assert_never

from lbsh_lang.values import Family

_MATCH = "-m conntrack --ctstate ESTABLISHED,RELATED,DNAT -j ACCEPT"
"""DNAT is a state of its own for this match: the connection's destination was translated (iptables-extensions(8))."""

_PROGRAMS: dict[Family, str] = {4: "iptables", 6: "ip6tables"}
_UFW: dict[Family, tuple[str, str]] = {
    4: ("before.rules", "ufw-before-forward"),
    6: ("before6.rules", "ufw6-before-forward"),
}


class FrontEnd(Enum):
    """What sets the chain that drops."""

    UFW = "ufw"
    FIREWALLD = "firewalld"
    DOCKER = "docker"
    NFT = "nft"
    IPTABLES = "iptables"


def forward_rule(front_end: FrontEnd, families: Collection[Family]) -> tuple[str, ...]:
    """The rule for these address families, as lines of the file or of the shell that the comments name."""
    used = sorted(families) or [4]
    match front_end:
        case FrontEnd.UFW:
            return tuple(line for family in used for line in _ufw(*_UFW[family]))
        case FrontEnd.FIREWALLD:
            return _FIREWALLD
        case FrontEnd.DOCKER:
            return (*_DOCKER, *(f"{_PROGRAMS[family]} -I DOCKER-USER {_MATCH}" for family in used))
        case FrontEnd.NFT:
            return _NFT
        case FrontEnd.IPTABLES:
            return (_IPTABLES, *(f"{_PROGRAMS[family]} -I FORWARD {_MATCH}" for family in used))
        case _:
            assert_never(front_end)


def _ufw(file: str, chain: str) -> tuple[str, str]:
    return f"# In /etc/ufw/{file}, above its line COMMIT; then run `ufw reload`:", f"-A {chain} {_MATCH}"


_FIREWALLD = (
    "# firewalld lets connections through whose destination was translated. Nothing is needed, unless",
    "# /etc/firewalld/firewalld.conf has StrictForwardPorts=yes: then change that, and run `firewall-cmd --reload`:",
    "StrictForwardPorts=no",
)

_DOCKER = (
    "# Docker asks this chain first, and keeps what is in it until the machine starts anew. The rule lets published",
    "# ports of containers through, too: rules of your own that restrict them must stand above it.",
)

_NFT = (
    "# In the chain of your own with `type filter hook forward`, above what drops:",
    "ct state established,related accept",
    "ct status dnat accept",
)

_IPTABLES = (
    "# It stands at the top of the chain, and lasts until the machine starts anew or another program sets the chain."
)
