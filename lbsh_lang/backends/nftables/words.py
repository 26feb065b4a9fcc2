"""The expressions of one address family, shared by the types of maps and the rules that look into them."""

from __future__ import annotations

from lbsh_lang.values import Family


class Words:
    """`client` and `server` are addresses of a packet; `place` is what a service is known by.

    The `original` ones are those of the connection, whatever the packet's address is meanwhile. `translated_place` is
    the same for a packet whose port may have changed, too. It needs a rule of one protocol: nft 1.0.6 takes the port of
    a connection into a concatenation only where it knows the protocol.
    """

    __slots__ = (
        "client",
        "family",
        "original_address",
        "original_place",
        "place",
        "place_type",
        "server",
        "translated_place",
    )

    def __init__(self, family: Family) -> None:
        self.family = "ip" if family == 4 else "ip6"
        self.client = f"{self.family} saddr"
        self.server = f"{self.family} daddr"
        self.place = f"{self.family} daddr . meta l4proto . th dport"
        self.place_type = f"{'ipv4_addr' if family == 4 else 'ipv6_addr'} . inet_proto . inet_service"
        self.original_address = f"ct original {self.family} daddr"
        self.original_place = f"{self.original_address} . meta l4proto . th dport"
        self.translated_place = f"{self.original_address} . meta l4proto . ct original proto-dst"

    def recorded(self, client_and_service: str) -> str:
        """The key under which a client of a sticky service is recorded.

        IPv6 takes 64 bits of hash instead of the addresses: nft 1.0.6 fails on `update` with keys over 16 bytes (it
        aborts in netlink_gen_expr). Should two clients ever share a hash, they share a server.
        """
        if self.family == "ip":
            return client_and_service
        words = [f"jhash {client_and_service} mod 4294967295 seed {seed}" for seed in ("0x1", "0x2")]
        return " . ".join(words)

    def recorded_type(self, client_and_service: str) -> str:
        """The same for `typeof`, which takes no hash; both are plain numbers."""
        return client_and_service if self.family == "ip" else "numgen inc mod 2 . numgen inc mod 2"
