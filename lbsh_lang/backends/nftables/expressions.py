"""The expressions of nft for one address family, shared by the types of maps and the rules that use these maps."""

from __future__ import annotations

from lbsh_lang.backends.base import own_name
from lbsh_lang.values import Family, netmask


class Expressions:
    """The expressions for addresses and places. `family` is the word `ip` or `ip6`, `table` the table as commands name it.

    `client` and `server` are the source and destination of a packet; `place` is its destination, protocol and port. The
    `original` expressions take the connection's destination instead, which stays when the packet's is overwritten.
    `translated_place` takes the connection's port as well, for packets whose port may have been translated. It needs a
    rule of a single protocol: nft 1.0.6 takes a connection's port into a concatenation only if it knows the protocol.
    `original_client` and `translated_server` are the two ends of a connection, whichever way its packet goes.
    """

    __slots__ = (
        "address_type",
        "client",
        "family",
        "original_address",
        "original_client",
        "original_place",
        "place",
        "place_type",
        "server",
        "table",
        "translated_place",
        "translated_server",
    )

    def __init__(self, family: Family, name: str) -> None:
        self.family = "ip" if family == 4 else "ip6"
        self.table = f"{self.family} {own_name(name)}"
        self.client = f"{self.family} saddr"
        self.server = f"{self.family} daddr"
        self.place = f"{self.family} daddr . meta l4proto . th dport"
        self.address_type = "ipv4_addr" if family == 4 else "ipv6_addr"
        self.place_type = f"{self.address_type} . inet_proto . inet_service"
        self.original_address = f"ct original {self.family} daddr"
        self.original_client = f"ct original {self.family} saddr"
        self.translated_server = f"ct reply {self.family} saddr"
        self.original_place = f"{self.original_address} . meta l4proto . th dport"
        self.translated_place = f"{self.original_address} . meta l4proto . ct original proto-dst"

    def network_of(self, client: str, prefix: int | None) -> str:
        """The client, or the network of this prefix length that stands for all clients in it."""
        return client if prefix is None else f"{client} & {netmask(4 if self.family == 'ip' else 6, prefix)}"

    def recorded(self, client_and_service: str) -> str:
        """The key under which a client of a sticky service is recorded.

        For IPv6 it is a hash of 64 bits instead of the addresses: nft 1.0.6 fails on `update` with keys over 16 bytes
        (it aborts in netlink_gen_expr). Should two clients ever have the same hash, they share a server.
        """
        if self.family == "ip":
            return client_and_service
        expressions = [f"jhash {client_and_service} mod 4294967295 seed {seed}" for seed in ("0x1", "0x2")]
        return " . ".join(expressions)

    def recorded_type(self, client_and_service: str) -> str:
        """The type of that key. `typeof` takes no hash, so a hash is declared as a number, which it is."""
        return client_and_service if self.family == "ip" else "numgen inc mod 2 . numgen inc mod 2"
