"""The lists of sticky clients of iptables (`recent`, xt_recent.c): clients with an open connection are kept on them.

The rules see packets alone: a client whose connection is open but silent would be forgotten after the sticky time. A process
that lives long looks at the kernel's connections from time to time, and renews the place of such clients.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from lbsh.drivers.states import Owners, State
from lbsh.drivers.values import Place
from lbsh_lang.backends.iptables.names import client_list, renamed_list
from lbsh_lang.site.model import Service
from lbsh_lang.site.status import ServerId
from lbsh_lang.values import BITS, Address, Protocol

LISTS = "/proc/thread-self/net/xt_recent"
"""A file for each list; `+ADDRESS` written to it renews an address, or adds it."""


def clients_of(services: Sequence[Service], states: Iterable[State], name: str) -> Mapping[str, frozenset[Address]]:
    """By list of rules under a name, the clients of sticky services with an open connection. Pure."""
    lists: dict[ServerId, tuple[str, int | None]] = {}
    places: dict[ServerId, Place] = {}
    for service in services:
        pool = service.pool
        if pool is None or service.sticky is None:
            continue
        for server in (*pool.serving(), *service.kept()):
            one = ServerId(pool.name, service.name, *server.identity)
            lists[one] = renamed_list(client_list(service, server), name), service.prefix
            places[one] = Place(service.address, service.protocols, service.ports)
    owners, found = Owners(places), dict[str, set[Address]]()
    for state in states:
        owner = owners.of(state) if state.protocol is Protocol.TCP and not state.is_over else None
        if owner is not None and state.client is not None:
            clients, prefix = lists[owner]
            found.setdefault(clients, set()).add(network_of(state.client[0], prefix))
    return {clients: frozenset(addresses) for clients, addresses in found.items()}


def network_of(client: Address, prefix: int | None) -> Address:
    """The address that stands for a client on a list: its own, or the first one of its network."""
    if prefix is None:
        return client
    host = BITS[client.family] - prefix
    return client._replace(value=client.value >> host << host)


def renew(lists: Mapping[str, Iterable[Address]], folder: str = LISTS) -> None:
    """Renews the places of clients. A list that the kernel does not have, as no rule uses it any more, is passed over.

    Raises `OSError`.
    """
    for name, clients in lists.items():
        with suppress(FileNotFoundError):
            file = os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CLOEXEC)
            try:
                for client in clients:
                    os.write(file, f"+{client}\n".encode())
            finally:
                os.close(file)
