"""The run-time state of servers: what probes found, as values that store, gateway, poller and shell share.

Three things about a server are kept apart. Its *configured values* and the operator's *wish* (drained or not) follow from
the script; its *status* is what probes found, and lives in the store alone. A status belongs to a server of a service, so
a machine may be up for one service and down for another.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from lbsh_lang.values import Address


class State(Enum):
    """The state of a server; the value is its word in the tree and in tables (paper, Table 1 and Fig. 8)."""

    UNKNOWN = "UNKNOWN"
    """Nothing has probed it yet; it serves."""
    UP = "UP"
    DOWN = "DOWN"


class ServerId(NamedTuple):
    """A server of a service; `port` is its own port, 0 if it has none. Pools may share the rest, so `pool` is part of it."""

    pool: str
    service: str
    address: Address
    port: int = 0


class Status(NamedTuple):
    """A state, the time since when it holds, in milliseconds since 1970 (UTC), and what the last probe said.

    `until` is the time until which a server that flaps is held down, None if it is not held.
    """

    state: State
    since: int
    reason: str = ""
    until: int | None = None
