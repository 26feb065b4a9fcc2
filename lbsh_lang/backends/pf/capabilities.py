"""The capabilities of PF, by the release of FreeBSD."""

from __future__ import annotations

from collections.abc import Mapping

from lbsh_lang.backends.base import Capability, Claims
from lbsh_lang.backends.pf.releases import FREEBSD_14, FREEBSD_15

_EVERY_RELEASE = frozenset(
    {
        Capability.IPV6,
        Capability.REFLECT,
        Capability.OUTBOUND,
        Capability.SOURCES,
        Capability.UPLINKS,
        Capability.KEEP_SOURCE,
        Capability.LEASED,
        Capability.PORT_LISTS,
        Capability.PORT_RANGES,
        Capability.PORTS_TAKEN,
        Capability.SERVER_PORT,
        Capability.SERVER_PORTS,
        Capability.ROUND_ROBIN,
        Capability.RANDOM,
        Capability.RANDOM_BLOCK,
        Capability.SOURCE_HASH_BLOCK,
        Capability.BACKUP,
        Capability.DRAIN,
        Capability.CLIENTS,
        Capability.MASQUERADE,
        Capability.STICKY,
        Capability.STICKY_MANY,
        Capability.SERVER_PORTS_MANY,
    }
)

_NO_RELEASE = {
    Capability.OWN_PORTS: "a rule has one port for all servers of its table",
    Capability.WEIGHTS: "a table holds each address once",
    Capability.HELPER: "PF reads no application protocol; ftp-proxy(8) follows FTP to servers, as a program of its own",
    Capability.STICKY_TIMES: "the time-out src.track is one value for all rules",
    Capability.STICKY_PREFIX: "sticky-address remembers single addresses",
    Capability.STICKY_PORTS: "PF makes a rule of each port and protocol and remembers clients by rule, "
    "so a client could meet a different server on each",
    Capability.KEEP_CLIENTS: "whether clients stay with a server that has left its table depends on the release alone: "
    "up to FreeBSD 14 all do, later none",
    Capability.WORDS_AS_INTERFACES: "PF takes such a name for a group of interfaces, unless an interface has it",
}

CLAIMS: Mapping[str, Claims] = {
    FREEBSD_14: Claims(
        has=_EVERY_RELEASE,
        lacks=_NO_RELEASE
        | {
            Capability.SOURCE_HASH: "PF balances over a table by round-robin alone",
            Capability.SOURCE_HASH_CHANGES: "without one of them the others are no CIDR block",
            Capability.STICKY_SOURCE_HASH: "sticky-address goes with round-robin and random alone",
        },
    ),
    FREEBSD_15: Claims(
        has=_EVERY_RELEASE | {Capability.SOURCE_HASH, Capability.SOURCE_HASH_CHANGES, Capability.STICKY_SOURCE_HASH},
        lacks=_NO_RELEASE,
    ),
}
