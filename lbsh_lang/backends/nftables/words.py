"""The expressions of one address family, shared by the types of maps and the rules that look into them."""

from __future__ import annotations

from lbsh_lang.values import Family


class Words:
    """`client` and `server` are addresses of a packet; `place` is what a service is known by.

    The `original` ones are those of the connection, whatever the packet's address is meanwhile.
    """

    __slots__ = ("client", "family", "original_address", "original_place", "place", "server")

    def __init__(self, family: Family) -> None:
        self.family = "ip" if family == 4 else "ip6"
        self.client = f"{self.family} saddr"
        self.server = f"{self.family} daddr"
        self.place = f"{self.family} daddr . meta l4proto . th dport"
        self.original_address = f"ct original {self.family} daddr"
        self.original_place = f"ct original {self.family} daddr . meta l4proto . th dport"
