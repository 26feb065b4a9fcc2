"""The rules of one service: those that lead to its chain, and its chain, which chooses a server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from lbsh_lang.backends.base import Line
from lbsh_lang.backends.iptables.balance import Step, at_random, round_robin
from lbsh_lang.backends.iptables.dispatch import Leaf, Tree, Way, port_matches
from lbsh_lang.backends.iptables.lots import by_source
from lbsh_lang.backends.iptables.names import client_list, service_chain
from lbsh_lang.site.model import Pool, Server, Service, Stated
from lbsh_lang.values import Address, Algorithm, Protocol

_LONGEST_PLACE = 200
"""iptables-restore reads a line of more than 10,239 bytes in pieces, and would take a comment's end for a command."""


class Farm(NamedTuple):
    """A service with its pool, and its rank in the site."""

    rank: int
    service: Service
    pool: Pool


@dataclass(frozen=True, slots=True)
class Entrance:
    """A set of chains that leads to services, the ways there by service, and what its rules end in."""

    tree: Tree
    ways: dict[int, list[Way]]


def service_lines(farm: Farm, entrances: Iterable[Entrance], reflection: Entrance | None, gateway: Address | None) -> Iterator[Line]:
    ...
