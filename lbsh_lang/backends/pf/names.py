"""Names in PF's rules: of a pool's table and of an interface, also where their own names are words of PF.

A table has the name of its pool where PF allows it. A name that is too long, or is a word of PF's grammar, is cut and
followed by a digest of the whole name: `in` becomes `in-` and eight hexadecimal digits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from itertools import count

from lbsh_lang.backends.base import Line
from lbsh_lang.site.model import Interface, Site

_LONGEST_TABLE_NAME = 31

# The words of pf.conf's grammar in FreeBSD 12 to 15, and those of OpenBSD's that FreeBSD takes over release by release.
_WORDS = """
af-to all allow-opts allow-related altq anchor antispoof any bandwidth binat binat-anchor binat-to bitmask block
block-policy bridge-to buckets burst cbq code codelq crop debug default delay divert-packet divert-reply divert-to
dnpipe dnqueue drop drop-ovl dup-to endpoint-independent ether fail-policy fairq fastroute file fingerprints flags
floating flows flush for fragment from global group hfsc hogs hostid icmp-type icmp6-type if-bound in include inet inet6
interval keep keepcounters l3 label least-states limit linkshare load log loginterface map-e-portset match matches max
max-mss max-pkt-rate max-pkt-size max-src-conn max-src-conn-rate max-src-nodes max-src-states min min-ttl modulate nat
nat-anchor nat-to no no-df no-route no-sync on once optimization os out overload parent pass pflow port
prefer-ipv6-nexthop prio priority priq probability proto qlimit quantum queue quick random random-id rdomain rdr
rdr-anchor rdr-to realtime reassemble received-on reply-to require-order reset return return-icmp return-icmp6
return-rst ridentifier round-robin route route-to rtable rule ruleset-optimization scrub set set-prio set-tos skip
sloppy source-hash source-track state state-defaults state-policy static-port sticky-address syncookies synproxy table
tag tagged target tbrsize timeout to tos ttl upperlimit urpf-failed user weight
"""
KEYWORDS = frozenset(_WORDS.split())

TAG = "LBSH"
"""The tag of connections to masqueraded services on their way through the device; with the name of rules that have one."""

_TAGGING = re.compile(rf"(?<= tag {TAG})(?= )|(?<= tagged {TAG})(?= )")


def with_name(line: Line, name: str) -> Line:
    """A line of rules under a name: the tag ends in it, so that two scripts never take each other's connections."""
    if not name or line.text.startswith("#"):
        return line
    return Line(_TAGGING.sub(f".{name}", line.text), line.origin)


def table_names(site: Site) -> Mapping[str, str]:
    """The name of each service's table, by the service's name; no two services share a table.

    The first service of a pool has a table with the pool's name, the others one with both names.
    """
    wanted: dict[str, str] = {}
    pools: set[str] = set()
    for service in site.services:
        if service.pool is not None:
            pool = service.pool.name
            wanted[service.name] = pool if pool not in pools else f"{pool}-{service.name}"
            pools.add(pool)
    taken = {name for name in pools if _is_free(name)}
    names: dict[str, str] = {}
    for service_name, name in wanted.items():
        if _is_free(name) and (name in pools or name not in taken):
            names[service_name] = name
        else:
            names[service_name] = _free_name(name, taken)
        taken.add(names[service_name])
    return names


def _is_free(name: str) -> bool:
    """Whether PF takes a name for a table."""
    return len(name) <= _LONGEST_TABLE_NAME and name not in KEYWORDS


def _free_name(name: str, taken: set[str]) -> str:
    """A table name that begins like the pool's name and depends on that name alone, unless another table has it."""
    start = name[: _LONGEST_TABLE_NAME - 9]
    digests = (sha256(f"{name} {attempt}".encode()).hexdigest()[:8] for attempt in count())
    return next(candidate for digest in digests if (candidate := f"{start}-{digest}") not in taken)


def interface_name(interface: Interface) -> str:
    """The interface's name; in quotes if PF would read it as a word of its own."""
    return f'"{interface.name}"' if interface.name in KEYWORDS else interface.name
