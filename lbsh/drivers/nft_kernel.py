"""The chains and rules of nftables in the kernel's own words, over netlink (nf_tables.h): digests, to see changes of them.

`nft list` reads all elements of all maps before it says anything, which takes seconds for a large site. To see whether a
rule was touched, its bytes in the kernel are enough: both sides are the kernel's words, and no version of nft matters.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import NamedTuple

from lbsh.drivers.netlink import DUMP, REQUEST, Message, attribute, attributes, whole_list
from lbsh_lang.values import Family

_NFTABLES = 10 << 8
_GET_CHAIN, _GET_RULE, _GET_OBJECT = _NFTABLES | 4, _NFTABLES | 7, _NFTABLES | 19
_TABLE, _RULE_CHAIN, _RULE_EXPRESSIONS, _RULE_COMMENT = 1, 2, 4, 7
_CHAIN_NAME, _CHAIN_HOOK, _CHAIN_POLICY, _CHAIN_TYPE = 3, 4, 5, 7
_OBJECT_NAME = 2
_HOOK_NUMBER, _HOOK_PRIORITY = 1, 2
_PREROUTING = bytes(4)
_INET = 1
_OF_NUMBER: Mapping[Family, str] = {4: "ip", 6: "ip6"}
_FAMILIES = {"ip": socket.AF_INET, "ip6": socket.AF_INET6}


class LoadedChain(NamedTuple):
    """A chain in the kernel: the number of its rules, and a digest of it with them."""

    rules: int
    digest: str


def chains_of(tables: Iterable[str]) -> dict[str, LoadedChain]:
    """The chains of tables, by table and chain (`ip lbsh prerouting`); a missing table has none.

    Raises `NetlinkError` and `OSError`.
    """
    parts: dict[str, list[bytes]] = {}
    counts: dict[str, int] = {}
    for table in tables:
        for chain in _dump(_GET_CHAIN, table):
            key = f"{table} {_name(chain, _CHAIN_NAME)}"
            parts[key] = [chain.get(one, b"") for one in (_CHAIN_HOOK, _CHAIN_POLICY, _CHAIN_TYPE)]
        for rule in _dump(_GET_RULE, table):
            key = f"{table} {_name(rule, _RULE_CHAIN)}"
            parts.setdefault(key, []).extend(rule.get(one, b"") for one in (_RULE_EXPRESSIONS, _RULE_COMMENT))
            counts[key] = counts.get(key, 0) + 1
    return {chain: LoadedChain(counts.get(chain, 0), _digest(found)) for chain, found in parts.items()}


class Arrival(NamedTuple):
    """A chain that translates destinations of arriving connections: its table, as `ip lbsh`, name and priority."""

    table: str
    name: str
    priority: int


def arrivals() -> tuple[Arrival, ...]:
    """All chains of type nat at the hook prerouting. Raises `NetlinkError` and `OSError`."""
    found = []
    for family, number in (*_FAMILIES.items(), ("inet", _INET)):
        for answer in whole_list(Message(_GET_CHAIN, REQUEST | DUMP, number)):
            chain = attributes(answer)
            hook = attributes(chain.get(_CHAIN_HOOK, b""))
            if _name(chain, _CHAIN_TYPE) == "nat" and hook.get(_HOOK_NUMBER) == _PREROUTING:
                priority = int.from_bytes(hook.get(_HOOK_PRIORITY, b""), "big", signed=True)
                found.append(Arrival(f"{family} {_name(chain, _TABLE)}", _name(chain, _CHAIN_NAME), priority))
    return tuple(found)


def translating_tables() -> frozenset[str]:
    """The tables, as `ip lbsh`, with a chain of type nat at any hook: with one of them the kernel translates in its family.

    Raises `NetlinkError` and `OSError`.
    """
    found = set()
    for family, number in (*_FAMILIES.items(), ("inet", _INET)):
        for answer in whole_list(Message(_GET_CHAIN, REQUEST | DUMP, number)):
            chain = attributes(answer)
            if _name(chain, _CHAIN_TYPE) == "nat":
                found.add(f"{family} {_name(chain, _TABLE)}")
    return frozenset(found)


def families_of(tables: Iterable[str]) -> frozenset[Family]:
    """The address families of tables, as `ip lbsh`."""
    heads = {table.partition(" ")[0] for table in tables}
    return frozenset(number for number, own in _OF_NUMBER.items() if heads & {own, "inet"})


def objects_of(table: str) -> frozenset[str]:
    """The names of a table's objects, such as counters. Raises `NetlinkError` and `OSError`."""
    return frozenset(_name(one, _OBJECT_NAME) for one in _dump(_GET_OBJECT, table))


def _dump(kind: int, table: str) -> Iterator[Mapping[int, bytes]]:
    """The attributes of all things of a kind in a table, as `ip lbsh`."""
    family, _, name = table.partition(" ")
    wanted = name.encode() + b"\0"
    for answer in whole_list(Message(kind, REQUEST | DUMP, _FAMILIES[family], attribute(_TABLE, wanted))):
        found = attributes(answer)
        if found.get(_TABLE) == wanted:
            yield found


def _name(found: Mapping[int, bytes], kind: int) -> str:
    return found.get(kind, b"").rstrip(b"\0").decode(errors="replace")


def _digest(parts: Iterable[bytes]) -> str:
    digest = blake2b(digest_size=8)
    for part in parts:
        digest.update(len(part).to_bytes(4, "big") + part)
    return digest.hexdigest()
