"""States of connections in the kernel, as values, whatever filter keeps them: which a target means, and whose they are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from lbsh.drivers.values import Connections, Place, Target
from lbsh_lang.site.status import ServerId
from lbsh_lang.values import Address, Protocol


class State(NamedTuple):
    """A connection that the kernel remembers: the place that was asked for, and the server's; None without a translation.

    `key` distinguishes it from all others. `is_over` tells that both ends have closed it, and the kernel only waits.
    `client` is where it came from, None if unknown; `mark` is that of the connection, 0 where there are none.
    """

    key: bytes
    protocol: Protocol
    service: Address
    port: int
    server: tuple[Address, int] | None
    is_over: bool
    client: tuple[Address, int] | None = None
    mark: int = 0


def chosen(states: Iterable[State], targets: Collection[Target]) -> Iterator[State]:
    """The states that some target means. None of its ports stands for all of them."""
    wanted: dict[tuple[Address, Protocol, Address | None], set[tuple[int, int] | None]] = {}
    for one in targets:
        wanted.setdefault((one.service, one.protocol, one.server), set()).update(
            [None] if one.ports is None else one.ports
        )
    for state in states:
        address, port = state.server or (None, None)
        pairs = wanted.get((state.service, state.protocol, address))
        if not pairs:
            continue
        if (
            None in pairs
            or (state.port, port) in pairs
            or (port is None and state.port in {one[0] for one in pairs if one})
        ):
            yield state


class Census:
    """Counts the connections of servers. Keeps the keys of the last count, from which new connections are told.

    `clock` tells seconds that only go forward. A connection that came and went between two counts is not among the new.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last: tuple[float, frozenset[bytes]] | None = None

    def count(self, servers: Mapping[ServerId, Place], states: Iterable[State]) -> dict[ServerId, Connections]:
        """The connections of these servers, and of each those a second that came since the last count."""
        owners, now, seen = Owners(servers), self._clock(), set()
        open_, new = dict.fromkeys(servers, 0), dict.fromkeys(servers, 0)
        known = self._last[1] if self._last else frozenset()
        for state in states:
            owner = owners.of(state)
            if owner is None:
                continue
            seen.add(state.key)
            open_[owner] += not state.is_over
            new[owner] += state.key not in known
        seconds = now - self._last[0] if self._last else 0.0
        self._last = now, frozenset(seen)
        return {one: Connections(open_[one], new[one] / seconds if seconds > 0 else None) for one in servers}


class Owners:
    """Finds the server whose connection a state is."""

    def __init__(self, servers: Mapping[ServerId, Place]) -> None:
        self._found: dict[tuple[Address, Protocol, Address], list[tuple[ServerId, Place]]] = {}
        for server, place in servers.items():
            for protocol in place.protocols:
                self._found.setdefault((place.address, protocol, server.address), []).append((server, place))

    def of(self, state: State) -> ServerId | None:
        """Of servers with one address, the one with the port of its own that the state has, else one without."""
        if state.server is None:
            return None
        address, port = state.server
        there = [
            server
            for server, place in self._found.get((state.service, state.protocol, address), ())
            if any(one.first <= state.port <= one.last for one in place.ports)
        ]
        return next((one for one in there if one.port == port), next((one for one in there if not one.port), None))
