"""Names in iptables: chains of the nat table, and lists of sticky clients. All of them begin with `LBSH`.

Rules are made with these names. For rules under a name of the user's, each of their names is replaced at the end:
`LBSH-EXTERNAL` becomes `LBSH.dmz-EXTERNAL`.
"""

from __future__ import annotations

from base64 import b32encode
from hashlib import sha256
from itertools import pairwise

from lbsh_lang.site.model import Server, Service

PREROUTING = "LBSH-PREROUTING"
POSTROUTING = "LBSH-POSTROUTING"
OUTPUT = "LBSH-OUTPUT"
WAYS = "LBSH-WAYS"
EXTERNAL = "LBSH-EXTERNAL"
INTERNAL = "LBSH-INTERNAL"
REFLECTED = "LBSH-REFLECTED"
GATEWAY = "LBSH-GATEWAY"
MASQUERADED = "LBSH-MASQUERADED"
SOURCE = "LBSH-SOURCE"
FORWARD = "LBSH-FORWARD"
STICKY = "LBSH-STICKY"

FIXED_CHAINS = (PREROUTING, POSTROUTING, EXTERNAL, INTERNAL, REFLECTED)
"""The chains that every text declares. Chains of services have other names: they begin with `LBSH/`."""

PREFIX = "LBSH"
_LONGEST_NAME = 28
_HASH_LENGTH = 9

_BEFORE_CHAIN = frozenset({"-A", "-N", "-j", "-g"})
_BEFORE_LIST = "--name"
"""The words of rules that stand before our names. No value of a script does."""


def service_chain(service: Service, suffix: str = "") -> str:
    """The chain of a service; with a suffix, which begins with `/`, a chain below it."""
    return chain_name(f"/{service.name}{suffix}")


def chain_name(label: str, prefix: str = PREFIX) -> str:
    """`LBSH` and the label. In a label that is too long, `/x` and a digest of the whole replace the end.

    A shortened name equals no other: names of services hold no `/`, and suffixes are numbers, or protocols and ports.
    """
    longest = _LONGEST_NAME - len(prefix)
    if len(label) <= longest:
        return prefix + label
    ending = "/x" + b32encode(sha256(label.encode()).digest()).decode().lower()[:_HASH_LENGTH]
    return prefix + label[: longest - len(ending)] + ending


def prefix_of(name: str) -> str:
    """The beginning of all names of rules under a name."""
    return f"{PREFIX}.{name}" if name else PREFIX


def renamed_chain(chain: str, name: str) -> str:
    """The chain's name in rules under a name."""
    return chain_name(chain.removeprefix(PREFIX), prefix_of(name)) if chain.startswith(PREFIX) else chain


def renamed_list(clients: str, name: str) -> str:
    """The name of a list of clients in rules under a name."""
    return prefix_of(name) + clients.removeprefix(PREFIX)


def renamed_rule(rule: str, name: str) -> str:
    """A line of rules with the names that it has under a name; comments stay."""
    if not name or rule.startswith("#"):
        return rule
    if rule.startswith(":"):
        chain, _, rest = rule[1:].partition(" ")
        return f":{renamed_chain(chain, name)} {rest}"
    words = rule.split(" ")
    for index, (before, word) in enumerate(pairwise(words), start=1):
        if before in _BEFORE_CHAIN:
            words[index] = renamed_chain(word, name)
        elif before == _BEFORE_LIST:
            words[index] = renamed_list(word, name)
    return " ".join(words)


def client_list(service: Service, server: Server) -> str:
    """The list of a server's sticky clients.

    It is named after the server rather than its rank in the pool, so that the server keeps its list when others are added or
    removed. The kernel takes up to 199 characters, and no `/`. No service has `@` in its name. A list keeps the mask that
    it was made with, whatever later rules say (xt_recent.c), so the length of the clients' networks is part of its name.
    """
    port = f"+{server.port}" if server.port is not None else ""
    clients = f"-{service.prefix}" if service.prefix is not None else ""
    return f"LBSH-{service.name}@{server.address}{port}{clients}"
