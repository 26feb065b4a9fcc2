"""Sticky services under nftables: which server a client has met, and for how long that counts.

Theory of operation. Two maps lead from a client to its server:

    clients    the record of a client, which has the sticky time from the start of its last connection, and again from
               the end of each
    connected  the clients with open connections, which the kernel counts, however long these are silent

The hook `forward` sees the ends of connections: packets of TCP with FIN or RST renew the record. UDP has no ends; there,
one packet in sixteen renews it.

*Counting.* An element of `connected` has the statement `ct count over 1` (nft(8)). The kernel executes it whenever the
element is looked up: it counts the new connection, drops those that are gone, and goes on with the rule only if there is
another one. It removes an element without connections by itself. Only the first packets of connections look an element
up, since that is how the kernel is meant to count: for a connection that is closing, versions of Linux differ.

*Cost.* Packets of other connections pass one rule, or two if a sticky service uses UDP, which tell them apart by a bit in
the packet or by lot, before anything is looked up.
"""

from __future__ import annotations

from collections.abc import Iterator

from lbsh_lang.backends.nftables.expressions import Expressions
from lbsh_lang.backends.nftables.farms import Farm, Scheme
from lbsh_lang.backends.nftables.tables import Chain
from lbsh_lang.values import Protocol

_SIGNS = {
    Protocol.TCP: "tcp flags & (fin | rst) != 0x0",
    Protocol.UDP: "meta l4proto udp numgen random mod 16 0",
}
"""The matches for the packets that renew a record."""


CARRIER = "# The destination of the packet carries the server to dnat, which is about to overwrite it."


def sticky_rules(scheme: Scheme, expressions: Expressions, turn: str | None, dnat: str) -> tuple[str, ...]:
    """The rules of a chain that remembers clients: first for a client with a server, then for a new client.

    Without a turn no server takes new clients: their packets get back the destination that they had.
    """
    place, server = expressions.original_place, expressions.server
    where = place if scheme.group is None else expressions.original_address
    client = expressions.recorded(f"{expressions.network_of(expressions.client, scheme.prefix)} . {where}")
    record = f"update @{scheme.clients} {{ {client} timeout {scheme.sticky}s : {server} }}"
    count = f"add @{scheme.connected} {{ {client} ct count over 1 : {server} }}"
    stays = (
        CARRIER,
        f"{server} set {client} map @{scheme.connected}",
        f"{server} set {client} map @{scheme.clients}",
        f"{place} . {server} @{scheme.members} {record} {count}",
        f"{place} . {server} @{scheme.members} {dnat}",
    )
    if turn is None:
        return (*stays, f"{server} set {expressions.original_address}")
    return (
        *stays,
        "# The client is new, or its server is gone. An update alone would leave the old server in place.",
        f"delete @{scheme.clients} {{ {client} : {server} }}",
        f"delete @{scheme.connected} {{ {client} : {server} }}",
        f"{server} set {place} . {turn} map @{scheme.servers} {record} {count}",
        dnat,
    )


def renewal_chains(farms: tuple[Farm, ...], expressions: Expressions) -> Iterator[Chain]:
    """The chain that sees packets, and for each kind of record a chain that renews it."""
    sticky = [farm for farm in farms if farm.scheme.sticky is not None and farm.has_chain]
    protocols: dict[str, set[Protocol]] = {}
    for farm in sticky:
        protocols.setdefault(farm.scheme.renewal, set()).update(farm.service.protocols)
    for name, scheme in {farm.scheme.renewal: farm.scheme for farm in sticky}.items():
        rules = [_renewal(scheme, one, expressions) for one in Protocol if one in protocols[name]]
        yield Chain(name, f"Clients stay until {scheme.sticky} s after the end of their last connection.", tuple(rules))
    if sticky:
        hook = "type filter hook forward priority filter + 5"
        yield Chain("forward", "Packets that renew the records of sticky clients.", _entries(sticky, expressions), hook)


def _entries(sticky: list[Farm], expressions: Expressions) -> tuple[str, ...]:
    """The rules that lead packets to the chains of records."""
    maps = sorted({(farm.scheme.sticky_places, one.value) for farm in sticky for one in farm.service.protocols})
    return tuple(
        f"{_SIGNS[Protocol(protocol)]} ct status dnat {expressions.translated_place} vmap @{name}"
        for name, protocol in maps
    )


def _renewal(scheme: Scheme, protocol: Protocol, expressions: Expressions) -> str:
    """The rule that renews a record. It takes the client from the connection, since packets of both directions come here.

    If the record is gone, since the connection was silent, it gets the server's address. Of servers that share one (see
    `carriers`) this is none, or another one: the data of `update` cannot come out of a map (nft 1.0.6 refuses the syntax),
    so that nothing leads to the stand-in. The client may meet another server then, as docs/language.md says (point 2).
    """
    where = expressions.translated_place if scheme.group is None else expressions.original_address
    who = expressions.network_of(expressions.original_client, scheme.prefix)
    client = expressions.recorded(f"{who} . {where}")
    element = f"{client} timeout {scheme.sticky}s : {expressions.translated_server}"
    return f"meta l4proto {protocol.value} update @{scheme.clients} {{ {element} }}"
