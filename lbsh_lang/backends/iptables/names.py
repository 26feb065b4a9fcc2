"""Names in the packet filter: chains of the nat table, and the lists of sticky clients. All begin with `LBSH`."""

from __future__ import annotations

from base64 import b32encode
from hashlib import sha256

from lbsh_lang.site.model import Server, Service

PREROUTING = "LBSH-PREROUTING"
POSTROUTING = "LBSH-POSTROUTING"
EXTERNAL = "LBSH-EXTERNAL"
INTERNAL = "LBSH-INTERNAL"
REFLECTED = "LBSH-REFLECTED"

FIXED_CHAINS = (PREROUTING, POSTROUTING, EXTERNAL, INTERNAL, REFLECTED)
"""The chains that every text declares, whatever the site. Chains of services begin with `LBSH/`, so none is like these."""

_PREFIX = "LBSH"
_LONGEST_LABEL = 28 - len(_PREFIX)
_HASH_LENGTH = 9


def service_chain(service: Service, suffix: str = "") -> str:
    """The chain of a service, or with a suffix that begins with `/` one of those below it."""
    return chain_name(f"/{service.name}{suffix}")


def chain_name(label: str) -> str:
    """`LBSH` and the label; one that is too long is cut, and a hash of the whole takes the place of its end.

    Names of services hold no `/`, and suffixes are numbers or protocols: `/x` and the hash are like neither.
    """
    if len(label) <= _LONGEST_LABEL:
        return _PREFIX + label
    ending = "/x" + b32encode(sha256(label.encode()).digest()).decode().lower()[:_HASH_LENGTH]
    return _PREFIX + label[: _LONGEST_LABEL - len(ending)] + ending


def client_list(service: Service, server: Server) -> str:
    """The list of a server's sticky clients.

    It is named after the server, not after its rank in the pool, so that the list stays with it when others come and go.
    The kernel takes up to 199 characters, and no `/`; `@` is in no service's name.
    """
    return f"LBSH-{service.name}@{server.address}"
