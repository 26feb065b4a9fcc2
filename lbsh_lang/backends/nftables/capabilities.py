"""The capabilities of nftables."""

from __future__ import annotations

from lbsh_lang.backends.base import Capability, Claims

CLAIMS = Claims(
    has=frozenset(
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
            Capability.OWN_PORTS,
            Capability.ROUND_ROBIN,
            Capability.RANDOM,
            Capability.RANDOM_BLOCK,
            Capability.SOURCE_HASH,
            Capability.SOURCE_HASH_BLOCK,
            Capability.SOURCE_HASH_CHANGES,
            Capability.WEIGHTS,
            Capability.BACKUP,
            Capability.DRAIN,
            Capability.KEEP_CLIENTS,
            Capability.CLIENTS,
            Capability.HELPER,
            Capability.MASQUERADE,
            Capability.STICKY,
            Capability.STICKY_TIMES,
            Capability.STICKY_PORTS,
            Capability.STICKY_PREFIX,
            Capability.STICKY_MANY,
            Capability.SERVER_PORTS_MANY,
            Capability.STICKY_SOURCE_HASH,
            Capability.WORDS_AS_INTERFACES,
        }
    ),
    lacks={},
)
