"""The releases of FreeBSD that rules are written for, and the capabilities that PF has in each of them."""

from __future__ import annotations

from collections.abc import Mapping

from lbsh_lang.backends.base import Capability

FREEBSD_14 = "freebsd-14"
FREEBSD_15 = "freebsd-15"
RELEASES = (FREEBSD_14, FREEBSD_15)

_EVERY_RELEASE = frozenset(
    {
        Capability.IPV6,
        Capability.REFLECT,
        Capability.OUTBOUND,
        Capability.PORT_LISTS,
        Capability.PORT_RANGES,
        Capability.SERVER_PORT,
        Capability.ROUND_ROBIN,
        Capability.RANDOM_BLOCK,
        Capability.SOURCE_HASH_BLOCK,
        Capability.BACKUP,
        Capability.DRAIN,
        # Not STICKY_TIMES: src.track is one value for all. Not STICKY_PORTS: PF makes a rule of each port and protocol,
        # and tracks sources per rule, so a client could meet a different server on each.
        Capability.STICKY,
    }
)

CAPABILITIES: Mapping[str, frozenset[Capability]] = {
    FREEBSD_14: _EVERY_RELEASE,
    FREEBSD_15: _EVERY_RELEASE | {Capability.RANDOM, Capability.SOURCE_HASH, Capability.STICKY_SOURCE_HASH},
}


def release_title(release: str) -> str:
    """The release as FreeBSD writes it."""
    return "FreeBSD " + release.removeprefix("freebsd-")
