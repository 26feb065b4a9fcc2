"""Names in iptables: chains of the nat table, and lists of sticky clients. All of them begin with `LBSH`."""

from __future__ import annotations

from base64 import b32encode
from hashlib import sha256

from lbsh_lang.site.model import Server, Service

PREROUTING = "LBSH-PREROUTING"
POSTROUTING = "LBSH-POSTROUTING"
EXTERNAL = "LBSH-EXTERNAL"
INTERNAL = "LBSH-INTERNAL"
REFLECTED = "LBSH-REFLECTED"
GATEWAY = "LBSH-GATEWAY"
MASQUERADED = "LBSH-MASQUERADED"
SOURCE = "LBSH-SOURCE"

FIXED_CHAINS = (PREROUTING, POSTROUTING, EXTERNAL, INTERNAL, REFLECTED)
"""The chains that every text declares. Chains of services have other names: they begin with `LBSH/`."""

_PREFIX = "LBSH"
_LONGEST_LABEL = 28 - len(_PREFIX)
_HASH_LENGTH = 9


def service_chain(service: Service, suffix: str = "") -> str:
    """The chain of a service; with a suffix, which begins with `/`, a chain below it."""
    return chain_name(f"/{service.name}{suffix}")


def chain_name(label: str) -> str:
    """`LBSH` and the label. In a label that is too long, `/x` and a digest of the whole replace the end.

    A shortened name equals no other: names of services hold no `/`, and suffixes are numbers or protocols.
    """
    if len(label) <= _LONGEST_LABEL:
        return _PREFIX + label
    ending = "/x" + b32encode(sha256(label.encode()).digest()).decode().lower()[:_HASH_LENGTH]
    return _PREFIX + label[: _LONGEST_LABEL - len(ending)] + ending


def client_list(service: Service, server: Server) -> str:
    """The list of a server's sticky clients.

    It is named after the server rather than its rank in the pool, so that the server keeps its list when others are added or
    removed. The kernel takes up to 199 characters, and no `/`. No service has `@` in its name.
    """
    return f"LBSH-{service.name}@{server.address}"
